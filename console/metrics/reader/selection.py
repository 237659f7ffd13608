"""The selection among candidates: one number for each field, and whether the line reports at all."""

from __future__ import annotations

from collections import Counter

from console.metrics.canonical import CANONICAL, COUNTERS
from console.metrics.reader.candidates import POSITIONS, SCORES, Candidate, Unassigned
from console.metrics.reader.names import FALLBACK, GUESS, NameMatch
from console.metrics.reader.parser import Item, ParsedLine, names_only_phase
from console.metrics.reader.vocabulary import TAGS, word_set

_MEASURED = frozenset(CANONICAL) - COUNTERS - {"lr"}
SEPARATORS = frozenset((":", "=", "|", "is"))
"""Those that leave no doubt that a number belongs to the name before it."""

_BYSTANDER_VERBS = word_set("bystander_verbs")
_CONFIG_WORDS = word_set("config_words")
_MOST_LEADING_WORDS = 3
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


def is_metric_line(line: ParsedLine, chosen: dict[str, Candidate], unassigned: list[Unassigned]) -> bool:
    """Whether the line reports progress; a setting, a remark on a checkpoint or a mere count does not."""
    if not _MEASURED.isdisjoint(chosen):
        return True
    if line.is_settings:
        return False
    if "lr" in chosen:
        rate = chosen["lr"]
        told = bool(rate.item.separator) or "step" in chosen
        return rate.priority < FALLBACK and told and _CONFIG_WORDS.isdisjoint(line.words)
    if not _BYSTANDER_VERBS.isdisjoint(line.words):
        return False
    counters = [chosen[field].item for field in ("step", "epoch") if field in chosen]
    if counters:
        return not line.is_alarm and _is_progress(counters, "epoch" in chosen)
    measured = any(other.match.measure and other.item.separator in SEPARATORS for other in unassigned)
    return measured and _CONFIG_WORDS.isdisjoint(line.words)


def _is_progress(counters: list[Item], has_epoch: bool) -> bool:
    """Whether a line with only counters reports progress: ``Epoch 3/90``, a bar, not ``see step 3``."""
    first = min(counters, key=lambda item: item.number.start)
    if first.bar:
        return True
    if first.separator == "after" or first.words_before > _MOST_LEADING_WORDS:
        return False
    counted = first.total is not None or bool(first.words and first.separator)
    return counted or (bool(first.words) and (has_epoch or first.words_before == 0))


# -- counters without a name ----------------------------------------------------------------------


def _name_counters(line: ParsedLine, chosen: dict[str, Candidate]) -> None:
    """Name counters by their place: behind an epoch comes the step; of two the first is the epoch."""
    leader = next((item for item in line.items if _is_bare_epoch(item)), None)
    if leader is not None and "epoch" not in chosen:
        chosen["epoch"] = _counter_candidate("epoch", leader)
    counters = _nameless_counters(line)
    if not counters:
        return
    if "epoch" in chosen:
        if "step" not in chosen:
            _choose_step(line, chosen, next((item for item in counters if item.bar), counters[0]))
    elif len(counters) > 1:
        chosen["epoch"] = _counter_candidate("epoch", counters[0])
        chosen.setdefault("step", _counter_candidate("step", counters[1]))
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
        chosen["step"] = _counter_candidate("step", counter)


def _choose_single(line: ParsedLine, chosen: dict[str, Candidate], counter: Item) -> None:
    bar_words = line.bar_words or ()
    if counter.bar and bar_words and TAGS.get(bar_words[-1]) in ("epoch", "epochs"):
        chosen["epoch"] = _counter_candidate("epoch", counter)
        chosen.pop("step_time", None)
        chosen.pop("throughput", None)
    elif counter.total is not None or counter.bar:
        begins_the_line = counter is line.items[0] and counter.words_before <= 3
        if counter.bar or counter.words or begins_the_line:
            chosen["step"] = _counter_candidate("step", counter)


def _counter_candidate(field: str, item: Item) -> Candidate:
    """The candidate for a counter known by its place in the line, not by a name."""
    return Candidate(field, 3, item, NameMatch(field, 3), item.phase)
