"""The grammar of log lines: tokens → named numbers, left to right in one pass.

A label is what was printed since the last delimiter; a number takes the label before it, with whatever
stands between (``:``, ``=``, ``is``, an opening bracket, nothing). Behind a number may follow its total
(``12/300``), a unit, a running average in parentheses. Numbers without a label are kept where a unit, a
bracket or the words behind them say what they are.
"""

from __future__ import annotations

from console.metrics.reader.brackets import take_bracket
from console.metrics.reader.items import ParsedLine, words_of
from console.metrics.reader.marks import take_mark
from console.metrics.reader.numbers import take_number
from console.metrics.reader.tokens import BAR, MARK, NUMBER, WORD, Token
from console.metrics.reader.walk import Walk
from console.metrics.reader.words import take_word


def parse(tokens: list[Token]) -> ParsedLine:
    """The named numbers of a line, and what else it shows; ``tokens`` may be changed."""
    walk = Walk(tokens)
    while walk.at < len(tokens):
        kind = tokens[walk.at].kind
        if kind == WORD:
            take_word(walk)
        elif kind == NUMBER:
            take_number(walk, tokens[walk.at])
        elif kind == MARK:
            if tokens[walk.at].text in ("(", "[", "{"):
                take_bracket(walk)
            else:
                take_mark(walk)
        elif kind == BAR:
            _take_bar(walk)
        else:
            walk.flush()
            walk.at += 1
    walk.flush()
    return walk.line


def _take_bar(walk: Walk) -> None:
    """A drawn bar stands before its counter (tqdm) or behind it (Keras)."""
    counter = walk.follows_number()
    if counter is not None and counter.total is not None:
        counter.bar = True
    else:
        walk.line.bar_words = walk.line.bar_words or tuple(walk.line.words)
        walk.note_heading(words_of(walk.label))
        walk.bar_open = True
    walk.clear()
    walk.orphan = None
    walk.at += 1
