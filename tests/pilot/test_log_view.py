"""The log view on real log files, as they grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from console.i18n import Language, set_language
from console.tui.monitor.log.folding import FOLDED_AT_OPEN, FoldedLog
from console.tui.monitor.log.pane import LogPane
from console.tui.monitor.log.sources import MergedLog, RankLog, RunLogs
from console.tui.theme import DARK, THEMES
from console.tui.widgets.log.lines import LineKind, hits, kind_of, shown_text
from console.tui.widgets.log.view import LogView
from tests.pilot.driving import until

SIZE = (60, 12)
BODY = SIZE[1] - 2


class LogApp(App[None]):
    """A log pane over the whole screen."""

    def __init__(self, source: RankLog | MergedLog | FoldedLog) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name
        self.source = source
        self.not_found: list[tuple[str, bool]] = []

    def compose(self) -> ComposeResult:
        yield LogPane()

    def on_mount(self) -> None:
        self.source.refresh()
        self.pane.show(self.source, "rank 0")
        self.pane.view.focus()

    def on_log_pane_not_found(self, event: LogPane.NotFound) -> None:
        self.not_found.append((event.text, event.backwards))

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    @property
    def view(self) -> LogView:
        return self.pane.view

    def grow(self, path: Path, text: str) -> None:
        with path.open("a") as file:
            file.write(text)
        self.source.refresh()
        self.view.grow()

    def shown(self) -> list[str]:
        """The lines in sight, without the frame."""
        lines = [self.view.render_line(y).text for y in range(1, self.view.size.height - 1)]
        return [line[1:-1].strip() for line in lines]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    log = tmp_path / "rank-0.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    return log


def app_on(path: Path) -> LogApp:
    return LogApp(RankLog(path))


async def test_it_follows_the_end_until_somebody_scrolls_up_and_again_from_the_end_on(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.shown()[-1] == "line 99", "the end")
        app.grow(path, "line 100\n")
        await until(pilot, lambda: app.shown()[-1] == "line 100", "the new line")
        await pilot.press("up")
        await until(pilot, lambda: app.shown()[-1] == "line 99", "the line before")
        assert not app.view.following
        app.grow(path, "line 101\nline 102\n")
        await pilot.pause()
        assert app.shown()[-1] == "line 99"
        await pilot.press("pagedown")
        await until(pilot, lambda: app.view.following and app.shown()[-1] == "line 102", "the end")
        await pilot.press("home")
        await until(pilot, lambda: app.shown()[0] == "line 0", "the first line")
        await pilot.press("end")
        await until(pilot, lambda: app.view.following and app.shown()[-1] == "line 102", "the end")


async def test_the_frame_tells_the_source_whether_it_follows_and_where_it_is(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "follow ●" in app.view.render_line(0).text, "the frame")
        assert "rank 0 ▾" in app.view.render_line(0).text
        assert f"{100 - BODY + 1}–100 / 100" in app.view.render_line(SIZE[1] - 1).text
        await pilot.press("pageup")
        await until(pilot, lambda: "paused ○" in app.view.render_line(0).text, "the pause")


async def test_the_wheel_and_the_scroll_bar_move_it(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.shown()[-1] == "line 99", "the end")
        await pilot.click(app.view, offset=(SIZE[0] - 1, 1))
        await until(pilot, lambda: app.shown()[0] == "line 0", "the first line")
        await pilot.click(app.view, offset=(SIZE[0] - 1, BODY))
        await until(pilot, lambda: app.view.following, "the end")


async def test_search_finds_upwards_from_the_end_then_next_and_previous(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.pane.open_search()
        await pilot.pause()
        await pilot.press(*"LINE 4", "enter")
        await until(pilot, lambda: app.view.chosen == 49, "the newest hit")
        assert "▶ line 49" in app.shown()
        await until(pilot, lambda: app.view.has_focus, "the log")
        app.pane.next_hit(backwards=True)
        await until(pilot, lambda: app.view.chosen == 48, "the hit before")
        app.pane.next_hit(backwards=False)
        await until(pilot, lambda: app.view.chosen == 49, "the hit after")
        app.pane.next_hit(backwards=False)
        await until(pilot, lambda: app.not_found, "the word that there is none")
        assert app.not_found == [("LINE 4", False)]
        await pilot.press("escape")
        await until(pilot, lambda: not app.pane.needle and app.view.chosen is None, "the end of the search")


async def test_hits_stand_out_from_the_rest_of_their_line(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.view.mark("99")
        await pilot.pause()
        last = app.view.render_line(BODY)
        assert [text for text, style, _ in last if style is not None and style.reverse] == ["99"]


async def test_escape_leaves_the_search_line_without_searching(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.pane.open_search()
        await pilot.press("x", "escape")
        await until(pilot, lambda: app.view.has_focus, "the log")
        assert not app.pane.needle and app.view.following


async def test_progress_bars_colours_and_endless_lines_are_made_fit_to_show(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        bar = "1/10 [=>]\r5/10 [==>]\r10/10 [====]\n"
        app.grow(path, bar + "\x1b[31mred\x1b[0m loss: 1.5\n" + "x" * 1_000_000 + "\n")
        await until(pilot, lambda: app.shown()[-3:-1] == ["10/10 [====]", "red loss: 1.5"], "the lines")
        assert app.shown()[-1].startswith("xxx")
        for y in range(SIZE[1]):
            assert app.view.render_line(y).cell_length == SIZE[0]


async def test_a_line_that_grows_without_an_end_is_shown_as_it_stands(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        app.grow(path, "epoch 1: 10%")
        await until(pilot, lambda: app.shown()[-1] == "epoch 1: 10%", "the unfinished line")
        app.grow(path, "\repoch 1: 90%")
        await until(pilot, lambda: app.shown()[-1] == "epoch 1: 90%", "its update")


async def test_long_lines_can_be_read_sideways(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        app.grow(path, "".join(f"{number:04d}" for number in range(100)) + "\n")
        await until(pilot, lambda: app.shown()[-1].startswith("0000"), "the line")
        await pilot.press("right")
        await until(pilot, lambda: app.shown()[-1].startswith("0004"), "its continuation")
        await pilot.press("left", "left")
        await until(pilot, lambda: app.shown()[-1].startswith("0000"), "its beginning")


async def test_chinese_lines_fill_two_cells_a_character(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        app.grow(path, "损失在下降：" * 20 + "\n")
        await until(pilot, lambda: app.shown()[-1].startswith("损失"), "the line")
        assert cell_len(app.view.render_line(BODY).text) == SIZE[0]


async def test_a_flood_of_lines_costs_what_is_in_sight(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    lines = RankLog.lines

    def count(self: RankLog, first: int, number: int) -> object:
        asked.append(number)
        return lines(self, first, number)

    monkeypatch.setattr(RankLog, "lines", count)
    app = app_on(path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        asked.clear()
        app.grow(path, "".join(f"flood {number}\n" for number in range(200_000)))
        await until(pilot, lambda: app.shown()[-1] == "flood 199999", "the end of the flood")
        assert 0 < sum(asked) <= 4 * BODY


async def test_all_ranks_are_told_apart(tmp_path: Path) -> None:
    paths = {rank: tmp_path / f"rank-{rank}.log" for rank in range(3)}
    for rank, path in paths.items():
        path.write_text(f"hello from {rank}\n")
    app = LogApp(MergedLog({rank: RankLog(path) for rank, path in paths.items()}))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.shown()[2], "the lines")
        assert app.shown()[:3] == [f"{rank}│  hello from {rank}" for rank in range(3)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("step:    5  loss: 2.301, lr:0.01", LineKind.METRIC),
        ("hello world", LineKind.PLAIN),
        ('@event {"kind": "checkpoint", "step": 5}', LineKind.EVENT),
        ("Traceback (most recent call last):", LineKind.ERROR),
        ("ValueError: no such file", LineKind.ERROR),
        ("tensorflow.python.framework.errors_impl.InternalError: x", LineKind.ERROR),
        ("[ERROR] RUNTIME(4711,python):2026-05-18", LineKind.ERROR),
        ("2026-05-18 12:00:00.123: E tensorflow/core/x.cc:12] failed", LineKind.ERROR),
        ("EE1001: The argument is invalid", LineKind.ERROR),
        ("WARNING:tensorflow:deprecated", LineKind.WARNING),
        ("/usr/lib/x.py:3: UserWarning: slow", LineKind.WARNING),
        ("top1_error: 0.25 loss: 1.0", LineKind.METRIC),
        ("0 errors so far", LineKind.PLAIN),
        ("E0000 00:00:1 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error", LineKind.PLAIN),
    ],
)
def test_kinds_of_lines(text: str, kind: LineKind) -> None:
    assert kind_of(text) is kind


def test_the_glyph_tells_the_kind_without_colour() -> None:
    assert {kind: kind.glyph for kind in LineKind if kind.glyph != " "} == {
        LineKind.EVENT: "◆",
        LineKind.WARNING: "!",
        LineKind.ERROR: "✗",
    }


def test_hits_ignore_case_and_shown_text_is_bounded() -> None:
    assert hits("Loss loss LOSS", "loss") == [(0, 4), (5, 9), (10, 14)]
    assert hits("abc", "") == []
    assert shown_text("a\tb") == "a       b"
    assert len(shown_text("y" * 20_000)) < 4200 and shown_text("y" * 20_000).endswith("+15904")
    assert shown_text("a\x85b\x07") == "a·b·"


def noisy(count: int) -> str:
    """A warning ``count`` times, with another time and another number each."""
    return "".join(
        f"2026-11-21 09:32:{second:02}.12{second}: W tensorflow/core/x.cc:14] Tensor {second} is large\n"
        for second in range(count)
    )


async def test_repeated_lines_stand_there_once(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("begin\n" + noisy(30) + "loss: 1.0 step: 1\nloss: 1.0 step: 1\nsame\nsame\nend\n")
    app = LogApp(FoldedLog(RankLog(path)))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "end" in app.shown(), "the end")
        shown = [line for line in app.shown() if line]
        assert shown[0] == "begin"
        assert shown[1].startswith("! ×30 2026-11-21 09:32:00")
        assert shown[2:] == ["loss: 1.0 step: 1", "loss: 1.0 step: 1", "×2 same", "end"]
        app.grow(path, noisy(3))
        await until(pilot, lambda: "×2" in app.shown()[6], "the growing fold")
        app.grow(path, noisy(9) + "done\n")
        await until(pilot, lambda: "×12" in app.shown()[6] and app.shown()[7] == "done", "the grown fold")


def test_a_folded_log_finds_lines_and_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    text = "begin\n" + noisy(30) + "middle\n" + noisy(20) + "ValueError: here\nValueError: here\nend\n"
    path.write_text(text)
    folded = FoldedLog(RankLog(path))
    folded.refresh()
    assert (folded.first_line, folded.line_count) == (0, 7)
    assert [line.repeats for line in folded.lines(0, 10)] == [1, 30, 1, 20, 1, 1, 1]
    assert [folded.number_of(line) for line in (0, 1, 30, 31, 32, 51, 52, 53, 54)] == [
        0,
        1,
        1,
        2,
        3,
        3,
        4,
        5,
        6,
    ]
    assert folded.find("tensor 17 ", 0, backwards=False) == 1
    assert folded.find("tensor 17 ", 2, backwards=False) == 3
    assert folded.find("tensor 17 ", 2, backwards=True) == 1
    assert folded.find("middle", 6, backwards=True) == 2
    assert folded.find("nowhere", 0, backwards=False) is None


def test_only_the_end_of_a_long_log_is_folded_and_a_replaced_log_is_folded_anew(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("same\n" * (FOLDED_AT_OPEN + 500))
    log = RankLog(path)
    folded = FoldedLog(log)
    folded.refresh()
    assert folded.line_count == 502
    assert [line.repeats for line in folded.lines(498, 9)] == [1, 1, FOLDED_AT_OPEN - 1, 1]
    path.write_text("other\nother\nother\nlast\n")
    folded.refresh()
    first = folded.first_line
    assert [(line.text, line.repeats) for line in folded.lines(first, 9)] == [("other", 3), ("last", 1)]
    assert folded.line_count == first + 2


async def test_ranks_that_say_the_same_are_folded_together(tmp_path: Path) -> None:
    paths = {rank: tmp_path / f"rank-{rank}.log" for rank in range(4)}
    for rank, path in paths.items():
        path.write_text("Building the model\n" + f"rank {rank} is ready\n")
    logs = RunLogs(paths)
    source = logs.source(None)
    source.refresh()
    assert [(line.repeats, line.text) for line in source.lines(0, 9)] == [
        (4, "Building the model"),
        *((1, f"rank {rank} is ready") for rank in range(4)),
    ]
    logs.folds = False
    assert logs.source(None).line_count == 8
