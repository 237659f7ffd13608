"""Curves joined over resumed runs, and stores built anew from logs."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from console.errors import UserError
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore, XAxis
from console.runs.curves.reindex import reindex
from console.runs.curves.run_curves import RunCurves
from console.runs.files import plain, write_json
from console.runs.folder import RunFolder
from console.runs.processes.locks import try_lock
from console.runs.state import Phase, starting_state


def make_run(
    runs: Path, run_id: str, steps: Iterable[int], offset: float, resume: tuple[str, int] | None = None
) -> RunFolder:
    """A run that printed ``loss = step + offset`` once a second, 10 steps an epoch."""
    folder = RunFolder(runs / run_id)
    folder.path.mkdir(parents=True)
    origin = {"run": resume[0], "step": resume[1], "checkpoint": "x"} if resume else None
    write_json(folder.spec_path, {"resume": origin, "ranks": [{"rank": 0}], "line_patterns": []})
    start = 1e9 + 1e6 * offset
    with SampleStore.open(folder.store_path) as store:
        samples = [
            Sample(0, step, step / 10, start + number, "loss", step + offset)
            for number, step in enumerate(steps)
        ]
        events = [Event(0, one.step, one.time, "checkpoint", {}) for one in samples if one.step % 10 == 0]
        store.append(samples, events, {0: 0})
    return folder


def drawn(curves: RunCurves, axis: XAxis, width: int, **options: object) -> list[tuple[float, float]]:
    return [(one.x, one.last) for one in curves.series("loss", 0, axis, width, **options)]  # type: ignore[arg-type]


def test_a_run_without_a_store_has_no_curves_yet(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    curves = RunCurves(folder)
    assert (curves.names(), curves.ranks("loss"), curves.events(), curves.version()) == ([], [], [], 0)
    assert curves.series("loss", None, XAxis.STEP, 10) == []
    with SampleStore.open(folder.store_path) as store:
        store.append([Sample(0, 1, 0.1, 5.0, "loss", 2.0)], [], {})
        assert curves.names() == ["loss"]
        assert curves.version() > 0
        before = curves.version()
        store.append([Sample(0, 2, 0.1, 5.0, "lr", 2.0)], [], {})
        assert curves.version() != before
    curves.close()


def test_a_resumed_run_goes_on_where_its_ancestors_were_left(tmp_path: Path) -> None:
    make_run(tmp_path, "a", range(1, 60), 0.0)
    make_run(tmp_path, "b", range(41, 90), 0.5, ("a", 40))
    folder = make_run(tmp_path, "c", range(71, 101), 0.25, ("b", 70))
    curves = RunCurves(folder)
    points = drawn(curves, XAxis.STEP, 100)
    expected = {step: step + (0.0 if step <= 40 else 0.5 if step <= 70 else 0.25) for step in range(1, 101)}
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(expected[int(x)] == last for x, last in points)
    assert points[-1] == (100.0, 100.25) and points[0][0] <= 2
    assert len(points) <= 102
    assert [event.step for event in curves.events()] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    curves.close()


def test_the_newest_samples_are_those_of_the_run_itself(tmp_path: Path) -> None:
    make_run(tmp_path, "old", range(1, 100), 0.0)
    folder = make_run(tmp_path, "new", range(51, 61), 0.5, ("old", 50))
    curves = RunCurves(folder)
    last = curves.last("loss", 0)
    assert last is not None
    assert (last.step, last.value) == (60, 60.5)
    assert (curves.last("loss", 1), curves.last("lr", 0), curves.last_of_lowest("lr")) == (None, None, None)
    with SampleStore.open(folder.store_path) as store:
        store.append([Sample(rank, 61, 6.1, 2e9, "loss", math.nan) for rank in (0, 3)], [], {})
        store.append([Sample(rank, 61, 6.1, 2e9, "lr", float(rank)) for rank in (3, 2)], [], {})
    last = curves.last("loss", 0)
    assert last is not None
    assert math.isnan(last.value)
    lowest = curves.last_of_lowest("lr")
    assert lowest is not None
    assert (lowest.rank, lowest.value) == (2, 2.0)
    (tmp_path / "none").mkdir()
    assert RunCurves(RunFolder(tmp_path / "none")).last("loss", 0) is None


def test_the_other_axes_are_joined_as_well(tmp_path: Path) -> None:
    make_run(tmp_path, "a", range(1, 60), 0.0)
    folder = make_run(tmp_path, "b", range(41, 61), 0.5, ("a", 40))
    curves = RunCurves(folder)
    epochs = drawn(curves, XAxis.EPOCH, 60)
    assert [x for x, _ in epochs] == sorted(x for x, _ in epochs)
    assert epochs[-1] == (6.0, 60.5)
    times = drawn(curves, XAxis.TIME, 60)
    assert [x for x, _ in times] == sorted(x for x, _ in times)
    assert times[-1] == (39.0 + 19.0, 60.5), "40 steps, then 20, one second each, without the pause between"
    assert drawn(curves, XAxis.STEP, 20, x_range=(39, 42)) == [(39, 39.0), (40, 40.0), (41, 41.5), (42, 42.5)]
    assert drawn(curves, XAxis.STEP, 20, x_range=(50, 52)) == [(50, 50.5), (51, 51.5), (52, 52.5)]
    curves.close()


@pytest.mark.parametrize("origin", ["gone", "b"])
def test_an_ancestor_that_is_gone_or_the_run_itself_is_left_out(tmp_path: Path, origin: str) -> None:
    folder = make_run(tmp_path, "b", range(41, 61), 0.5, (origin, 40))
    curves = RunCurves(folder)
    assert drawn(curves, XAxis.STEP, 40)[0] == (41.0, 41.5)
    curves.close()


def logged_run(runs: Path, log: str) -> RunFolder:
    folder = RunFolder(runs / "run")
    folder.path.mkdir(parents=True)
    write_json(folder.spec_path, {"ranks": [{"rank": 0}], "line_patterns": []})
    state = plain(starting_state("run", 1.0)) | {"phase": Phase.FINISHED.value}
    write_json(folder.state_path, state)
    folder.log_path(0).write_text(log)
    return folder


def test_reindexing_reads_the_log_and_keeps_what_is_in_no_log(tmp_path: Path) -> None:
    folder = logged_run(
        tmp_path, 'step: 1 loss: 0.5\n@event {"kind": "checkpoint", "step": 1}\nstep: 2 loss: 0.25'
    )
    with SampleStore.open(folder.store_path) as store:
        stale = [Sample(0, 1, math.nan, 100.0, "losss", 1.0), Sample(0, 2, math.nan, 101.0, "losss", 1.0)]
        exit_event = Event(0, 2, 102.0, "rank_exit", {"exit_code": 0})
        store.append(stale, [Event(0, 1, 100.0, "checkpoint", {}), exit_event], {0: 10})
    curves = RunCurves(folder)
    assert curves.names() == ["losss"]
    reindex(folder)
    assert curves.names() == ["loss"], "an open view follows"
    with SampleStore.open(folder.store_path, readonly=True) as store:
        samples = list(store.samples("loss", 0))
        assert [(one.step, one.value, one.time) for one in samples] == [(1, 0.5, 100.0), (2, 0.25, 101.0)]
        assert [event.kind for _, event in store.events()] == ["checkpoint", "rank_exit"]
        assert store.offsets() == {0: folder.log_path(0).stat().st_size}
    assert {one.name for one in folder.path.glob("*.sqlite*")} <= {
        "metrics.sqlite", "metrics.sqlite-wal", "metrics.sqlite-shm",
    }  # fmt: skip


def test_reindexing_counts_event_lines_that_cannot_be_read_and_tells_of_no_reader_that_failed_before(
    tmp_path: Path,
) -> None:
    folder = logged_run(tmp_path, "@event {torn\nstep: 1 loss: 0.5\n@event 7\n")
    with SampleStore.open(folder.store_path) as store:
        told = Event(0, -1, 100.0, "damaged_events", {"count": 1})
        store.append([], [told, Event(0, -1, 101.0, "log_unreadable", {"error": "a defect"})], {0: 10})
    reindex(folder)
    with SampleStore.open(folder.store_path, readonly=True) as store:
        (event,) = [event for _, event in store.events()]
    assert (event.kind, event.detail) == ("damaged_events", {"count": 2})


def test_reindexing_makes_a_store_where_there_is_none_or_a_damaged_one(tmp_path: Path) -> None:
    folder = logged_run(tmp_path, "step: 1 loss: 0.5\n")
    reindex(folder)
    folder.store_path.write_bytes(b"garbage" * 1000)
    reindex(folder)
    with SampleStore.open(folder.store_path, readonly=True) as store:
        assert store.last("loss", 0) is not None


def test_a_supervised_run_is_not_reindexed(tmp_path: Path) -> None:
    folder = logged_run(tmp_path, "")
    lock = try_lock(folder.supervisor_lock_path)
    assert lock is not None
    with pytest.raises(UserError) as refusal:
        reindex(folder)
    assert refusal.value.message.key == "runs.reindex_live"
    os.close(lock)
