"""The frozen plan: complete, without secrets, and readable again."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from console.catalog.profile import Backend
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.launch.plan import LaunchPlan, RankCommand
from console.runs.files import plain, read_object, write_json
from console.runs.spec.choices import choices_from_json, choices_to_json
from console.runs.spec.freeze import engine_of, freeze, relocate
from console.runs.spec.job import frozen_commands
from console.runs.spec.policy import SupervisionPolicy, default_policy, policy_from_json
from console.runs.spec.secrets import MASK, looks_secret, mask_command, mask_environment
from console.runs.state import Cause, Phase, ProcessId, RankState, RunState, starting_state, state_from_json


def make_plan(run_dir: Path, **changes: object) -> LaunchPlan:
    plan = LaunchPlan(
        run_name=run_dir.name,
        profile="alexnet",
        dataset="digits",
        data_dir=Path("/data/digits"),
        backend=Backend.CPU,
        runtime=None,
        parameters={"batch_size": 16, "api_key": "hush"},
        toggles=ToggleChoices(),
        choices=Choices(profile="alexnet", parameters={"api_key": "hush"}, note="first try"),
        ranks=(
            RankCommand(
                0,
                3,
                ("python", "train.py", f"--run_dir={run_dir}", "--token", "hush", "--max_tokens", "5"),
                {"WANDB_API_KEY": "hush", "OUT": f"{run_dir}/x:{run_dir}-other", "RANK_ID": "0"},
                (0, 1),
            ),
        ),
        findings=(),
        cwd=run_dir,
        run_dir=run_dir,
        make_dirs=(run_dir / "dumps",),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def test_no_secret_is_written_down(tmp_path: Path) -> None:
    write_json(tmp_path / "spec.json", freeze(make_plan(tmp_path / "r"), default_policy(), 1.0, 0o022))
    text = (tmp_path / "spec.json").read_text()
    assert "hush" not in text
    assert '"--max_tokens"' in text and '"5"' in text


def test_a_spec_gives_its_commands_back(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "r")
    write_json(tmp_path / "spec.json", freeze(plan, default_policy(), 1.0, 0o022))
    spec = read_object(tmp_path / "spec.json")
    assert spec is not None
    (command,) = frozen_commands(spec)
    assert (command.rank, command.device, command.cpu_ids) == (0, 3, (0, 1))
    assert command.argv[:3] == plan.ranks[0].argv[:3]
    assert command.env["WANDB_API_KEY"] == MASK


def test_the_digest_is_of_what_is_run_and_not_of_where_and_when(tmp_path: Path) -> None:
    def digest(plan: LaunchPlan, created: float) -> object:
        return freeze(plan, default_policy(), created, 0)["digest"]

    plan = make_plan(tmp_path / "r")
    assert digest(plan, 1.0) == digest(make_plan(tmp_path / "elsewhere"), 2.0)
    assert digest(plan, 1.0) != digest(replace(plan, parameters={"batch_size": 32}), 1.0)


def test_an_engine_is_told_from_an_external_command(tmp_path: Path) -> None:
    engines = tmp_path / "engines"
    engines.mkdir()
    (engines / "__main__.py").touch()
    plan = make_plan(tmp_path / "r")
    rank = replace(plan.ranks[0], argv=("python", str(engines), "alexnet", "--seed=1"))
    plan = replace(plan, ranks=(rank,))
    assert engine_of(plan) == "alexnet"
    assert engine_of(make_plan(tmp_path / "r")) is None
    before = freeze(plan, default_policy(), 1.0, 0)
    (engines / "new.py").write_text("pass")
    after = freeze(plan, default_policy(), 1.0, 0)
    assert before["digest"] != after["digest"], "changed engine code is another run"


def test_relocating_turns_every_path_into_the_folder_and_nothing_else(tmp_path: Path) -> None:
    old, new = tmp_path / "run", tmp_path / "run-2"
    moved = relocate(make_plan(old), new)
    assert (moved.run_dir, moved.cwd, moved.make_dirs) == (new, new, (new / "dumps",))
    assert moved.ranks[0].argv[2] == f"--run_dir={new}"
    assert moved.ranks[0].env["OUT"] == f"{new}/x:{old}-other"


@pytest.mark.parametrize(
    "name",
    [
        "WANDB_API_KEY",
        "--token",
        "--auth-token",
        "db.password",
        "AWS_SECRET_ACCESS_KEY",
        "apikey",
        "HF_TOKEN",
    ],
)
def test_secret_names(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["--max_tokens", "tokenizer", "KEYBOARD", "--monkey", "PATH", "author", "key"]
)
def test_names_that_only_look_alike(name: str) -> None:
    assert not looks_secret(name)


def test_masking_commands_and_environments() -> None:
    assert mask_command(["x", "--token", "a", "--token=b", "--seed", "3"]) == [
        "x", "--token", MASK, f"--token={MASK}", "--seed", "3",
    ]  # fmt: skip
    assert mask_command(["--proxy=http://me:pw@host/", "http://me:pw@host"]) == [f"--proxy={MASK}", MASK]
    assert mask_environment({"A": "1", "http_proxy": "http://me:pw@host"}) == {"A": "1", "http_proxy": MASK}


words = some.text(max_size=8)
toggles = some.builds(
    ToggleChoices,
    overflow_dump=some.none() | some.builds(OverflowDump, some.booleans()),
    data_dump=some.none() | some.builds(DataDump, words),
    profiling=some.none() | some.builds(Trace, some.integers(0, 99), some.integers(0, 99)),
    precision_mode=some.none() | words,
    mixlist=some.none() | some.just(Path("/m.json")),
    fusion_off=some.none() | some.just(Path("/f.cfg")),
)
every_choice = some.builds(
    Choices,
    profile=words,
    dataset=some.none() | words,
    data_dir=some.none() | some.just(Path("/数据/d")),
    devices=some.none() | some.integers(1, 1024),
    device_ids=some.lists(some.integers(0, 7)).map(tuple),
    backend=some.sampled_from(Backend),
    runtime=some.none() | words,
    task=words,
    parameters=some.dictionaries(
        words.filter(lambda name: not looks_secret(name)),
        some.booleans()
        | some.integers()
        | some.floats(allow_nan=False, allow_infinity=False)
        | words.filter(lambda text: text != MASK),
    ),
    toggles=toggles,
    start_from=some.none() | some.just(Path("/c/model.ckpt-3")),
    resume_run=some.none() | words,
    bind_cores=some.booleans(),
    restarts=some.integers(0, 9),
    name=some.none() | words,
    note=words,
)


@given(every_choice)
def test_choices_come_back_as_they_were(choices: Choices) -> None:
    assert choices_from_json(choices_to_json(choices)) == choices


def test_a_masked_parameter_is_left_out_when_choices_are_read(tmp_path: Path) -> None:
    assert choices_from_json(choices_to_json(make_plan(tmp_path).choices)).parameters == {}


numbers = some.floats(allow_nan=False, allow_infinity=False)
metrics = some.dictionaries(words, some.floats(allow_nan=False), max_size=3)
processes = some.none() | some.builds(ProcessId, some.integers(1), numbers, words)
rank_states = some.builds(
    RankState,
    some.integers(0, 9),
    some.integers(0, 9),
    some.sampled_from(Phase),
    processes,
    some.none() | some.integers(0, 255),
    some.none() | some.integers(1, 64),
    some.none() | some.integers(0),
    some.none() | numbers,
    some.none() | numbers,
)
states = some.builds(
    RunState,
    run_id=words,
    phase=some.sampled_from(Phase),
    created=numbers,
    started=some.none() | numbers,
    ended=some.none() | numbers,
    supervisor=processes,
    ranks=some.lists(rank_states, max_size=3).map(tuple),
    attempt=some.integers(1, 9),
    last=metrics,
    best=metrics,
    total_steps=some.none() | some.integers(0),
    total_epochs=some.none() | numbers,
    stalled=some.booleans(),
    acknowledged=some.dictionaries(words, words, max_size=3),
    cause=some.none() | some.builds(Cause, words, some.none() | some.integers(0, 9), some.none() | words),
    updated=numbers,
    refused=some.lists(words, max_size=3).map(tuple),
)


@given(states)
def test_a_state_comes_back_as_it_was(state: RunState) -> None:
    assert state_from_json(json.loads(json.dumps(plain(state), allow_nan=False))) == state


def test_a_loss_that_is_not_a_number_stays_one() -> None:
    state = replace(starting_state("r", 1.0), last={"loss": math.nan})
    restored = state_from_json(json.loads(json.dumps(plain(state), allow_nan=False)))
    assert restored is not None and math.isnan(restored.last["loss"])


@pytest.mark.parametrize("raw", [{}, {"phase": "odd"}, {"phase": "running", "ranks": 3}, {"ranks": [None]}])
def test_what_is_no_state_reads_as_nothing(raw: dict[str, object]) -> None:
    assert state_from_json(raw) is None


def test_a_policy_takes_what_is_given_and_the_defaults_for_the_rest() -> None:
    policy = policy_from_json({"grace_seconds": 5, "stall_factor": "many", "unknown": 1})
    assert policy == replace(default_policy(), grace_seconds=5.0)
    assert isinstance(default_policy(), SupervisionPolicy) and default_policy().grace_seconds == 60.0
