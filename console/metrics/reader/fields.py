"""The fields of a line: which number goes into which, in what unit, and the reading made of them.

A :class:`Schema` holds for every line of one template; :func:`build_reading` applies it to the numbers of one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from console.metrics.canonical import CANONICAL, COUNTERS, FRACTIONS
from console.metrics.reader.candidates import (
    POSITIONS,
    Candidate,
    Unassigned,
    candidates_of,
)
from console.metrics.reader.lexer import Token
from console.metrics.reader.names import NameMatch
from console.metrics.reader.parser import Item, ParsedLine
from console.metrics.reader.selection import SEPARATORS, choose_fields, is_metric_line
from console.metrics.reader.vocabulary import word_set
from console.metrics.samples import Reading

_BYSTANDER_BARS = word_set("bystander_bars")


def assign_fields(line: ParsedLine) -> Schema | None:
    """The schema of ``line``; ``None`` if it states no metric."""
    if line.bar_words is not None and not _BYSTANDER_BARS.isdisjoint(line.bar_words):
        return None
    candidates, unassigned = candidates_of(line)
    chosen = choose_fields(line, candidates, unassigned)
    return _schema_of(chosen, candidates, unassigned) if is_metric_line(line, chosen, unassigned) else None


# -- schema ---------------------------------------------------------------------------------------

Kind = Literal["count", "real", "accuracy", "unscoped_time", "unitless_time"]
"""The conversion of a number to a value.

``count`` and ``real`` are taken as they are, but for their factor. ``accuracy`` becomes a fraction,
``unscoped_time`` the time of a step or an extra, ``unitless_time`` seconds from seconds or milliseconds.
"""

_PLAIN_KINDS = frozenset(("count", "real"))
_IGNORED = word_set("ignored_extras")
_LONGEST_NAME = 60
_PERCENT_DECIMALS = 3


class Slot(NamedTuple):
    """The ``field`` of the values, or of the extras if ``extra`` is set, that one number goes into.

    ``factor`` converts it to the field's unit. An accuracy was printed under ``name``, and surely as a percentage
    if ``percent`` is set.
    """

    field: str
    number: Token
    kind: Kind = "real"
    factor: float = 1.0
    extra: bool = False
    percent: bool = False
    name: str = ""

    @property
    def value(self) -> float:
        """The number of the line the schema was made for; only counts are integers."""
        number = math.nan if self.number.value is None else self.number.value
        if self.kind != "count":
            return float(number)
        return number if self.field == "epoch" else int(number)


class Schema(NamedTuple):
    """The slots of a line, those of extras last, the unit of its throughput, and its phase.

    ``fields`` are the names of the values and of the extras if all numbers are taken as they are.
    """

    slots: tuple[Slot, ...]
    unit: str | None
    phase: str | None
    fields: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def _schema_of(
    chosen: dict[str, Candidate], candidates: list[Candidate], unassigned: list[Unassigned]
) -> Schema:
    """Slots for the ``chosen`` candidates, and for all other named numbers as extras."""
    slots = [slot for field, candidate in chosen.items() for slot in _slots_of(field, candidate)]
    used = {id(candidate.item) for candidate in chosen.values()}
    taken = {slot.field for slot in slots}
    for candidate in candidates:
        if id(candidate.item) not in used:
            _add_extra(slots, taken, candidate.item, candidate.match, candidate.phase)
    for item, match in unassigned:
        if id(item) not in used and item.words and (item.separator in SEPARATORS or match.measure):
            _add_extra(slots, taken, item, match, None)
    slots.sort(key=lambda slot: slot.extra)
    throughput = chosen["throughput"].match.unit if "throughput" in chosen else None
    unit = throughput.name if throughput is not None else None
    return Schema(tuple(slots), unit, _phase(chosen), _plain_fields(slots))


def _plain_fields(slots: list[Slot]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if any(slot.kind not in _PLAIN_KINDS or slot.factor != 1.0 for slot in slots):
        return None
    values = tuple(slot.field for slot in slots if not slot.extra)
    return values, tuple(slot.field for slot in slots if slot.extra)


def _phase(chosen: dict[str, Candidate]) -> str | None:
    phases = {candidate.phase for candidate in chosen.values() if candidate.phase is not None}
    return phases.pop() if len(phases) == 1 else None


def _slots_of(field: str, candidate: Candidate) -> list[Slot]:
    item, match = candidate.item, candidate.match
    if field in POSITIONS:
        slots = [Slot(field, item.number, "count")]
        return [*slots, Slot(f"total_{field}s", item.total, "count")] if item.total is not None else slots
    factor = _factor(item, match)
    if field in FRACTIONS:
        return _accuracy_slots(field, item, match, factor)
    signed = -factor if item.negative else factor
    slots = [Slot(field, item.number, _kind(item, match), signed)]
    if item.average is not None:
        slots.append(Slot(f"{field}_avg", item.average, "real", factor, True))
    return slots


def _factor(item: Item, match: NameMatch) -> float:
    unit = match.unit
    return item.factor * unit.factor if unit is not None and unit.kind != "foreign" else item.factor


def _kind(item: Item, match: NameMatch) -> Kind:
    if match.unscoped and item.average is None:
        return "unscoped_time"
    return "unitless_time" if item.words == ("/", "step", "time") and match.unit is None else "real"


def _accuracy_slots(field: str, item: Item, match: NameMatch, factor: float) -> list[Slot]:
    if item.share is not None:  # 98 correct of 100 (98 %)
        return [Slot(field, item.share, "accuracy", 1.0, False, True, item.name)]
    percent = item.percent or (match.percent and _has_decimals_of_percent(item.number))
    slots = [Slot(field, item.number, "accuracy", factor, False, percent, item.name)]
    if item.average is not None:
        slots.append(Slot(f"{field}_avg", item.average, "accuracy", factor, True, percent, item.name))
    return slots


def _has_decimals_of_percent(number: Token) -> bool:
    """Whether ``number`` may be a percentage of PyTorch's accuracy meters: up to three decimals, also below 1."""
    _, point, decimals = number.text.partition(".")
    return bool(point) and len(decimals) <= _PERCENT_DECIMALS


