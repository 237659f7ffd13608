"""From the items of a line to its reading: which number is which field, and whether the line is a metric at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from console.metrics.reader.grammar import Item, Parse
from console.metrics.reader.meaning import FALLBACK, Meaning, meaning_of
from console.metrics.reader.tokens import Token
from console.metrics.reader.units import Unit
from console.metrics.reader.vocabulary import BYSTANDER_BARS, CONFIG_WORDS, IGNORED_EXTRAS, TAGS

_SCORES = ("loss", "total_loss", "top1", "top5")
MEASURED = ("loss", "total_loss", "throughput", "step_time", "top1", "top5")
_VERBS = frozenset(
    "save saved saving load loaded loading restore restored restoring resume resumed resuming checkpoint ckpt write wrote"
    " writing skip skipping skipped stop stopping improved improve greater less error exception traceback raise failed"
    " remove removing delete removed early patience best decay reduce reducing passed running until dump profile"
    " warning download finetune freeze unfreeze every wait greater_ complete_ testing_ file line".split()
)


class Slot(NamedTuple):
    """Where one number of a line goes. ``kind``: ``count``, ``real``, ``share`` (an accuracy), ``soft`` (a time
    whose scope is open), ``unitless`` (a time in seconds or milliseconds). ``percent`` tells that a share was printed as a percentage for sure."""

    field: str
    number: Token
    kind: str = "real"
    factor: float = 1.0
    extra: bool = False
    percent: bool = False
    hint: Token | None = None
    name: str = ""


class Resolved(NamedTuple):
    """The slots of a line and its unit and phase."""

    slots: tuple[Slot, ...]
    unit: str | None
    phase: str | None


class _Claim(NamedTuple):
    field: str
    order: int
    item: Item
    meaning: Meaning
    phase: str | None


def resolve(parse: Parse) -> Resolved | None:
    """The reading of a line as slots; ``None`` where the line states no metric."""
    if _is_bystander_bar(parse):
        return None
    claims, others = _claims(parse)
    chosen = _choose(claims, others)
    _assign_counters(parse, chosen)
    if not _is_metric_line(parse, chosen, others):
        return None
    return _build(chosen, claims, others)


# -- what each item may be ------------------------------------------------------------------------


def _claims(parse: Parse) -> tuple[list[_Claim], list[tuple[Item, Meaning]]]:
    claims: list[_Claim] = []
    others: list[tuple[Item, Meaning]] = []
    for item in parse.items:
        meaning = _meaning(item)
        phase = meaning.phase or item.phase
        if meaning.field is None:
            others.append((item, meaning))
        else:
            claims.append(_Claim(meaning.field, meaning.order, item, meaning, phase))
    return _inherit_phase(claims), others


def _inherit_phase(claims: list[_Claim]) -> list[_Claim]:
    """``Test Accuracy: 79 %, Loss: 0.6``: a score without a phase of its own belongs to the one before it."""
    if any(claim.phase == "train" for claim in claims):
        return claims
    evaluated = {claim.field for claim in claims if claim.meaning.phase == "eval"}
    inherited: list[_Claim] = []
    seen = False
    for claim in claims:
        seen = seen or claim.meaning.phase == "eval"
        if seen and claim.phase is None and claim.field in _SCORES and claim.field not in evaluated:
            claim = claim._replace(phase="eval")
        inherited.append(claim)
    return inherited


def _meaning(item: Item) -> Meaning:
    words = item.words
    if item.total is not None and "/" in words:
        words = words[: words.index("/")]
    meaning = meaning_of(words, item.aside + item.after, item.tail) if words else Meaning(None)
    meaning = _with_unit(item, meaning)
    if item.percent and meaning.field not in ("top1", "top5", None):
        return Meaning(None)
    if meaning.field in ("step", "epoch") and not _fits_counter(item, meaning.field):
        return Meaning(None)
    if meaning.field not in ("step", "epoch", None) and item.total is not None:
        return meaning if meaning.field in ("top1", "top5") and item.progress is not None else Meaning(None)
    return meaning


def _fits_counter(item: Item, field: str) -> bool:
    value = item.number.value
    if item.negative or item.unit is not None or value is None:
        return False
    return isinstance(value, int) or value == int(value) or field == "epoch"


def _with_unit(item: Item, meaning: Meaning) -> Meaning:
    """A printed unit decides over the name: ``time 229.2 samples/sec`` is a rate."""
    unit = item.unit
    if unit is None:
        return meaning
    if meaning.field not in (None, "step_time", "throughput", "step") or unit.kind in ("foreign", "item_time", "epoch_time"):
        return Meaning(None, phase=meaning.phase, measure=False)
    inert = meaning.field is None and bool(item.words) and meaning.unit is None and _is_inert_rate(item.words)
    if inert:
        return meaning
    if meaning.field in (None, "step") and unit.kind == "duration" and _is_about_steps(item.words):
        return Meaning("step_time", 1, None, False, unit)
    average = meaning.average
    base = FALLBACK if average else 0
    if unit.kind == "rate":
        order = base + (2 if unit.name in ("steps/s", "it/s") else 0)
        return Meaning("throughput", order, meaning.phase, average, unit)
    if unit.kind == "step_time":
        return Meaning("step_time", base, meaning.phase, average, unit)
    if meaning.field == "throughput":
        return Meaning(None)
    return meaning._replace(unit=unit) if meaning.field == "step_time" else meaning


def _is_about_steps(words: tuple[str, ...]) -> bool:
    """``step avg 102 ms`` and ``Batch 1.2 s`` are times of steps although no word says time."""
    tags = {TAGS.get(word) for word in words}
    return bool(tags & {"step", "iteration", "batch"}) and tags <= {"average", "step", "iteration", "batch"}


_INERT_RATES = frozenset(
    "data reader epoch hist target max min peak load loading eta total inference eval_time best elapsed".split()
)


def _is_inert_rate(words: tuple[str, ...]) -> bool:
    return any(word in _INERT_RATES for word in words)


# -- which claim wins -----------------------------------------------------------------------------


def _choose(claims: list[_Claim], others: list[tuple[Item, Meaning]]) -> dict[str, _Claim]:
    guesses = [claim for claim in claims if claim.field == "top1" and claim.order >= FALLBACK]
    chosen: dict[str, _Claim] = {}
    for claim in claims:
        field = claim.field
        if claim.meaning.phase == "eval" and field in _SCORES and _has_training_value(field, claims):
            continue
        if field == "top1" and claim.order >= FALLBACK and len(guesses) > 1:
            continue
        if claim.meaning.scope in ("total", "plural", "epochs") and len(claims) < 2 and claim.item.total is None:
            continue
        current = chosen.get(field)
        if current is None or claim.order < current.order or _is_train(claim) and not _is_train(current):
            chosen[field] = claim
    _move_to_top5(chosen, others)
    whole = next((claim for claim in claims if claim.meaning.scope == "train" and claim.field == "step_time"), None)
    if whole is not None and any("forward" in item.words or "backward" in item.words for item, _ in others):
        chosen["step_time"] = whole._replace(meaning=whole.meaning._replace(soft=False))
    if "loss" not in chosen or chosen["loss"].order >= 2:
        total = chosen.get("total_loss")
        if total is not None:
            chosen["loss"] = total
    return chosen


def _move_to_top5(chosen: dict[str, _Claim], others: list[tuple[Item, Meaning]]) -> None:
    """``top5_correct=46, tot=50, acc=92%``: the accuracy is the one whose count stands beside it."""
    plain = chosen.get("top1")
    ranks = {word for item, _ in others if "top" in item.words for word in item.words if word in ("1", "5")}
    if plain is not None and plain.order == 1 and ranks == {"5"} and "top5" not in chosen:
        chosen["top5"] = chosen.pop("top1")


def _has_training_value(field: str, claims: list[_Claim]) -> bool:
    """Whether the line gives a training loss, or a training value of ``field``, besides the validation one."""
    return any(
        claim.phase == "train" or claim.phase is None and claim.field in (field, "loss", "total_loss")
        for claim in claims
        if claim.field in _SCORES
    )


def _is_train(claim: _Claim) -> bool:
    return claim.phase != "eval"


def _assign_counters(parse: Parse, chosen: dict[str, _Claim]) -> None:
    """Give the nameless counters their names: behind an epoch comes the step, of two the first is the epoch."""
    nameless = [item for item in parse.items if not item.words and item.unit is None and item.number is not None]
    phased = [
        item
        for item in parse.items
        if item.words and item.total is not None and _is_phase_only(item.words)
    ]
    named_epoch, named_step = "epoch" in chosen, "step" in chosen
    candidates = sorted([*nameless, *phased], key=lambda item: item.number.start)
    candidates = [item for item in candidates if item.total is not None or item.chained]
    candidates = [item for item in candidates if isinstance(item.number.value, int)]
    leaders = [item for item in parse.items if _is_phase_number(item)]
    if leaders and not named_epoch and not leaders[0].total:
        chosen["epoch"] = _claim("epoch", leaders[0])
        named_epoch = True
    if any(item.unit is not None and item.unit.kind == "item_time" for item in parse.items):
        candidates = [item for item in candidates if not item.bar and item.total is None]
    if not candidates:
        return
    if named_epoch and not named_step:
        last = next((item for item in candidates if item.bar), candidates[0])
        is_samples = last.progress and any("epoch" in item.words for item in parse.items)
        if not is_samples:
            chosen["step"] = _claim("step", last)
        return
    if not named_epoch and len(candidates) > 1:
        chosen["epoch"] = _claim("epoch", candidates[0])
        if not named_step:
            chosen["step"] = _claim("step", candidates[1])
        return
    if not named_epoch and not named_step:
        only = candidates[0]
        bar_words = parse.bar_label or ()
        if only.bar and bar_words and TAGS.get(bar_words[-1]) in ("epoch", "epochs"):
            chosen["epoch"] = _claim("epoch", only)
            chosen.pop("step_time", None)
            chosen.pop("throughput", None)
        elif only.total is not None and (only.bar or only.words or only is parse.items[0] and only.leading <= 3):
            chosen["step"] = _claim("step", only)


def _claim(field: str, item: Item) -> _Claim:
    return _Claim(field, 3, item, Meaning(field, 3), item.phase)


def _is_phase_only(words: tuple[str, ...]) -> bool:
    return all(TAGS.get(word) in ("train", "eval") for word in words)


def _is_phase_number(item: Item) -> bool:
    """``Train: 12 [...]`` and ``Test 3, loss: …``: the number behind a bare phase word counts epochs."""
    plain = item.total is None and item.unit is None and not item.percent and isinstance(item.number.value, int)
    return plain and bool(item.words) and _is_phase_only(item.words) and item.leading <= 4 and not item.negative


def _is_bystander_bar(parse: Parse) -> bool:
    return parse.bar_label is not None and any(word in BYSTANDER_BARS for word in parse.bar_label)


# -- is it a metric line --------------------------------------------------------------------------


def _is_metric_line(parse: Parse, chosen: dict[str, _Claim], others: list[tuple[Item, Meaning]]) -> bool:
    if any(field in chosen for field in MEASURED):
        return True
    words = parse.words
    if parse.settings:
        return False
    if "lr" in chosen:
        claim = chosen["lr"]
        if claim.order >= FALLBACK:
            return False
        return bool(claim.item.separator) and not any(word in CONFIG_WORDS for word in words)
    if "step" in chosen or "epoch" in chosen:
        if parse.alarm or any(word in _VERBS for word in words):
            return False
        first = min((chosen[f].item for f in ("step", "epoch") if f in chosen), key=lambda item: item.number.start)
        return first.leading <= 3 or first.bar
    strict = [meaning for item, meaning in others if meaning.measure and item.separator in (":", "=", "|", "is")]
    return bool(strict) and not any(word in CONFIG_WORDS or word in _VERBS for word in words)


# -- slots ----------------------------------------------------------------------------------------


def _build(
    chosen: dict[str, _Claim], claims: list[_Claim], others: list[tuple[Item, Meaning]]
) -> Resolved:
    slots: list[Slot] = []
    unit: str | None = None
    for field, claim in chosen.items():
        item, meaning = claim.item, claim.meaning
        if item.progress is not None and field in ("top1", "top5"):
            item.number, item.percent = item.progress, True
        slots.append(_slot(field, item, meaning))
        if field in ("step", "epoch") and item.total is not None:
            slots.append(Slot(f"total_{field}s", item.total, "count"))
        if item.average is not None and field not in ("step", "epoch"):
            slots.append(_slot(f"{field}_avg", item, meaning, average=True))
        if field == "throughput":
            unit = meaning.unit.name if meaning.unit is not None else None
    used = {id(claim.item) for claim in chosen.values()}
    taken = {slot.field for slot in slots}
    for claim in claims:
        if id(claim.item) not in used:
            _add_extra(slots, taken, claim.item, claim.meaning, claim.phase)
    for item, meaning in others:
        if id(item) not in used and item.words and (item.separator in (":", "=", "|", "is") or meaning.measure):
            _add_extra(slots, taken, item, meaning, None)
    return Resolved(tuple(slots), unit, _line_phase(chosen))


def _slot(field: str, item: Item, meaning: Meaning, average: bool = False) -> Slot:
    number = item.average if average else item.number
    assert number is not None
    sign = -1.0 if item.negative and not average else 1.0
    factor = item.factor * sign
    unit = meaning.unit
    if unit is not None and unit.kind != "foreign":
        factor *= unit.factor
    if field in ("step", "epoch"):
        kind = "count"
    elif field.startswith(("top1", "top5")):
        percent = item.percent or meaning.percent and _looks_like_percent(item.number)
        return Slot(field, number, "share", factor, average, percent, item.average, item.name)
    elif meaning.soft and item.average is None:
        kind = "soft"
    elif item.words == ("/", "step", "time") and unit is None:
        kind = "unitless"
    else:
        kind = "real"
    return Slot(field, number, kind, factor, average)


def _looks_like_percent(number: Token) -> bool:
    """PyTorch's accuracy meters print percentages with two or three decimals, also while they are below 1."""
    _, point, decimals = number.text.partition(".")
    return bool(point) and len(decimals) <= 3


def _add_extra(slots: list[Slot], taken: set[str], item: Item, meaning: Meaning, phase: str | None) -> None:
    name = _snake(item.name)
    if phase == "eval" and meaning.phase is None and name:
        name = f"val_{name}"
    if not name or name in IGNORED_EXTRAS or name in taken:
        return
    taken.add(name)
    slots.append(Slot(name, item.number, "real", -item.factor if item.negative else item.factor, extra=True))


def _snake(name: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^\w/@.]+", "_", name.lower()).strip("_./")[:60]


def _line_phase(chosen: dict[str, _Claim]) -> str | None:
    phases = {claim.phase for claim in chosen.values() if claim.phase is not None}
    return phases.pop() if len(phases) == 1 else None


def unit_name(unit: Unit | None) -> str | None:
    """The normalised name of a rate's unit."""
    return unit.name if unit is not None else None
