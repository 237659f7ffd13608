"""Marks of a line: what separates a name from its value, and what delimits."""

from __future__ import annotations

from console.metrics.reader.tokens import NUMBER, WORD, Token
from console.metrics.reader.walk import Walk

_TRANSPARENT = frozenset("\"'`%")
_ARROWS = frozenset(("->", "=>", "~", "≈", "…"))
_DEVIATIONS = frozenset(("+/-", "+-", "±"))
_LONGEST_ABBREVIATION = 4


def take_mark(walk: Walk) -> None:
    """Take the mark at the present position; it delimits unless it is known to do something else."""
    text = walk.tokens[walk.at].text
    value_follows = walk.peek().kind == NUMBER
    if text in (":", "="):
        _separate(walk, text)
    elif text in ("-", "+"):
        _take_sign(walk)
    elif text == "|" and walk.label and not walk.separator and walk.orphan is None and _is_signed_value(walk):
        walk.separator = text
    elif text in _DEVIATIONS:
        walk.flush()
        walk.at += value_follows
    elif (text in _ARROWS or text.startswith("..")) and walk.label and value_follows:
        walk.separator = text
    elif text == "#" and value_follows:
        walk.separator = walk.separator or text
    elif text == "@" and walk.label and walk.peek().text in ("1", "5"):
        _join(walk, "@" + walk.peek().text)
        walk.at += 1
    elif text == "/" and walk.label and not walk.separator and walk.peek().kind == WORD:
        _join(walk, "per")
    elif not _is_transparent(walk, text):
        walk.flush()
    walk.at += 1


def _is_transparent(walk: Walk, text: str) -> bool:
    if text == ".":
        return bool(walk.label) and len(walk.label[-1].text) <= _LONGEST_ABBREVIATION
    return text in _TRANSPARENT or (text == "*" and not walk.label)


def _join(walk: Walk, word: str) -> None:
    """Make ``precision @ 1`` and ``tokens / s`` one name."""
    token = walk.tokens[walk.at]
    walk.label.append(Token(WORD, word, token.start, token.end, 0))


def _separate(walk: Walk, text: str) -> None:
    if walk.label:
        walk.separator = text
    elif walk.pending and walk.follows_number() is not None:
        walk.awaiting = True
        walk.last_end += 1


def _is_signed_value(walk: Walk) -> bool:
    return walk.peek().kind == NUMBER or (walk.is_mark(1, "-") and walk.is_value(2))


def _take_sign(walk: Walk) -> None:
    """A dash is a minus, a joint between name and number, the start of an option, or a delimiter."""
    token, following, before = walk.peek(0), walk.peek(), walk.peek(-1)
    if token.text == following.text == "-" and following.gap == 0:
        option = walk.peek(2)
        if option.kind == WORD and option.gap == 0:
            walk.flush()
            walk.line.settings = True
            walk.at += 2
            return
    if following.gap or not walk.is_value(1):
        walk.flush()
    elif before.kind == WORD and token.gap == 0:
        walk.separator = "-"
    else:
        walk.negative = token.text == "-"
