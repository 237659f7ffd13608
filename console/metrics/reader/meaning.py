"""What a printed name stands for: words of a label → canonical field, with the qualifiers that change it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from console.metrics.reader.units import Unit, find_unit, parse_unit
from console.metrics.reader.vocabulary import HEADS, MEASURES, QUANTITIES, TAGS

_SECONDS = (("seconds",), ("secs",))
FALLBACK = 10
"""Orders from here on are guesses that hold only while nothing better stands on the line."""


class Meaning(NamedTuple):
    """What a label says. ``field`` is canonical, or ``None`` for any other number.

    Of several values for one field the one with the lowest ``order`` counts. ``soft`` marks a time whose
    scope the name leaves open. ``measure`` tells that the number is worth keeping although not canonical.
    """

    field: str | None
    order: int = 0
    phase: str | None = None
    average: bool = False
    unit: Unit | None = None
    soft: bool = False
    measure: bool = False
    percent: bool = False
    scope: str | None = None


@lru_cache(maxsize=4096)
def meaning_of(words: tuple[str, ...], aside: tuple[str, ...] = (), tail: int = 0) -> Meaning:
    """The meaning of a label made of ``words``; ``aside`` are words in parentheses behind them.

    ``tail`` is the number of words in the label's last identifier: a counter is recognised by that alone,
    whatever sentence stands before it.
    """
    tags = tuple(TAGS.get(word, "") for word in words)
    unit = parse_unit(aside) if aside else None
    if unit is None:
        unit = find_unit(words)
        if unit is None and len(words) == 1:
            unit = parse_unit(words)
    elif unit.kind == "duration" and "/" in words:
        inner = find_unit(words)
        unit = inner if inner is not None else unit
    found = _metric(words, tags, aside, unit)
    if found is None:
        found = _counter(words, tags, tail or len(words))
    phase = _phase(tags) or (_phase(tuple(TAGS.get(word, "") for word in aside)) if aside else None)
    return found._replace(phase=phase, measure=_is_measure(words))


def _phase(tags: tuple[str, ...]) -> str | None:
    train, evaluation = "train" in tags, "eval" in tags
    if train == evaluation:
        return None
    return "train" if train else "eval"


def _is_measure(words: tuple[str, ...]) -> bool:
    return any(word in MEASURES for word in words) or "".join(words[-2:]) in MEASURES


def _metric(
    words: tuple[str, ...], tags: tuple[str, ...], aside: tuple[str, ...], unit: Unit | None
) -> Meaning | None:
    if unit is not None and unit.kind == "foreign":
        return Meaning(None, unit=unit)
    if "top" in tags or "accuracy" in tags or "precision" in tags and any(digit in words for digit in "15"):
        return _accuracy(words, tags, aside)
    if "loss" in tags:
        return _loss(words, tags)
    if "lr" in tags or ("learning" in tags and "rate" in tags) or words == ("l", "r"):
        return _lr(words, tags)
    if unit is not None and unit.kind == "rate" and "time" not in tags:
        return _throughput(words, tags, unit)
    if unit is not None and unit.kind in ("step_time", "item_time", "epoch_time"):
        return _unit_time(words, tags, unit)
    if "time" in tags or words in _SECONDS:
        return _time(words, tags, unit)
    if "speed" in tags or "rates_of_steps" in tags or set(words) <= {"rate", "global"} and "rate" in words:
        return _throughput(words, tags, unit)
    return None


def _others(words: tuple[str, ...], tags: tuple[str, ...], *known: str) -> list[str]:
    return [word for word, tag in zip(words, tags, strict=True) if tag not in known and word not in "/@"]


def _accuracy(words: tuple[str, ...], tags: tuple[str, ...], aside: tuple[str, ...]) -> Meaning:
    head = HEADS["accuracy"]
    if any(word in head.inert for word in words) or "loss" in tags or "time" in tags:
        return Meaning(None)
    if "average" in tags and any(word in ("class", "classes", "cls", "per") for word in words):
        return Meaning(None)
    rank = next((word for word in words if word.isdigit()), None)
    if rank is None and "top" in tags:
        rank = "5" if "k" in words else None
        if rank is None and "accuracy" not in tags:
            return Meaning(None)
    for word in aside:
        if word in ("1", "5"):
            rank = word
    field = {"1": "top1", "5": "top5", None: "top1"}.get(rank)
    if field is None:
        return Meaning(None)
    others = _others(
        words, tags, "accuracy", "precision", "top", "train", "eval", "average", "step", "epoch", "batch"
    )
    unknown = [
        word
        for word in others
        if word not in head.neutral and not word.isdigit() and (word != "k" or "top" not in tags)
    ]
    average = "average" in tags
    order = 0 if rank else 1
    if unknown and "of" in tags:
        return Meaning(None)
    if unknown:
        order = FALLBACK + 5
    elif average or "epoch" in tags:
        order += 3
    return Meaning(field, order, average=average, percent="@" in words and words[0] in ("acc", "prec"))


def _loss(words: tuple[str, ...], tags: tuple[str, ...]) -> Meaning:
    head = HEADS["loss"]
    if any(word in head.inert for word in words) or "best" in tags or "accuracy" in tags or "time" in tags:
        return Meaning(None)
    average = "average" in tags
    unknown = [
        word
        for word in _others(
            words, tags, "loss", "total", "train", "eval", "average", "step", "iteration", "batch"
        )
        if word not in head.neutral and word not in ("lm", "epoch")
        and not ("/" in words and QUANTITIES.get(word) in ("tokens", "words"))
    ]
    if unknown or words[0] in ("value", "values"):
        return Meaning(None)
    if "total" in tags and not average:
        return Meaning("total_loss", 1)
    if average or "epoch" in tags:
        return Meaning("loss", FALLBACK, average=True)
    if "batch" in tags or "lm" in words:
        return Meaning("loss", 2)
    return Meaning("loss", 0 if not {"step", "iteration"} & set(tags) else 1)


def _lr(words: tuple[str, ...], tags: tuple[str, ...]) -> Meaning:
    head = HEADS["lr"]
    if any(word in head.inert for word in words) or {"time", "loss", "step"} & set(tags):
        return Meaning(None)
    others = _others(words, tags, "lr", "learning", "rate", "current", "train", "epoch", "average", "global")
    unknown = [
        word for word in others if word not in head.neutral and not word.isdigit() and word not in "lr"
    ]
    return Meaning("lr", FALLBACK if unknown else 0)


def _throughput(words: tuple[str, ...], tags: tuple[str, ...], unit: Unit | None) -> Meaning:
    head = HEADS["speed"]
    if any(word in head.inert for word in words) or "best" in tags:
        return Meaning(None)
    average = "average" in tags or words == ("global", "rate")
    order = FALLBACK if average else 0
    order += any(not tag and word not in QUANTITIES and not word.isdigit() and word not in "/@" for word, tag in zip(words, tags, strict=True))
    if "rates_of_steps" in tags or unit is not None and unit.name in ("steps/s", "it/s"):
        order += 2
    if unit is None or unit.kind == "duration":
        name = "fps" if "fps" in words else "words/s" if "wps" in words else None
        name = "tokens/s" if "tgs" in words else "steps/s" if "rates_of_steps" in tags else name
        unit = Unit("rate", 1.0, name)
    return Meaning("throughput", order, average=average, unit=unit)


def _unit_time(words: tuple[str, ...], tags: tuple[str, ...], unit: Unit) -> Meaning:
    if unit.kind != "step_time" or any(word in HEADS["time"].inert for word in words):
        return Meaning(None, unit=unit)
    average = "average" in tags
    return Meaning("step_time", FALLBACK if average else 0, average=average, unit=unit)


def _time(words: tuple[str, ...], tags: tuple[str, ...], unit: Unit | None) -> Meaning:
    head = HEADS["time"]
    per_step = bool({"step", "iteration", "batch"} & set(tags)) and "steps" not in tags
    if any(word in head.inert for word in words if not (per_step and word == "elapsed")):
        return Meaning(None, unit=unit)
    if "epoch" in tags or "eval" in tags and not per_step or "best" in tags or "steps" in tags:
        return Meaning(None, unit=unit)
    average = "average" in tags
    order = 1 if average else 0
    if per_step:
        return Meaning("step_time", order, average=average, unit=unit)
    known = ("time", "device", "current", "seconds", "milliseconds", "is", "train")
    unknown = [word for word in _others(words, tags, *known) if word not in head.neutral]
    if unknown or words in (("cost",), ("costs",)) and unit is None:
        return Meaning(None, unit=unit)
    scope = "train" if "train" in tags else None
    return Meaning("step_time", order + 3, average=average, unit=unit, soft=words not in _SECONDS, scope=scope)


_STEP_ORDER = {"step": 1, "iteration": 2, "batch": 4, "steps": 6}


def _counter(words: tuple[str, ...], tags: tuple[str, ...], tail: int) -> Meaning:
    last, last_tags = words[-tail:], tags[-tail:]
    if "/" in last and last_tags[last.index("/") - 1] in ("train", "eval", "global", ""):
        start = last.index("/") + 1
        last, last_tags = last[start:], last_tags[start:]
    if tail == 1 and tags[-1:] in (("number",), ("index",)) and len(words) > 1:
        last, last_tags = words[-2:], tags[-2:]
    near = words[-3:]
    counts = [tag for tag in last_tags if tag in _STEP_ORDER]
    plural = "epochs" in last_tags
    if "epoch" in last_tags or plural:
        if counts and "epochs" not in last_tags:
            return Meaning("step", 5, scope="epoch")
        head = HEADS["epoch"]
        if (
            any(word in head.inert for word in near)
            or "best" in tags[-3:]
            or "/" in last
            or "time" in last_tags
        ):
            return Meaning(None)
        if not _only(
            last,
            last_tags,
            head.neutral,
            "epoch",
            "epochs",
            "train",
            "eval",
            "current",
            "of",
            "global",
            "index",
        ):
            return Meaning(None)
        if "total" in last_tags:
            return Meaning("total_epochs")
        if plural and "number" in last_tags:
            return Meaning("total_epochs")
        return Meaning("epoch", 5 if plural else 0, scope="epochs" if plural else None)
    if counts:
        head = HEADS["step"]
        if (
            any(word in head.inert for word in near)
            or "/" in last
            or "best" in last_tags
            or "time" in last_tags
        ):
            return Meaning(None)
        allowed = (
            "step",
            "iteration",
            "batch",
            "steps",
            "train",
            "eval",
            "current",
            "of",
            "global",
            "index",
            "number",
        )
        if not _only(last, last_tags, head.neutral, *allowed, "total"):
            return Meaning(None)
        order = min(_STEP_ORDER[tag] for tag in counts)
        if "total" in last_tags:
            return Meaning("step", 7, scope="total")
        if "global" in last_tags or last[-2:] == ("num", "updates"):
            order = 0
        elif counts[-1] == "steps" and "number" in last_tags:
            return Meaning(None)
        return Meaning("step", order, scope="plural" if counts == ["steps"] and order else None)
    return Meaning(None)


def _only(words: tuple[str, ...], tags: tuple[str, ...], neutral: frozenset[str], *allowed: str) -> bool:
    pairs = zip(words, tags, strict=True)
    return all(tag in allowed or word in neutral or word in "#@" or word.isdigit() for word, tag in pairs)
