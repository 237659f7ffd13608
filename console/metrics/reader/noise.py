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
_SLASH = re.compile(rb"/\s?[sS](?:ec|[^a-z]|$)|/it(?![a-z])")
_PER_SECOND = re.compile(rb"[pP]er_?\s?[sS]ec")
_HEXADECIMAL = b"abcdefABCDEFxX"
_HEXADECIMAL_NAMES = frozenset((b"acc",))


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
_dull: set[bytes] = set()


def _is_telling(raw: bytes, rest: bytes) -> bool:
    words = _WORD.findall(rest)
    if not _dull.issuperset(words):
        enough = _METRIC if len(rest) < len(raw) else _PHASE
        if any(_told_by(word) >= enough for word in words):
            return True
    per_second = (b"/" in rest and _SLASH.search(rest) is not None) or (
        b"ec" in rest and _PER_SECOND.search(rest) is not None
    )
    return per_second or b"f1" in raw or b"F1" in raw


def _told_by(word: bytes) -> int:
    """What a word tells; remembered, but for what may be a piece of a hexadecimal number."""
    told = _words.get(word)
    if told is None:
        if len(_words) >= 4 * _MOST_KNOWN:
            _words.clear()
            _dull.clear()
        if not word.translate(None, _HEXADECIMAL) and word.lower() not in _HEXADECIMAL_NAMES:
            return _NOTHING
        told = _words[word] = _learn(word)
        if told == _NOTHING:
            _dull.add(word)
    return told


def _learn(word: bytes) -> int:
    pieces = split_identifier(decode(word)) if len(word) <= _LONGEST_WORD else ()
    told = max((_tell(piece) for piece in pieces), default=_NOTHING)
    if told == _METRIC and not any(TAGS.get(piece) in _SURE_TAGS for piece in pieces):
        return _METRIC if all(piece in TAGS or piece in MEASURES for piece in pieces) else _NOTHING
    return told


def _tell(piece: str) -> int:
    tag = TAGS.get(piece)
    if tag in _SURE_TAGS or tag in _LIKELY_TAGS:
        return _METRIC if len(piece) > 2 or piece == "lr" or not piece.isascii() else _NOTHING
    if tag is None and piece in MEASURES and piece not in _GENERIC_MEASURES and piece not in QUANTITIES:
        return _METRIC
    return _PHASE if tag in ("train", "eval") else _NOTHING
