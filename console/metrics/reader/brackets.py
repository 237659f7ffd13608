"""Brackets: qualifiers of a name, averages and shares behind a number, lists, or segments of their own."""

from __future__ import annotations

from console.metrics.reader.behind import suffix_behind
from console.metrics.reader.items import Item, words_of
from console.metrics.reader.tokens import MARK, NUMBER, WORD, Token
from console.metrics.reader.units import parse_unit
from console.metrics.reader.vocabulary import split_identifier
from console.metrics.reader.walk import Walk

_REACH = 40
_LONGEST_QUALIFIER = 8


def take_bracket(walk: Walk) -> None:
    """Take the opening bracket at the present position."""
    token = walk.tokens[walk.at]
    close = _closing(walk)
    inside = walk.tokens[walk.at + 1 : close]
    number = walk.follows_number()
    if token.text == "(" and inside and walk.label and not walk.separator:
        _take_behind_name(walk, inside, close)
    elif token.text == "(" and inside and number is not None and not walk.label:
        _take_behind_number(walk, number, inside, close)
    elif (
        token.text == "["
        and len(inside) == 1
        and number is not None
        and not walk.label
        and _is_unit(inside[0], number)
    ):
        walk.at = close + 1
    else:
        _enter(walk, token)


def _enter(walk: Walk, token: Token) -> None:
    """Go on inside the bracket: it holds the value of the name before it, or a segment of its own."""
    if walk.label and (walk.is_value(1) or (walk.separator and walk.is_mark(1, "(", "["))):
        walk.separator = walk.separator or token.text
    else:
        if token.text == "{" and walk.label and walk.separator:
            walk.record_key = walk.label[-1]
        if walk.label or walk.orphan is not None:
            walk.flush()
    walk.at += 1


def _closing(walk: Walk) -> int:
    """Position of the bracket that closes the present one; behind the line if there is none within reach."""
    depth = 0
    for position in range(walk.at, min(len(walk.tokens), walk.at + _REACH)):
        token = walk.tokens[position]
        if token.kind == MARK and token.text in ("(", "[", "{"):
            depth += 1
        elif token.kind == MARK and token.text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return position
    return len(walk.tokens)


def _is_unit(inside: Token, number: Item) -> bool:
    """Note the unit in ``0.51[s]``."""
    unit = parse_unit(split_identifier(inside.text)) if inside.kind == WORD else None
    number.unit = unit or number.unit
    return unit is not None


def _take_behind_name(walk: Walk, inside: list[Token], close: int) -> None:
    """``time (sec)`` qualifies the name, ``Namespace(lr=1)`` is a call, ``loss (0.5)`` a value."""
    glued = walk.tokens[walk.at].gap == 0
    if glued and len(inside) > 1 and inside[0].kind == WORD and inside[1].text == "=":
        walk.clear()
        walk.at = close + 1
    elif close < len(walk.tokens) and not any(one.kind == NUMBER or one.text in (":", "=") for one in inside):
        if len(inside) <= _LONGEST_QUALIFIER:
            walk.aside = words_of([one for one in inside if one.kind == WORD or one.text == "/"])
        walk.at = close + 1
    elif inside[0].kind == NUMBER and len(inside) <= 2:
        walk.separator = "("
        walk.at += 1
    else:
        walk.flush()
        walk.at += 1


def _take_behind_number(walk: Walk, number: Item, inside: list[Token], close: int) -> None:
    """``0.5 (0.6)`` holds the average, ``12/90 (13%)`` a share, ``76 % (top1)`` a name; else a segment."""
    numbers = [one for one in inside if one.kind == NUMBER]
    is_negative = inside[0].text == "-"
    if len(inside) <= 2 and all(one.kind == WORD for one in inside):
        number.after = words_of(inside)
    elif not numbers or numbers[0] is not inside[is_negative]:
        walk.flush()
        walk.at += 1
        return
    elif number.total is not None and inside[-1].text == "%":
        number.share = numbers[0]
    elif _is_segment(number, inside, is_negative):
        walk.flush()
        walk.at += 1
        return
    elif len(numbers) == 1 and not is_negative and not _is_elapsed(number, inside):
        number.average = numbers[0]
    walk.at = close + 1


def _is_segment(number: Item, inside: list[Token], is_negative: bool) -> bool:
    """Whether a parenthesis behind ``number`` tells of something else: a counter, or a rate of its own."""
    suffix = suffix_behind(inside, 1 + is_negative)
    unit = suffix.unit if suffix is not None else None
    if unit is None:
        return any(one.kind == MARK and one.text == "/" for one in inside) and not number.percent
    return unit.kind != "duration" and number.unit is None


def _is_elapsed(number: Item, inside: list[Token]) -> bool:
    """``step = 100 (31.4 sec)``: a time behind something that is none."""
    suffix = suffix_behind(inside, 1)
    unit = suffix.unit if suffix is not None else None
    return unit is not None and number.unit is None and number.words[-1:] != ("time",)
