"""The parser: tokens → items, left to right in one pass.

The grammar of a log line, as far as it has one::

    line      = { segment delimiter }
    segment   = heading | { [ label ] [ separator ] number [ suffix ] }
    label     = word { word } [ "(" qualifier ")" ]
    separator = ":" | "=" | "|" | "is" | an opening bracket
    suffix    = [ "/" total ] [ unit ] [ "(" average ")" ]

A number takes the label before it. One without a label is kept if a unit, a bracket or the words behind it say
what it is.
"""

from __future__ import annotations

import math
import re

from console.metrics.reader.lexer import BAR, END, MARK, NUMBER, WORD, Token
from console.metrics.reader.names import match_name
from console.metrics.reader.parser.brackets import parse_bracket
from console.metrics.reader.parser.items import ParsedLine, tags_of, words_of
from console.metrics.reader.parser.numbers import parse_number
from console.metrics.reader.parser.state import NOT_FINITE, ParserState
from console.metrics.reader.vocabulary import TAGS, split_identifier, word_set

_LEVELS, _ALARMS = word_set("levels"), word_set("alarms")
_WRAPPERS = word_set("wrappers")
_RECORD_KEYS = word_set("record_keys")
_LONGEST_LABEL = 16
_NUMBERED = re.compile(r"([A-Za-z]{2,10})_?(\d{1,9})(?=-|$)")
_TRANSPARENT = frozenset("\"'`%")
_ARROWS = frozenset(("->", "=>", "~", "≈", "…"))
_DEVIATIONS = frozenset(("+/-", "+-", "±"))
_LONGEST_ABBREVIATION = 4


def parse(tokens: list[Token]) -> ParsedLine:
    """The items of a line; ``tokens`` may be changed."""
    state = ParserState(tokens)
    while state.position < len(tokens):
        kind = tokens[state.position].kind
        if kind == WORD:
            _parse_word(state)
        elif kind == NUMBER:
            parse_number(state, tokens[state.position])
        elif kind == MARK:
            if tokens[state.position].text in ("(", "[", "{"):
                parse_bracket(state)
            else:
                _parse_mark(state)
        elif kind == BAR:
            _parse_bar(state)
        else:
            state.delimit()
            state.position += 1
    state.delimit()
    return state.line


def _parse_bar(state: ParserState) -> None:
    """Parse a drawn bar, which stands before its counter (tqdm) or behind it (Keras)."""
    counter = state.preceding_number()
    if counter is not None and counter.total is not None:
        counter.bar = True
    else:
        state.line.bar_words = state.line.bar_words or tuple(state.line.words)
        state.note_heading(words_of(state.label))
        state.bar_open = True
    state.clear_label()
    state.unnamed = None
    state.position += 1


# -- words -------------------------------------------------------------------------------------


def _parse_word(state: ParserState) -> None:
    """Parse the word at the current position: as part of the label unless it is a level, a value or a separator."""
    token = state.tokens[state.position]
    if token.text in _LEVELS:
        state.line.is_alarm = state.line.is_alarm or token.text in _ALARMS
        state.delimit()
        state.position += 1
        return
    lowered = token.text.lower()
    state.line.words.append(lowered)
    if lowered[-1].isdigit():
        token = _split_numbered_word(state, token)
        lowered = token.text.lower()
    if lowered in NOT_FINITE and _may_be_value(state):
        token.value = math.nan if lowered == "nan" else math.inf
        parse_number(state, token)
    elif state.separator and lowered in _WRAPPERS and state.is_mark(1, "(") and state.peek().gap == 0:
        state.position += 2
    elif TAGS.get(lowered) == "is" and not state.separator and _note_verb(state):
        state.position += 1
    else:
        _append_to_label(state, token)
        state.position += 1


def _append_to_label(state: ParserState, token: Token) -> None:
    if state.separator:
        if _is_record_key(state, token):
            state.record_key = token
            state.clear_label()
            return
        _end_heading(state, token)
    elif state.label and token.gap >= 2:
        state.end_segment()
    state.label.append(token)
    if len(state.label) > _LONGEST_LABEL:
        del state.label[0]


def _split_numbered_word(state: ParserState, token: Token) -> Token:
    """Split ``Epoch3`` and ``Epoch10-Iter120`` into names and numbers, unless a value follows."""
    parts = list(_NUMBERED.finditer(token.text))
    covers_all = sum(len(part[0]) + 1 for part in parts) == len(token.text) + 1
    counts = all(TAGS.get(part[1].lower()) in ("epoch", "step", "iteration", "batch") for part in parts)
    if not covers_all or not counts or (state.is_mark(1, ":", "=") and state.is_value(2)):
        return token
    pieces: list[Token] = []
    for part in parts:
        begin, middle, end = (token.start + place for place in (part.start(1), part.start(2), part.end(2)))
        pieces.append(Token(WORD, part[1], begin, begin + len(part[1]), token.gap))
        pieces.append(Token(NUMBER, part[2], middle, end, 1, int(part[2])))
    state.tokens[state.position : state.position + 1] = pieces
    return pieces[0]


