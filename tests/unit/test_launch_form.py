"""The launch form without a screen: what each change means, and that every line fits whatever the width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.catalog.loader import load_catalog
from console.catalog.profile import Backend, Profile, PublishedResult, ToggleName
from console.i18n import Language, set_language
from console.i18n.sizes import bytes_text
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.declarations import ON
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.tui.cells import cell_len, fit, pad, wrap
from console.tui.launch.form.basis import FormContext
from console.tui.launch.form.cursor import above_or_below, after, beside
from console.tui.launch.form.field import FieldKind, fields_of
from console.tui.launch.form.fields import launch_form
from console.tui.launch.form.layout import lay_out
from console.tui.launch.form.state import PARAMETER, LaunchState, change, reset, reset_all
from console.tui.launch.profiles import published_place
from console.tui.wording import duration_text, number_text

PROFILES = Path(__file__).parents[1] / "pilot" / "profiles"
TEXTS = st.text(alphabet="ab cd/，。训练数据é…-12", max_size=80)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


@pytest.fixture(scope="module")
def alexnet() -> Profile:
    return load_catalog([PROFILES]).get("alexnet")


def state_of(profile: Profile, **choices: object) -> LaunchState:
    return LaunchState(profile, replace(Choices(profile=profile.name), **choices))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("dataset", "imagenet", {"dataset": "imagenet", "data_dir": None}),
        ("data_dir", " /data/x ", {"data_dir": Path("/data/x")}),
        ("devices", "4", {"devices": 4, "device_ids": ()}),
        ("device_ids", "1,3", {"device_ids": (1, 3)}),
        ("backend", "npu", {"backend": Backend.NPU, "device_ids": ()}),
        ("runtime", "", {"runtime": None}),
        ("task", "evaluate", {"task": "evaluate"}),
        ("name", "  ", {"name": None}),
        ("note", "a  b ", {"note": "a  b "}),
        ("restarts", "3", {"restarts": 3}),
        ("bind_cores", ON, {"bind_cores": True}),
        (PARAMETER + "lr", "0.5", {"parameters": {"lr": 0.5}}),
        (PARAMETER + "use_nesterov", "", {"parameters": {"use_nesterov": False}}),
        (PARAMETER + "batch_size", " ", {"parameters": {}}),
        ("toggle:overflow_dump", ON, {"toggles": ToggleChoices(overflow_dump=OverflowDump())}),
        (
            "toggle:overflow_dump.stop",
            ON,
            {"toggles": ToggleChoices(overflow_dump=OverflowDump(stop_on_overflow=True))},
        ),
        ("toggle:data_dump.steps", "5|7", {"toggles": ToggleChoices(data_dump=DataDump("5|7"))}),
        ("toggle:profiling.last", "30", {"toggles": ToggleChoices(profiling=Trace(10, 30))}),
        ("toggle:mixlist", "/m.json", {"toggles": ToggleChoices(mixlist=Path("/m.json"))}),
        ("toggle:precision_mode", "force_fp32", {"toggles": ToggleChoices(precision_mode="force_fp32")}),
    ],
)
def test_a_change_of_a_field_changes_its_choice(
    alexnet: Profile, field: str, value: str, expected: dict[str, object]
) -> None:
    changed = change(state_of(alexnet), field, value)
    assert changed.problems == {}
    assert changed.choices == replace(state_of(alexnet).choices, **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [PARAMETER + "batch_size", "restarts", "toggle:profiling.first"])
def test_a_text_that_is_no_value_is_kept_with_its_problem_until_it_is_one(
    alexnet: Profile, field: str
) -> None:
    before = state_of(alexnet)
    wrong = change(before, field, "x7")
    assert wrong.choices == before.choices
    assert wrong.unread == {field: "x7"} and set(wrong.problems) == {field}
    shown = {one.id: one for one in fields_of(launch_form(wrong, FormContext()))}
    if field in shown:
        assert shown[field].value == "x7" and "x7" in (shown[field].error or "")
    assert change(wrong, field, "7").problems == {}
    assert reset(wrong, field) == before


def test_resetting_a_field_leaves_the_others(alexnet: Profile) -> None:
    state = state_of(
        alexnet, devices=4, parameters={"lr": 1.0, "seed": 3}, resume_run="r1", start_from=Path("c")
    )
    assert reset(state, PARAMETER + "lr").choices.parameters == {"seed": 3}
    assert reset(state, "devices").choices == replace(state.choices, devices=None)
    assert reset(state, "start_from").choices == replace(state.choices, start_from=None, resume_run=None)
    kept = reset_all(state).choices
    assert kept == Choices(profile="alexnet", start_from=Path("c"), resume_run="r1")


def test_a_changed_advanced_parameter_is_never_folded_away(alexnet: Profile) -> None:
    def names(state: LaunchState) -> set[str]:
        return {one.id for one in fields_of(launch_form(state, FormContext()))}

    advanced = next(one.name for one in alexnet.parameters if one.advanced)
    assert PARAMETER + advanced not in names(state_of(alexnet))
    assert PARAMETER + advanced in names(state_of(alexnet, parameters={advanced: 1}))
    assert PARAMETER + advanced in names(replace(state_of(alexnet), advanced=True))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", [40, 55, 74, 86, 120, 180])
def test_every_line_fits_and_every_field_can_be_reached(
    alexnet: Profile, language: Language, width: int
) -> None:
    set_language(language)
    toggles = ToggleChoices(overflow_dump=OverflowDump(), profiling=Trace())
    state = change(
        replace(state_of(alexnet, toggles=toggles), advanced=True), PARAMETER + "dropout", "a bad one " * 9
    )
    form = launch_form(state, FormContext())
    laid_out = lay_out(form, width)
    for line in laid_out.lines:
        for piece, following in pairwise(line):
            assert piece.end <= following.x
        assert not line or line[-1].end <= width
    ids = [field.id for field in fields_of(form)]
    assert set(laid_out.spots) == set(ids)
    reached, name = set(), after(ids, None, 1)
    while name is not None:
        reached.add(name)
        name = after(ids, name, 1)
    assert reached == set(ids)
    first, last = ids[0], ids[-1]
    assert above_or_below(laid_out, ids, first, -1) is None
    assert above_or_below(laid_out, ids, last, 1) is None
    assert beside(laid_out, ids, first, -1) is None


def test_the_switch_of_every_toggle_is_offered(alexnet: Profile) -> None:
    fields = {field.id: field for field in fields_of(launch_form(state_of(alexnet), FormContext()))}
    assert {f"toggle:{name.value}" for name in ToggleName} <= set(fields)
    assert fields["toggle:overflow_dump"].kind is FieldKind.CHECK


@settings(max_examples=200)
@given(TEXTS, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(TEXTS, st.integers(1, 40))
def test_cut_and_padded_texts_have_the_width_asked_for(text: str, width: int) -> None:
    assert cell_len(pad(text, width)) == width
    assert cell_len(fit(text, width)) <= width


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (bytes_text(0), "0 B"),
        (bytes_text(999.6), "1.00 kB"),
        (bytes_text(12_345_678), "12.3 MB"),
        (bytes_text(1.2e12), "1.20 TB"),
        (duration_text(None), "–"),
        (duration_text(45), "0:45"),
        (duration_text(3_725), "1:02:05"),
        (duration_text(200_000), "2d 07:33"),
        (number_text(None), "–"),
        (number_text(0.73124), "0.7312"),
        (number_text(33_512.7), "33 513"),
        (number_text(float("nan")), "nan"),
    ],
)
def test_numbers_read_as_operators_write_them(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("devices", "english", "chinese"), [(1, "x, 1 device", "x，1 设备"), (8, "x, 8 devices", "x，8 设备")]
)
def test_a_published_figure_agrees_with_its_number_of_devices(
    devices: int, english: str, chinese: str
) -> None:
    result = PublishedResult("top1", 0.5, "x", devices, "a paper")
    for language, words in ((Language.CHINESE, chinese), (Language.ENGLISH, english)):
        set_language(language)
        assert published_place(result) == words
