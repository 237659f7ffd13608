"""Candidates for the canonical fields: the numbers of a line that may be one, by name and unit."""

from __future__ import annotations

import math
from typing import NamedTuple

from console.metrics.canonical import FRACTIONS
from console.metrics.reader.names import FALLBACK, NO_MATCH, NameMatch, match_name
from console.metrics.reader.parser import Item, ParsedLine, tags_of
from console.metrics.reader.vocabulary import word_set

SCORES = frozenset(("loss", "total_loss", *FRACTIONS))
"""Losses and accuracies, which an evaluation has too."""

POSITIONS = frozenset(("step", "epoch"))
"""The counters of progress; each may have a total beside it."""

_GROUPED = frozenset(("step", "throughput"))
"""Only large numbers have their digits grouped; ``loss 1,234`` is a decimal comma."""

_TIMED = frozenset((None, "step", "step_time", "throughput"))
_NOT_THROUGHPUT = word_set("not_throughput")
_SPENT = (("cost",), ("costs",), ("used",), ("took",))


class Candidate(NamedTuple):
    """A number that may be the value of ``field``; of several the one with the lowest ``priority`` is chosen."""

    field: str
    priority: int
    item: Item
    match: NameMatch
    phase: str | None


class Unassigned(NamedTuple):
    """A named number that is none of the canonical fields."""

    item: Item
    match: NameMatch


def candidates_of(line: ParsedLine) -> tuple[list[Candidate], list[Unassigned]]:
    """The candidates among the numbers of ``line``, and the named numbers that are none."""
    candidates: list[Candidate] = []
    unassigned: list[Unassigned] = []
    for item in _paired_counters(line.items):
        match = _match_item(item)
        if match.field is None:
            unassigned.append(Unassigned(item, match))
        else:
            candidates.append(Candidate(match.field, match.priority, item, match, match.phase or item.phase))
    return _inherit_phase(candidates), unassigned


def _paired_counters(items: list[Item]) -> list[Item]:
    """Split ``epoch/iter: 24/6449`` into two counters; ``global_step/max_steps: 5/16`` is one and its total."""
    paired: list[Item] = []
    for item in items:
        paired.append(item)
        if item.total is None or "/" not in item.words:
            continue
        place = item.words.index("/")
        first = match_name(item.words[:place]).field
        second = match_name(item.words[place + 1 :]).field
        if first in POSITIONS and second in POSITIONS and first != second:
            other = Item(item.total)
            other.words, other.name, other.separator = item.words[place + 1 :], str(second), item.separator
            item.words, item.total, other.phase = item.words[:place], None, item.phase
            item.identifier_length, other.identifier_length = len(item.words), len(other.words)
            paired.append(other)
    return paired


def _inherit_phase(candidates: list[Candidate]) -> list[Candidate]:
    """Give scores the phase of the score before them: ``Test Accuracy: 79 %, Loss: 0.6``."""
    if any(candidate.phase == "train" for candidate in candidates):
        return candidates
    evaluated = {candidate.field for candidate in candidates if candidate.match.phase == "eval"}
    inherited: list[Candidate] = []
    seen = False
    for candidate in candidates:
        seen = seen or candidate.match.phase == "eval"
        inherits = (
            seen
            and candidate.phase is None
            and candidate.field in SCORES
            and candidate.field not in evaluated
        )
        inherited.append(candidate._replace(phase="eval") if inherits else candidate)
    return inherited


def _match_item(item: Item) -> NameMatch:
    words = item.words
    if item.total is not None and "/" in words:  # global_step/max_steps: 5/16
        words = words[: words.index("/")]
    named = (
        match_name(words, item.qualifier + item.trailing_words, item.identifier_length) if words else NO_MATCH
    )
    match = _with_unit(item, named)
    field = match.field
    grouped = "," in item.number.text
    if (item.percent and field not in FRACTIONS) or (grouped and field not in _GROUPED):
        return NO_MATCH
    if item.in_list and field in SCORES:
        return NO_MATCH  # one of several losses without a name each
    if field in POSITIONS:
        return match if _can_count(item, field) else NO_MATCH
    if item.total is not None and not (item.share is not None and field in FRACTIONS):
        return NO_MATCH
    return match


def _can_count(item: Item, field: str | None) -> bool:
    value = item.number.value
    if item.negative or item.unit is not None or value is None or not math.isfinite(value):
        return False
    return field == "epoch" or isinstance(value, int) or value.is_integer()


def _with_unit(item: Item, match: NameMatch) -> NameMatch:
    """``match`` as corrected by the printed unit, which decides: ``time 229.2 samples/sec`` is a rate."""
    unit = item.unit
    if unit is None:
        return match
    if match.field not in _TIMED or unit.kind not in ("rate", "step_time", "duration"):
        return NameMatch(None, phase=match.phase)
    if unit.kind == "duration":
        if match.field in (None, "step") and _is_about_steps(item.words):
            return NameMatch("step_time", 1, unit=unit)
        if match.field is None and item.words in _SPENT:
            return NameMatch("step_time", 3, unit=unit, unscoped=True)
        return NO_MATCH if match.field in ("throughput", "step") else match._replace(unit=unit)
    if match.field is None and match.unit is None and not _NOT_THROUGHPUT.isdisjoint(item.words):
        return match
    priority = FALLBACK if match.average else 0
    if unit.kind == "step_time":
        return NameMatch("step_time", priority, match.phase, match.average, unit)
    counts_steps = unit.name in ("steps/s", "it/s")
    return NameMatch("throughput", priority + 2 * counts_steps, match.phase, match.average, unit)


def _is_about_steps(words: tuple[str, ...]) -> bool:
    """Whether a duration is that of a step although no word says time: ``step avg 102 ms``, ``Batch 1.2 s``."""
    tags = set(tags_of(words))
    return bool(tags & {"step", "iteration", "batch"}) and tags <= {"average", "step", "iteration", "batch"}
