"""``parse`` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.main import run_command
from console.errors import ExitCode
from console.locations import CONFIG_VARIABLE, HOME_VARIABLE, user_profiles_dir

LOG = (
    b"starting\n"
    b"step:   700  epoch:  0.6  FPS:33558.6, loss: 6.754, total_loss: 7.786  lr:0.00671  batch_time:3.05\n"
    b"eval step: 700  epoch: 0.6  loss: nan  top1:0.9812  top5:0.9991\n"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.log"
    path.write_bytes(LOG)
    return path


def test_json_has_one_value_per_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["parse", str(log), "--json"]) == ExitCode.OK
    out, err = capsys.readouterr()
    nothing, train, evaluation = [json.loads(line) for line in out.splitlines()]
    assert nothing is None
    assert train == {
        "step": 700,
        "epoch": 0.6,
        "throughput": 33558.6,
        "loss": 6.754,
        "total_loss": 7.786,
        "lr": 0.00671,
        "throughput_unit": "fps",
        "extra": {"batch_time": 3.05},
    }
    assert evaluation["phase"] == "eval"
    assert evaluation["loss"] == "nan"
    assert err == ""


def test_without_json_only_lines_with_a_metric_are_shown(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["parse", str(log)]) == ExitCode.OK
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first.split()[:5] == ["2", "step", "700", "epoch", "0.6"]
    assert second.split()[:4] == ["3", "eval", "step", "700"]
    assert "2" in err
    assert "3" in err


def test_standard_input_is_read_while_it_comes() -> None:
    code = "import sys; from console.cli.main import run_command; sys.exit(run_command(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "parse", "--json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"step 3 loss 0.5\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"step": 3, "loss": 0.5}
        process.stdin.close()
        assert process.wait(60) == ExitCode.OK


def test_a_profile_lends_its_patterns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_profiles_dir().mkdir(parents=True)
    profile = "name: mine\nextends: alexnet\nline_patterns: ['L(?P<loss>[0-9.]+)']\n"
    (user_profiles_dir() / "mine.yaml").write_text(profile)
    log = tmp_path / "log"
    log.write_text("L0.25\n")
    assert run_command(["parse", str(log), "--json", "--profile", "mine"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {"loss": 0.25}


@pytest.mark.parametrize("kind", ["missing", "folder", "profile"])
def test_mistakes_are_told_in_one_sentence(kind: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = {
        "missing": [str(log.with_name("other.log"))],
        "folder": [str(log.parent)],
        "profile": [str(log), "--profile", "nonesuch"],
    }[kind]
    assert run_command(["parse", *arguments]) in (ExitCode.USAGE, ExitCode.NOT_FOUND)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert arguments[-1] in err


def test_the_reader_brings_nothing_heavy_along() -> None:
    code = "import sys, console.metrics.reader; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numpy", "textual", "click"}.isdisjoint(shown.stdout.split())
