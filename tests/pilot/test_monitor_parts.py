"""What the monitor decides: layout, panels, axes, alerts, ages and the words at the top. No screen needed."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.i18n import Language, set_language
from console.metrics.samples import Event
from console.metrics.store import XAxis
from console.runs.curves.run_curves import RunCurves
from console.runs.files import write_json
from console.runs.folder import RunFolder
from console.runs.state import Cause, Phase, RunState
from console.tui.cells import cell_len
from console.tui.monitor.ages import age_text, ago_text
from console.tui.monitor.alerts import alerts_of
from console.tui.monitor.charts.drawing import Timeline, axis_end, chart_of, marks_of
from console.tui.monitor.charts.panels import Panel, page_count, page_of, panels_of
from console.tui.monitor.facts import facts_of
from console.tui.monitor.head import board_lines
from console.tui.monitor.log.sources import RunLogs
from console.tui.monitor.panes import Pane, plan_layout
from console.tui.monitor.progress import Pace, remaining_seconds
from console.tui.monitor.ranks.npu_meter import NpuMeter
from console.tui.monitor.ranks.rows import rank_rows
from console.tui.monitor.requests import dump_problem, trace_problem
from console.tui.monitor.snapshot import Latest, NpuReading, Published, RankReading, Snapshot, View
from console.tui.monitor.source import QUIET_PERIOD, MonitorSource
from console.tui.widgets.status_board import Line, fitted
from tests.pilot import run_folders
from tests.pilot.run_folders import Story, make_run, now_of, state_of


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


def text_of(line: Line, width: int = 200) -> str:
    return "   ".join("".join(piece.text for piece in item.pieces) for item in fitted(line, width))


# Layout


@pytest.mark.parametrize("size", [(120, 40), (160, 45), (200, 60), (100, 33)])
@pytest.mark.parametrize("ranks", [1, 2, 8, 64, 1024])
def test_panes_side_by_side_fill_the_height_and_none_is_squeezed(size: tuple[int, int], ranks: int) -> None:
    layout = plan_layout(size[0], size[1] - 3, ranks, Pane.CHARTS, zoomed=False)
    assert not layout.tabs
    assert layout.charts + layout.ranks + layout.log == size[1] - 3
    assert layout.charts // layout.rows >= 6 and layout.log >= 6 and layout.ranks >= 4


def test_a_small_terminal_shows_one_pane_at_a_time() -> None:
    for pane in Pane:
        layout = plan_layout(80, 21, 2, pane, zoomed=False)
        shown = {Pane.CHARTS: layout.charts, Pane.RANKS: layout.ranks, Pane.LOG: layout.log}
        assert layout.tabs and shown.pop(pane) == 20 and not any(shown.values())
    assert plan_layout(80, 21, 2, Pane.CHARTS, zoomed=False).page_size == 4


def test_a_wide_terminal_shows_more_charts_and_a_zoomed_one_takes_all() -> None:
    assert plan_layout(200, 57, 2, Pane.CHARTS, zoomed=False).page_size >= 6
    zoomed = plan_layout(200, 57, 2, Pane.CHARTS, zoomed=True)
    assert (zoomed.page_size, zoomed.charts, zoomed.ranks, zoomed.log) == (1, 57, 0, 0)


# Panels and pages


def test_the_four_main_panels_come_first_and_evaluations_share_their_metric() -> None:
    panels = panels_of(["step", "grad_norm", "loss", "eval/loss", "lr", "eval/top1", "eval/kappa"])
    assert [panel.key for panel in panels] == ["loss", "throughput", "lr", "top1", "grad_norm", "kappa"]
    assert panels[0].names == ("loss", "eval/loss")
    assert panels[1].names == ()
    assert panels[3].names == ("eval/top1",)


def test_a_run_that_only_prints_a_total_loss_has_it_first() -> None:
    assert [panel.key for panel in panels_of(["total_loss", "lr"])][:2] == ["total_loss", "throughput"]


def test_pages_are_full_and_reach_every_panel() -> None:
    panels = panels_of([f"m{i}" for i in range(6)])
    assert page_count(panels, 4) == 3
    pages = [page_of(panels, page, 4) for page in range(3)]
    assert all(len(page) == 4 for page in pages)
    assert {panel for page in pages for panel in page} == set(panels)


# Axes and marks


def test_an_axis_stands_still_while_the_data_fit_and_follows_when_they_do_not() -> None:
    end = axis_end(1000, 0.0, XAxis.STEP, final=False)
    assert 1000 < end < 1100
    assert axis_end(1001, end, XAxis.STEP, final=False) == end
    assert axis_end(end + 1, end, XAxis.STEP, final=False) > end + 1
    assert axis_end(0.0, 0.0, XAxis.STEP, final=False) >= 10


def test_marks_are_placed_on_every_axis_that_can_place_them() -> None:
    events = [Event(rank, 100, 50.0, "checkpoint", {}) for rank in (0, 1)] + [
        Event(0, 120, 60.0, "restart", {})
    ]
    assert [mark.x for mark in marks_of(events, XAxis.STEP, Timeline())] == [100.0, 120.0]
    assert marks_of(events, XAxis.TIME, Timeline()) == ()
    assert [mark.x for mark in marks_of(events, XAxis.TIME, Timeline(first_time=40.0))] == [10.0, 20.0]
    assert [mark.x for mark in marks_of(events, XAxis.EPOCH, Timeline(steps_per_epoch=20))] == [5.0, 6.0]
    assert [mark.line for mark in marks_of(events, XAxis.STEP, Timeline())] == [False, True]


@pytest.mark.parametrize(
    ("ranks", "chosen", "labels"),
    [
        (1, None, ["train", "eval"]),
        (2, None, ["0", "1", "eval"]),
        (2, 1, ["all ranks", "1", "eval"]),
        (12, None, ["all ranks", "mean", "eval"]),
        (12, 3, ["all ranks", "3", "eval"]),
    ],
)
def test_curves_of_a_panel(tmp_path: Path, ranks: int, chosen: int | None, labels: list[str]) -> None:
    curves = RunCurves(make_run(tmp_path, Story(world_size=ranks)))
    panel = Panel("loss", ("loss", "eval/loss"))
    data = chart_of(panel, curves, View(rank=chosen), 425.0, (), Published(), note="", empty_text="")
    assert [curve.label for curve in data.curves] == labels
    assert data.smoothed and data.raw_behind == (len(labels) <= 3)
    curves.close()


def test_a_published_figure_is_the_one_frozen_at_the_launch(tmp_path: Path) -> None:
    folder = make_run(tmp_path, run_folders.EIGHT_RANKS)
    assert facts_of(folder).published.throughput == pytest.approx(33_500)
    spec = folder.spec()
    next(one for one in spec["published"] if one["metric"] == "throughput")["value"] = 44_000.0
    write_json(folder.spec_path, spec)
    assert facts_of(folder).published.throughput == 44_000.0, "whatever the profile says by now"


@pytest.mark.parametrize(
    "published", [None, "?", ["?"], [{"metric": "top1"}], [{"metric": "top1", "value": "?"}]]
)
def test_a_plan_without_published_figures_has_no_yardstick(tmp_path: Path, published: object) -> None:
    folder = make_run(tmp_path, run_folders.EIGHT_RANKS)
    spec = folder.spec()
    del spec["published"]
    write_json(folder.spec_path, spec if published is None else {**spec, "published": published})
    assert facts_of(folder).published == Published()


# Progress


def state(**changes: object) -> RunState:
    return replace(state_of(run_folders.RUNNING, ()), **({"last": {"step": 400.0}} | changes))  # type: ignore[arg-type]


def test_the_remaining_time_follows_the_pace_of_late() -> None:
    pace = Pace()
    assert remaining_seconds(state(), pace) is None
    assert remaining_seconds(state(last={"step": 400.0, "step_time": 0.5}), pace) == pytest.approx(130)
    for second in range(0, 1000, 10):
        pace.note(second, second * 2)
    assert remaining_seconds(state(), pace) == pytest.approx(130)
    for second in range(1000, 2000, 10):
        pace.note(second, 2000 + (second - 1000) / 2)
    assert remaining_seconds(state(), pace) == pytest.approx(520)
    assert remaining_seconds(state(phase=Phase.FINISHED), pace) is None


def test_a_pace_begins_anew_when_the_steps_jump_back() -> None:
    pace = Pace()
    for second in range(0, 100, 10):
        pace.note(second, second)
    pace.note(100, 5)
    assert pace.seconds_per_step() is None


def test_ages_are_coarse_so_that_a_quiet_screen_stays_still() -> None:
    assert {age_text(second) for second in range(10)} == {"now"}
    assert [age_text(seconds) for seconds in (25, 59, 60, 3599, 7200, 200_000)] == [
        "20 s",
        "50 s",
        "1 min",
        "59 min",
        "2 h",
        "2 d",
    ]
    assert ago_text(3) == "just now" and ago_text(720) == "12 min ago"


# Alerts


def kinds(alerts: tuple[object, ...]) -> list[str]:
    return [alert.id.partition(":")[0] for alert in alerts]  # type: ignore[attr-defined]


def test_a_loss_that_is_not_finite_is_the_first_alert() -> None:
    readings = (RankReading(0, step=57, loss=1.0), RankReading(3, step=57, loss=math.nan))
    (alert,) = alerts_of(state(), (), readings, {})
    assert "rank 3" in str(alert.message) and "57" in str(alert.message)


def test_a_new_overflow_is_a_new_alert_and_the_same_one_is_not() -> None:
    detail = {"tensor": "dense_2/grad", "path": "dumps/overflow/step-57_rank-0"}
    events = [Event(0, 57, 1.0, "overflow", detail)]
    first = alerts_of(state(), events, (), {})
    assert "dense_2/grad" in str(first[0].message) and detail["path"] in str(first[0].remedy)
    assert alerts_of(state(), events, (), {}) == first
    assert alerts_of(state(), events * 2, (), {})[0].id != first[0].id


def test_only_the_first_rank_that_died_is_named_and_not_again_once_the_run_has_failed() -> None:
    events = [
        Event(1, 57, 1.0, "rank_exit", {"exit_code": 1, "signal": None}),
        Event(0, 57, 2.0, "rank_exit", {"exit_code": None, "signal": 15}),
    ]
    (alert,) = alerts_of(state(), events, (), {})
    assert "Rank 1" in str(alert.message)
    assert alerts_of(state(phase=Phase.FAILED), events, (), {}) == ()
    assert alerts_of(state(), [Event(0, 9, 1.0, "rank_exit", {"exit_code": 0, "signal": None})], (), {}) == ()


def test_a_failure_after_a_restart_is_an_alert_of_its_own() -> None:
    died, stopped = (
        Event(1, 58, 1.0, "rank_exit", {"exit_code": 1}),
        Event(0, 58, 2.0, "rank_exit", {"signal": 15}),
    )
    again = Event(0, 90, 9.0, "rank_exit", {"exit_code": 3})
    before = alerts_of(None, [died, stopped, Event(0, 58, 3.0, "restart", {"attempt": 2})], (), {})
    assert [alert.id for alert in before] == ["rank_exit:0", "restart:2"]
    after = alerts_of(None, [died, stopped, Event(0, 58, 3.0, "restart", {"attempt": 2}), again], (), {})
    assert [alert.id for alert in after] == ["rank_exit:0", "rank_exit:3", "restart:2"]
    assert "3" in str(after[1].message)


def test_a_stall_that_is_over_is_told_in_other_words() -> None:
    events = [Event(0, 57, 1.0, "stalled", {"seconds": 65.0})]
    (still,) = alerts_of(state(stalled=True), events, (), {})
    (over,) = alerts_of(state(stalled=False), events, (), {})
    assert still.id == over.id and still.message != over.message


def test_refusals_full_disks_and_restarts_are_told() -> None:
    events = [
        Event(0, 5, 1.0, "disk_full", {}),
        Event(0, 9, 2.0, "restart", {"attempt": 2, "step": 5}),
        Event(1, 9, 3.0, "log_truncated", {}),
    ]
    found = alerts_of(state(), events, (), {"r3": "the step is over"})
    assert set(kinds(found)) == {"disk_full", "restart", "log_truncated", "refused"}
    assert kinds(found)[0] == "disk_full"


# The words at the top


def test_runs_of_many_ranks_are_looked_at_more_rarely(tmp_path: Path) -> None:
    def period(ranks: int) -> float:
        folder = RunFolder(tmp_path / f"{ranks}p")
        folder.path.mkdir()
        write_json(folder.spec_path, {"ranks": [{}] * ranks})
        source = MonitorSource(folder)
        source.close()
        return source.period

    assert period(1) == period(8) == period(128) > 0
    assert period(256) == pytest.approx(2 * period(1024) / 8) == pytest.approx(2 * QUIET_PERIOD)


def snapshot(story: Story, tmp_path: Path) -> Snapshot:
    source = MonitorSource(make_run(tmp_path, story))
    taken = source.read(View())
    source.close()
    assert taken is not None
    return taken


def test_the_head_tells_who_how_far_and_how_well(tmp_path: Path) -> None:
    taken = snapshot(run_folders.RUNNING, tmp_path)
    lines = board_lines(taken, now_of(run_folders.RUNNING), (), 200)
    who, figures = text_of(lines[0]), text_of(lines[1])
    assert who.startswith("alexnet-digits-2p-1229-0920   ● running   step 400 / 660   epoch 18.18 / 30")
    assert "ETA" in who and "elapsed 3:01" in who
    for words in (
        "loss 0.0",
        "↓",
        "lr 0.0",
        "images/s 6",
        "step 4",
        "top-1 9",
        "overflow 0",
        "ckpt just now",
    ):
        assert words in figures


def test_a_narrow_head_keeps_name_state_and_step(tmp_path: Path) -> None:
    lines = board_lines(snapshot(run_folders.RUNNING, tmp_path), now_of(run_folders.RUNNING), (), 60)
    who = text_of(lines[0], 58)
    assert cell_len(who) <= 58
    assert "alexnet" in who and "running" in who


def test_a_share_of_the_published_throughput_is_shown(tmp_path: Path) -> None:
    taken = snapshot(run_folders.RUNNING, tmp_path)
    taken = replace(
        taken,
        facts=replace(taken.facts, published=Published(throughput=1000.0)),
        latest=Latest({"throughput": 987.0}),
    )
    assert "99 % of published" in text_of(board_lines(taken, 0.0, (), 200)[1])


def test_a_failed_run_says_which_rank_which_line_and_what_to_try(tmp_path: Path) -> None:
    taken = snapshot(run_folders.FAILED, tmp_path)
    words = [text_of(line) for line in board_lines(taken, now_of(run_folders.FAILED), (), 200)][2:]
    assert words[0] == "✗ Rank 1 failed first, exit code 1; line 87 of its log:"
    assert words[1].strip() == "ValueError: image 17 has 4 channels, expected 3"
    assert words[2].strip().startswith("→ ")


def test_a_rank_ended_by_a_signal_is_told_as_such(tmp_path: Path) -> None:
    taken = snapshot(run_folders.FAILED, tmp_path)
    assert taken.state is not None
    ranks = tuple(replace(rank, exit_code=None, signal=9) for rank in taken.state.ranks)
    taken = replace(taken, state=replace(taken.state, ranks=ranks))
    assert "ended by signal 9" in text_of(board_lines(taken, 0.0, (), 200)[2])


@pytest.mark.parametrize(
    ("cause", "words"),
    [("stopped_on_overflow", "Stopped at an overflow"), ("stopped_by_request", "on request")],
)
def test_a_stopped_run_says_what_stopped_it(tmp_path: Path, cause: str, words: str) -> None:
    stopped = replace(run_folders.RUNNING, phase=Phase.STOPPED, cause=Cause(cause))
    lines = board_lines(snapshot(stopped, tmp_path), 0.0, (), 200)
    assert words in " ".join(text_of(line) for line in lines)


def test_a_lost_run_says_so_honestly(tmp_path: Path) -> None:
    taken = snapshot(replace(run_folders.RUNNING, phase=Phase.LOST, cause=Cause("lost")), tmp_path)
    words = " ".join(text_of(line) for line in board_lines(taken, 0.0, (), 200))
    assert "? lost" in words and "every process is gone" in words


def test_a_finished_run_shows_the_figures_the_engine_wrote(tmp_path: Path) -> None:
    taken = snapshot(run_folders.FINISHED, tmp_path)
    card = text_of(board_lines(taken, 0.0, (), 200)[2])
    assert "test top-1 98.61 %" in card and "checkpoints/model.ckpt-660" in card


def test_an_alert_stays_until_seen_and_its_remedy_is_never_cut(tmp_path: Path) -> None:
    taken = snapshot(run_folders.NONFINITE, tmp_path)
    assert kinds(taken.alerts) == ["nonfinite", "overflow"]
    for width in (60, 80, 120, 200):
        lines = [text_of(line, width - 2) for line in board_lines(taken, 0.0, (), width)][2:]
        assert "not finite" in lines[0] and any("c seen (+1)" in line for line in lines)
        assert "overflow dump on" in " ".join(" ".join(lines).split())
    seen = {taken.alerts[0].id}
    assert "dense_2/grad" in text_of(board_lines(taken, 0.0, seen, 200)[2])
    assert len(board_lines(taken, 0.0, {alert.id for alert in taken.alerts}, 200)) == 2


# Ranks


def test_rank_rows_tell_who_lags_and_leave_the_unknown_unknown(tmp_path: Path) -> None:
    story = run_folders.EIGHT_RANKS
    taken = snapshot(story, tmp_path)
    table = rank_rows(taken.state, taken.ranks, NpuReading(), now_of(story))
    assert [row.rank for row in table.rows] == list(range(8))
    last = [cell.text for cell in table.rows[7].cells]
    assert last[1] == "● running" and last[2] == "390" and last[5] == "▼ 10"
    assert last[-2:] == ["–", "–"]
    assert "ai-core" not in [heading.title for heading in table.headings]


NPU_TABLE = Path(__file__).parents[1] / "data/npu_smi/info_910A_x8_smi1.8.21_drv20.2.2.txt"


def test_npus_have_columns_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "bin/npu-smi"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\ncat '{NPU_TABLE}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    told = run_folders.NPU
    source = MonitorSource(make_run(tmp_path, told))
    deadline = time.monotonic() + 60
    taken: Snapshot | None = None
    while taken is None or not taken.npus.chips:
        assert time.monotonic() < deadline
        taken = source.read(View()) or taken
    source.close()
    table = rank_rows(taken.state, taken.ranks, taken.npus, (taken.npus.time or 0) + 1)
    titles = [heading.title for heading in table.headings]
    place = titles.index("HBM") - 1
    assert all(row.cells[place].text.endswith(" GB") for row in table.rows)
    assert table.rows[0].cells[place + 1].text.endswith(" °C")
    old = rank_rows(taken.state, taken.ranks, taken.npus, (taken.npus.time or 0) + 600)
    assert "10 min old" in old.title


def test_a_tool_that_fails_is_told_and_the_last_figures_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "npu-smi"
    tool.write_text("#!/bin/sh\necho 'dcmi module initialize failed. ret is -8005'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    meter = NpuMeter()
    meter.start()
    deadline = time.monotonic() + 60
    while meter.reading.problem is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    meter.close()
    assert str(meter.reading.problem) in rank_rows(None, (), meter.reading, 0.0).title


# What may be asked


def test_steps_to_profile_or_dump_are_checked_before_they_are_asked_for() -> None:
    assert trace_problem("120-130", 100) is None
    assert trace_problem("130-120", 100) and trace_problem("soon", 100)
    assert "101" in (trace_problem("100-120", 101) or "")
    assert dump_problem("150|160-162", 100) is None
    assert dump_problem("150|", 100)
    assert dump_problem("5", 100)


# Logs


def test_the_merged_log_begins_side_by_side_and_goes_on_in_order_of_arrival(tmp_path: Path) -> None:
    paths = {rank: tmp_path / f"rank-{rank}.log" for rank in range(2)}
    for rank, path in paths.items():
        path.write_text("".join(f"r{rank} line {number}\n" for number in range(3)))
    logs = RunLogs(paths)
    merged = logs.source(None)
    merged.refresh()
    assert [line.text for line in merged.lines(0, 10)] == [
        f"r{rank} line {number}" for number in range(3) for rank in range(2)
    ]
    for rank, text in ((1, "late"), (0, "later"), (1, "latest")):
        with paths[rank].open("a") as file:
            file.write(text + "\n")
        merged.refresh()
    assert [(line.rank, line.text) for line in merged.lines(6, 3)] == [
        (1, "late"),
        (0, "later"),
        (1, "latest"),
    ]
    assert merged.find("LATER", 0, backwards=False) == 7
    assert merged.find("line 0", 8, backwards=True) == 1
    assert merged.find("nowhere", 0, backwards=False) is None


def test_a_log_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    source = RunLogs({0: tmp_path / "none.log"}).source(None)
    source.refresh()
    assert source.line_count == 0 and list(source.lines(0, 5)) == [] and source.find("x", 0, False) is None
