"""The sieve before the grammar: lines whose words tell of no metric are put aside at little cost."""

from __future__ import annotations

import re

from console.metrics.reader.text import decode
from console.metrics.reader.vocabulary import MEASURES, QUANTITIES, TAGS, split_identifier, word_set

_DIGITS = b"0123456789"
_MOST_KNOWN = 4096
_LONGEST_KNOWN = 1024
_LONGEST_WORD = 64
_SURE_TAGS, _LIKELY_TAGS = word_set("sure_tags"), word_set("likely_tags")
_GENERIC_MEASURES = word_set("generic_measures")
_WORD = re.compile(rb"[A-Za-z]+|[\x80-\xff]+")
_PER_SECOND = re.compile(rb"/\s?[sS](?:ec|[^a-z]|$)|[pP]er_?\s?[sS]ec|/it(?![a-z])")
_F_SCORE = re.compile(rb"[fF]1(?![0-9])")


class Sieve:
    """Tells lines that may state a metric from noise, by their words.

    A line is told by what is left of it without its digits, so that lines which differ in numbers alone
    are looked at once. What is remembered is bounded.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, bool] = {}

    def is_noise(self, raw: bytes) -> bool:
        """Whether ``raw`` has no word that a line with a metric, or the heading of some, would have."""
        rest = raw.translate(None, _DIGITS)
        noise = self._known.get(rest)
        if noise is None:
            noise = not _is_telling(raw, rest)
            if len(rest) <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[rest] = noise
        return noise


_METRIC, _PHASE, _NOTHING = 2, 1, 0
_words: dict[bytes, int] = {}


def _is_telling(raw: bytes, rest: bytes) -> bool:
    enough = _METRIC if len(rest) < len(raw) else _PHASE
    for word in _WORD.findall(rest):
        told = _words.get(word)
        if told is None:
            told = _learn(word)
        if told >= enough:
            return True
    return _PER_SECOND.search(rest) is not None or _F_SCORE.search(raw) is not None


def _learn(word: bytes) -> int:
    if len(_words) >= 4 * _MOST_KNOWN:
        _words.clear()
    pieces = split_identifier(decode(word)) if len(word) <= _LONGEST_WORD else ()
    told = max((_tell(piece) for piece in pieces), default=_NOTHING)
    if told == _METRIC and not any(TAGS.get(piece) in _SURE_TAGS for piece in pieces):
        told = _METRIC if all(piece in TAGS or piece in MEASURES for piece in pieces) else _NOTHING
    _words[word] = told
    return told


def _tell(piece: str) -> int:
    tag = TAGS.get(piece)
    if tag in _SURE_TAGS or tag in _LIKELY_TAGS:
        return _METRIC if len(piece) > 2 or piece == "lr" or not piece.isascii() else _NOTHING
    if tag is None and piece in MEASURES and piece not in _GENERIC_MEASURES and piece not in QUANTITIES:
        return _METRIC
    return _PHASE if tag in ("train", "eval") else _NOTHING
