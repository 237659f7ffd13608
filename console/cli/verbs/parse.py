"""``parse``: what the line reader makes of a log, line by line."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from console.cli.output import say
from console.errors import ExitCode, user_error
from console.i18n import t
from console.metrics.canonical import CANONICAL_NAMES
from console.metrics.reader import LineReader
from console.metrics.samples import Reading
from console.runs.files import plain

STANDARD_INPUT = "-"
LONGEST_LINE = 16 << 20
"""Bytes of a line that are held; the rest of a longer line is passed over."""

_TOTALS = {"step": "total_steps", "epoch": "total_epochs"}
_CELL = 18


@click.command(help=t("metrics.parse_help"))
@click.argument("source", metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help=t("metrics.parse_json_help"))
@click.option("--profile", "profile_name", metavar="NAME", help=t("metrics.parse_profile_help"))
def parse(source: str, as_json: bool, profile_name: str | None) -> None:
    """Print what is read: with ``--json`` one value per line, else a row per line with a metric."""
    reader = LineReader(_patterns(profile_name))
    with _opened(source) as stream:
        live = not stat.S_ISREG(_mode(stream))
        number = found = 0
        for number, line in enumerate(_lines(stream), 1):
            reading = reader.read(line)
            found += reading is not None
            if as_json:
                sys.stdout.write(_json(reading) + "\n")
            elif reading is not None:
                sys.stdout.write(f"{number:>7}  {_row(reading)}\n")
            if live:
                sys.stdout.flush()
    if not as_json:
        say(t("metrics.parse_found", found=found, lines=number))


def _patterns(profile_name: str | None) -> tuple[str, ...]:
    if profile_name is None:
        return ()
    from console.catalog.loader import load_catalog

    return load_catalog().get(profile_name).line_patterns


@contextmanager
def _opened(source: str) -> Iterator[BinaryIO]:
    if source == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(source).open("rb"))
        except FileNotFoundError:
            raise user_error("metrics.parse_no_file", ExitCode.NOT_FOUND, path=source) from None
        except IsADirectoryError:
            raise user_error("metrics.parse_is_folder", path=source) from None
        except OSError as error:
            raise user_error("metrics.parse_unreadable", path=source, reason=error.strerror) from None
        yield stream


def _mode(stream: BinaryIO) -> int:
    """The file mode of ``stream``; that of a regular file where it has none."""
    try:
        return Path(f"/dev/fd/{stream.fileno()}").stat().st_mode
    except OSError:
        return stat.S_IFREG


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines without their ends; of one that is too long, the beginning."""
    while line := stream.readline(LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == LONGEST_LINE:
            rest = stream.readline(LONGEST_LINE)
        yield line.removesuffix(b"\n")


def _json(reading: Reading | None) -> str:
    if reading is None:
        return "null"
    fields: dict[str, object] = dict(reading.values)
    if reading.throughput_unit is not None:
        fields["throughput_unit"] = reading.throughput_unit
    if reading.phase is not None:
        fields["phase"] = reading.phase
    if reading.extra:
        fields["extra"] = reading.extra
    return json.dumps(plain(fields), ensure_ascii=False, allow_nan=False)


def _row(reading: Reading) -> str:
    """Canonical fields in their order, then the others, in cells of one width."""
    values = reading.values
    totals = {_TOTALS[name] for name in _TOTALS if name in values}
    cells = [
        f"{name} {_number(values[name])}" for name in CANONICAL_NAMES if name in values and name not in totals
    ]
    for place, name in enumerate(name for name in CANONICAL_NAMES if name in values and name not in totals):
        total = values.get(_TOTALS.get(name, ""))
        cells[place] += f"/{_number(total)}" if total is not None else ""
        if name == "throughput" and reading.throughput_unit is not None:
            cells[place] += f" {reading.throughput_unit}"
    cells += [f"{name} {_number(value)}" for name, value in reading.extra.items()]
    return f"{reading.phase or '':<6}" + "  ".join(f"{cell:<{_CELL}}" for cell in cells).rstrip()


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.7g}"
