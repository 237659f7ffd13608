"""Every run there is, as rows: quick for hundreds of runs, and not put off by a broken one."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from console import locations
from console.runs.adoption import observed_state
from console.runs.files import plain, read_object, write_json
from console.runs.folder import RunFolder, run_entries
from console.runs.notes import read_note
from console.runs.state import Phase, RunState, RunSummary

CACHE_NAME = ".history.json"
CACHE_VERSION = 1

SETTLED = 0.1
SETTLED_WHOLE_SECONDS = 2.0
"""Seconds after the last change in a folder before its row is kept, because two changes that follow at once
may have the same time; the second is for file systems that keep whole seconds."""

_NUMBERS = ("duration", "last_loss", "best_top1", "throughput")


class _Row(NamedTuple):
    """A row and when its folder had last changed: files of a run are replaced, which changes the folder."""

    changed: int
    summary: RunSummary


class _Rows:
    """The rows of ended runs in one runs folder, kept between looks and between consoles."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / CACHE_NAME
        self.rows: dict[str, _Row] = {}
        self.lock = threading.Lock()
        cache = read_object(self.path) or {}
        if cache.get("version") != CACHE_VERSION:
            return
        for name, entry in cache.get("runs", {}).items():
            # A row that cannot be understood is made anew.
            with contextlib.suppress(KeyError, TypeError, ValueError):
                self.rows[name] = _Row(entry["changed"], _summary_from_json(parent / name, entry["row"]))

    def keep(self) -> None:
        """Write the rows down. Where that is not possible the next console will just take a little longer."""
        runs = {name: {"changed": row.changed, "row": plain(row.summary)} for name, row in self.rows.items()}
        with contextlib.suppress(OSError):
            write_json(self.path, {"version": CACHE_VERSION, "runs": runs}, durable=False)


@cache
def _rows_of(parent: Path) -> _Rows:
    return _Rows(parent)


def list_runs(runs_dir: Path | None = None) -> list[RunSummary]:
    """All runs, newest first. A folder that is no readable run is a row marked ``broken``.

    Rows of ended runs are kept, in memory and in a file beside the run folders, and made anew only when
    something in the folder has been replaced. Raises :class:`~console.errors.UserError` when the runs folder
    cannot be read.
    """
    parent = (runs_dir or locations.runs_dir()).absolute()
    entries = run_entries(parent)
    known = _rows_of(parent)
    with known.lock:
        before = dict(known.rows)
        for gone in known.rows.keys() - {entry.name for entry in entries}:
            del known.rows[gone]
        summaries = [_summary(entry, known.rows) for entry in entries]
        if known.rows != before:
            known.keep()
    return sorted(summaries, key=lambda one: (one.created, one.run_id), reverse=True)


def _summary(entry: os.DirEntry[str], rows: dict[str, _Row]) -> RunSummary:
    try:
        changed = entry.stat().st_mtime_ns
    except OSError:
        changed = 0
    row = rows.get(entry.name)
    if row is not None and row.changed == changed:
        return row.summary
    folder = RunFolder(Path(entry.path))
    summary = summarise(folder)
    recorded = folder.state()
    # What is concluded from dead processes is not kept: a console may still adopt the run and learn more.
    is_final = recorded is not None and recorded.phase.final
    settled = SETTLED_WHOLE_SECONDS if changed % 1_000_000_000 == 0 else SETTLED
    if is_final and time.time() - changed / 1e9 > settled:
        rows[entry.name] = _Row(changed, summary)
    return summary


def summarise(folder: RunFolder) -> RunSummary:
    """One row, made from the files."""
    spec = folder.spec()
    state = observed_state(folder)
    if not spec:
        return _broken(folder, state)
    result = folder.result() or {}
    end = state.ended or (state.updated if state.phase.final else time.time())
    best_top1 = _number(result, "top1") or _first(state.best, "eval/top1", "top1")
    return RunSummary(
        run_id=folder.run_id,
        folder=folder.path,
        profile=str(spec.get("profile", "")),
        dataset=str(spec.get("dataset", "")),
        devices=len(spec.get("ranks", ())),
        backend=str(spec.get("backend", "")),
        phase=state.phase,
        created=state.created,
        duration=max(0.0, end - state.started) if state.started is not None else None,
        last_step=_last_step(state, result),
        last_loss=_first(state.last, "loss", "total_loss"),
        best_top1=best_top1,
        throughput=_number(result, "throughput") or _first(state.last, "throughput"),
        note=read_note(folder),
        stalled=state.stalled and not state.phase.final,
    )


def _broken(folder: RunFolder, state: RunState) -> RunSummary:
    return RunSummary(
        run_id=folder.run_id,
        folder=folder.path,
        profile="",
        dataset="",
        devices=len(state.ranks),
        backend="",
        phase=state.phase if state.phase.final else Phase.LOST,
        created=state.created,
        duration=None,
        last_step=None,
        last_loss=None,
        best_top1=None,
        throughput=None,
        note="",
        broken=True,
    )


def _last_step(state: RunState, result: Mapping[str, Any]) -> int | None:
    steps = [rank.last_step for rank in state.ranks if rank.last_step is not None]
    step = _number(result, "step")
    return max(steps) if steps else None if step is None else int(step)


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else None


def _first(values: Mapping[str, float], *names: str) -> float | None:
    return next((values[name] for name in names if name in values), None)


def _summary_from_json(folder: Path, raw: Mapping[str, Any]) -> RunSummary:
    numbers = {name: None if raw[name] is None else float(raw[name]) for name in _NUMBERS}
    return RunSummary(**{**raw, **numbers, "folder": folder, "phase": Phase(raw["phase"])})
