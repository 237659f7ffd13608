"""``data``: write the built-in data set, check a data folder, list the data sets the console knows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.catalog.data.builtin.writer import WRITABLE
from console.catalog.data.layouts.names import AUTO, LAYOUTS, SLIM_TFRECORD
from console.cli.output import UNKNOWN, print_json, print_table, say
from console.errors import ExitCode, user_error
from console.i18n import t

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from console.catalog.data.checks.report import DataReport
    from console.catalog.datasets import Dataset

FOLDER = click.Path(path_type=Path)
MARKS = {"error": "✗", "warning": "!"}
BAR_DELAY = 0.5
"""Seconds after which work is worth a progress bar."""


@click.group(help=t("data.help"))
def data() -> None:
    """Group the commands on data folders."""


@data.command(help=t("data.digits_help"))
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--layout", type=click.Choice(WRITABLE), default=SLIM_TFRECORD, help=t("data.layout_help"))
def digits(folder: Path, layout: str) -> None:
    """Write the digits; print the folder on stdout."""
    from console.catalog.data.builtin.writer import write_builtin

    with _progress_bar(t("data.writing")) as progress:
        written = write_builtin("digits", folder, layout, progress)
    say(t("data.written" if written else "data.already_written", folder=folder, layout=layout))
    click.echo(folder)


@data.command(help=t("data.check_help"))
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--layout", type=click.Choice((AUTO, *LAYOUTS)), default=AUTO, help=t("data.check_layout_help"))
@click.option("--dataset", metavar="NAME", help=t("data.dataset_help"))
@click.option("--classes", type=click.IntRange(min=1), metavar="N", help=t("data.classes_help"))
@click.option("--count", is_flag=True, help=t("data.count_help"))
@click.option("--full", is_flag=True, help=t("data.full_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def check(
    folder: Path,
    layout: str,
    dataset: str | None,
    classes: int | None,
    count: bool,
    full: bool,
    as_json: bool,
) -> int:
    """Check a folder; exit 0 when it is sound and 1 when anything is missing or damaged."""
    from console.catalog.data.dataset_check import check_dataset
    from console.catalog.data.folder_check import check_folder

    if dataset is not None and classes is not None:
        raise user_error("data.dataset_or_classes", name=dataset)
    look: Callable[..., DataReport] = partial(check_folder, folder, layout, classes)
    if dataset is not None:
        look = partial(check_dataset, _known_dataset(dataset), folder, () if layout == AUTO else (layout,))
    with _progress_bar(t("data.checking")) as progress:
        report = look(full=full, count=count, recheck=True, progress=progress)
    if as_json:
        print_json(_as_json(report))
    else:
        _print_report(report)
    return ExitCode.OK if report.sound else ExitCode.FAILED


@data.command("list", help=t("data.list_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def list_datasets(as_json: bool) -> int:
    """List the data sets; what is wrong in the user's file goes to stderr and makes the exit code 1."""
    from console.catalog.datasets import read_datasets

    table = read_datasets()
    if as_json:
        print_json(list(table.datasets.values()))
    else:
        _print_datasets(table.datasets.values())
    for problem in table.problems:
        say(str(problem))
    return ExitCode.FAILED if table.problems else ExitCode.OK


def _known_dataset(name: str) -> Dataset:
    """The data set ``name``; raises :class:`~console.errors.UserError` naming the nearest."""
    from console.catalog.datasets import load_datasets
    from console.catalog.nearest import nearest_or_all

    datasets = load_datasets()
    if name not in datasets:
        raise user_error("data.unknown_dataset", name=name, nearest=nearest_or_all(name, datasets))
    return datasets[name]


def _print_datasets(datasets: Iterable[Dataset]) -> None:
    columns = ("name", "classes", "train", "eval", "layouts", "folder", "title")
    rows = [
        (
            dataset.name,
            str(dataset.num_classes),
            _count(dataset.train_images),
            _count(dataset.eval_images),
            ", ".join(dataset.layouts),
            str(dataset.folder or UNKNOWN),
            str(dataset.title),
        )
        for dataset in datasets
    ]
    print_table([t(f"data.column_{column}") for column in columns], rows)


def _print_report(report: DataReport) -> None:
    """The counts and the problems on stdout, what was looked at on stderr."""
    if report.layout is not None:
        print_table(
            [report.layout, t("data.column_files"), t("data.column_images")],
            [
                ("train", str(report.train_files), _count(report.train_images)),
                ("validation", str(report.eval_files), _count(report.eval_images)),
            ],
        )
    for problem in report.problems:
        click.echo(f"{MARKS[problem.level.value]} {problem.message}")
    if report.layout is not None:
        files = report.train_files + report.eval_files
        say(t(f"data.looked_{report.depth.value}", files=files, records=report.records_read))
    if not report.problems:
        say(t("data.sound"))


def _as_json(report: DataReport) -> dict[str, object]:
    return {
        "folder": report.folder,
        "layout": report.layout,
        "depth": report.depth,
        "sound": report.sound,
        "train_files": report.train_files,
        "eval_files": report.eval_files,
        "train_images": report.train_images,
        "eval_images": report.eval_images,
        "records_read": report.records_read,
        "problems": [
            {"level": one.level, "path": one.path, "code": one.message.key, "message": str(one.message)}
            for one in report.problems
        ],
    }


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


@contextmanager
def _progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is told how much is done of how much: a bar on a terminal, for work that takes a while."""
    began = time.monotonic()
    with ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def progress(done: int, total: int) -> None:
            if not bars and time.monotonic() - began > BAR_DELAY and sys.stderr.isatty():
                bars.append(
                    stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
                )
            for bar in bars:
                bar.update(done - bar.pos)

        yield progress
