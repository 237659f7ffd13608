"""Lines that are settled without lexer and parser: noise by its words, known templates by their schema.

The template of a line is its constant text, its parameters are the numbers in between; most lines of a log
share a few templates (the terms are those of log parsers such as Drain: He et al., ICWS 2017).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from console.metrics.reader.fields import Schema, Slot, build_reading
from console.metrics.reader.lexer import to_number
from console.metrics.reader.text import decode
from console.metrics.reader.vocabulary import MEASURES, QUANTITIES, TAGS, split_identifier, word_set
from console.metrics.samples import Reading

# -- noise ----------------------------------------------------------------------------------------

_DIGITS = b"0123456789"
_MOST_TEXTS = 4096
_LONGEST_TEXT = 1024
_MOST_WORDS = 4 * _MOST_TEXTS
_LONGEST_WORD = 64
_SURE_TAGS, _LIKELY_TAGS = word_set("sure_tags"), word_set("likely_tags")
_GENERIC_MEASURES = word_set("generic_measures")
_WORD = re.compile(rb"[A-Za-z]+|[\x80-\xff]+")
_SLASH = re.compile(rb"/\s?[sS](?:ec|[^a-z]|$)|/it(?![a-z])")
_PER_SECOND = re.compile(rb"[pP]er_?\s?[sS]ec")
_HEXADECIMAL = b"abcdefABCDEFxX"
_HEXADECIMAL_NAMES = frozenset((b"acc",))


class Prefilter:
    """Drops noise: lines without any word of a metric.

    The verdict is kept, in bounded memory, under the text of a line without its digits, so that lines which differ
    only in numbers are examined once.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, bool] = {}

    def is_noise(self, raw: bytes) -> bool:
        """Whether ``raw`` lacks the words of a line with a metric and those of a heading."""
        rest = raw.translate(None, _DIGITS)
        noise = self._known.get(rest)
        if noise is None:
            noise = not _has_hint(raw, rest)
            if len(rest) <= _LONGEST_TEXT:
                if len(self._known) >= _MOST_TEXTS:
                    self._known.clear()
                self._known[rest] = noise
        return noise


_METRIC, _PHASE, _NOTHING = 2, 1, 0
_words: dict[bytes, int] = {}
"""The known words: each hints at a metric, at a phase or at nothing."""

_irrelevant: set[bytes] = set()
"""Those that hint at nothing; a line of only these is noise."""


def _has_hint(raw: bytes, rest: bytes) -> bool:
    words = _WORD.findall(rest)
    if not _irrelevant.issuperset(words):
        enough = _METRIC if len(rest) < len(raw) else _PHASE
        if any(_hint_of(word) >= enough for word in words):
            return True
    per_second = (b"/" in rest and _SLASH.search(rest) is not None) or (
        b"ec" in rest and _PER_SECOND.search(rest) is not None
    )
    return per_second or b"f1" in raw or b"F1" in raw


def _hint_of(word: bytes) -> int:
    """The hint of a word, kept unless the word may be a piece of a hexadecimal number."""
    hint = _words.get(word)
    if hint is None:
        if len(_words) >= _MOST_WORDS:
            _words.clear()
            _irrelevant.clear()
        if not word.translate(None, _HEXADECIMAL) and word.lower() not in _HEXADECIMAL_NAMES:
            return _NOTHING
        hint = _words[word] = _classify(word)
        if hint == _NOTHING:
            _irrelevant.add(word)
    return hint


def _classify(word: bytes) -> int:
    pieces = split_identifier(decode(word)) if len(word) <= _LONGEST_WORD else ()
    hint = max((_hint_of_piece(piece) for piece in pieces), default=_NOTHING)
    if hint == _METRIC and not any(TAGS.get(piece) in _SURE_TAGS for piece in pieces):
        return _METRIC if all(piece in TAGS or piece in MEASURES for piece in pieces) else _NOTHING
    return hint


def _hint_of_piece(piece: str) -> int:
    tag = TAGS.get(piece)
    if tag in _SURE_TAGS or tag in _LIKELY_TAGS:
        return _METRIC if len(piece) > 2 or piece == "lr" or not piece.isascii() else _NOTHING
    if tag is None and piece in MEASURES and piece not in _GENERIC_MEASURES and piece not in QUANTITIES:
        return _METRIC
    return _PHASE if tag in ("train", "eval") else _NOTHING


