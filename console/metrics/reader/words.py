"""Words of a line: they name what follows, or stand for a number that is not finite."""

from __future__ import annotations

import math
import re

from console.metrics.reader.items import tags_of, words_of
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.numbers import take_number
from console.metrics.reader.tokens import END, MARK, NUMBER, WORD, Token
from console.metrics.reader.vocabulary import TAGS, split_identifier, word_set
from console.metrics.reader.walk import NOT_FINITE, Walk

_LEVELS, _ALARMS = word_set("levels"), word_set("alarms")
_WRAPPERS = word_set("wrappers")
_RECORD_KEYS = word_set("record_keys")
_LONGEST_LABEL = 16
_NUMBERED = re.compile(r"([A-Za-z]{2,10})_?(\d{1,9})(?=-|$)")


def take_word(walk: Walk) -> None:
    """Take the word at the present position into the label, or do what it asks for."""
    token = walk.tokens[walk.at]
    if token.text in _LEVELS:
        walk.line.alarm = walk.line.alarm or token.text in _ALARMS
        walk.flush()
        walk.at += 1
        return
    lowered = token.text.lower()
    walk.line.words.append(lowered)
    if lowered[-1].isdigit():
        token = _separate_number(walk, token)
        lowered = token.text.lower()
    if lowered in NOT_FINITE and _may_be_value(walk):
        token.value = math.nan if lowered == "nan" else math.inf
        take_number(walk, token)
    elif walk.separator and lowered in _WRAPPERS and walk.is_mark(1, "(") and walk.peek().gap == 0:
        walk.at += 2
    elif TAGS.get(lowered) == "is" and not walk.separator and _is_separator(walk):
        walk.at += 1
    else:
        _take_into_label(walk, token)
        walk.at += 1


def _take_into_label(walk: Walk, token: Token) -> None:
    if walk.separator:
        if _is_record_key(walk, token):
            walk.record_key = token
            walk.clear()
            return
        _end_heading(walk, token)
    elif walk.label and token.gap >= 2:
        walk.end_segment()
    walk.label.append(token)
    if len(walk.label) > _LONGEST_LABEL:
        del walk.label[0]


def _separate_number(walk: Walk, token: Token) -> Token:
    """Take ``Epoch3`` and ``Epoch10-Iter120`` apart into names and numbers, unless a value follows."""
    parts = list(_NUMBERED.finditer(token.text))
    covers_all = sum(len(part[0]) + 1 for part in parts) == len(token.text) + 1
    counts = all(TAGS.get(part[1].lower()) in ("epoch", "step", "iteration", "batch") for part in parts)
    if not covers_all or not counts or (walk.is_mark(1, ":", "=") and walk.is_value(2)):
        return token
    pieces: list[Token] = []
    for part in parts:
        begin, middle, end = (token.start + place for place in (part.start(1), part.start(2), part.end(2)))
        pieces.append(Token(WORD, part[1], begin, begin + len(part[1]), token.gap))
        pieces.append(Token(NUMBER, part[2], middle, end, 1, int(part[2])))
    walk.tokens[walk.at : walk.at + 1] = pieces
    return pieces[0]


def _may_be_value(walk: Walk) -> bool:
    """Whether ``nan`` or ``inf`` here is a value, and not a word as in ``number of nan iterations``."""
    if not walk.label:
        return walk.awaiting
    following = walk.peek()
    ends = following is END or following.kind in (MARK, WORD) or following.gap >= 2
    return bool(walk.separator) or (
        ends and meaning_of(words_of(walk.label), walk.aside, 1).field is not None
    )


def _is_separator(walk: Walk) -> bool:
    """Note ``is`` between a name and its value, or behind the counter in ``loss at step 3 is 0.5``."""
    if walk.label:
        walk.separator = "is"
        return True
    if walk.follows_number() is not None and walk.pending:
        walk.awaiting = True
        return True
    return False


def _is_record_key(walk: Walk, token: Token) -> bool:
    """``"key": "loss"``: the name of a record whose ``"value"`` is still to come."""
    words = words_of(walk.label)
    return len(words) == 1 and words[0] in _RECORD_KEYS and walk.is_mark(1, '"', "'") and walk.peek().gap == 0


def _end_heading(walk: Walk, token: Token) -> None:
    """A name and its separator were followed by a word: a heading, or a name in parts."""
    words, own = words_of(walk.label), split_identifier(token.text)
    before, now = meaning_of(words, walk.aside, 1), meaning_of(own, (), 1)
    completes = set(tags_of(own)) <= {"total", "average", "train", "eval"}
    repeats = before.field is not None and before.field == now.field
    if (before.field in ("loss", "top1") and completes) or (repeats and token.gap == 0 and before.average):
        walk.separator = ""
        return
    walk.torn = walk.torn or (repeats and token.gap > 0)
    walk.note_heading(words)
    walk.clear()
