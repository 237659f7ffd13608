"""The cases the line reader is tested on, and how its readings are compared with them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.metrics.canonical import CANONICAL_NAMES, FRACTIONS
from console.metrics.reader import LineReader
from console.metrics.samples import Reading

LOGS = Path(__file__).parents[1] / "data" / "logs"


@dataclass
class Case:
    """One line: what it states, what may be read beside it, and whether reading less is right too."""

    raw: bytes
    expected: dict[str, object]
    allowed: list[dict[str, object]] = field(default_factory=list)
    loose: bool = False
    fraction: bool = False


@dataclass
class Record:
    """Lines of one log in their order."""

    name: str
    cases: list[Case]


@dataclass
class Score:
    """Lines with a metric, how many of them were read exactly, and all that was read wrongly."""

    lines: int = 0
    exact: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def corpus(name: str) -> list[Record]:
    """The records of one of the two corpora."""
    lines = (LOGS / name).read_text("utf-8").splitlines()
    return [_record(json.loads(line)) for line in lines if line.strip()]


def _record(record: dict[str, object]) -> Record:
    raws = _raw_lines(record)
    single = "lines" not in record
    loose = record.get("optional") or []
    loose_indexes = (
        set(range(len(raws))) if loose is True else {*_indexes(loose), *_indexes(record.get("needs_header"))}
    )
    cases = []
    for index, raw in enumerate(raws):
        expect, accept, every = (
            _at(record, key, index, single) for key in ("expect", "accept", "expect_all")
        )
        allowed = [_fields(one) for one in [accept, *(every or [])]]
        fraction = (expect or {}).get("acc_is_percent") is False
        cases.append(Case(raw, _fields(expect), allowed, index in loose_indexes, fraction))
    return Record(str(record["id"]), cases)


def _indexes(value: object) -> list[int]:
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _at(record: Mapping[str, object], key: str, index: int, single: bool):
    value = record.get(key)
    return value if single or not isinstance(value, list) else value[index]


def _raw_lines(record: Mapping[str, object]) -> list[bytes]:
    if "lines" in record:
        return [line.encode("utf-8", "surrogateescape") for line in record["lines"]]
    if "line_b64" in record:
        return [base64.b64decode(str(record["line_b64"])).rstrip(b"\n")]
    repeat = record.get("repeat")
    if repeat is not None:
        return [(repeat["prefix"] + repeat["unit"] * repeat["count"] + repeat["suffix"]).encode()]
    return [str(record["line"]).encode("utf-8", "surrogateescape")]


def _fields(reading: Mapping[str, object] | None) -> dict[str, object]:
    named = {("step_time" if key == "step_time_s" else key): value for key, value in (reading or {}).items()}
    return {key: named[key] for key in CANONICAL_NAMES if named.get(key) is not None}


def same(left: object, right: object) -> bool:
    """Whether two numbers are the same; words such as ``nan`` are numbers too."""
    first, second = float(str(left)), float(str(right))
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return first == second or math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-12)


def _is_right(name: str, value: float, wanted: object, case: Case) -> bool:
    if same(value, wanted):
        return True
    return name in FRACTIONS and not case.fraction and same(value, float(str(wanted)) / 100)


def mistakes(case: Case, reading: Reading | None) -> tuple[list[str], list[str]]:
    """The wrong values of ``reading``, and the missing ones."""
    values = reading.values if reading is not None else {}
    wrong = []
    for name, value in values.items():
        right = [fields[name] for fields in [case.expected, *case.allowed] if name in fields]
        if not any(_is_right(name, value, one, case) for one in right):
            wrong.append(f"{name}={value}")
    accepted = case.allowed[0] if case.allowed else {}
    missed = [
        f"{name}={value}"
        for name, value in case.expected.items()
        if name not in values and name not in accepted and not case.loose
    ]
    return wrong, missed


def score(records: list[Record]) -> Score:
    """Read all records, each with a reader of its own."""
    result = Score()
    for record in records:
        reader = LineReader()
        for case in record.cases:
            wrong, missed = mistakes(case, reader.read(case.raw))
            shown = f"{record.name}: {case.raw[:200]!r}"
            result.wrong += [f"{shown}: {one}" for one in wrong]
            result.missed += [f"{shown}: {one}" for one in missed]
            result.lines += bool(case.expected)
            result.exact += bool(case.expected) and not wrong and not missed
    return result


def formats() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The formats of ``formats.txt``: name, and pairs of a line and what it states."""
    name, pairs, line = "", [], ""
    for text in (LOGS / "formats.txt").read_text("utf-8").splitlines():
        if text.startswith("# "):
            if pairs:
                yield name, pairs
            name, pairs = text[2:], []
        elif text.startswith("  => "):
            pairs.append((line, text[5:]))
        else:
            line = text
    yield name, pairs


def stated(text: str) -> tuple[dict[str, float], dict[str, float], str | None]:
    """A ``=>`` line of ``formats.txt`` taken apart: fields, fields that may be read too, and the phase."""
    must, _, may = text.partition(";")
    words = [] if must.strip() == "null" else must.split()
    phase = next((word.partition("=")[2] for word in words if word.startswith("phase=")), None)
    return _numbers(word for word in words if not word.startswith("phase=")), _numbers(may.split()), phase


def _numbers(words: Iterator[str] | list[str]) -> dict[str, float]:
    pairs = (word.replace("?", "").split("=") for word in words)
    return {name: float(text[:-1]) / 100 if text.endswith("%") else float(text) for name, text in pairs}
