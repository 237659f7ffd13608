"""Tables: a header row that names columns, and the rows of bare numbers that follow it."""

from __future__ import annotations

import re
from typing import NamedTuple

from console.metrics.reader.grammar import parse
from console.metrics.reader.items import Item, ParsedLine
from console.metrics.reader.label import Meaning
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.tokens import END, MARK, NUMBER, OPAQUE, Token, scan
from console.metrics.reader.units import parse_unit
from console.metrics.reader.vocabulary import split_identifier

_STANDALONE_NUMBER = re.compile(r"(?<![\w@.\-])[-+]?\d+(?:\.\d+)?(?![\w@])")
_ASIDE = re.compile(r"\(([^()]{0,20})\)")


class Column:
    """One column: the words of its name, and what they mean."""

    __slots__ = ("aside", "meaning", "name", "words")

    def __init__(self, name: str) -> None:
        self.name = name
        self.aside: tuple[str, ...] = ()
        for inner in _ASIDE.findall(name):
            self.aside = _words(inner)
        self.words = _words(_ASIDE.sub(" ", name))
        tail = len(split_identifier(name.split()[-1])) if name.split() else 0
        self.meaning = meaning_of(self.words, self.aside, tail) if self.words else Meaning(None)


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

    def row(self, text: str) -> ParsedLine | None:
        """The items of a row of numbers under this header; ``None`` where ``text`` is no such row."""
        result = ParsedLine()
        if self.separator == "\t" and re.search("[A-Za-z]", text):
            result = parse(scan(text))
        cells = self._cells(text)
        if cells is None:
            return None
        found = 0
        for column, cell in zip(self.columns, cells, strict=False):
            if cell is None or not column.words:
                continue
            item = Item([], cell.number)
            item.words, item.tail, item.name = column.words, len(column.words), column.name
            item.aside, item.total = column.aside, cell.total
            item.percent, item.negative = cell.percent, cell.negative
            if column.aside:
                unit = parse_unit(column.aside)
                item.unit = unit if unit is not None and unit.kind == "duration" else None
            item.separator = "|"
            result.items.append(item)
            found += column.meaning.field is not None
        return result if found else None

    def _cells(self, text: str) -> list[Cell | None] | None:
        if self.separator is None:
            return self._blank_separated(scan(text))
        parts = split_cells(text, self.separator)
        if len(parts) != len(self.columns):
            return None
        cells = [_cell(scan(part)) for part in parts]
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
        if len(cells) > len(self.columns) or any(column.meaning.field is not None for column in missing):
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


def split_cells(text: str, separator: str | None) -> list[str]:
    """The cells of one line, without the empty ones outside the outer borders."""
    stripped = text.strip()
    if separator is None:
        wide = re.split(r"\s{2,}|\t", stripped)
        return wide if len(wide) > 2 else stripped.split()
    if separator == "|":
        return [cell.strip() for cell in stripped.strip("|").split("|")]
    return [cell.strip() for cell in stripped.split(separator)]


def header(text: str) -> Table | None:
    """The table ``text`` opens when it is a header row that names at least two columns we know."""
    if "=" in text or ": " in text or text.rstrip().endswith((":", ".")) or _STANDALONE_NUMBER.search(text):
        return None
    separator = "|" if "|" in text else "\t" if "\t" in text.strip() else "," if "," in text else None
    cells = split_cells(text, separator)
    if not 2 <= len(cells) <= 40 or any(len(cell.split()) > 4 for cell in cells):
        return None
    columns = [Column(cell) for cell in cells]
    fields = {column.meaning.field for column in columns} - {None}
    if len(fields) < 2 or not fields & {"loss", "total_loss", "top1", "top5", "lr", "throughput"}:
        return None
    if any("checkpoint" in column.words for column in columns):
        _mark_as_evaluation(columns)
    return Table(columns, separator)


def _mark_as_evaluation(columns: list[Column]) -> None:
    """Say of every score that it was measured on a saved checkpoint, as a table that names checkpoints does."""
    for column in columns:
        if column.meaning.field in {"loss", "total_loss", "top1", "top5"}:
            column.words = ("eval", *column.words)
