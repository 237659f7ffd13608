"""Flags declared as fields, and the one name that a thing has in all engines."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engines.common.errors import UsageError
from engines.common.flags.declaration import DERIVED, RUN, STEPS, declared_flags, fixed
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser
from engines.common.flags.settings import Settings
from engines.common.flags.values import natural_int
from tests.engines.engine_runs import ENGINES as FOLDER

ENGINES = tuple(json.loads((FOLDER / "engines.json").read_text()))


@dataclass(frozen=True)
class Base:
    width: int = RUN.flag(3, "how wide", "--broad")
    rate: float | None = STEPS.flag(None, "how fast")
    folder: Path = RUN.flag(DERIVED, "where")


@dataclass(frozen=True)
class Narrow(Base):
    width: int = 1
    rate: float | None = fixed(0.5)
    folder: Path = RUN.flag(Path("there"), "elsewhere")
    many: tuple[int, ...] = RUN.flag((1, 2), "several", kind=lambda text: tuple(map(int, text.split(","))))


def parsed(settings: type, *arguments: str, **more: Any) -> dict[str, Any]:
    values = dict(FlagParser("toy", "A toy.", settings, **more).parse(list(arguments)))
    values.pop("notices")
    return values


def test_a_flag_is_its_field() -> None:
    assert parsed(Base) == {"width": 3, "rate": None, "folder": None}
    assert parsed(Base, "--broad=4", "--rate", "2.5") == {"width": 4, "rate": 2.5, "folder": None}
    assert parsed(Base, "--wide=4", seed_names={"width": ("--wide",)})["width"] == 4


def test_a_subclass_gives_another_default_replaces_or_fixes() -> None:
    assert parsed(Narrow) == {"width": 1, "folder": Path("there"), "many": (1, 2)}
    assert parsed(Narrow, "--broad=4", "--many=3")["many"] == (3,)
    with pytest.raises(UsageError, match="Unknown flag '--rate'"):
        parsed(Narrow, "--rate=1")
    assert [one.flag.text for one in declared_flags(Narrow)] == ["how wide", "elsewhere", "several"]


def test_leftovers_of_a_seed_set_nothing_and_are_told() -> None:
    leftovers = LeftoverFlags({"debug": "nothing happens"}, {"tpu": "--backend"})
    parser = FlagParser("toy", "A toy.", Base, leftovers=leftovers)
    values = parser.parse(["--debug=1", "--tpu=None"])
    assert values["notices"] == ("--debug is not used: nothing happens.",)
    assert "debug" not in values
    with pytest.raises(UsageError, match=r"--tpu v3 has no meaning here; use --backend\."):
        parser.parse(["--tpu=v3"])


def spelled_by_seeds() -> Iterator[tuple[str, str, str]]:
    for engine in ENGINES:
        recipe = importlib.import_module(f"engines.{engine}.recipe")
        for field, spellings in getattr(recipe, "SEED_NAMES", {}).items():
            yield from ((engine, field, spelling) for spelling in spellings)


def text_for(settings: type, field: str) -> str:
    declared = next(one for one in declared_flags(settings) if one.field == field)
    if declared.flag.choices:
        return str(declared.flag.choices[-1])
    for text in ("0.5", "64", "True"):
        with contextlib.suppress(ValueError, argparse.ArgumentTypeError):
            declared.kind(text)
            return text
    raise AssertionError(field)


@pytest.mark.parametrize(("engine", "field", "spelling"), spelled_by_seeds())
def test_a_seeds_name_and_the_common_one_set_the_same(engine: str, field: str, spelling: str) -> None:
    recipe = importlib.import_module(f"engines.{engine}.recipe")
    text = text_for(type(recipe.parse([])), field)
    ours, theirs = (recipe.parse([f"{flag}={text}"]) for flag in (f"--{field}", spelling))
    assert ours == theirs
    assert getattr(ours, field) != getattr(recipe.parse([]), field)


@pytest.mark.parametrize("engine", ENGINES)
def test_settings_cannot_be_changed_and_every_trainer_finds_its_fields(engine: str) -> None:
    settings = importlib.import_module(f"engines.{engine}.recipe").parse([])
    assert {one.name for one in dataclasses.fields(Settings)} <= {
        one.name for one in dataclasses.fields(settings)
    }
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.seed = natural_int("6")
    assert all(settings.listed()[name] == str(getattr(settings, name)) for name in ("seed", "batch_size"))
    open_ones = {one.name for one in dataclasses.fields(Settings) if getattr(settings, one.name) is None}
    never_open = set("num_classes image_size max_epochs batch_size_eval restore_exclude run_dir".split())
    assert not open_ones & never_open
