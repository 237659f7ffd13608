"""Names of learning rates, rates of work and times."""

from __future__ import annotations

from console.metrics.reader.label import FALLBACK, NOTHING, Label, Meaning
from console.metrics.reader.units import RATES, Unit
from console.metrics.reader.vocabulary import HEADS, QUANTITIES

_LR, _SPEED, _TIME = HEADS["lr"], HEADS["speed"], HEADS["time"]
_SECONDS = (("seconds",), ("secs",))
_COSTS = (("cost",), ("costs",))


def is_learning_rate(label: Label) -> bool:
    """Whether the name is that of a learning rate, or one of its parameters."""
    return label.has("lr") or (label.has("learning") and label.has("rate")) or label.words == ("l", "r")


def learning_rate(label: Label) -> Meaning:
    """``lr``, ``cur_lr``, ``learning rate``; that of a part of the network counts where there is no other."""
    if label.is_inert(_LR):
        return NOTHING
    return Meaning("lr", FALLBACK if any(word not in "lr" for word in label.qualifiers(_LR)) else 0)


def is_throughput(label: Label) -> bool:
    """Whether the name is that of a rate of work: by its unit, or a word such as ``fps``."""
    if label.unit is not None and label.unit.kind != "duration":
        return label.unit.kind == "rate" and not label.has("time")
    bare_rate = "rate" in label.words and set(label.words) <= {"rate", "global"}
    return (label.has("speed", "rates_of_steps") or bare_rate) and not label.has("time")


def throughput(label: Label) -> Meaning:
    """``samples/sec``, ``fps``, ``speed``; rates of steps count where no rate of samples is printed."""
    if label.is_inert(_SPEED):
        return NOTHING
    average = label.has("average") or label.words == ("global", "rate")
    unit = label.unit
    if unit is None or unit.kind != "rate":
        names = [RATES[word] for word in label.words if word in RATES]
        unit = Unit("rate", 1.0, names[0] if names else None)
    order = FALLBACK if average else 0
    order += any(word not in QUANTITIES for word in label.qualifiers(_SPEED))
    order += 2 * (unit.name in ("steps/s", "it/s"))
    return Meaning("throughput", order, average=average, unit=unit)


def is_time(label: Label) -> bool:
    """Whether the name is that of a time."""
    of_something = label.unit is not None and label.unit.kind in ("step_time", "item_time", "epoch_time")
    return of_something or label.has("time") or label.words in _SECONDS


def time(label: Label) -> Meaning:
    """``batch_time``, ``sec/step``, ``time``; that of an epoch or of a part of a step is another number."""
    unit = label.unit
    average = label.has("average")
    if unit is not None and unit.kind in ("step_time", "item_time", "epoch_time"):
        if unit.kind != "step_time" or not _TIME.inert.isdisjoint(label.words):
            return Meaning(None, unit=unit)
        return Meaning("step_time", FALLBACK if average else 0, average=average, unit=unit)
    per_step = label.has("step", "iteration", "batch")
    inert = label._replace(words=tuple(word for word in label.words if not (per_step and word == "elapsed")))
    if inert.is_inert(_TIME) or (label.has("eval") and not per_step):
        return Meaning(None, unit=unit)
    if per_step:
        return Meaning("step_time", 1 if average else 0, average=average, unit=unit)
    if label.qualifiers(_TIME) or (label.words in _COSTS and unit is None):
        return Meaning(None, unit=unit)
    soft = label.words not in _SECONDS
    scope = "train" if label.has("train") else None
    return Meaning("step_time", 4 if average else 3, average=average, unit=unit, soft=soft, scope=scope)
