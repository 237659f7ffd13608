"""Profiles that extend another."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.catalog.loader import Catalog, load_catalog
from console.catalog.profile import Profile
from console.launch.parameters import default_value

BASE = """\
name: base
title: Base
framework: tensorflow
engine: alexnet
datasets:
  digits:
    parameters: {lr: 0.1, size: 64}
    per_devices:
      2: {lr: 0.2}
  imagenet:
devices: [1, 2]
backends: [cpu]
parameters:
  lr: {type: float, default: 0.01, per_devices: {2: 0.02}, minimum: 0, help: Learning rate.}
  size: {type: int, default: 224, help: Size.}
toggles:
  overflow_dump:
defaults: {devices: 2}
"""


def load(tmp_path: Path, *children: str, base: str = BASE) -> Catalog:
    builtin, own = tmp_path / "builtin", tmp_path / "own"
    for folder in (builtin, own):
        folder.mkdir()
    (builtin / "base.yaml").write_text(base, "utf-8")
    for number, text in enumerate(children):
        (own / f"{number}.yaml").write_text(text, "utf-8")
    return load_catalog([builtin, own])


def lr(profile: Profile, dataset: str, devices: int) -> object:
    parameter = profile.parameter("lr")
    assert parameter is not None
    return default_value(profile, parameter, dataset, devices)


def table(profile: Profile) -> list[object]:
    return [lr(profile, dataset, devices) for dataset in ("digits", "imagenet") for devices in (1, 2)]


def test_what_is_left_out_comes_from_the_other_profile(tmp_path: Path) -> None:
    catalog = load(
        tmp_path, "name: mine\nextends: base\ntitle: Mine\ndevices: [2, 4]\ntoggles: {profiling: }\n"
    )
    assert catalog.problems == ()
    base, mine = catalog.get("base"), catalog.get("mine")
    assert mine.title.english == "Mine"
    assert mine.devices == (2, 4)
    assert [one.name.value for one in mine.toggles] == ["overflow_dump", "profiling"]
    assert mine.parameters == base.parameters
    assert mine.datasets == base.datasets
    assert mine.default_devices == 2
    assert table(mine) == table(base) == [0.1, 0.2, 0.01, 0.02]


def test_a_default_of_ones_own_holds_everywhere(tmp_path: Path) -> None:
    mine = load(tmp_path, "name: mine\nextends: base\nparameters: {lr: 0.5}\n").get("mine")
    assert table(mine) == [0.5, 0.5, 0.5, 0.5]
    assert mine.parameter("lr").minimum == 0  # type: ignore[union-attr]
    assert mine.dataset("digits").parameters["size"] == 64  # type: ignore[union-attr]


def test_a_default_for_a_data_set_holds_there_alone(tmp_path: Path) -> None:
    mine = load(tmp_path, "name: mine\nextends: base\ndatasets: {digits: {parameters: {lr: 0.5}}}\n").get(
        "mine"
    )
    assert table(mine) == [0.5, 0.5, 0.01, 0.02]


def test_an_own_profile_may_take_the_name_of_what_it_extends(tmp_path: Path) -> None:
    catalog = load(tmp_path, "name: base\nextends: base\ntitle: Mine\n", "name: more\nextends: base\n")
    assert catalog.get("base").title.english == "Mine"
    assert catalog.get("more").title.english == "Mine"


def test_a_mistake_made_by_the_change_is_shown_in_the_changing_file(tmp_path: Path) -> None:
    catalog = load(tmp_path, "name: mine\nextends: base\ndevices: [1]\n")
    problem = catalog.problems[0]
    assert (problem.file.name, problem.line, problem.key) == ("0.yaml", 2, "defaults.devices")
    assert "base" in catalog.profiles


@pytest.mark.parametrize(
    ("children", "base", "message"),
    [
        (["name: mine\nextends: bass\n"], BASE, "catalog.unknown_parent"),
        (["name: mine\nextends: mine\n"], BASE, "catalog.unknown_parent"),
        (["name: a\nextends: b\n", "name: b\nextends: a\n"], BASE, "catalog.broken_parent"),
        (
            ["name: mine\nextends: base\n"],
            BASE.replace("devices: [1, 2]", "devices: []"),
            "catalog.broken_parent",
        ),
        (["name: mine\nextends: [base]\n"], BASE, "catalog.not_a_single_value"),
    ],
)
def test_an_extension_that_cannot_be_is_told(
    tmp_path: Path, children: list[str], base: str, message: str
) -> None:
    catalog = load(tmp_path, *children, base=base)
    own = [problem for problem in catalog.problems if problem.file.parent.name == "own"]
    assert message in {problem.message.key for problem in own}
    assert all(problem.key == "extends" for problem in own)
    assert not {"mine", "a", "b"} & set(catalog.profiles)


def test_a_broken_replacement_does_not_break_what_extends_the_original(tmp_path: Path) -> None:
    catalog = load(tmp_path, "name: base\nextends: base\ndevices: []\n", "name: mine\nextends: base\n")
    assert catalog.get("mine").devices == (1, 2)
