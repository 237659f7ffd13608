"""The training loop on a stepper that computes nothing: what is due when, what is kept, and how it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engines.common.checkpoints.folder import CheckpointFolder
from engines.common.devices.ranks import RankEnvironment
from engines.common.job import Job
from engines.common.reporting.reporter import Reporter, StepNumbers
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan
from engines.common.stop_flag import StopFlag
from engines.training.engine import Engine, Progress
from engines.training.outcome import Outcome, end_with, training_result
from engines.training.stepper import Means, Stepper, Verdict
from engines.training.trainer import Trainer

PLAN = StepPlan(train_images=40, global_batch=10, total_steps=8)


@dataclass(frozen=True)
class Script:
    """What happens in which step."""

    stop_at: int = 0
    overflow_at: int = 0
    top1: dict[int, float] = field(default_factory=dict)
    patience: int = 0


class ScriptedStepper(Stepper):
    """Makes the steps of a script, and notes what the trainer asks of it."""

    def __init__(self, job: Job, script: Script) -> None:
        super().__init__(job)
        self.script = script
        self.step = 0
        self.closed: list[tuple[int, bool]] = []
        self.returned_to: list[Path | None] = []
        self.worse = 0

    def run(self, step: int) -> None:
        self.step, self.learning_rate = step, 0.1

    def line_means(self) -> Means:
        self.loss = 1.0 / self.step
        return Means(self.loss, 0.5)

    def agree(self, step: int) -> Verdict:
        return Verdict(step == self.script.stop_at, step == self.script.overflow_at)

    def summary(self, told: StepNumbers | None) -> dict[str, float]:
        return {"loss": told.loss} if told is not None else {}

    def close(self, step: int, ended: bool) -> None:
        self.closed.append((step, ended))

    def save(self, path: Path, step: int) -> None:
        path.write_text(str(step))

    def evaluate(self) -> Scores:
        return Scores(0.1, self.script.top1.get(self.step, 0.0), 1.0, 4)

    def is_best(self, top1: float, kept: Any) -> bool:
        best = super().is_best(top1, kept)
        self.worse = 0 if best else self.worse + 1
        return best

    def exhausted(self) -> bool:
        return self.worse >= self.script.patience > 0

    def return_to(self, best: Path | None) -> bool:
        self.returned_to.append(best)
        return False

    def trace(self, first: int, last: int) -> tuple[int, int]:
        return first, last

    def dump(self, steps: Collection[int]) -> str | None:
        return None


class Words(Engine):
    """The shortest lines there are."""

    def training_line(self, numbers: StepNumbers) -> str:
        return f"line {numbers.step}/{numbers.total_steps} loss {numbers.loss:.3f}"

    def evaluation_lines(self, progress: Progress, scores: Scores) -> list[str]:
        return [f"scored {progress.step} top1 {scores.top1}"]


@dataclass
class Ran:
    """A training that has ended, with what it printed."""

    outcome: Outcome
    stepper: ScriptedStepper
    printed: list[str]
    job: Job
    store: CheckpointFolder

    def events(self, kind: str) -> list[dict[str, Any]]:
        found = [json.loads(line[len("@event ") :]) for line in self.printed if line.startswith("@event ")]
        return [event for event in found if event["kind"] == kind]

    def lines(self, start: str) -> list[str]:
        return [line for line in self.printed if line.startswith(start)]


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def train(script: Script, start: int = 0, period: int | None = None, rank: int = 0, **flags: Any) -> Ran:
        defaults = {
            "run_dir": tmp_path,
            "display_every": 2,
            "iterations_per_loop": 1,
            "save_summary_steps": 3,
            "save_checkpoints_steps": 3,
        }
        job = Job(
            engine="words",
            options=SimpleNamespace(**{**defaults, **flags}),  # type: ignore[arg-type]
            toggles=SimpleNamespace(overflow_stop=script.overflow_at > 0, overflow_dump=False),  # type: ignore[arg-type]
            ranks=RankEnvironment(rank, rank + 1),
            backend="cpu",
            reporter=Reporter(),
            stop=StopFlag(),
            started=time.time() - 1.0,
            resume_from=None,
            restore_path=None,
            scored=(),
        )
        store = CheckpointFolder(tmp_path / "checkpoints", 99, ".pt")
        stepper = ScriptedStepper(job, script)
        keeper = store if rank == 0 else None
        outcome = Trainer(job, Words(job.options), PLAN, stepper, keeper, period).run(start)
        return Ran(outcome, stepper, capsys.readouterr().out.splitlines(), job, store)

    return train


def test_lines_and_checkpoints_come_when_they_are_due_and_at_the_end(run: Run) -> None:
    ran = run(Script())
    assert ran.lines("line") == [f"line {step}/8 loss {1 / step:.3f}" for step in (2, 4, 6, 8)]
    assert [event["step"] for event in ran.events("checkpoint")] == [3, 6, 8]
    assert (ran.outcome.step, ran.outcome.stopped, ran.outcome.loss) == (8, False, 0.125)
    assert [step for step, ended in ran.stepper.closed if ended] == [8]


def test_a_line_ends_with_the_loop_of_steps_that_it_times(run: Run) -> None:
    assert [line.split("/")[0] for line in run(Script(), iterations_per_loop=3).lines("line")] == [
        "line 6",
        "line 8",
    ]


def test_a_stop_is_saved_and_no_request(run: Run) -> None:
    ran = run(Script(stop_at=4))
    assert (ran.outcome.step, ran.outcome.stopped, ran.outcome.overflow) == (4, True, False)
    assert ran.events("checkpoint")[-1]["step"] == 4
    assert training_result(PLAN, ran.outcome, ran.store, 1).reason is None


def test_a_step_that_overflowed_is_never_saved_nor_scored_and_its_stop_has_a_reason(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(Script(overflow_at=3), period=3)
    assert ran.lines("Stopped") == ["Stopped by --over_dump_stop; no checkpoint is made of step 3."]
    assert not ran.events("checkpoint") and not ran.events("evaluation")
    result = training_result(PLAN, ran.outcome, ran.store, 1)
    assert (result.status, result.reason, result.step) == ("stopped", "overflow", 3)
    assert end_with(ran.job, result) == 0
    assert json.loads((ran.job.run_dir / "result.json").read_text())["reason"] == "overflow"


def test_the_best_evaluation_is_kept_with_its_checkpoint(run: Run) -> None:
    ran = run(Script(top1={2: 0.5, 4: 0.75, 6: 0.75, 8: 0.25}), period=2)
    assert [event["step"] for event in ran.events("evaluation")] == [2, 4, 6, 8]
    assert ran.store.best is not None
    assert (ran.store.best.step, ran.store.best.top1) == (4, 0.75)
    result = training_result(PLAN, ran.outcome, ran.store, 1)
    assert (result.top1, result.best_checkpoint) == (0.25, ran.store.best.path)


def test_a_training_that_gets_no_better_ends_with_its_best_weights(run: Run) -> None:
    ran = run(Script(top1={2: 0.5, 4: 0.75}, patience=1), period=2)
    assert ran.outcome.step == 6 and not ran.outcome.stopped
    assert ran.lines("Early") == ["Early stopping at step 6: the best weights are those of step 4."]
    assert ran.store.best is not None and ran.stepper.returned_to == [ran.store.best.path]
    assert ran.lines("scored")[-1].startswith("scored 4")


def test_another_rank_trains_alike_and_keeps_its_silence(run: Run) -> None:
    ran = run(Script(top1={2: 0.5}), period=2, rank=1)
    assert ran.outcome.step == 8 and ran.outcome.scores is not None
    assert not ran.events("checkpoint") and not ran.events("evaluation") and not ran.lines("scored")


def test_requests_are_answered_once_by_what_is_possible(run: Run, tmp_path: Path) -> None:
    asked = [
        {"id": "r1", "action": "checkpoint"},
        {"id": "r2", "action": "dump", "steps": "4"},
        {"id": "r3", "action": "profile", "first": 9, "last": 9},
    ]
    (tmp_path / "control.json").write_text(json.dumps({"requests": asked}))
    answers = run(Script(), start=2).events("ack")
    assert [(one["id"], one["ok"], one["message"]) for one in answers] == [
        ("r1", True, "checkpoint written at step 2"),
        ("r2", True, "steps 4 will be dumped"),
        ("r3", False, "the training ends at step 8"),
    ]
