"""Reading a command line into choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.catalog.profile import LocalizedText, Parameter, ParameterType, ParameterValue, Profile
from console.cli.choices import read_parameters
from console.cli.log_file import LogFollower, last_offset
from console.cli.output import cell_width, duration
from console.errors import UserError
from console.launch.options.profiling import Trace, read_step_range

TEXT = LocalizedText("text", "文本")


def parameter(name: str, kind: ParameterType) -> Parameter:
    return Parameter(name=name, flag=f"--{name}", type=kind, help=TEXT)


PROFILE = Profile(
    name="toy",
    title=TEXT,
    summary=TEXT,
    framework="none",
    runtimes=(),
    datasets=(),
    devices=(1,),
    backends=(),
    parameters=(
        parameter("batch_size", ParameterType.INTEGER),
        parameter("lr", ParameterType.NUMBER),
        parameter("nesterov", ParameterType.BOOLEAN),
        parameter("scope", ParameterType.TEXT),
    ),
    toggles=(),
    engine="toy",
)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--batch_size=64", "--lr=1e-3"], {"batch_size": 64, "lr": 0.001}),
        (["--batch_size", "64", "--nesterov"], {"batch_size": 64, "nesterov": True}),
        (["--nesterov", "False", "--lr", "0.5"], {"nesterov": False, "lr": 0.5}),
        (["--nesterov", "--lr", "-1"], {"nesterov": True, "lr": -1.0}),
        (["--scope=a=b"], {"scope": "a=b"}),
        (["--scope="], {"scope": ""}),
        ([], {}),
    ],
)
def test_flags_of_a_profile_are_read(words: list[str], values: dict[str, ParameterValue]) -> None:
    assert read_parameters(PROFILE, words) == values


@pytest.mark.parametrize(
    ("words", "key", "named"),
    [
        (["--batchsize=64"], "cli.unknown_flag", "--batch_size"),
        (["stray"], "cli.unknown_flag", "stray"),
        (["--batch_size=many"], "cli.bad_value", "many"),
        (["--lr=x"], "cli.bad_value", "--lr"),
        (["--nesterov=perhaps"], "cli.bad_value", "perhaps"),
        (["--lr"], "cli.flag_needs_value", "--lr"),
        (["--lr", "--nesterov"], "cli.flag_needs_value", "--lr"),
    ],
)
def test_a_flag_that_cannot_be_read_is_named(words: list[str], key: str, named: str) -> None:
    with pytest.raises(UserError) as caught:
        read_parameters(PROFILE, words)
    assert caught.value.message.key == key
    assert named in str(caught.value)


def test_a_range_of_steps_is_read() -> None:
    assert read_step_range("--profile-steps", "10-20") == Trace(10, 20)
    assert read_step_range("--profile-steps", "7") == Trace(7, 7)
    assert read_step_range("--profile-steps", None) is None
    with pytest.raises(UserError) as caught:
        read_step_range("--profile-steps", "ten")
    assert "--profile-steps" in str(caught.value)


def test_a_follower_gives_whole_lines_only(tmp_path: Path) -> None:
    log = tmp_path / "rank-0.log"
    follower = LogFollower(log)
    assert follower.new_lines() == []
    log.write_bytes(b"one\ntw")
    assert follower.new_lines() == ["one"]
    with log.open("ab") as end:
        end.write("o\n三\n".encode())
    assert follower.new_lines() == ["two", "三"]
    assert follower.new_lines() == []


@pytest.mark.parametrize("ending", [b"\n", b""])
@pytest.mark.parametrize("wanted", [0, 1, 3, 10_000, 20_000])
def test_the_last_lines_of_a_long_file_are_found(tmp_path: Path, ending: bytes, wanted: int) -> None:
    lines = [f"line {number} {'x' * (number % 97)}".encode() for number in range(10_000)]
    log = tmp_path / "rank-0.log"
    log.write_bytes(b"\n".join(lines) + ending)
    tail = log.read_bytes()[last_offset(log, wanted) :]
    assert tail.removesuffix(b"\n").split(b"\n") == (lines[-wanted:] if wanted else [b""])


def test_widths_are_cells() -> None:
    assert cell_width("loss") == 4
    assert cell_width("损失") == 4
    assert duration(None) == "–"
    assert duration(90061) == "1d 01:01:01"
