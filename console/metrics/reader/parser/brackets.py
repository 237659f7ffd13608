"""Brackets: qualifiers of a name, averages and shares behind a number, lists, or segments of their own."""

from __future__ import annotations

from console.metrics.reader.lexer import MARK, NUMBER, WORD, Token
from console.metrics.reader.parser.items import Item, words_of
from console.metrics.reader.parser.state import ParserState
from console.metrics.reader.parser.suffixes import suffix_at
from console.metrics.reader.units import parse_unit
from console.metrics.reader.vocabulary import split_identifier

_REACH = 40
_LONGEST_QUALIFIER = 8


def parse_bracket(state: ParserState) -> None:
    """Parse the opening bracket at the current position, and the whole bracket where it belongs to a name or number."""
    token = state.tokens[state.position]
    close = _closing(state)
    inside = state.tokens[state.position + 1 : close]
    number = state.preceding_number()
    if token.text == "(" and inside and state.label and not state.separator:
        _parse_qualifier(state, inside, close)
    elif token.text == "(" and inside and number is not None and not state.label:
        _parse_annotation(state, number, inside, close)
    elif (
        token.text == "["
        and len(inside) == 1
        and number is not None
        and not state.label
        and _parse_unit_of(inside[0], number)
    ):
        state.position = close + 1
    else:
        _enter(state, token)


def _enter(state: ParserState, token: Token) -> None:
    """Enter the bracket: it holds the value of the name before it, or segments of its own."""
    if state.label and (state.is_value(1) or (state.separator and state.is_mark(1, "(", "["))):
        state.separator = state.separator or token.text
    else:
        if token.text == "{" and state.label and state.separator:
            state.record_key = state.label[-1]
        if state.label or state.unnamed is not None:
            state.delimit()
    state.position += 1


def _closing(state: ParserState) -> int:
    """Position of the bracket that closes the current one; behind the line if there is none within reach."""
    depth = 0
    for position in range(state.position, min(len(state.tokens), state.position + _REACH)):
        token = state.tokens[position]
        if token.kind == MARK and token.text in ("(", "[", "{"):
            depth += 1
        elif token.kind == MARK and token.text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return position
    return len(state.tokens)


def _parse_unit_of(inside: Token, number: Item) -> bool:
    """Take the unit in ``0.51[s]`` into ``number``; false if it is none."""
    unit = parse_unit(split_identifier(inside.text)) if inside.kind == WORD else None
    number.unit = unit or number.unit
    return unit is not None


def _parse_qualifier(state: ParserState, inside: list[Token], close: int) -> None:
    """Parse a parenthesis behind a name: qualifier ``time (sec)``, call ``Namespace(lr=1)``, value ``loss (0.5)``."""
    glued = state.tokens[state.position].gap == 0
    if glued and len(inside) > 1 and inside[0].kind == WORD and inside[1].text == "=":
        state.clear_label()
        state.position = close + 1
    elif close < len(state.tokens) and not any(
        one.kind == NUMBER or one.text in (":", "=") for one in inside
    ):
        if len(inside) <= _LONGEST_QUALIFIER:
            state.qualifier = words_of([one for one in inside if one.kind == WORD or one.text == "/"])
        state.position = close + 1
    elif inside[0].kind == NUMBER and len(inside) <= 2:
        state.separator = "("
        state.position += 1
    else:
        state.delimit()
        state.position += 1


def _parse_annotation(state: ParserState, number: Item, inside: list[Token], close: int) -> None:
    """Parse a parenthesis behind a number: average ``0.5 (0.6)``, share ``12/90 (13%)``, name ``76 % (top1)``."""
    numbers = [one for one in inside if one.kind == NUMBER]
    is_negative = inside[0].text == "-"
    if len(inside) <= 2 and all(one.kind == WORD for one in inside):
        number.trailing_words = words_of(inside)
    elif not numbers or numbers[0] is not inside[is_negative]:
        state.delimit()
        state.position += 1
        return
    elif number.total is not None and inside[-1].text == "%":
        number.share = numbers[0]
    elif _is_segment(number, inside, is_negative):
        state.delimit()
        state.position += 1
        return
    elif len(numbers) == 1 and not is_negative and not _is_elapsed(number, inside):
        number.average = numbers[0]
    state.position = close + 1


def _is_segment(number: Item, inside: list[Token], is_negative: bool) -> bool:
    """Whether a parenthesis behind ``number`` is a segment of its own: a counter, or another rate."""
    suffix = suffix_at(inside, 1 + is_negative)
    unit = suffix.unit if suffix is not None else None
    if unit is None:
        return any(one.kind == MARK and one.text == "/" for one in inside) and not number.percent
    return unit.kind != "duration" and number.unit is None


def _is_elapsed(number: Item, inside: list[Token]) -> bool:
    """Whether the parenthesis holds a time but ``number`` is none: ``step = 100 (31.4 sec)``."""
    suffix = suffix_at(inside, 1)
    unit = suffix.unit if suffix is not None else None
    return unit is not None and number.unit is None and number.words[-1:] != ("time",)