def _add_extra(slots: list[Slot], taken: set[str], item: Item, match: NameMatch, phase: str | None) -> None:
    name = _snake_case(item.name)
    if name and phase == "eval" and match.phase is None:
        name = f"val_{name}"
    if name and name not in _IGNORED and name not in taken:
        taken.add(name)
        factor = -item.factor if item.negative else item.factor
        slots.append(Slot(name, item.number, "real", factor, True))


def _snake_case(name: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^\w/@.]+", "_", name.lower()).strip("_./")[:_LONGEST_NAME]


# -- values ---------------------------------------------------------------------------------------

_LONGEST_STEP = 10.0
_SHORTEST_EPOCH = 1.0
_SURELY_SECONDS = 5.0
_SURELY_MILLISECONDS = 20.0
_MOST_EPOCHS = 1e5
_HIGHEST_RATE = 1e3
_NEVER_NEGATIVE = tuple(name for name in CANONICAL if name not in {*COUNTERS, "loss", "total_loss"})


def build_reading(schema: Schema, numbers: Sequence[float], percents: set[str]) -> Reading | None:
    """The reading made of ``numbers``, one for each slot of ``schema``; ``None`` if no number is plausible.

    ``percents`` holds the names under which percentages were printed so far; new ones are added.
    """
    if schema.fields is not None:
        names, extra_names = schema.fields
        values = dict(zip(names, numbers, strict=False))
        extra = dict(zip(extra_names, numbers[len(names) :], strict=True))
    else:
        values, extra = _convert(schema, numbers, percents)
    _demote_implausible(values, extra)
    if not values and not extra:
        return None
    return Reading(values, schema.unit if "throughput" in values else None, schema.phase, extra)


def _convert(
    schema: Schema, numbers: Sequence[float], percents: set[str]
) -> tuple[dict[str, float], dict[str, float]]:
    values: dict[str, float] = {}
    extra: dict[str, float] = {}
    special: list[tuple[Slot, float]] = []
    for slot, number in zip(schema.slots, numbers, strict=True):
        if slot.kind not in _PLAIN_KINDS:
            special.append((slot, number))
        else:
            (extra if slot.extra else values)[slot.field] = (
                number * slot.factor if slot.factor != 1 else number
            )
    _convert_special(special, values, extra, percents)
    return values, extra


def _convert_special(
    special: list[tuple[Slot, float]], values: dict[str, float], extra: dict[str, float], percents: set[str]
) -> None:
    accuracies = [(slot, number) for slot, number in special if slot.kind == "accuracy"]
    if accuracies:
        _convert_accuracies(accuracies, values, extra, percents)
    for slot, number in special:
        if slot.kind == "unscoped_time":
            seconds = number * slot.factor
            is_step_time = _is_step_time(seconds, values)
            (values if is_step_time else extra)["step_time" if is_step_time else "time"] = seconds
        elif slot.kind == "unitless_time":
            _convert_unitless(number, values, extra)


def _is_step_time(seconds: float, values: dict[str, float]) -> bool:
    """Whether an unscoped time is that of a step: short, and beside a step or a rate."""
    if "step" in values:
        return seconds < _LONGEST_STEP or (values["step"] <= 1 and "loss" in values)
    return "throughput" in values and seconds < (_SHORTEST_EPOCH if "epoch" in values else _LONGEST_STEP)


def _convert_unitless(number: float, values: dict[str, float], extra: dict[str, float]) -> None:
    """Convert ``per step time``, which MindSpore prints in milliseconds and others in seconds, without a unit."""
    if number < _SURELY_SECONDS:
        values["step_time"] = number
    elif number > _SURELY_MILLISECONDS:
        values["step_time"] = number / 1e3
    else:
        extra["step_time"] = number


def _convert_accuracies(
    accuracies: list[tuple[Slot, float]],
    values: dict[str, float],
    extra: dict[str, float],
    percents: set[str],
) -> None:
    """Convert accuracies to fractions: those of one line are all percentages or all fractions."""
    above_one = any(1 < number <= 100 for _, number in accuracies)
    percent = above_one or any(slot.percent or slot.name in percents for slot, _ in accuracies)
    for slot, number in accuracies:
        if above_one and not slot.percent:
            percents.add(slot.name)
        fraction = round(number / 100.0, 12) if percent else number
        (extra if slot.extra or fraction > 1 else values)[slot.field] = fraction


def _demote_implausible(values: dict[str, float], extra: dict[str, float]) -> None:
    for name in _NEVER_NEGATIVE:
        if values.get(name, 0.0) < 0:
            extra[name] = values.pop(name)
    if values.get("lr", 0.0) > _HIGHEST_RATE:
        extra["lr"] = values.pop("lr")
    if values.get("epoch", 0.0) > _MOST_EPOCHS:
        extra["epoch"] = values.pop("epoch")
