"""Formats that span lines: tables (a header row, then rows of bare numbers) and sections under a heading."""

from __future__ import annotations

import dataclasses
import re
from typing import NamedTuple

from console.metrics.reader.candidates import SCORES
from console.metrics.reader.lexer import END, MARK, NUMBER, OPAQUE, Token, tokenize
from console.metrics.reader.names import NameMatch, match_name
from console.metrics.reader.parser import Item, ParsedLine, parse, tags_of
from console.metrics.reader.units import parse_unit
from console.metrics.reader.vocabulary import split_identifier, word_set
from console.metrics.samples import Reading

# -- sections -------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Za-z]+|[^\W\d_A-Za-z]+")
_LONGEST_HEADING = 4
_LONGEST_TEXT = 120
_ENDS = word_set("endings")


class Section:
    """The phase of the last heading, for the lines below it that do not state their own.

    It holds for table rows and for lines with a single number, until another heading comes or a line that
    has a step or an epoch beside other numbers.
    """

    def __init__(self) -> None:
        self._phase: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a heading is in force."""
        return self._phase is not None

    def observe(self, text: str) -> None:
        """Take in a line without numbers, which may be a heading."""
        words = [word for part in _WORD.findall(text[:_LONGEST_TEXT]) for word in split_identifier(part)]
        tags = tags_of(words)
        if 0 < len(words) <= _LONGEST_HEADING and ("eval" in tags) != ("train" in tags):
            self._phase = "eval" if "eval" in tags and _ENDS.isdisjoint(words) else None

    def apply(self, reading: Reading, is_row: bool = False) -> Reading:
        """``reading`` with the section's phase where it has none of its own."""
        if self._phase is None or reading.phase is not None:
            return reading
        if is_row or len(reading.values) + len(reading.extra) == 1:
            return dataclasses.replace(reading, phase=self._phase)
        if "step" in reading.values or "epoch" in reading.values:
            self._phase = None
        return reading


# -- tables ---------------------------------------------------------------------------------------

_STANDALONE_NUMBER = re.compile(r"(?<![\w@.\-])[-+]?\d+(?:\.\d+)?(?![\w@])")
_PARENTHESIS = re.compile(r"\(([^()]{0,20})\)")


class Column:
    """A column of a table: the words of its name, and the field they stand for."""

    __slots__ = ("match", "name", "qualifier", "words")

    def __init__(self, name: str) -> None:
        self.name = name
        self.qualifier: tuple[str, ...] = ()
        for inner in _PARENTHESIS.findall(name):
            self.qualifier = _words(inner)
        self.words = _words(_PARENTHESIS.sub(" ", name))
        identifier_length = len(split_identifier(name.split()[-1])) if name.split() else 0
        self.match = (
            match_name(self.words, self.qualifier, identifier_length) if self.words else NameMatch(None)
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split() for word in split_identifier(part))


class Cell(NamedTuple):
    """A cell that holds a number, with the n of ``i/n``."""

    number: Token
    negative: bool = False
    percent: bool = False
    total: Token | None = None


class Table:
    """The columns of a header row and the separator between its cells (``None``: white space)."""

    __slots__ = ("columns", "separator")

    def __init__(self, columns: list[Column], separator: str | None) -> None:
        self.columns = columns
        self.separator = separator

    def parse_row(self, text: str) -> ParsedLine | None:
        """The items of a row of numbers under this header; ``None`` if ``text`` is no such row."""
        result = ParsedLine()
        if self.separator == "\t" and re.search("[A-Za-z]", text):
            result = parse(tokenize(text))
        cells = self._cells(text)
        if cells is None:
            return None
        found = 0
        for column, cell in zip(self.columns, cells, strict=False):
            if cell is None or not column.words:
                continue
            item = Item(cell.number)
            item.words, item.identifier_length, item.name = column.words, len(column.words), column.name
            item.qualifier, item.total = column.qualifier, cell.total
            item.percent, item.negative = cell.percent, cell.negative
            if column.qualifier:
                unit = parse_unit(column.qualifier)
                item.unit = unit if unit is not None and unit.kind == "duration" else None
            item.separator = "|"
            result.items.append(item)
            found += column.match.field is not None
        return result if found else None

    def _cells(self, text: str) -> list[Cell | None] | None:
        if self.separator is None:
            return self._blank_separated(tokenize(text))
        parts = _split_cells(text, self.separator)
        if len(parts) != len(self.columns):
            return None
        cells = [_cell(tokenize(part)) for part in parts]
        bare = sum(cell is not None for cell in cells)
        return cells if bare and (self.separator == "\t" or bare * 2 >= len(cells)) else None

    def _blank_separated(self, tokens: list[Token]) -> list[Cell | None] | None:
        cells: list[Cell | None] = []
        negative = False
        for token in tokens:
            last = cells[-1] if cells else None
            if token.kind == NUMBER and (token.gap or negative or not cells):
                cells.append(Cell(token, negative))
                negative = False
            elif token.kind == OPAQUE:
                cells.append(None)
            elif token.kind == MARK and token.text == "-":
                negative = True
            elif token.kind == MARK and token.text == "%" and last is not None:
                cells[-1] = last._replace(percent=True)
            else:
                return None
        missing = self.columns[len(cells) :]
        if len(cells) > len(self.columns) or any(column.match.field is not None for column in missing):
            return None
        return cells


def _cell(tokens: list[Token]) -> Cell | None:
    negative = bool(tokens) and tokens[0].text == "-"
    number, *rest = (tokens[1:] if negative else tokens) or [END]
    behind = [token.text for token in rest]
    if number.kind != NUMBER:
        return None
    if not behind or behind == ["%"]:
        return Cell(number, negative, percent=bool(behind))
    if len(rest) == 2 and behind[0] == "/" and rest[1].kind == NUMBER:
        return Cell(number, negative, total=rest[1])
    return None


def _split_cells(text: str, separator: str | None) -> list[str]:
    """The cells of a line, without the empty ones outside the outer borders."""
    stripped = text.strip()
    if separator is None:
        wide = re.split(r"\s{2,}|\t", stripped)
        return wide if len(wide) > 2 else stripped.split()
    if separator == "|":
        return [cell.strip() for cell in stripped.strip("|").split("|")]
    return [cell.strip() for cell in stripped.split(separator)]


def parse_header(text: str) -> Table | None:
    """The table that ``text`` opens if it is a header row with at least two columns that are canonical fields."""
    if "=" in text or ": " in text or text.rstrip().endswith((":", ".")) or _STANDALONE_NUMBER.search(text):
        return None
    separator = "|" if "|" in text else "\t" if "\t" in text.strip() else "," if "," in text else None
    cells = _split_cells(text, separator)
    if not 2 <= len(cells) <= 40 or any(len(cell.split()) > 4 for cell in cells):
        return None
    columns = [Column(cell) for cell in cells]
    fields = {column.match.field for column in columns} - {None}
    if len(fields) < 2 or not fields & {*SCORES, "lr", "throughput"}:
        return None
    if any("checkpoint" in column.words for column in columns):
        _mark_as_evaluation(columns)
    return Table(columns, separator)


def _mark_as_evaluation(columns: list[Column]) -> None:
    """Give the scores of a table that names checkpoints the phase in which they were measured."""
    for column in columns:
        if column.match.field in SCORES:
            column.words = ("eval", *column.words)
