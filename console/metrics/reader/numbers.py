"""Numbers of a line: each with the name before it and what stands behind it."""

from __future__ import annotations

from console.metrics.reader.behind import (
    counting_behind,
    has_decimal_comma,
    is_named_behind,
    is_torn,
    names_metric,
    suffix_behind,
    token_at,
)
from console.metrics.reader.items import Item, tells_only_phase, words_of
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.tokens import NUMBER, WORD, Token
from console.metrics.reader.units import FOREIGN
from console.metrics.reader.vocabulary import TAGS
from console.metrics.reader.walk import Walk

_ORDINALS = ("第", "#", "No", "no", "After", "after")
_LEAST_STEP = 20


def take_number(walk: Walk, token: Token) -> None:
    """Take the number at the present position with its name and all that belongs to it."""
    position = walk.at
    if token.value is None or is_torn(walk.tokens, position) or has_decimal_comma(walk.tokens, position):
        _leave_alone(walk, position + 1)
        return
    glued = walk.peek(-1).kind == WORD and token.gap == 0 and not walk.separator
    if glued and meaning_of(words_of(walk.label), walk.aside, 1).field is None:
        _leave_alone(walk, position + 1)
        return
    item, behind = _named(walk, token)
    if _is_pair_of_counts(walk, item):
        return
    behind = _take_total(walk.tokens, item, behind)
    if item.total is not None and not item.words and (counting := counting_behind(walk.tokens, behind)):
        item.rename(counting.label)
        behind, item.separator = counting.end, "after"
    behind = _take_suffix(walk.tokens, item, behind)
    if behind < 0:
        _leave_alone(walk, -behind)
        return
    if walk.bar_open and item.total is not None:
        item.bar, walk.bar_open = True, False
    walk.at = behind
    item.listed = token_at(walk.tokens, position - 1).text in ("[", "(") and _goes_on(walk)
    _place(walk, item, position)
    walk.last, walk.last_end = item, walk.at


def _leave_alone(walk: Walk, behind: int) -> None:
    """Pass by a number that is no plain decimal number, with the letters glued to it."""
    while token_at(walk.tokens, behind).gap == 0 and token_at(walk.tokens, behind).kind in (WORD, NUMBER):
        behind += 1
    walk.clear()
    walk.orphan = None
    walk.last, walk.last_end = None, -1
    walk.at = behind


# -- the name before it ---------------------------------------------------------------------------


def _named(walk: Walk, token: Token) -> tuple[Item, int]:
    """The number with the name that stands before it, and the position behind it and words that count it."""
    if not walk.label and walk.awaiting:
        walk.label, walk.pending, walk.separator = walk.pending, [], ":"
    walk.awaiting = False
    label, behind = _label_of_number(walk)
    item = Item(label, token)
    item.separator = walk.separator if behind == walk.at + 1 else "after"
    item.aside, item.negative, item.phase = walk.aside, walk.negative, walk.phase
    item.leading = len(walk.line.words) - len(walk.label)
    if walk.record_key is not None and item.words[-1:] == ("value",):
        item.rename([walk.record_key])
    walk.clear()
    return item, behind


def _label_of_number(walk: Walk) -> tuple[list[Token], int]:
    """The label that names the number.

    In ``loss at step 300: 0.5`` that is the step, the loss is left pending; ``after 300 iterations`` is named
    by the words behind.
    """
    label, behind = walk.label, walk.at + 1
    if not label:
        return label, behind
    counting = counting_behind(walk.tokens, behind)
    if counting and label[-1].text in _ORDINALS and (len(label) == 1 or label[-1].text == "第"):
        return counting.label, counting.end
    place = next((i for i in range(len(label) - 1, 0, -1) if TAGS.get(label[i].text.lower()) == "of"), 0)
    if walk.separator:
        if walk.pending and meaning_of(words_of(label), (), 1).field is None:
            label, walk.pending = [*walk.pending, *label], []
        return label, behind
    if not place or not names_metric(label[:place]):
        return label, behind
    walk.note_heading(words_of(label[:place]))
    counter = label[place + 1 :]
    if not counter and counting and meaning_of(words_of(label), (), 1).field != "step_time":
        counter, behind = counting.label, counting.end
    if counter and meaning_of(words_of(counter), (), 9).field in ("step", "epoch"):
        walk.pending = label[:place]
        return counter, behind
    walk.pending = label
    return [], behind


# -- what stands behind it ------------------------------------------------------------------------


def _is_pair_of_counts(walk: Walk, item: Item) -> bool:
    """Take ``"step": [3, 120]``, which holds epoch and step."""
    comma, other = walk.peek(1), walk.peek(2)
    in_list = item.words == ("step",) and item.separator and walk.is_mark(-1, "[", "(") and comma.text == ","
    if not in_list or not isinstance(other.value, int):
        return False
    step = Item([], other)
    step.words, step.tail, step.name = item.words, item.tail, item.name
    item.words, item.name = ("epoch",), "epoch"
    step.separator, step.phase, step.leading = item.separator, item.phase, item.leading
    walk.line.items += [item, step]
    walk.at += 3
    return True


