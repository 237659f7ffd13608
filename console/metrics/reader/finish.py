"""From a plan and the values to a :class:`Reading`: the part that depends on the values themselves."""

from __future__ import annotations

from collections.abc import Sequence

from console.metrics.reader.slots import PLAIN_KINDS, Plan, Slot
from console.metrics.samples import Reading

_LONGEST_STEP = 10.0
_SHORTEST_EPOCH = 1.0
_SURELY_SECONDS = 5.0
_SURELY_MILLISECONDS = 20.0
_MOST_EPOCHS = 1e5
_HIGHEST_RATE = 1e3
_NEVER_NEGATIVE = ("lr", "throughput", "step_time", "top1", "top5")


def finish(plan: Plan, numbers: Sequence[float], percents: set[str]) -> Reading | None:
    """Build the reading from ``numbers``, the values of the plan's slots in their order.

    ``percents`` remembers the names under which percentages were printed; it is read and added to.
    Returns ``None`` where no plausible value is left.
    """
    if plan.fields is not None:
        names, extra_names = plan.fields
        values = dict(zip(names, numbers, strict=False))
        extra = dict(zip(extra_names, numbers[len(names) :], strict=True))
    else:
        values, extra = _place(plan, numbers, percents)
    _put_aside_implausible(values, extra)
    if not values and not extra:
        return None
    return Reading(values, plan.unit if "throughput" in values else None, plan.phase, extra)


def _place(
    plan: Plan, numbers: Sequence[float], percents: set[str]
) -> tuple[dict[str, float], dict[str, float]]:
    values: dict[str, float] = {}
    extra: dict[str, float] = {}
    special: list[tuple[Slot, float]] = []
    for slot, number in zip(plan.slots, numbers, strict=True):
        if slot.kind not in PLAIN_KINDS:
            special.append((slot, number))
        else:
            (extra if slot.extra else values)[slot.field] = (
                number * slot.factor if slot.factor != 1 else number
            )
    _place_special(special, values, extra, percents)
    return values, extra


def _place_special(
    special: list[tuple[Slot, float]], values: dict[str, float], extra: dict[str, float], percents: set[str]
) -> None:
    shares = [(slot, number) for slot, number in special if slot.kind == "share"]
    if shares:
        _place_shares(shares, values, extra, percents)
    for slot, number in special:
        if slot.kind == "soft":
            seconds = number * slot.factor
            is_step_time = _is_step_time(seconds, values)
            (values if is_step_time else extra)["step_time" if is_step_time else "time"] = seconds
        elif slot.kind == "unitless":
            _place_unitless(number, values, extra)


def _is_step_time(seconds: float, values: dict[str, float]) -> bool:
    """Whether a time of open scope is that of a step: beside a step or a rate, and short."""
    if "step" in values:
        return seconds < _LONGEST_STEP or (values["step"] <= 1 and "loss" in values)
    return "throughput" in values and seconds < (_SHORTEST_EPOCH if "epoch" in values else _LONGEST_STEP)


def _place_unitless(number: float, values: dict[str, float], extra: dict[str, float]) -> None:
    """MindSpore prints ``per step time`` in milliseconds without saying so; others print seconds."""
    if number < _SURELY_SECONDS:
        values["step_time"] = number
    elif number > _SURELY_MILLISECONDS:
        values["step_time"] = number / 1e3
    else:
        extra["step_time"] = number


def _place_shares(
    shares: list[tuple[Slot, float]], values: dict[str, float], extra: dict[str, float], percents: set[str]
) -> None:
    """Accuracies as fractions: those of one line are all percentages or all fractions."""
    above_one = any(1 < number <= 100 for _, number in shares)
    percent = above_one or any(slot.percent or slot.name in percents for slot, _ in shares)
    for slot, number in shares:
        if above_one and not slot.percent:
            percents.add(slot.name)
        fraction = round(number / 100.0, 12) if percent else number
        (extra if slot.extra or fraction > 1 else values)[slot.field] = fraction


def _put_aside_implausible(values: dict[str, float], extra: dict[str, float]) -> None:
    for name in _NEVER_NEGATIVE:
        if values.get(name, 0.0) < 0:
            extra[name] = values.pop(name)
    if values.get("lr", 0.0) > _HIGHEST_RATE:
        extra["lr"] = values.pop("lr")
    if values.get("epoch", 0.0) > _MOST_EPOCHS:
        extra["epoch"] = values.pop("epoch")