# -- templates ------------------------------------------------------------------------------------

_NUMBER = (
    # The first digit decides: behind a letter it is part of an identifier, unless a decimal point follows,
    r"[0-9](?:(?<![A-Za-z_@0-9.][0-9])|(?<=[A-Za-z][0-9])(?=[0-9]{0,9}\.[0-9]))"
    # and in names of accuracies part of the name. It comes first as that makes the search fast.
    r"(?<![Tt]op[-_ ][0-9])(?<!TOP[-_ ][0-9])(?<!@ [0-9])"
    r"(?:(?<=[1-9])[0-9]{0,2}(?:,[0-9]{3})+(?!,?[0-9])|[0-9]{0,31})"
    r"(?:\.[0-9]{1,32}|\.(?=[eE]\s?[+-]?[0-9]|[\s,;)\]}|]|$))?(?:[eE][+-]?[0-9]{1,9})?"
)
_IN_BYTES = re.compile(b"(%b)" % _NUMBER.encode())
_IN_TEXT = re.compile(_NUMBER, re.ASCII)
_MOST_TEMPLATES = 2048

Template = tuple[bytes, ...]
"""The constant text of a line: before, between and behind its numbers."""


class SlotSource(NamedTuple):
    """The parameter that a slot's value is taken from, by its index, and its conversion."""

    parameter: int
    convert: Callable[[bytes], float]


class CompiledTemplate(NamedTuple):
    """The schema of the lines of a template, and the source of each of its slots."""

    schema: Schema
    sources: tuple[SlotSource, ...]


def split_parameters(raw: bytes) -> tuple[Template, list[bytes]]:
    """The template of ``raw``, and its parameters."""
    pieces = _IN_BYTES.split(raw)
    return tuple(pieces[::2]), pieces[1::2]


def _compile_template(schema: Schema, text: str, parameters: int) -> CompiledTemplate | None:
    """The template of ``text``, which has ``schema``; ``None`` if it cannot stand for other lines."""
    indexes = {match.span(): index for index, match in enumerate(_IN_TEXT.finditer(text))}
    if len(indexes) != parameters:
        return None
    sources: list[SlotSource] = []
    for slot in schema.slots:
        token = slot.number
        index = indexes.get((token.start, token.end))
        if index is not None:
            sources.append(SlotSource(index, _converter(slot)))
        elif token.text[:1].isalpha():  # nan and inf are part of the template
            sources.append(SlotSource(0, partial(_constant, slot.value)))
        else:
            return None
    return CompiledTemplate(schema, tuple(sources))


def _converter(slot: Slot) -> Callable[[bytes], float]:
    if "," in slot.number.text:
        return _grouped_count if slot.kind == "count" else _grouped
    if slot.kind != "count":
        return float
    if isinstance(slot.number.value, int):
        return int
    return float if slot.field == "epoch" else _whole


def _whole(printed: bytes) -> float:
    return int(float(printed))


def _grouped(printed: bytes) -> float:
    return float(to_number(printed.decode()))


def _grouped_count(printed: bytes) -> float:
    return to_number(printed.decode())


def _constant(value: float, _: bytes) -> float:
    return value


def read_by_template(
    compiled: CompiledTemplate, parameters: list[bytes], percents: set[str]
) -> Reading | None:
    """The reading of a line of this template with these parameters.

    Raises ``ValueError`` if a parameter is not of the kind the template has in its place.
    """
    return build_reading(
        compiled.schema, [convert(parameters[number]) for number, convert in compiled.sources], percents
    )


class TemplateCache:
    """The templates met so far, in bounded memory; ``None`` for one that states no metric."""

    def __init__(self) -> None:
        self._known: dict[Template, CompiledTemplate | None] = {}

    def find(self, template: Template, default: CompiledTemplate | None) -> CompiledTemplate | None:
        """The compiled ``template``, or ``default`` if no line of it was met."""
        return self._known.get(template, default)

    def learn(self, template: Template, schema: Schema | None, text: str, parameters: int) -> None:
        """Keep ``schema``, that of the line ``text``, for all lines of ``template`` if it can stand for them.

        ``parameters`` is how many the line had before it was cleaned.
        """
        compiled = _compile_template(schema, text, parameters) if schema is not None else None
        if compiled is None and schema is not None:
            return
        if len(self._known) >= _MOST_TEMPLATES:
            self._known.clear()
        self._known[template] = compiled
