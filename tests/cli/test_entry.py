"""Opening the screens from the command line: on a terminal of its own, as a user does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli.entry import language_asked_for
from console.i18n import Language

from .terminal import terminal_of

PROGRAM = """
import atexit, json, os, sys
def tell():
    with open({notes!r}, "w") as file:
        json.dump({{"modules": list(sys.modules), "environment": dict(os.environ)}}, file)
atexit.register(tell)
sys.argv = ["ascend-console", *{words!r}]
from console.cli.entry import main
main()
"""
"""The console, which at its end writes down what it imported."""

CTRL_Q = b"\x11"


class Ended:
    """What a console that was opened, and left again, has shown and done."""

    def __init__(self, screen: str, notes: Path) -> None:
        written = json.loads(notes.read_text())
        self.screen = screen
        self.modules: list[str] = written["modules"]
        self.environment: dict[str, str] = written["environment"]


@pytest.fixture
def opened(environment: dict[str, str], tmp_path: Path) -> Callable[..., Ended]:
    """``opened("--lang", "zh", until="…")`` opens the screens and leaves them when they show some words."""

    def open_and_leave(*words: str, until: str) -> Ended:
        notes = tmp_path / "notes.json"
        program = PROGRAM.format(notes=str(notes), words=list(words))
        plain = {name: value for name, value in environment.items() if name != "ASCEND_CONSOLE_LANG"}
        command = [sys.executable, "-c", program]
        with terminal_of(command, plain | {"LANG": "C", "TERM": "xterm"}) as terminal:
            terminal.until(until)
            terminal.send(CTRL_Q)
            terminal.until_end()
        return Ended(terminal.seen.decode(errors="replace"), notes)

    return open_and_leave


def test_the_screens_open_without_what_parses_command_lines(opened: Callable[..., Ended]) -> None:
    ended = opened(until="Launch")
    assert "console.tui.app" in ended.modules
    assert not {"click", "console.cli.main"} & set(ended.modules)


def test_the_language_of_the_command_line_is_above_the_remembered_one(
    opened: Callable[..., Ended], home: Path
) -> None:
    home.mkdir()
    (home / "settings.json").write_text('{"language": "en"}')
    ended = opened("--lang=zh", until="启动")
    assert "启动" in ended.screen
    assert ended.environment["ASCEND_CONSOLE_LANG"] == "zh"
    assert json.loads((home / "settings.json").read_text())["language"] == "en"
    (home / "settings.json").write_text('{"language": "zh"}')
    assert "启动" in opened(until="启动").screen
    assert "启动" not in opened("--lang", "en", until="Launch").screen


@pytest.mark.parametrize(
    ("words", "language", "rest"),
    [
        ([], None, []),
        (["--lang", "zh"], Language.CHINESE, []),
        (["--lang=en", "--version"], Language.ENGLISH, ["--version"]),
        (["--version", "--lang=en"], Language.ENGLISH, ["--version"]),
        (["--lang", "fr"], None, ["--lang", "fr"]),
        (["--lang="], None, ["--lang="]),
        (["--lang"], None, ["--lang"]),
        (["runs", "--lang", "zh"], None, ["runs", "--lang", "zh"]),
    ],
)
def test_only_a_valid_language_before_the_verb_counts(
    words: list[str], language: Language | None, rest: list[str]
) -> None:
    assert language_asked_for(words) == (language, rest)


def test_a_shell_that_asks_how_to_go_on_is_answered(console: Callable[..., object]) -> None:
    done = console(_ASCEND_CONSOLE_COMPLETE="bash_complete", COMP_WORDS="ascend-console ev", COMP_CWORD="1")
    assert "evaluate" in done.stdout  # type: ignore[attr-defined]
