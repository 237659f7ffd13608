"""The profile file's schema, declared once: the loader checks by it, editors and the documentation get it."""

from __future__ import annotations

import json
import re
from typing import Any

from console.catalog.data.layouts.names import LAYOUTS
from console.catalog.kinds.containers import Key, ListOf, Localized, Record, TableOf
from console.catalog.kinds.scalars import Boolean, Choice, Integer, Kind, Number, Text, Value
from console.catalog.nearest import nearest_or_all
from console.catalog.placeholders import PLACEHOLDERS, placeholders_in
from console.catalog.profile import Backend, ParameterType, ToggleName
from console.i18n import Message
from console.metrics.canonical import CANONICAL_NAMES

TASKS = ("train_and_evaluate", "train", "evaluate", "export")
PUBLISHED_METRICS = ("top1", "top5", "throughput", "step_time", "loss")

_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
    r"(?:\s*(?:===|==|~=|!=|<=|>=|<|>)\s*[0-9][A-Za-z0-9.+!_-]*(?:\.\*)?\s*(?:,(?=\s*[=~!<>])|$))*"
)


def _dataset_names() -> tuple[str, ...]:
    from console.catalog.datasets import load_datasets

    return tuple(load_datasets())


def _engine_names() -> tuple[str, ...]:
    from console.locations import engines_file

    return tuple(json.loads(engines_file().read_text(encoding="utf-8")))


def _check_requirement(text: str) -> Message | None:
    return None if _REQUIREMENT.fullmatch(text) else Message.of("catalog.not_a_requirement", value=text)


def _check_pattern(text: str) -> Message | None:
    try:
        groups = re.compile(text).groupindex
    except re.error as error:
        return Message.of("catalog.not_a_pattern", reason=str(error))
    if not groups:
        return Message.of("catalog.pattern_without_groups", known=", ".join(CANONICAL_NAMES))
    unknown = next((name for name in groups if name not in CANONICAL_NAMES), None)
    if unknown is None:
        return None
    return Message.of(
        "catalog.unknown_group", group=unknown, nearest=nearest_or_all(unknown, CANONICAL_NAMES)
    )


def _check_placeholders(text: str) -> Message | None:
    unknown = next((name for name in placeholders_in(text) if name not in PLACEHOLDERS), None)
    if unknown is None:
        return None
    close = nearest_or_all(unknown, PLACEHOLDERS)
    return Message.of("catalog.unknown_placeholder", name=unknown, nearest=close)


NAME = Text("name", r"[A-Za-z0-9][A-Za-z0-9_-]*", "catalog.not_a_name")
WORD = Text("name", r"[A-Za-z_][A-Za-z0-9_]*", "catalog.not_a_word")
FLAG = Text("flag", r"--?[A-Za-z][A-Za-z0-9_.-]*", "catalog.not_a_flag")
TEXT = Text()
COUNT = Integer(1)
DATASET = Choice(_dataset_names, "data set", listed=False)
LAYOUT = Choice(lambda: LAYOUTS)
BACKEND = Choice(lambda: (Backend.CPU.value, Backend.NPU.value))
TASK = Choice(lambda: TASKS)

PARAMETER = Record(
    Key("type", Choice(lambda: tuple(one.value for one in ParameterType)), "How the value is written.", True),
    Key("help", Localized(), "One sentence for the operator.", True),
    Key("flag", FLAG, "The engine's flag; `--` and the parameter's name where it is left out."),
    Key("default", Value(), "The value where the operator gives none. Without one the flag is left out."),
    Key("minimum", Number(), "The smallest legal number."),
    Key("maximum", Number(), "The largest legal number."),
    Key("choices", ListOf(TEXT, 1), "The legal words of a parameter of type `choice`."),
    Key("per_devices", TableOf(COUNT, Value()), "Defaults that hold for a device count."),
    Key("advanced", Boolean(), "True for what the form shows only on demand."),
    shorthand="default",
)

DATASET_CHOICE = Record(
    Key("parameters", TableOf(WORD, Value()), "Parameter defaults that go with the data set."),
    Key(
        "per_devices",
        TableOf(COUNT, TableOf(WORD, Value())),
        "Parameter defaults that go with the data set on a device count.",
    ),
    Key("layouts", ListOf(LAYOUT, 1), "Forms on disk that it reads; the data set's usual one if left out."),
)

TOGGLE = Record(
    Key("backends", ListOf(BACKEND, 1), "Where the switch does something; all the profile's if left out."),
    Key("choices", ListOf(TEXT, 1), "The legal values of `precision_mode`."),
    Key("default", TEXT, "The value of `precision_mode` where the operator chooses none."),
    Key("cpu_choices", ListOf(TEXT, 1), "Those of the choices that CPU has; all of them if left out."),
)

