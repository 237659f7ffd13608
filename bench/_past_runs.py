"""A home with a history: ended runs as the supervisor would have left them, without their logs and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from console.launch.options.choices import Choices
from console.launch.plan import RankCommand
from console.runs.files import make_private_dir, plain, write_json
from console.runs.spec.choices import choices_to_json
from console.runs.state import Cause, Phase, RunState, starting_state

ENDS = (Phase.FINISHED, Phase.STOPPED, Phase.FINISHED, Phase.FAILED)
DATASETS = ("digits", "imagenet")
HOUR = 3600.0


def write_past_runs(runs_dir: Path, count: int, newest: float) -> None:
    """Write ``count`` ended runs, 90 minutes apart, the last begun at ``newest`` (Unix seconds)."""
    runs_dir.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        _write_run(runs_dir, number, newest - 1.5 * HOUR * (count - 1 - number))


def _write_run(runs_dir: Path, number: int, created: float) -> None:
    devices = 2 ** (number % 4)
    folder = runs_dir / f"alexnet-{devices}p-{number:04}"
    make_private_dir(folder)
    ranks = [RankCommand(rank, rank, ("python", "engines", "alexnet"), {}) for rank in range(devices)]
    state = _ended(starting_state(folder.name, created, ranks), ENDS[number % len(ENDS)], number)
    write_json(folder / "state.json", plain(state), durable=False)
    write_json(folder / "spec.json", _spec(state, DATASETS[number % 2], ranks), durable=False)


def _ended(state: RunState, phase: Phase, number: int) -> RunState:
    end = state.created + 60.0 + 37.0 * (number % 90)
    failed = phase is Phase.FAILED
    return replace(
        state,
        phase=phase,
        started=state.created + 2.0,
        ended=end,
        ranks=tuple(replace(rank, phase=phase, last_step=40 * number) for rank in state.ranks),
        last={"loss": 2.3 / (1 + number % 7), "throughput": 310.0 + 7 * (number % 40)},
        best={} if failed else {"eval/top1": 0.91 + 0.001 * (number % 80)},
        cause=Cause("rank_failed", 0, "ValueError: wrong shape", 12) if failed else Cause("done"),
        updated=end,
    )


def _spec(state: RunState, dataset: str, ranks: Sequence[RankCommand]) -> dict[str, object]:
    choices = Choices(profile="alexnet", dataset=dataset, devices=len(ranks))
    return {
        "version": 1,
        "run_id": state.run_id,
        "created": state.created,
        "profile": "alexnet",
        "dataset": dataset,
        "backend": "cpu",
        "devices": len(ranks),
        "parameters": {},
        "choices": choices_to_json(choices),
        "note": "",
        "ranks": [
            {"rank": one.rank, "device": one.device, "argv": list(one.argv), "env": {}} for one in ranks
        ],
    }
