"""The output of verbs: JSON and tables on stdout, talk on stderr."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence

import click

from console.runs.files import plain

UNKNOWN = "–"


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON on stdout."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def say(text: str) -> None:
    """Tell the user something that is not data."""
    click.echo(text, err=True)


def cell_width(text: str) -> int:
    """The number of terminal cells that ``text`` fills; East Asian wide characters fill two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns on stdout; the last column is not padded."""
    lines = [list(headers), *[list(row) for row in rows]]
    widths = [max(cell_width(line[column]) for line in lines) for column in range(len(headers))]
    for line in lines:
        cells = [cell + " " * (width - cell_width(cell)) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def number(value: float | None, digits: int = 4) -> str:
    """A number for a table, ``–`` when it is not known."""
    return UNKNOWN if value is None else f"{value:.{digits}g}"


def duration(seconds: float | None) -> str:
    """A length of time as ``2d 03:04:05`` or ``03:04:05``, ``–`` when it is not known."""
    if seconds is None:
        return UNKNOWN
    days, rest = divmod(int(seconds), 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}d {clock}" if days else clock
