"""A user's mistake on the command line: one sentence on stderr, an exit code, nothing started."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Console


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["rn"], 2, "run"),
        (["run"], 2, "PROFILE"),
        (["run", "alexnat"], 4, "alexnet"),
        (["run", "alexnet", "--batchsize=3"], 2, "--batch_size"),
        (["run", "alexnet", "--batch_size=many"], 2, "many"),
        (["run", "alexnet", "--devices=two"], 2, "two"),
        (["run", "alexnet", "--device-ids=a,b"], 2, "a,b"),
        (["run", "alexnet", "--profile-steps=ten"], 2, "--profile-steps"),
        (["run", "alexnet", "--dataset=digit"], 3, "digits"),
        (["run", "alexnet", "--devices=3"], 3, "3"),
        (["run", "alexnet", "--backend=npu"], 3, "NPU"),
        (["run", "alexnet", "--runtime=tf9"], 3, "tf9"),
        (["run", "alexnet", "--batch_size=0"], 3, "batch_size"),
        (["run", "alexnet", "--data-dump=5-3"], 3, "5-3"),
        (["run", "alexnet", "--overflow-dump", "--data-dump=5"], 3, "dump"),
        (["run", "alexnet", "--dataset=imagenet", "--data-dir=/nowhere/at/all"], 3, "/nowhere/at/all"),
        (["show", "nothing"], 4, "no run"),
        (["logs", "last"], 4, "run"),
        (["stop", "nothing"], 4, "no run"),
        (["resume", "nothing"], 4, "no run"),
        (["parse", "/nowhere/train.log"], 4, "/nowhere/train.log"),
        (["data", "check", "/nowhere"], 1, "/nowhere"),
        (["profiles", "show", "alexnat"], 4, "alexnet"),
        (["completion", "tcsh"], 2, "tcsh"),
        (["--lang=xx", "runs"], 2, "xx"),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_code(
    console: Console, home: Path, words: list[str], code: int, named: str
) -> None:
    done = console(*words)
    assert done.returncode == code, done.stderr
    assert named in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not list((home / "runs").glob("*")) if (home / "runs").exists() else True


def test_a_home_that_cannot_be_written_is_named(console: Console, home: Path) -> None:
    home.write_text("a file where the home should be", "utf-8")
    done = console("run", "toy", "--data-dir", str(home.parent / "data"))
    assert done.returncode in (2, 3)
    assert str(home) in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_terminal_the_screens_are_refused(console: Console) -> None:
    done = console(TERM="dumb")
    assert done.returncode == 2
    assert "terminal" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_profile_hides_no_good_one(console: Console, home: Path) -> None:
    (home.parent / "config" / "profiles" / "bad.yaml").write_text("name: bad\nengin: alexnet\n", "utf-8")
    listed = console("profiles", "list")
    assert "alexnet" in listed.stdout and "toy" in listed.stdout
    assert "bad.yaml" in listed.stderr and "engin" in listed.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_printed(console: Console, shell: str) -> None:
    done = console("completion", shell)
    assert done.returncode == 0
    assert "_ASCEND_CONSOLE_COMPLETE" in done.stdout


def test_completion_knows_profiles_and_verbs(console: Console) -> None:
    verbs = console(_ASCEND_CONSOLE_COMPLETE="bash_complete", COMP_WORDS="ascend-console re", COMP_CWORD="1")
    assert {line.split(",")[1] for line in verbs.stdout.split()} == {"resume", "reindex"}
    names = console(
        _ASCEND_CONSOLE_COMPLETE="bash_complete", COMP_WORDS="ascend-console run al", COMP_CWORD="2"
    )
    assert "alexnet" in names.stdout
