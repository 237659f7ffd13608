"""What each number of a line may be: its name and its unit together → a claim on a canonical field."""

from __future__ import annotations

import math
from typing import NamedTuple

from console.metrics.reader.items import Item, ParsedLine, tags_of
from console.metrics.reader.label import FALLBACK, NOTHING, Meaning
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.vocabulary import word_set

SCORES = frozenset(("loss", "total_loss", "top1", "top5"))
COUNTERS = frozenset(("step", "epoch"))
_GROUPED = frozenset(("step", "throughput"))
"""Only large numbers have their digits grouped; ``loss 1,234`` is a decimal comma."""

_TIMED = frozenset((None, "step", "step_time", "throughput"))
_INERT_BESIDE_A_RATE = word_set("inert_beside_a_rate")
_SPENT = (("cost",), ("costs",), ("used",), ("took",))


class Claim(NamedTuple):
    """A number that may be ``field``; of several the one with the lowest ``order`` is it."""

    field: str
    order: int
    item: Item
    meaning: Meaning
    phase: str | None


class Other(NamedTuple):
    """A named number that is none of the canonical fields."""

    item: Item
    meaning: Meaning


def claims_of(line: ParsedLine) -> tuple[list[Claim], list[Other]]:
    """The claims the named numbers of ``line`` make, and the numbers that make none."""
    claims: list[Claim] = []
    others: list[Other] = []
    for item in _paired_counters(line.items):
        meaning = _meaning_of_item(item)
        if meaning.field is None:
            others.append(Other(item, meaning))
        else:
            claims.append(Claim(meaning.field, meaning.order, item, meaning, meaning.phase or item.phase))
    return _inherit_phase(claims), others


def _paired_counters(items: list[Item]) -> list[Item]:
    """``epoch/iter: 24/6449`` are two counters, where ``global_step/max_steps: 5/16`` is one and its total."""
    paired: list[Item] = []
    for item in items:
        paired.append(item)
        if item.total is None or "/" not in item.words:
            continue
        place = item.words.index("/")
        first = meaning_of(item.words[:place]).field
        second = meaning_of(item.words[place + 1 :]).field
        if first in COUNTERS and second in COUNTERS and first != second:
            other = Item([], item.total)
            other.words, other.name, other.separator = item.words[place + 1 :], str(second), item.separator
            item.words, item.total, other.phase = item.words[:place], None, item.phase
            item.tail, other.tail = len(item.words), len(other.words)
            paired.append(other)
    return paired


def claim_counter(field: str, item: Item) -> Claim:
    """The claim of a counter that no name, but its place in the line tells of."""
    return Claim(field, 3, item, Meaning(field, 3), item.phase)


def _inherit_phase(claims: list[Claim]) -> list[Claim]:
    """``Test Accuracy: 79 %, Loss: 0.6``: a score without a phase of its own belongs to the one before it."""
    if any(claim.phase == "train" for claim in claims):
        return claims
    evaluated = {claim.field for claim in claims if claim.meaning.phase == "eval"}
    inherited: list[Claim] = []
    seen = False
    for claim in claims:
        seen = seen or claim.meaning.phase == "eval"
        inherits = seen and claim.phase is None and claim.field in SCORES and claim.field not in evaluated
        inherited.append(claim._replace(phase="eval") if inherits else claim)
    return inherited


def _meaning_of_item(item: Item) -> Meaning:
    words = item.words
    if item.total is not None and "/" in words:  # global_step/max_steps: 5/16
        words = words[: words.index("/")]
    named = meaning_of(words, item.aside + item.after, item.tail) if words else NOTHING
    meaning = _with_unit(item, named)
    field = meaning.field
    grouped = "," in item.number.text
    if (item.percent and field not in ("top1", "top5")) or (grouped and field not in _GROUPED):
        return NOTHING
    if item.listed and field in SCORES:
        return NOTHING  # one of several losses, nobody knows which
    if field in COUNTERS:
        return meaning if _can_count(item, field) else NOTHING
    if item.total is not None and not (item.share is not None and field in ("top1", "top5")):
        return NOTHING
    return meaning


def _can_count(item: Item, field: str | None) -> bool:
    value = item.number.value
    if item.negative or item.unit is not None or value is None or not math.isfinite(value):
        return False
    return field == "epoch" or isinstance(value, int) or value.is_integer()


def _with_unit(item: Item, meaning: Meaning) -> Meaning:
    """The printed unit decides over the name: ``time 229.2 samples/sec`` is a rate."""
    unit = item.unit
    if unit is None:
        return meaning
    if meaning.field not in _TIMED or unit.kind not in ("rate", "step_time", "duration"):
        return Meaning(None, phase=meaning.phase)
    if unit.kind == "duration":
        if meaning.field in (None, "step") and _is_about_steps(item.words):
            return Meaning("step_time", 1, unit=unit)
        if meaning.field is None and item.words in _SPENT:
            return Meaning("step_time", 3, unit=unit, soft=True)
        return NOTHING if meaning.field in ("throughput", "step") else meaning._replace(unit=unit)
    if meaning.field is None and meaning.unit is None and not _INERT_BESIDE_A_RATE.isdisjoint(item.words):
        return meaning
    order = FALLBACK if meaning.average else 0
    if unit.kind == "step_time":
        return Meaning("step_time", order, meaning.phase, meaning.average, unit)
    counts_steps = unit.name in ("steps/s", "it/s")
    return Meaning("throughput", order + 2 * counts_steps, meaning.phase, meaning.average, unit)


def _is_about_steps(words: tuple[str, ...]) -> bool:
    """``step avg 102 ms`` and ``Batch 1.2 s`` are times of steps although no word says time."""
    tags = set(tags_of(words))
    return bool(tags & {"step", "iteration", "batch"}) and tags <= {"average", "step", "iteration", "batch"}
