"""What counts as news of a run, and the words a terminal gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.i18n import Message
from console.metrics.samples import Event
from console.runs.state import Phase, RunSummary
from console.settings import Settings, load_settings, save_settings
from console.tui.monitor.alerts import alerts_of, to_announce
from console.tui.monitor.snapshot import RankReading
from console.tui.notifier import desktop_sequence, news_of

LIVE = RunSummary(
    "r1", Path("/runs/r1"), "alexnet", "digits", 2, "cpu", Phase.RUNNING, 0.0, 1.0, 5, 2.0, None, 10.0, ""
)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (LIVE, replace(LIVE, phase=Phase.FINISHED), "app.news_finished"),
        (LIVE, replace(LIVE, phase=Phase.FAILED), "app.news_failed"),
        (LIVE, replace(LIVE, phase=Phase.LOST), "app.news_lost"),
        (LIVE, replace(LIVE, stalled=True), "app.news_stalled"),
        (replace(LIVE, phase=Phase.STOPPING), replace(LIVE, phase=Phase.FAILED), "app.news_failed"),
        (replace(LIVE, stalled=True), replace(LIVE, phase=Phase.FINISHED), "app.news_finished"),
        (replace(LIVE, stalled=True), replace(LIVE, stalled=True), None),
        (replace(LIVE, stalled=True), LIVE, None),
        (replace(LIVE, phase=Phase.STOPPING), replace(LIVE, phase=Phase.STOPPED), None),
        (replace(LIVE, phase=Phase.FAILED), replace(LIVE, phase=Phase.FAILED), None),
        (LIVE, replace(LIVE, run_id="r2", phase=Phase.FAILED), None),
        (LIVE, LIVE, None),
    ],
)
def test_news_is_what_changed_by_itself(before: RunSummary, after: RunSummary, key: str | None) -> None:
    news = news_of([before], [after])
    assert [one.message.key for one in news] == ([key] if key else [])
    assert all("r1" in str(one.message) for one in news)
    assert news_of([], [after]) == []
    assert news_of([before], []) == []


def test_a_terminal_gets_words_and_nothing_else() -> None:
    assert desktop_sequence("a\x1b]0;b\x07\nc\x9d", {}) == "\x1b]9;a ]0;b c \x07"
    assert desktop_sequence("done", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\"


def test_new_alerts_are_announced_once() -> None:
    overflow = Event(1, 57, 1.0, "overflow", {"tensor": "fc", "path": "dumps"})
    died = Event(1, 58, 1.0, "rank_exit", {"exit_code": 1})
    full = Event(0, 58, 1.0, "disk_full", {})
    before = alerts_of(None, [], (), {})
    first = alerts_of(None, [overflow], (RankReading(0, step=3, loss=float("nan")),), {})
    then = alerts_of(None, [overflow, died, full], (RankReading(0, step=3, loss=float("nan")),), {"x": "no"})
    assert [one.id for one in to_announce(before, first)] == ["nonfinite:1", "overflow:1"]
    assert [one.id for one in to_announce(first, then)] == ["disk_full:2"]
    assert isinstance(to_announce(first, then)[0].message, Message)


def test_the_setting_is_on_until_it_is_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert load_settings(path).notifications
    save_settings(Settings(notifications=False), path)
    assert not load_settings(path).notifications
    path.write_text('{"notifications": "perhaps"}')
    assert load_settings(path).notifications
