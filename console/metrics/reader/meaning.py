"""What a printed name stands for: words of a label → canonical field, with the qualifiers that change it."""

from __future__ import annotations

from functools import lru_cache

from console.metrics.reader.counters import counter
from console.metrics.reader.label import Label, Meaning
from console.metrics.reader.rates import (
    is_learning_rate,
    is_throughput,
    is_time,
    learning_rate,
    throughput,
    time,
)
from console.metrics.reader.scores import accuracy, is_accuracy, loss
from console.metrics.reader.vocabulary import MEASURES, TAGS


@lru_cache(maxsize=4096)
def meaning_of(words: tuple[str, ...], aside: tuple[str, ...] = (), tail: int = 0) -> Meaning:
    """The meaning of a label made of ``words``; ``aside`` are words in parentheses behind them.

    ``tail`` is the number of words in the label's last identifier (0: all are): a counter is recognised by
    that alone, whatever sentence stands before it.
    """
    label = Label.of(words, aside)
    phase = _phase(label.tags) or _phase(tuple(TAGS.get(word, "") for word in aside))
    measure = not MEASURES.isdisjoint(words) or "".join(words[-2:]) in MEASURES
    return _named(label, tail or len(words))._replace(phase=phase, measure=measure)


def _named(label: Label, tail: int) -> Meaning:
    """What is measured prevails over what counts it: ``step_time`` is a time, ``epoch loss`` a loss."""
    if label.unit is not None and label.unit.kind == "foreign":
        return Meaning(None, unit=label.unit)
    if is_accuracy(label):
        return accuracy(label)
    if label.has("loss"):
        return loss(label)
    if is_learning_rate(label):
        return learning_rate(label)
    if is_throughput(label):
        return throughput(label)
    if is_time(label):
        return time(label)
    return counter(label, tail)


def _phase(tags: tuple[str, ...]) -> str | None:
    train, evaluation = "train" in tags, "eval" in tags
    if train == evaluation:
        return None
    return "train" if train else "eval"
