"""The words of training logs: what kind of word each one is, read from ``vocabulary.json``."""

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


class Head(NamedTuple):
    """What may stand beside a head word in a name.

    Kinds of words in ``tags`` and words in ``neutral`` leave its meaning, those in ``inert_tags`` and in
    ``inert`` make the name that of something else; any others qualify it.
    """

    tags: frozenset[str]
    inert_tags: frozenset[str]
    neutral: frozenset[str]
    inert: frozenset[str]


TAGS: dict[str, str] = {word: tag for tag, words in _DATA["words"].items() for word in words.split()}
QUANTITIES: dict[str, str] = {
    word: quantity for quantity, words in _DATA["quantities"].items() for word in words.split()
}
HEADS: dict[str, Head] = {
    name: Head(*(_words(entry[part]) for part in Head._fields)) for name, entry in _DATA["heads"].items()
}
MEASURES = word_set("measures")

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
