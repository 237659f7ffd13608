"""The main job without a screen: start, look, stop, resume, over real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .conftest import Console


def run_words(home: Path, *more: str) -> list[str]:
    return ["run", "toy", "--data-dir", str(home.parent / "data"), *more]


def wait_for_line(console: Console, run: str, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in console("logs", run).stdout:
        assert time.monotonic() < deadline, f"no {text!r} in the log of {run}"


def test_a_run_is_followed_to_its_end(console: Console, home: Path) -> None:
    done = console(*run_words(home, "--devices", "2", "--steps=5", "--name", "first"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "first\n"
    assert "step: 5 loss: 0.200000" in done.stderr
    assert "Run first finished." in done.stderr
    shown = json.loads(console("show", "first", "--json").stdout)
    assert shown["state"]["phase"] == "finished"
    assert [rank["exit_code"] for rank in shown["state"]["ranks"]] == [0, 0]
    assert shown["state"]["last"]["loss"] == 0.2
    (row,) = json.loads(console("runs", "--json").stdout)
    assert (row["run_id"], row["devices"], row["last_step"]) == ("first", 2, 5)
    assert console("logs", "first", "--rank", "1", "-n", "1").stdout.startswith("step: 5 ")
    assert console("logs", "first").stdout.count("0│ step") == 5


def test_the_outcome_is_one_json_value(console: Console, home: Path) -> None:
    done = console(*run_words(home, "--steps=2", "--json"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"]["phase"] == "finished"


def test_a_detached_run_is_stopped_on_request(console: Console, home: Path) -> None:
    started = console(*run_words(home, "--devices=2", "--steps=100000", "--pause=0.01", "--detach"))
    run = started.stdout.strip()
    wait_for_line(console, run, "step: 3 ")
    assert [row["phase"] for row in json.loads(console("runs", "--live", "--json").stdout)] == ["running"]
    stopped = console("stop", "last")
    assert stopped.returncode == 0
    assert f"Run {run} was stopped on request." in stopped.stderr
    shown = json.loads(console("show", run, "--json").stdout)
    assert shown["state"]["phase"] == "stopped"
    assert all(rank["exit_code"] == 0 for rank in shown["state"]["ranks"])
    again = console("stop", run)
    assert again.returncode == 2
    assert "already ended" in again.stderr


def test_the_failing_rank_is_named(console: Console, home: Path) -> None:
    done = console(*run_words(home, "--devices=2", "--steps=100000", "--pause=0.01", "--fail_at=4"))
    assert done.returncode == 1
    assert "failed" in done.stderr
    assert "Rank 1: ValueError: the loss has left the building" in done.stderr


def test_leaving_a_followed_run_leaves_it_alone(
    console: Console, home: Path, environment: dict[str, str]
) -> None:
    words = run_words(home, "--steps=100000", "--pause=0.01", "--name=left")
    script = str(Path(sys.executable).with_name("ascend-console"))
    follower = subprocess.Popen(
        [script, *words], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None
    assert follower.stdout.readline() == "left\n"
    os.kill(follower.pid, signal.SIGINT)
    _, talk = follower.communicate(timeout=60)
    assert follower.returncode == 130
    assert "goes on" in talk
    (row,) = json.loads(console("runs", "--live", "--json").stdout)
    assert row["run_id"] == "left"
    assert console("kill", "left").returncode == 0
    assert json.loads(console("show", "left", "--json").stdout)["state"]["phase"] == "stopped"


def test_logs_are_followed_until_the_end(console: Console, home: Path) -> None:
    run = console(*run_words(home, "--steps=30", "--pause=0.02", "-d")).stdout.strip()
    followed = console("logs", "-f", run)
    assert followed.returncode == 0
    assert [line.split()[1] for line in followed.stdout.splitlines()] == [str(step) for step in range(1, 31)]


def test_samples_are_rebuilt_from_the_logs(console: Console, home: Path) -> None:
    run = console(*run_words(home, "--steps=7", "-d", "--name=again")).stdout.strip()
    console("logs", "-f", run)
    store = home / "runs" / run / "metrics.sqlite"
    deadline = time.monotonic() + 60
    while json.loads(console("show", run, "--json").stdout)["state"]["phase"] != "finished":
        assert time.monotonic() < deadline
    for path in store.parent.glob("metrics.sqlite*"):
        path.unlink()
    assert console("reindex", run).returncode == 0
    assert store.is_file()


def test_an_ended_run_is_deleted_only_when_confirmed(console: Console, home: Path) -> None:
    console(*run_words(home, "--steps=1", "--name=gone"))
    assert console("delete", "gone").returncode == 130
    assert (home / "runs" / "gone").is_dir()
    assert console("delete", "gone", "--yes").returncode == 0
    assert not (home / "runs" / "gone").exists()
    assert console("show", "gone").returncode == 4
