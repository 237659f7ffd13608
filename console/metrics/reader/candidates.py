"""Candidates for the canonical fields: the numbers that may be one, and the selection of one for each field."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from console.metrics.canonical import FRACTIONS
from console.metrics.reader.names import FALLBACK, GUESS, NO_MATCH, NameMatch, match_name
from console.metrics.reader.parser import Item, ParsedLine, names_only_phase, tags_of
from console.metrics.reader.vocabulary import TAGS, word_set

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


def counter_candidate(field: str, item: Item) -> Candidate:
    """The candidate for a counter known by its place in the line, not by a name."""
    return Candidate(field, 3, item, NameMatch(field, 3), item.phase)


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


_NEEDS_COMPANY = frozenset(("total", "plural", "epochs"))


def choose_fields(
    line: ParsedLine, candidates: list[Candidate], unassigned: list[Unassigned]
) -> dict[str, Candidate]:
    """The best candidate for each field."""
    guessed = Counter(candidate.field for candidate in candidates if candidate.priority >= GUESS)
    counted = any(candidate.field in POSITIONS for candidate in candidates)
    chosen: dict[str, Candidate] = {}
    for candidate in candidates:
        if not _is_eligible(candidate, candidates):
            continue
        if candidate.priority >= GUESS and (
            guessed[candidate.field] > 1 or (candidate.field == "loss" and not counted)
        ):
            continue
        current = chosen.get(candidate.field)
        if (
            current is None
            or candidate.priority < current.priority
            or current.phase == "eval" != candidate.phase
        ):
            chosen[candidate.field] = candidate
    _move_to_top5(chosen, unassigned)
    _prefer_whole_time(line, chosen, candidates, unassigned)
    _drop_loop_time(chosen)
    if "total_loss" in chosen and ("loss" not in chosen or chosen["loss"].priority >= 2):
        chosen["loss"] = chosen["total_loss"]
    _name_counters(line, chosen)
    return chosen


def _is_eligible(candidate: Candidate, candidates: list[Candidate]) -> bool:
    if (
        candidate.match.phase == "eval"
        and candidate.field in SCORES
        and _has_training_value(candidate.field, candidates)
    ):
        return False
    alone = len(candidates) < 2 and candidate.item.total is None
    return not (alone and candidate.match.scope in _NEEDS_COMPANY)


def _has_training_value(field: str, candidates: list[Candidate]) -> bool:
    """Whether the line gives a training loss, or a training value of ``field``, beside the validation one."""
    plain = (field, "loss", "total_loss")
    return any(
        candidate.phase == "train" or (candidate.phase is None and candidate.field in plain)
        for candidate in candidates
        if candidate.field in SCORES
    )


def _move_to_top5(chosen: dict[str, Candidate], unassigned: list[Unassigned]) -> None:
    """Take ``acc`` in ``top5_correct=46, tot=50, acc=92%`` for top 5, as the count beside it is."""
    plain = chosen.get("top1")
    ranks = {
        word for item, _ in unassigned if "top" in item.words for word in item.words if word in ("1", "5")
    }
    if plain is not None and plain.priority == 1 and ranks == {"5"} and "top5" not in chosen:
        chosen["top5"] = chosen.pop("top1")


def _prefer_whole_time(
    line: ParsedLine, chosen: dict[str, Candidate], candidates: list[Candidate], unassigned: list[Unassigned]
) -> None:
    """Take ``train_time`` for the step if its parts are timed too; drop a time shorter than one of them."""
    parts = [
        item.number.value for item, _ in unassigned if "forward" in item.words or "backward" in item.words
    ]
    if not parts:
        return
    whole = next(
        (
            candidate
            for candidate in candidates
            if candidate.match.scope == "train" and candidate.field == "step_time"
        ),
        None,
    )
    if whole is not None:
        chosen["step_time"] = whole._replace(match=whole.match._replace(unscoped=False))
    elif "step_time" in chosen:
        line.value_dependent = True
        if (chosen["step_time"].item.number.value or 0.0) < max(part or 0.0 for part in parts):
            del chosen["step_time"]


def _drop_loop_time(chosen: dict[str, Candidate]) -> None:
    """Drop ``batch_time`` where FPS and both losses stand beside it: it is that of a loop of many steps.

    The vendor's TensorFlow 1 trainers (AlexNet, ResNet) print it so; their loops run 100 steps on the device.
    """
    time = chosen.get("step_time")
    if (
        time is not None
        and time.item.words == ("batch", "time")
        and {"loss", "total_loss", "throughput"} <= set(chosen)
    ):
        del chosen["step_time"]


# -- counters without a name ----------------------------------------------------------------------


def _name_counters(line: ParsedLine, chosen: dict[str, Candidate]) -> None:
    """Name counters by their place: behind an epoch comes the step; of two the first is the epoch."""
    leader = next((item for item in line.items if _is_bare_epoch(item)), None)
    if leader is not None and "epoch" not in chosen:
        chosen["epoch"] = counter_candidate("epoch", leader)
    counters = _nameless_counters(line)
    if not counters:
        return
    if "epoch" in chosen:
        if "step" not in chosen:
            _choose_step(line, chosen, next((item for item in counters if item.bar), counters[0]))
    elif len(counters) > 1:
        chosen["epoch"] = counter_candidate("epoch", counters[0])
        chosen.setdefault("step", counter_candidate("step", counters[1]))
    elif "step" not in chosen:
        _choose_single(line, chosen, counters[0])


def _nameless_counters(line: ParsedLine) -> list[Item]:
    counters = [
        item
        for item in line.items
        if isinstance(item.number.value, int)
        and names_only_phase(item.words)
        and (
            (item.unit is None and (item.follows_bracket or item.bar) and not item.words)
            or item.total is not None
        )
    ]
    if any(item.unit is not None and item.unit.kind == "item_time" for item in line.items):
        return [item for item in counters if not item.bar and item.total is None]  # they count samples
    return counters


def _is_bare_epoch(item: Item) -> bool:
    """Whether the number behind a mere word for the phase counts epochs: ``Train: 12 [...]``, ``Test 3, loss: …``."""
    plain = item.total is None and item.unit is None and not item.percent and not item.negative
    named = bool(item.words) and names_only_phase(item.words)
    return plain and named and isinstance(item.number.value, int) and item.words_before <= 4


def _choose_step(line: ParsedLine, chosen: dict[str, Candidate], counter: Item) -> None:
    """Take the counter for the step, unless it counts samples: ``Epoch: 1 [640/60000 (1%)]``."""
    counts_samples = counter.share is not None and any("epoch" in item.words for item in line.items)
    if not counts_samples:
        chosen["step"] = counter_candidate("step", counter)


def _choose_single(line: ParsedLine, chosen: dict[str, Candidate], counter: Item) -> None:
    bar_words = line.bar_words or ()
    if counter.bar and bar_words and TAGS.get(bar_words[-1]) in ("epoch", "epochs"):
        chosen["epoch"] = counter_candidate("epoch", counter)
        chosen.pop("step_time", None)
        chosen.pop("throughput", None)
    elif counter.total is not None or counter.bar:
        begins_the_line = counter is line.items[0] and counter.words_before <= 3
        if counter.bar or counter.words or begins_the_line:
            chosen["step"] = counter_candidate("step", counter)
