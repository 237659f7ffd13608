"""Which number of a line goes where: the plan of a reading, before the values are looked at."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from console.metrics.reader.claims import COUNTERS, Claim, Other
from console.metrics.reader.items import Item
from console.metrics.reader.label import Meaning
from console.metrics.reader.tokens import Token
from console.metrics.reader.vocabulary import word_set

_SEPARATORS = frozenset((":", "=", "|", "is"))
PLAIN_KINDS = frozenset(("count", "real"))
"""Numbers of these kinds are taken as they are, but for their factor."""

_IGNORED = word_set("ignored_extras")
_LONGEST_NAME = 60
_PERCENT_DECIMALS = 3


class Slot(NamedTuple):
    """Where one number goes: into ``field`` of the values, or of the extras where ``extra`` is set.

    ``kind`` says how it is taken: ``count``; ``real``; ``share``, an accuracy, printed under ``name`` and
    surely a percentage where ``percent`` is set; ``soft``, a time whose scope the name leaves open;
    ``unitless``, a step time in seconds or milliseconds.
    """

    field: str
    number: Token
    kind: str = "real"
    factor: float = 1.0
    extra: bool = False
    percent: bool = False
    name: str = ""

    @property
    def value(self) -> float:
        """The number as it stands in the line the plan was made for; only counts are integers."""
        number = math.nan if self.number.value is None else self.number.value
        if self.kind != "count":
            return float(number)
        return number if self.field == "epoch" else int(number)


class Plan(NamedTuple):
    """The slots of a line, those of extras last, the unit of its throughput, and its phase.

    ``fields`` are the names of the values and of the extras where the numbers go there as they are.
    """

    slots: tuple[Slot, ...]
    unit: str | None
    phase: str | None
    fields: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def plan_of(chosen: dict[str, Claim], claims: list[Claim], others: list[Other]) -> Plan:
    """Slots for the ``chosen`` claims, and extras for what else has a name."""
    slots = [slot for field, claim in chosen.items() for slot in _slots_of(field, claim)]
    used = {id(claim.item) for claim in chosen.values()}
    taken = {slot.field for slot in slots}
    for claim in claims:
        if id(claim.item) not in used:
            _add_extra(slots, taken, claim.item, claim.meaning, claim.phase)
    for item, meaning in others:
        if id(item) not in used and item.words and (item.separator in _SEPARATORS or meaning.measure):
            _add_extra(slots, taken, item, meaning, None)
    slots.sort(key=lambda slot: slot.extra)
    throughput = chosen["throughput"].meaning.unit if "throughput" in chosen else None
    unit = throughput.name if throughput is not None else None
    return Plan(tuple(slots), unit, _phase(chosen), _plain_fields(slots))


def _plain_fields(slots: list[Slot]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if any(slot.kind not in PLAIN_KINDS or slot.factor != 1.0 for slot in slots):
        return None
    values = tuple(slot.field for slot in slots if not slot.extra)
    return values, tuple(slot.field for slot in slots if slot.extra)


def _phase(chosen: dict[str, Claim]) -> str | None:
    phases = {claim.phase for claim in chosen.values() if claim.phase is not None}
    return phases.pop() if len(phases) == 1 else None


def _slots_of(field: str, claim: Claim) -> list[Slot]:
    item, meaning = claim.item, claim.meaning
    if field in COUNTERS:
        slots = [Slot(field, item.number, "count")]
        return [*slots, Slot(f"total_{field}s", item.total, "count")] if item.total is not None else slots
    factor = _factor(item, meaning)
    if field in ("top1", "top5"):
        return _share_slots(field, item, meaning, factor)
    signed = -factor if item.negative else factor
    slots = [Slot(field, item.number, _kind(item, meaning), signed)]
    if item.average is not None:
        slots.append(Slot(f"{field}_avg", item.average, "real", factor, True))
    return slots


def _factor(item: Item, meaning: Meaning) -> float:
    unit = meaning.unit
    return item.factor * unit.factor if unit is not None and unit.kind != "foreign" else item.factor


def _kind(item: Item, meaning: Meaning) -> str:
    if meaning.soft and item.average is None:
        return "soft"
    return "unitless" if item.words == ("/", "step", "time") and meaning.unit is None else "real"


def _share_slots(field: str, item: Item, meaning: Meaning, factor: float) -> list[Slot]:
    if item.share is not None:  # 98 correct of 100 (98 %)
        return [Slot(field, item.share, "share", 1.0, False, True, item.name)]
    percent = item.percent or (meaning.percent and _has_decimals_of_percent(item.number))
    slots = [Slot(field, item.number, "share", factor, False, percent, item.name)]
    if item.average is not None:
        slots.append(Slot(f"{field}_avg", item.average, "share", factor, True, percent, item.name))
    return slots


def _has_decimals_of_percent(number: Token) -> bool:
    """PyTorch's accuracy meters print percentages with two or three decimals, also while they are below 1."""
    _, point, decimals = number.text.partition(".")
    return bool(point) and len(decimals) <= _PERCENT_DECIMALS


def _add_extra(slots: list[Slot], taken: set[str], item: Item, meaning: Meaning, phase: str | None) -> None:
    name = _snake_case(item.name)
    if name and phase == "eval" and meaning.phase is None:
        name = f"val_{name}"
    if name and name not in _IGNORED and name not in taken:
        taken.add(name)
        factor = -item.factor if item.negative else item.factor
        slots.append(Slot(name, item.number, "real", factor, True))


def _snake_case(name: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^\w/@.]+", "_", name.lower()).strip("_./")[:_LONGEST_NAME]
