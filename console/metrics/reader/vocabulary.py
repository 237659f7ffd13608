"""The words of training logs and the tag of each, loaded from ``vocabulary.json``."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_DATA = json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def word_set(name: str) -> frozenset[str]:
    """One of the word lists of ``vocabulary.json``."""
    return _words(_DATA[name])


class HeadWord(NamedTuple):
    """A head word such as ``loss``, and the words that may stand beside it in a name.

    Words tagged as one of ``tags`` and those of ``neutral`` leave it as it is. Words tagged as one of
    ``disqualifying_tags`` and those of ``disqualifying`` make the name that of something else: a limit, a
    setting, a count. Any others modify it.
    """

    tags: frozenset[str]
    disqualifying_tags: frozenset[str]
    neutral: frozenset[str]
    disqualifying: frozenset[str]


TAGS: dict[str, str] = {word: tag for tag, words in _DATA["words"].items() for word in words.split()}
"""The tag of each known word: ``avg`` and ``mean`` are both ``average``."""

QUANTITIES: dict[str, str] = {
    word: quantity for quantity, words in _DATA["quantities"].items() for word in words.split()
}
"""Countable things and their plural in normalised units: ``imgs`` → ``images``."""

HEADS: dict[str, HeadWord] = {
    name: HeadWord(*(_words(entry[part]) for part in HeadWord._fields))
    for name, entry in _DATA["heads"].items()
}
MEASURES = word_set("measures")
"""Words for measurements worth keeping although they are not canonical fields: ``f1``, ``perplexity``."""

_PIECE = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[@/]|[^\W\d_A-Za-z]+")
_LONGEST_COMPOUND = 24
_COMPOUND_TAGS = word_set("compound_tags")


@lru_cache(maxsize=4096)
def split_identifier(identifier: str) -> tuple[str, ...]:
    """The lower-case words an identifier is made of: ``AvgLoss`` → ``avg loss``, ``acc@1`` → ``acc @ 1``.

    ``/`` and ``per`` both come out as ``/``. Compounds of known words are taken apart (``batchtime``).
    """
    lowered = identifier.lower()
    if lowered in TAGS or lowered in QUANTITIES:
        return ("/",) if TAGS.get(lowered) == "per" else (lowered,)
    words: list[str] = []
    for piece in _PIECE.findall(identifier):
        word = piece.lower()
        if TAGS.get(word) == "per":
            words.append("/")
        elif word in TAGS or word in QUANTITIES or (len(word) < 4 and not _is_chinese(word)):
            words.append(word)
        else:
            words.extend(_segments(word) or (word,))
    return tuple(words)


def _is_chinese(word: str) -> bool:
    return "\u4e00" <= word[:1] <= "\u9fff"


def _segments(word: str) -> tuple[str, ...] | None:
    """``word`` as a chain of known words, the longest first; ``None`` when it is no such chain."""
    if not word:
        return ()
    if len(word) > _LONGEST_COMPOUND:
        return None
    if _is_chinese(word):
        return _chinese_segments(word)
    for end in range(len(word), 1, -1):
        if TAGS.get(word[:end]) in _COMPOUND_TAGS:
            rest = _segments(word[end:])
            if rest is not None:
                return (word[:end], *rest)
    return None


def _chinese_segments(text: str) -> tuple[str, ...]:
    """The known words in ``text``, longest first, and what stands between them."""
    words: list[str] = []
    unknown = ""
    while text:
        known = next(
            (text[:end] for end in range(len(text), 0, -1) if text[:end] in TAGS or text[:end] in QUANTITIES),
            "",
        )
        if not known:
            unknown, text = unknown + text[0], text[1:]
            continue
        words += [unknown] * bool(unknown) + ["/" if TAGS.get(known) == "per" else known]
        unknown, text = "", text[len(known) :]
    return (*words, unknown) if unknown else tuple(words)
