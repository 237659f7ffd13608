"""Of all that may be a field, the one number that is it; and names for the counters that have none."""

from __future__ import annotations

from collections import Counter

from console.metrics.reader.claims import COUNTERS, SCORES, Claim, Other, claim_counter
from console.metrics.reader.items import Item, ParsedLine, tells_only_phase
from console.metrics.reader.label import GUESS
from console.metrics.reader.vocabulary import TAGS

_NEEDS_COMPANY = frozenset(("total", "plural", "epochs"))


def choose(line: ParsedLine, claims: list[Claim], others: list[Other]) -> dict[str, Claim]:
    """The claim that wins each field."""
    guessed = Counter(claim.field for claim in claims if claim.order >= GUESS)
    counted = any(claim.field in COUNTERS for claim in claims)
    chosen: dict[str, Claim] = {}
    for claim in claims:
        if not _is_eligible(claim, claims):
            continue
        if claim.order >= GUESS and (guessed[claim.field] > 1 or (claim.field == "loss" and not counted)):
            continue
        current = chosen.get(claim.field)
        if current is None or claim.order < current.order or current.phase == "eval" != claim.phase:
            chosen[claim.field] = claim
    _move_to_top5(chosen, others)
    _prefer_whole_time(line, chosen, claims, others)
    _leave_loop_time(chosen)
    if "total_loss" in chosen and ("loss" not in chosen or chosen["loss"].order >= 2):
        chosen["loss"] = chosen["total_loss"]
    _name_counters(line, chosen)
    return chosen


def _is_eligible(claim: Claim, claims: list[Claim]) -> bool:
    if claim.meaning.phase == "eval" and claim.field in SCORES and _has_training_value(claim.field, claims):
        return False
    alone = len(claims) < 2 and claim.item.total is None
    return not (alone and claim.meaning.scope in _NEEDS_COMPANY)


def _has_training_value(field: str, claims: list[Claim]) -> bool:
    """Whether the line gives a training loss, or a training value of ``field``, beside the validation one."""
    plain = (field, "loss", "total_loss")
    return any(
        claim.phase == "train" or (claim.phase is None and claim.field in plain)
        for claim in claims
        if claim.field in SCORES
    )


def _move_to_top5(chosen: dict[str, Claim], others: list[Other]) -> None:
    """``top5_correct=46, tot=50, acc=92%``: the accuracy is that of the count beside it."""
    plain = chosen.get("top1")
    ranks = {word for item, _ in others if "top" in item.words for word in item.words if word in ("1", "5")}
    if plain is not None and plain.order == 1 and ranks == {"5"} and "top5" not in chosen:
        chosen["top5"] = chosen.pop("top1")


def _prefer_whole_time(
    line: ParsedLine, chosen: dict[str, Claim], claims: list[Claim], others: list[Other]
) -> None:
    """Where the parts of a step are timed, ``train_time`` is the whole, and a time below a part's is none."""
    parts = [item.number.value for item, _ in others if "forward" in item.words or "backward" in item.words]
    if not parts:
        return
    whole = next(
        (claim for claim in claims if claim.meaning.scope == "train" and claim.field == "step_time"), None
    )
    if whole is not None:
        chosen["step_time"] = whole._replace(meaning=whole.meaning._replace(soft=False))
    elif "step_time" in chosen:
        line.fragile = True
        if (chosen["step_time"].item.number.value or 0.0) < max(part or 0.0 for part in parts):
            del chosen["step_time"]


def _leave_loop_time(chosen: dict[str, Claim]) -> None:
    """Where FPS and both losses stand beside it, ``batch_time`` is that of a whole loop of steps.

    So print the vendor's TensorFlow 1 trainers (AlexNet, ResNet), whose loops run 100 steps on the device.
    """
    time = chosen.get("step_time")
    if (
        time is not None
        and time.item.words == ("batch", "time")
        and {"loss", "total_loss", "throughput"} <= set(chosen)
    ):
        del chosen["step_time"]


# -- counters without a name ----------------------------------------------------------------------


def _name_counters(line: ParsedLine, chosen: dict[str, Claim]) -> None:
    """Behind an epoch comes the step; of two nameless counters the first is the epoch."""
    leader = next((item for item in line.items if _is_bare_epoch(item)), None)
    if leader is not None and "epoch" not in chosen:
        chosen["epoch"] = claim_counter("epoch", leader)
    counters = _nameless_counters(line)
    if not counters:
        return
    if "epoch" in chosen:
        if "step" not in chosen:
            _take_step(line, chosen, next((item for item in counters if item.bar), counters[0]))
    elif len(counters) > 1:
        chosen["epoch"] = claim_counter("epoch", counters[0])
        chosen.setdefault("step", claim_counter("step", counters[1]))
    elif "step" not in chosen:
        _take_only(line, chosen, counters[0])


def _nameless_counters(line: ParsedLine) -> list[Item]:
    counters = [
        item
        for item in line.items
        if isinstance(item.number.value, int)
        and tells_only_phase(item.words)
        and ((item.unit is None and (item.chained or item.bar) and not item.words) or item.total is not None)
    ]
    if any(item.unit is not None and item.unit.kind == "item_time" for item in line.items):
        return [item for item in counters if not item.bar and item.total is None]  # they count samples
    return counters


def _is_bare_epoch(item: Item) -> bool:
    """``Train: 12 [...]``, ``Test 3, loss: …``: the number behind a mere word for the phase counts epochs."""
    plain = item.total is None and item.unit is None and not item.percent and not item.negative
    named = bool(item.words) and tells_only_phase(item.words)
    return plain and named and isinstance(item.number.value, int) and item.leading <= 4


def _take_step(line: ParsedLine, chosen: dict[str, Claim], counter: Item) -> None:
    """Take the counter for the step, unless it counts samples: ``Epoch: 1 [640/60000 (1%)]``."""
    counts_samples = counter.share is not None and any("epoch" in item.words for item in line.items)
    if not counts_samples:
        chosen["step"] = claim_counter("step", counter)


def _take_only(line: ParsedLine, chosen: dict[str, Claim], counter: Item) -> None:
    bar_words = line.bar_words or ()
    if counter.bar and bar_words and TAGS.get(bar_words[-1]) in ("epoch", "epochs"):
        chosen["epoch"] = claim_counter("epoch", counter)
        chosen.pop("step_time", None)
        chosen.pop("throughput", None)
    elif counter.total is not None or counter.bar:
        begins_the_line = counter is line.items[0] and counter.leading <= 3
        if counter.bar or counter.words or begins_the_line:
            chosen["step"] = claim_counter("step", counter)