def _take_total(tokens: list[Token], item: Item, behind: int) -> int:
    """Note the n of ``i/n`` and ``i of n``, the end of a range ``0-20``; gives the position behind it."""
    sign, other = token_at(tokens, behind), token_at(tokens, behind + 1)
    if sign.text == "/" and other.text == "Unknown" and not item.words:
        item.bar = True  # Keras does not know the total during the first epoch
        return behind + 2
    if sign.text == "out" and other.text == "of":
        behind += 1
        sign, other = other, token_at(tokens, behind + 1)
    if other.kind != NUMBER:
        return behind
    if sign.text in ("/", "of"):
        again = token_at(tokens, behind + 2)
        if again.text == "/" and again.gap == 0 and token_at(tokens, behind + 3).kind == NUMBER:
            item.unit = FOREIGN  # a date
        elif isinstance(item.number.value, int) or meaning_of(item.words, (), item.tail).field == "epoch":
            item.total = other
        return behind + 2
    if sign.text == "-" and sign.gap == other.gap == 0 and isinstance(item.number.value, int):
        item.number = other
        return behind + 2
    if sign.text == "and" and item.words[-2:-1] == ("between",):
        item.number, item.words, item.tail = other, ("step",), 1
        return behind + 2
    return behind


def _take_suffix(tokens: list[Token], item: Item, behind: int) -> int:
    """Note unit, k suffix and percent sign; gives the position behind, negative if it is no number."""
    if is_named_behind(tokens, behind) and tells_only_phase(item.words):
        item.rename(tokens[behind : behind + 1])
        item.separator = "after"
        return behind + 1
    suffix = suffix_behind(tokens, behind)
    if suffix is None:
        return -behind
    item.unit, item.factor = item.unit or suffix.unit, suffix.factor
    item.percent = token_at(tokens, suffix.end).text == "%"
    return suffix.end + item.percent


# -- what it is good for --------------------------------------------------------------------------


def _place(walk: Walk, item: Item, position: int) -> None:
    """Keep the number as an item, as a nameless counter, or for the words behind it."""
    items = walk.line.items
    if walk.torn:
        walk.torn = False
    elif item.words:
        if not _is_before_value(walk, item):
            _learn_phase(walk, item)
            items.append(item)
    elif item.total is not None or item.unit is not None or item.bar:
        item.chained = bool(items)
        items.append(item)
    elif isinstance(item.number.value, int) and token_at(walk.tokens, position - 1).text in ("[", "("):
        _place_bracketed(walk, item, position)
    else:
        walk.orphan = item


def _learn_phase(walk: Walk, item: Item) -> None:
    """The name of a counter tells the phase of the line: ``Train Epoch: 3``, ``Test: [10/30]``."""
    counts = meaning_of(item.words, item.aside, item.tail).field in ("epoch", "step")
    bare = isinstance(item.number.value, int) and tells_only_phase(item.words)
    if counts or bare or item.total is not None or item.separator == "#":
        walk.note_heading(item.words)
        item.phase = walk.phase


def _goes_on(walk: Walk) -> bool:
    """Whether more numbers of a list follow."""
    return walk.peek(0).kind == NUMBER or (walk.is_mark(0, ",") and walk.is_value(1))


def _place_bracketed(walk: Walk, item: Item, position: int) -> None:
    """Keep ``[3]`` behind a counter, and both of ``[3, 100]`` or the first of ``[3: 10/90]``."""
    mark, other, end = walk.peek(0), walk.peek(1), walk.peek(2)
    if mark.text in ("]", ")"):
        item.chained = walk.last is not None and token_at(walk.tokens, position - 2).text in ("]", ")")
    elif isinstance(other.value, int) and mark.text == ":":
        item.chained = True
    elif isinstance(other.value, int) and mark.text == "," and end.text in ("]", ")"):
        second = Item([], other)
        item.chained = second.chained = True
        walk.line.items += [item, second]
        walk.at += 2
        return
    if item.chained:
        walk.line.items.append(item)
    else:
        walk.orphan = item


def _is_before_value(walk: Walk, item: Item) -> bool:
    """Take the step in ``loss 120 0.53`` and ``loss 120: 0.53``, printed between the name and its value."""
    step = item.number.value
    if item.words[-1] != "loss" or item.separator or item.unit is not None or not isinstance(step, int):
        return False
    value = walk.peek(1) if walk.is_mark(0, ":") else walk.peek(0)
    if step < _LEAST_STEP or not isinstance(value.value, float) or value.gap == 0:
        return False
    walk.pending, walk.awaiting = _label_tokens(item), True
    item.rename([Token(WORD, "step", 0, 0, 0)])
    walk.line.items.append(item)
    walk.line.fragile = True
    return True


def _label_tokens(item: Item) -> list[Token]:
    return [Token(WORD, word, 0, 0, 1) for word in item.name.split()]
