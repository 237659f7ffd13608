"""From slots to a :class:`Reading`: the part of the reading that depends on the values themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.metrics.model import Reading
from console.metrics.reader.resolve import Resolved, Slot
from console.metrics.reader.tokens import to_number

_LONGEST_STEP = 10.0
_SURELY_SECONDS = 5.0
_SURELY_MILLISECONDS = 20.0
_LIMITS = {"epoch": 1e5, "lr": 1e3}
_ONLY_IF_POSITIVE = ("lr", "throughput", "step_time", "top1", "top5")


def finish(
    resolved: Resolved, numbers: Sequence[float], hints: Sequence[float | None], percents: set[str]
) -> Reading | None:
    """Build the reading from ``numbers``, the values of the slots in their order.

    ``percents`` remembers the names under which percentages were printed; it is read and added to.
    Returns ``None`` where no plausible value is left.
    """
    values: dict[str, float] = {}
    extra: dict[str, float] = {}
    shares: list[tuple[Slot, float]] = []
    soft = False
    for slot, number in zip(resolved.slots, numbers, strict=True):
        if slot.kind == "share":
            shares.append((slot, number))
        elif slot.extra:
            extra[slot.field] = number * slot.factor if slot.factor != 1.0 else number
        elif slot.kind == "count":
            if number == number and number < _LIMITS.get(slot.field, 1e30):
                values[slot.field] = int(number) if slot.field != "epoch" and number == int(number) else number
        else:
            values[slot.field] = number * slot.factor if slot.factor != 1.0 else number
            if slot.kind == "unitless" and not number < _SURELY_SECONDS:
                if number > _SURELY_MILLISECONDS:
                    values[slot.field] = number / 1e3
                else:
                    extra["step_time"] = values.pop(slot.field)
            soft = soft or slot.kind == "soft"
    if soft and not _is_step_time(values):
        extra["time"] = values.pop("step_time")
    if shares:
        _place_shares(shares, hints, values, extra, percents)
    for name in _ONLY_IF_POSITIVE:
        if values.get(name, 0.0) < 0 or values.get(name, 0.0) > _LIMITS.get(name, 1e30):
            extra[name] = values.pop(name)
    if not values and not extra:
        return None
    return Reading(values, resolved.unit if "throughput" in values else None, resolved.phase, extra)


def _is_step_time(values: dict[str, float]) -> bool:
    """Whether a time of open scope is that of a step: there is a step or a rate beside it, and it is short."""
    time = values["step_time"]
    if "step" in values:
        return time < _LONGEST_STEP or values["step"] <= 1 and "loss" in values
    return "throughput" in values and time < (1.0 if "epoch" in values else _LONGEST_STEP)


def _place_shares(
    shares: Iterable[tuple[Slot, float]],
    hints: Sequence[float | None],
    values: dict[str, float],
    extra: dict[str, float],
    percents: set[str],
) -> None:
    shares = list(shares)
    known = [number for _, number in shares] + [hint for hint in hints if hint is not None]
    above_one = any(1 < one <= 100 for one in known)
    percent = above_one or any(slot.percent or slot.name in percents for slot, _ in shares)
    for slot, number in shares:
        if above_one and not slot.percent:
            percents.add(slot.name)
        fraction = number / 100.0 if percent else number
        if slot.extra:
            extra[slot.field] = fraction
        elif fraction <= 1.0 or number != number:
            values[slot.field] = fraction
        else:
            extra[slot.field] = number


def numbers_of(resolved: Resolved) -> tuple[list[float], list[float | None]]:
    """The values of the slots as the slow path found them, and of their averages."""
    numbers = [slot.number.value if slot.number.value is not None else 0.0 for slot in resolved.slots]
    hints = [slot.hint.value if slot.hint is not None else None for slot in resolved.slots]
    return numbers, hints


def to_numbers(texts: Sequence[str]) -> list[float]:
    """Plain printed numbers as numbers."""
    return [to_number(text) for text in texts]
