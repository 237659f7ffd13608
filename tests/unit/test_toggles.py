"""Debug and precision switches: their syntax, their files, and what may not go together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from launch_samples import ALEXNET, CPU_HOST, NPU_HOST, keys, make, npus, only_error

from console.catalog.loader import load_catalog
from console.catalog.profile import Backend, Toggle, ToggleName
from console.errors import UserError
from console.hosts.processor import computes_in_bfloat16
from console.launch.findings import Level
from console.launch.options.choices import ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.npu_files import check_fusion_switch, check_mixlist
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.launch.options.registry import check_toggle_files, chosen_toggles
from console.launch.options.steps import MAX_STEPS, check_steps, parse_steps
from console.locations import profiles_dir


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("0", [0]),
        ("0|5|10-12", [0, 5, 10, 11, 12]),
        (" 7 | 3 - 4 ", [7, 3, 4]),
        ("1-100", list(range(1, 101))),
    ],
)
def test_step_lists_are_read(text: str, steps: list[int]) -> None:
    assert [step for one in parse_steps(text) for step in one] == steps
    assert check_steps(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "steps_syntax"),
        ("five", "steps_syntax"),
        ("1,2", "steps_syntax"),
        ("1||2", "steps_syntax"),
        ("-3", "steps_syntax"),
        ("1-2-3", "steps_syntax"),
        ("1.5", "steps_syntax"),
        ("١", "steps_syntax"),
        ("9" * 20, "steps_syntax"),
        ("5-5", "steps_falling"),
        ("12-10", "steps_falling"),
        ("0-100", "steps_too_many"),
        ("|".join(map(str, range(101))), "steps_too_many"),
        ("0-999999999999", "steps_too_many"),
    ],
)
def test_a_bad_step_list_is_explained(text: str, key: str) -> None:
    problem = check_steps(text)
    assert problem is not None
    assert problem.key == f"launch.{key}"
    with pytest.raises(UserError):
        parse_steps(text)


UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNTIMED
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=MAX_STEPS))
def test_any_list_of_steps_is_read_back(steps: list[int]) -> None:
    assert [one.start for one in parse_steps("|".join(map(str, steps)))] == steps


@UNTIMED
@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    check_steps(text)


BOTH_DUMPS = ToggleChoices(overflow_dump=OverflowDump(), data_dump=DataDump("5"))


@pytest.mark.parametrize(
    ("toggles", "subject", "key"),
    [
        (BOTH_DUMPS, "data_dump", "dumps_exclude"),
        (ToggleChoices(data_dump=DataDump("5-1")), "data_dump", "steps_falling"),
        (ToggleChoices(profiling=Trace(0, 5)), "profiling", "profiling_range"),
        (ToggleChoices(profiling=Trace(9, 8)), "profiling", "profiling_range"),
        (ToggleChoices(precision_mode="force_fp16"), "precision_mode", "precision_not_on_cpu"),
        (ToggleChoices(mixlist=Path("/m.json")), "mixlist", "toggle_npu_only"),
        (ToggleChoices(fusion_off=Path("/f.cfg")), "fusion_off", "toggle_npu_only"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_at_its_field(
    toggles: ToggleChoices, subject: str, key: str
) -> None:
    finding = only_error(make(toggles=toggles))
    assert (finding.subject, finding.message.key) == (subject, f"launch.{key}")


@pytest.mark.parametrize("host", [CPU_HOST, NPU_HOST], ids=["cpu", "npu"])
def test_the_two_dumps_exclude_each_other_everywhere(host: object) -> None:
    assert only_error(make(toggles=BOTH_DUMPS, host=host)).message.key == "launch.dumps_exclude"  # type: ignore[arg-type]


def test_an_npu_under_tensorflow_cannot_stop_on_an_overflow() -> None:
    chosen = ToggleChoices(overflow_dump=OverflowDump(stop_on_overflow=True))
    assert not make(toggles=chosen).blocked
    refused = only_error(make(host=NPU_HOST, toggles=chosen))
    assert (refused.subject, refused.message.key) == ("overflow_dump", "launch.overflow_stop_on_npu")
    assert not make(host=NPU_HOST, toggles=ToggleChoices(overflow_dump=OverflowDump())).blocked


def test_switches_a_profile_does_not_offer_are_refused() -> None:
    bare = replace(ALEXNET, toggles=())
    finding = only_error(make(profile=bare, toggles=ToggleChoices(profiling=Trace())))
    assert finding.message.key == "launch.toggle_not_offered"


def test_precision_modes_are_those_of_the_profile_and_the_chip() -> None:
    wrong = only_error(make(host=NPU_HOST, toggles=ToggleChoices(precision_mode="allow_mix_precison")))
    assert wrong.message.key == "launch.precision_unknown"
    assert "allow_mix_precision" in str(wrong.message)
    modes = ("allow_mix_precision_bf16",)
    toggles = [replace(one, choices=modes) if one.choices else one for one in ALEXNET.toggles]
    profile = replace(ALEXNET, toggles=tuple(toggles))
    chosen = ToggleChoices(precision_mode=modes[0])
    first = only_error(make(profile=profile, host=NPU_HOST, toggles=chosen))
    assert first.message.key == "launch.precision_bfloat16"
    later = replace(NPU_HOST, npus=npus(8, "910B3"))
    assert not make(profile=profile, host=later, toggles=chosen).blocked


def test_the_default_mode_of_the_npu_is_not_asked_of_a_cpu() -> None:
    assert not any("--precision_mode" in word for word in make().ranks[0].argv)
    on_npu = make(host=NPU_HOST).ranks[0].argv
    assert "--precision_mode=allow_mix_precision" in on_npu


def test_bfloat16_is_there_for_a_cpu_that_has_it() -> None:
    chosen = ToggleChoices(precision_mode="allow_mix_precision_bf16")
    able, unable = (replace(CPU_HOST, cpu_bfloat16=one) for one in (True, False))
    assert "--precision_mode=allow_mix_precision_bf16" in make(host=able, toggles=chosen).ranks[0].argv
    refused = only_error(make(host=unable, toggles=chosen))
    assert refused.message.key == "launch.precision_cpu_bfloat16"
    assert str(refused.remedy) == "choose must_keep_origin_dtype"


@pytest.mark.parametrize("mode", ["O1", "O2", "O3"])
def test_low_precision_on_cpu_takes_a_cpu_that_computes_in_it(mode: str) -> None:
    profile = load_catalog([profiles_dir()]).get("autoaugment")
    for bfloat16, blocked in ((True, False), (False, True), (None, False)):
        host = replace(CPU_HOST, cpu_bfloat16=bfloat16)
        made = make(profile=profile, host=host, toggles=ToggleChoices(precision_mode=mode))
        assert made.blocked == blocked
        if blocked:
            finding = only_error(made)
            assert (finding.subject, finding.message.key) == (
                "precision_mode",
                "launch.precision_cpu_bfloat16",
            )
            assert mode in str(finding.message)
            assert str(finding.remedy) == "choose O0"
        assert not make(profile=profile, host=host, toggles=ToggleChoices(precision_mode="O0")).blocked


def test_a_mode_that_cpu_does_not_have_at_all_is_told_so_alone() -> None:
    host = replace(CPU_HOST, cpu_bfloat16=False)
    for mode, key in (
        ("allow_mix_precision", "precision_not_on_cpu"),
        ("allow_mix_precision_bf16", "precision_cpu_bfloat16"),
    ):
        finding = only_error(make(host=host, toggles=ToggleChoices(precision_mode=mode)))
        assert finding.message.key == f"launch.{key}"
    assert str(finding.remedy) == "choose must_keep_origin_dtype"


def test_a_default_mode_the_cpu_does_not_compute_in_is_refused_too() -> None:
    toggle = Toggle(
        ToggleName.PRECISION_MODE, frozenset({Backend.CPU}), ("allow_mix_precision",), "allow_mix_precision"
    )
    profile = replace(ALEXNET, toggles=(toggle,))
    finding = only_error(make(profile=profile, host=replace(CPU_HOST, cpu_bfloat16=False)))
    assert finding.message.key == "launch.precision_cpu_bfloat16"
    assert str(finding.remedy) == "switch it off"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("processor : 0\nflags\t\t: fpu sse2 avx512_bf16 \n", True),
        ("flags : fpu amx_bf16\n", True),
        ("Features\t: fp asimd bf16\n", True),
        ("flags : fpu avx512f avx512_bf16x\nflags : avx512_bf16\n", False),
        ("processor : 0\n", None),
        (None, None),
    ],
)
def test_what_the_kernel_lists_of_a_processor(tmp_path: Path, text: str | None, known: bool | None) -> None:
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    assert computes_in_bfloat16(tmp_path / "cpuinfo") is known


def test_a_mixed_precision_list_needs_a_mixed_mode() -> None:
    chosen = ToggleChoices(precision_mode="force_fp16", mixlist=Path("/m.json"))
    assert only_error(make(host=NPU_HOST, toggles=chosen)).message.key == "launch.mixlist_needs_mixed_mode"
    assert not make(host=NPU_HOST, toggles=ToggleChoices(mixlist=Path("/m.json"))).blocked


def test_doubtful_switches_are_warned_of() -> None:
    long = make(toggles=ToggleChoices(profiling=Trace(1, 1000)))
    assert ("profiling", "launch.profiling_long") in keys(long, Level.WARNING)
    both = ToggleChoices(profiling=Trace(), data_dump=DataDump())
    assert ("data_dump", "launch.dump_and_profiling") in keys(
        make(host=NPU_HOST, toggles=both), Level.WARNING
    )
    assert keys(make(toggles=both), Level.WARNING) == set()


def test_which_switches_are_on() -> None:
    assert chosen_toggles(ToggleChoices()) == frozenset()
    assert chosen_toggles(BOTH_DUMPS) == {ToggleName.OVERFLOW_DUMP, ToggleName.DATA_DUMP}


MIXLIST = {
    "black-list": {"to-add": ["Add"], "to-remove": []},
    "white-list": {},
    "gray-list": {"to-add": ["Mul"]},
}
FUSION = {"Switch": {"GraphFusion": {"ALL": "off", "ConvBatchnormFusionPass": "on"}, "UBFusion": {}}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.json"


def test_right_files_pass(file: Path) -> None:
    file.write_text(json.dumps(MIXLIST))
    assert check_mixlist(file) == ()
    file.write_text(json.dumps(FUSION))
    assert check_fusion_switch(file) == ()


@pytest.mark.parametrize(
    ("document", "key", "word"),
    [
        ({"blacklist": {}}, "json_unknown_key", "black-list"),
        ({"black-list": []}, "json_not_object", "black-list"),
        ({"black-list": {"add": []}}, "json_unknown_key", "to-add"),
        ({"black-list": {"to-add": "Add"}}, "json_not_names", "black-list.to-add"),
        ({"black-list": {"to-add": [1]}}, "json_not_names", "black-list.to-add"),
        ([], "file_not_object", "list.json"),
    ],
)
def test_mistakes_in_a_mixed_precision_list(file: Path, document: object, key: str, word: str) -> None:
    file.write_text(json.dumps(document))
    problems = check_mixlist(file)
    assert [problem.key for problem in problems] == [f"launch.{key}"]
    assert word in str(problems[0])


@pytest.mark.parametrize(
    ("document", "key", "word"),
    [
        ({}, "json_missing_key", "Switch"),
        ({"Switch": {}, "Other": {}}, "json_unknown_key", "Switch"),
        ({"Switch": "off"}, "json_not_object", "Switch"),
        ({"Switch": {"GraphFuse": {}}}, "json_unknown_key", "GraphFusion"),
        ({"Switch": {"UBFusion": "off"}}, "json_not_object", "UBFusion"),
        ({"Switch": {"UBFusion": {"ALL": False}}}, "json_not_on_off", "UBFusion.ALL"),
    ],
)
def test_mistakes_in_a_fusion_switch_file(file: Path, document: object, key: str, word: str) -> None:
    file.write_text(json.dumps(document))
    problems = check_fusion_switch(file)
    assert f"launch.{key}" in {problem.key for problem in problems}
    assert any(word in str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b'{"a": 1,\n}', "file_not_json"),
        (b"", "file_not_json"),
        (b"\xff\xfe", "file_not_object"),
        (b"[" * 100_000, "file_not_object"),
        (b" " * 1_000_001, "file_not_object"),
    ],
)
def test_files_that_are_no_json(file: Path, content: bytes, key: str) -> None:
    file.write_bytes(content)
    assert [problem.key for problem in check_mixlist(file)] == [f"launch.{key}"]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    toggles = ToggleChoices(mixlist=tmp_path / "absent", fusion_off=tmp_path)
    findings = list(check_toggle_files(toggles))
    assert [(one.level, one.subject, one.message.key) for one in findings] == [
        (Level.ERROR, "mixlist", "launch.file_missing"),
        (Level.ERROR, "fusion_off", "launch.file_missing"),
    ]
