"""Names of counters: epochs and steps."""

from __future__ import annotations

from console.metrics.reader.label import NOTHING, Label, Meaning
from console.metrics.reader.vocabulary import HEADS, Head

_EPOCH, _STEP = HEADS["epoch"], HEADS["step"]
_ORDER = {"step": 1, "iteration": 2, "batch": 4, "steps": 6}
_NEAR = 3
_NAMESPACES = ("train", "eval", "global", "")


def counter(label: Label, tail: int) -> Meaning:
    """``epoch``, ``global_step``, ``iter``: told by the last identifier (``tail`` words) and those near."""
    last = _last_identifier(label, tail)
    near = label.last(_NEAR)
    if last.has("epochs"):
        return _epochs(last, near)
    if last.has("epoch"):
        if last.has(*_ORDER):
            return Meaning("step", 5, scope="epoch")
        return Meaning("epoch") if _is_counter(last, near, _EPOCH) else NOTHING
    return _step(last, near) if last.has(*_ORDER) else NOTHING


def _last_identifier(label: Label, tail: int) -> Label:
    if tail == 1 and label.tags[-1:] in (("number",), ("index",)):
        return label.last(2)
    last = label.last(tail)
    if "/" in last.words and last.tags[last.words.index("/") - 1] in _NAMESPACES:
        return last.last(len(last.words) - last.words.index("/") - 1)
    return last


def _is_counter(last: Label, near: Label, head: Head) -> bool:
    return not (near.is_inert(head) or "/" in last.words or last.qualifiers(head))


def _epochs(last: Label, near: Label) -> Meaning:
    if not _is_counter(last, near, _EPOCH):
        return NOTHING
    if last.has("total", "number"):
        return Meaning("total_epochs")
    return Meaning("epoch", 5, scope="epochs")


def _step(last: Label, near: Label) -> Meaning:
    if not _is_counter(last, near, _STEP):
        return NOTHING
    if last.has("total"):
        return Meaning("step", 7, scope="total")
    if last.has("global") or last.words[-2:] == ("num", "updates"):
        return Meaning("step", 0)
    if last.has("steps") and last.has("number"):
        return NOTHING
    plural = not last.has("step", "iteration", "batch")
    return Meaning(
        "step", min(_ORDER[tag] for tag in last.tags if tag in _ORDER), scope="plural" if plural else None
    )