def _may_be_value(state: ParserState) -> bool:
    """Whether ``nan`` or ``inf`` is a value here, not a word as in ``number of nan iterations``."""
    if not state.label:
        return state.expects_value
    following = state.peek()
    ends = following is END or following.kind in (MARK, WORD) or following.gap >= 2
    return bool(state.separator) or (
        ends and match_name(words_of(state.label), state.qualifier, 1).field is not None
    )


def _note_verb(state: ParserState) -> bool:
    """Whether ``is`` separates a name from its value, also as in ``loss at step 3 is 0.5``; notes it if so."""
    if state.label:
        state.separator = "is"
        return True
    if state.preceding_number() is not None and state.pending_label:
        state.expects_value = True
        return True
    return False


def _is_record_key(state: ParserState, token: Token) -> bool:
    """Whether ``token`` is the name of a record whose value is still to come: ``"key": "loss", "value": …``."""
    words = words_of(state.label)
    return (
        len(words) == 1 and words[0] in _RECORD_KEYS and state.is_mark(1, '"', "'") and state.peek().gap == 0
    )


def _end_heading(state: ParserState, token: Token) -> None:
    """End a label whose separator is followed by a word: it was a heading, or the first part of a name."""
    words, own = words_of(state.label), split_identifier(token.text)
    before, now = match_name(words, state.qualifier, 1), match_name(own, (), 1)
    completes = set(tags_of(own)) <= {"total", "average", "train", "eval"}
    repeats = before.field is not None and before.field == now.field
    if (before.field in ("loss", "top1") and completes) or (repeats and token.gap == 0 and before.average):
        state.separator = ""
        return
    state.interleaved = state.interleaved or (repeats and token.gap > 0)
    state.note_heading(words)
    state.clear_label()


# -- marks -------------------------------------------------------------------------------------


def _parse_mark(state: ParserState) -> None:
    """Parse the mark at the current position; a mark without a meaning of its own delimits."""
    text = state.tokens[state.position].text
    value_follows = state.peek().kind == NUMBER
    if text in (":", "="):
        _parse_separator(state, text)
    elif text in ("-", "+"):
        _parse_sign(state)
    elif (
        text == "|"
        and state.label
        and not state.separator
        and state.unnamed is None
        and _is_signed_value(state)
    ):
        state.separator = text
    elif text in _DEVIATIONS:
        state.delimit()
        state.position += value_follows
    elif (text in _ARROWS or text.startswith("..")) and state.label and value_follows:
        state.separator = text
    elif text == "#" and value_follows:
        state.separator = state.separator or text
    elif text == "@" and state.label and state.peek().text in ("1", "5"):
        _join_to_label(state, "@" + state.peek().text)
        state.position += 1
    elif text == "/" and state.label and not state.separator and state.peek().kind == WORD:
        _join_to_label(state, "per")
    elif not _is_transparent(state, text):
        state.delimit()
    state.position += 1


def _is_transparent(state: ParserState, text: str) -> bool:
    if text == ".":
        return bool(state.label) and len(state.label[-1].text) <= _LONGEST_ABBREVIATION
    return text in _TRANSPARENT or (text == "*" and not state.label)


def _join_to_label(state: ParserState, word: str) -> None:
    """Add ``word`` to the label, so that ``precision @ 1`` and ``tokens / s`` are one name."""
    token = state.tokens[state.position]
    state.label.append(Token(WORD, word, token.start, token.end, 0))


def _parse_separator(state: ParserState, text: str) -> None:
    if state.label:
        state.separator = text
    elif state.pending_label and state.preceding_number() is not None:
        state.expects_value = True
        state.last_item_end += 1


def _is_signed_value(state: ParserState) -> bool:
    return state.peek().kind == NUMBER or (state.is_mark(1, "-") and state.is_value(2))


def _parse_sign(state: ParserState) -> None:
    """Parse ``-`` or ``+``: a sign, a joint between name and number, the start of an option, or a delimiter."""
    token, following, before = state.peek(0), state.peek(), state.peek(-1)
    if token.text == following.text == "-" and following.gap == 0:
        option = state.peek(2)
        if option.kind == WORD and option.gap == 0:
            state.delimit()
            state.line.is_settings = True
            state.position += 2
            return
    if following.gap or not state.is_value(1):
        state.delimit()
    elif before.kind == WORD and token.gap == 0:
        state.separator = "-"
    else:
        state.negative = token.text == "-"