COMMAND = Record(
    Key(
        "argv",
        ListOf(Text("text", check=_check_placeholders), 1),
        "Program and arguments; no shell reads them. May hold `{python}`, `{data_dir}`, `{run_dir}`, "
        "`{rank}`, `{world_size}` and `{device}`.",
        True,
    ),
    Key("cwd", TEXT, "Folder to start in; the run's own where it is left out."),
    Key(
        "env", TableOf(WORD, Text("text", check=_check_placeholders)), "Variables to add, same placeholders."
    ),
)

PUBLISHED = Record(
    Key("metric", Choice(lambda: PUBLISHED_METRICS), "What was measured.", True),
    Key("value", Number(), "Fractions for accuracies, images/s for throughput, s for step time.", True),
    Key("dataset", DATASET, "The data set it was measured on.", True),
    Key("devices", COUNT, "On how many devices.", True),
    Key("source", TEXT, "Who says so.", True),
)

DEFAULTS = Record(
    Key("dataset", DATASET, "The data set; the first one listed where it is left out."),
    Key("data_dir", TEXT, "The folder that holds the data set."),
    Key("devices", COUNT, "The device count; the first one listed where it is left out."),
    Key("backend", Choice(lambda: tuple(one.value for one in Backend)), "Where to compute."),
    Key("runtime", TEXT, "Name or path of an interpreter."),
    Key("task", TASK, "What to do; the first one listed where it is left out."),
)

PROFILE = Record(
    Key(
        "name",
        NAME,
        "What the profile is called on the command line; a user's profile replaces a built-in "
        "one of the same name.",
        True,
    ),
    Key("extends", NAME, "The profile whose keys hold where this file gives none."),
    Key("title", Localized(), "The model's name on screens.", True),
    Key("summary", Localized(), "One sentence about the model."),
    Key(
        "engine",
        Choice(_engine_names, "engine", listed=False),
        "One of the engines that come with the console.",
    ),
    Key("command", COMMAND, "A training program of your own, instead of `engine`; one process per rank."),
    Key("framework", NAME, "The package the runtime has to hold: `tensorflow`, `torch`, …", True),
    Key(
        "runtimes",
        ListOf(Text("requirement", check=_check_requirement)),
        "Requirements such as `tensorflow==1.15.*`, any of which makes a runtime fit; best first. "
        "Any version fits where there is none.",
    ),
    Key(
        "adapters",
        ListOf(NAME, 1),
        "Packages any of which connects it to the NPU; those of the framework where it is left out.",
    ),
    Key(
        "datasets",
        TableOf(DATASET, DATASET_CHOICE),
        "Data sets it trains on; the first is the default.",
        True,
    ),
    Key("devices", ListOf(COUNT, 1), "Device counts it may run on.", True),
    Key("backends", ListOf(BACKEND, 1), "Where it can compute.", True),
    Key("tasks", ListOf(TASK, 1), "What it can do; `train` where it is left out."),
    Key("parameters", TableOf(WORD, PARAMETER), "What an operator may set."),
    Key(
        "toggles", TableOf(Choice(lambda: tuple(one.value for one in ToggleName)), TOGGLE), "Debug switches."
    ),
    Key(
        "line_patterns",
        ListOf(Text("pattern", check=_check_pattern)),
        "Regular expressions for log lines that the generic reader does not understand; a group is named "
        "for the metric it holds.",
    ),
    Key("published", ListOf(PUBLISHED), "Figures reported for the model, shown beside a run's own."),
    Key("defaults", DEFAULTS, "What a launch starts from."),
)

SECTIONS: tuple[tuple[str, Record], ...] = (
    ("", PROFILE),
    ("parameters.<name>", PARAMETER),
    ("datasets.<name>", DATASET_CHOICE),
    ("toggles.<name>", TOGGLE),
    ("command", COMMAND),
    ("published", PUBLISHED),
    ("defaults", DEFAULTS),
)
"""The records of a profile in the order in which the documentation lists them."""


def json_schema() -> dict[str, Any]:
    """The schema as JSON Schema 2020-12, for editors. A profile that extends another may leave keys out."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ascend-console profile",
        **PROFILE.json(),
        "required": ["name"],
        "if": {"not": {"required": ["extends"]}},
        "then": PROFILE.requirements() | {"oneOf": [{"required": ["engine"]}, {"required": ["command"]}]},
    }


def schema_markdown() -> str:
    """The schema as Markdown tables, as they stand in docs/profiles.md."""
    parts = []
    for title, record in SECTIONS:
        heading = f"### `{title}`\n\n" if title else ""
        rows = [_row(key) for key in record.keys.values()]
        parts.append("\n".join([f"{heading}| key | value | meaning |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _row(key: Key) -> str:
    name = f"**`{key.name}`**" if key.required else f"`{key.name}`"
    return f"| {name} | {_cell(key.kind)} | {key.help} |"


def _cell(kind: Kind) -> str:
    return kind.describe().replace("|", "\\|")
