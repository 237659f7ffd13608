"""Makes run folders as a launch, a supervisor and engines leave them, at fixed times, by the real classes.

This process stands for the supervisor of a run that is going on; its ranks have no process of their own.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from console.catalog.loader import load_catalog
from console.catalog.profile import Backend
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.plan import LaunchPlan, RankCommand
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore
from console.runs.files import plain, write_json
from console.runs.folder import RunFolder
from console.runs.processes.table import identify
from console.runs.spec.freeze import freeze
from console.runs.spec.policy import default_policy
from console.runs.state import Cause, Phase, RankState, RunState

STARTED = 1_767_000_000.0
"""When every made run began, in Unix seconds."""

STEPS_PER_EPOCH = 22
STEP_SECONDS = 0.4
LOG_EVERY = 5


@dataclass(frozen=True)
class Story:
    """What happened in a run: how long it is, how far it came, and what went wrong."""

    run_id: str = "alexnet-digits-2p-1229-0920"
    profile: str = "alexnet"
    dataset: str = "digits"
    world_size: int = 2
    backend: Backend = Backend.CPU
    total_steps: int = 660
    steps: int = 400
    phase: Phase = Phase.RUNNING
    cause: Cause | None = None
    checkpoints: Sequence[int] = (132, 264, 396)
    nonfinite_from: int | None = None
    overflows: Sequence[int] = ()
    stalled: bool = False
    behind: Mapping[int, int] = field(default_factory=dict)
    exit_codes: Mapping[int, int] = field(default_factory=dict)
    last_words: Mapping[int, Sequence[str]] = field(default_factory=dict)
    result: Mapping[str, object] | None = None
    resumed_from: tuple[str, int] | None = None
    first_step: int = 0
    seed: int = 7
    extra_metrics: Sequence[str] = ()


def now_of(story: Story) -> float:
    """The moment at which the picture of a run is taken: two seconds after its last line."""
    return STARTED + 20 + story.steps * STEP_SECONDS + 2


def make_run(runs_dir: Path, story: Story) -> RunFolder:
    """Write a whole run folder."""
    folder = RunFolder(runs_dir / story.run_id)
    folder.path.mkdir(parents=True, mode=0o700)
    write_json(folder.spec_path, _spec(folder, story))
    samples = list(_samples(story))
    events = list(_events(story))
    with SampleStore.open(folder.store_path) as store:
        store.append(samples, events, {})
    for rank in range(story.world_size):
        lines = [*_log_lines(samples, events, rank), *story.last_words.get(rank, ())]
        folder.log_path(rank).write_text("\n".join(lines) + "\n")
    write_json(folder.state_path, plain(state_of(story, samples)))
    for step in story.checkpoints:
        _write_checkpoint(folder, step)
    if story.result is not None:
        write_json(folder.result_path, dict(story.result))
    return folder


def _spec(folder: RunFolder, story: Story) -> dict[str, object]:
    ranks = tuple(
        RankCommand(rank, rank, ("python3", "engines", story.profile), {"RANK_ID": str(rank)})
        for rank in range(story.world_size)
    )
    profile = load_catalog().profiles.get(story.profile)
    plan = LaunchPlan(
        run_name=story.run_id,
        profile=story.profile,
        dataset=story.dataset,
        data_dir=Path("/data/digits"),
        backend=story.backend,
        runtime=None,
        parameters={"batch_size": 32},
        toggles=ToggleChoices(),
        choices=Choices(profile=story.profile),
        ranks=ranks,
        findings=(),
        cwd=folder.path,
        run_dir=folder.path,
        published=profile.published_for(story.dataset, story.world_size) if profile else (),
    )
    document = freeze(plan, default_policy(), STARTED, 0o022)
    if story.resumed_from is not None:
        run, step = story.resumed_from
        document["resume"] = {"run": run, "checkpoint": f"checkpoints/model.ckpt-{step}", "step": step}
    return document


def _moment(step: int) -> float:
    return STARTED + 20 + step * STEP_SECONDS


def _samples(story: Story) -> Iterator[Sample]:
    """What each rank prints every few steps: a falling loss, a rate that warms up and decays, accuracies."""
    source = random.Random(story.seed)
    for step in range(story.first_step + LOG_EVERY, story.steps + 1, LOG_EVERY):
        epoch, share = step / STEPS_PER_EPOCH, step / story.total_steps
        rate = 0.06 * min(step / 44, 1.0) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        for rank in range(story.world_size):
            if step > story.steps - story.behind.get(rank, 0):
                continue
            loss = (
                0.02 + 2.3 * math.exp(-step / 90) * (1 + source.gauss(0, 0.12)) + abs(source.gauss(0, 0.02))
            )
            if story.nonfinite_from is not None and step >= story.nonfinite_from:
                loss = math.nan
            values = {
                "loss": loss,
                "total_loss": loss + 0.8,
                "lr": rate,
                "throughput": (690 + 12 * rank) * (1 + source.gauss(0, 0.02)) * (0.4 if step < 10 else 1),
                "step_time": STEP_SECONDS * (1 + source.gauss(0, 0.03)),
                "top1": min(max(1 - 0.9 * math.exp(-step / 110) + source.gauss(0, 0.02), 0.05), 1.0),
            }
            values |= {name: source.random() for name in story.extra_metrics}
            for name, value in values.items():
                yield Sample(rank, step, epoch, _moment(step), name, value)
        if step % (STEPS_PER_EPOCH * 5) == 0:
            top1 = 1 - 0.9 * math.exp(-step / 100)
            yield Sample(0, step, epoch, _moment(step), "eval/top1", top1)
            yield Sample(0, step, epoch, _moment(step), "eval/loss", 2.3 * math.exp(-step / 95) + 0.03)


def _events(story: Story) -> Iterator[Event]:
    start = {"kind": "start", "engine": story.profile, "steps_per_epoch": STEPS_PER_EPOCH}
    for rank in range(story.world_size):
        yield Event(rank, 0, STARTED + 15, "start", start | {"total_steps": story.total_steps})
    for step in story.checkpoints:
        yield Event(
            0, step, _moment(step), "checkpoint", {"step": step, "path": f"checkpoints/model.ckpt-{step}"}
        )
    for step in story.overflows:
        path = f"dumps/overflow/step-{step}_rank-0"
        yield Event(0, step, _moment(step), "overflow", {"tensor": "dense_2/grad", "count": 12, "path": path})
    if story.stalled:
        yield Event(0, story.steps, _moment(story.steps), "stalled", {"seconds": 65.0, "limit": 60.0})
    for rank, code in story.exit_codes.items():
        yield Event(rank, story.steps, _moment(story.steps), "rank_exit", {"exit_code": code, "signal": None})


def _log_lines(samples: Sequence[Sample], events: Sequence[Event], rank: int) -> Iterator[str]:
    yield "2025-12-29 09:20:15.113024: I tensorflow/core/platform/cpu_feature_guard.cc:210] oneDNN is on"
    yield f"rank {rank}: 1437 training images, 360 evaluation images, 61266088 parameters"
    yield "WARNING: 3 images are smaller than the crop and were enlarged"
    rows: dict[int, dict[str, float]] = {}
    for sample in samples:
        if sample.rank == rank:
            rows.setdefault(sample.step, {"epoch": sample.epoch})[sample.name] = sample.value
    said = {event.step: event for event in events if event.rank == rank and event.kind == "checkpoint"}
    for step, values in rows.items():
        if "loss" in values:
            yield (
                f"step:{step:6d}  epoch:{values['epoch']:5.1f}  FPS:{values['throughput']:7.1f}, "
                f"loss:{values['loss']:6.3f}, total_loss:{values['total_loss']:6.3f}, lr:{values['lr']:.6f}"
            )
        if step - step % LOG_EVERY in said or step in said:
            yield "@event " + json.dumps({"kind": "checkpoint"} | dict(said[step].detail))


def state_of(story: Story, samples: Sequence[Sample]) -> RunState:
    """The supervisor's last word on a run."""
    newest: dict[str, float] = {}
    for sample in samples:
        if sample.rank == 0:
            newest[sample.name] = sample.value
    ended = None if not story.phase.final else _moment(story.steps) + 1
    ranks = tuple(
        RankState(
            rank=rank,
            device=rank,
            phase=Phase.FAILED if story.exit_codes.get(rank) else story.phase,
            exit_code=story.exit_codes.get(rank, 0 if story.phase.final else None),
            last_step=story.steps - story.behind.get(rank, 0),
            last_line_time=_moment(story.steps - story.behind.get(rank, 0)),
        )
        for rank in range(story.world_size)
    )
    return RunState(
        run_id=story.run_id,
        phase=story.phase,
        created=STARTED,
        started=STARTED + 1,
        ended=ended,
        supervisor=None if story.phase.final else identify(os.getpid()),
        ranks=ranks,
        attempt=1,
        last={**newest, "step": float(story.steps), "epoch": story.steps / STEPS_PER_EPOCH} if newest else {},
        best={"eval/top1": newest["eval/top1"]} if "eval/top1" in newest else {},
        total_steps=story.total_steps,
        total_epochs=story.total_steps / STEPS_PER_EPOCH,
        stalled=story.stalled,
        acknowledged={},
        cause=story.cause,
        updated=_moment(story.steps) + 0.2,
    )


def _write_checkpoint(folder: RunFolder, step: int) -> None:
    folder.checkpoints_path.mkdir(exist_ok=True)
    for suffix in ("index", "data-00000-of-00001"):
        (folder.checkpoints_path / f"model.ckpt-{step}.{suffix}").write_bytes(b"x" * 1000)


RUNNING = Story()
EIGHT_RANKS = replace(
    RUNNING, run_id="alexnet-imagenet-8p-1229-0920", world_size=8, dataset="imagenet", behind={7: 10}
)
NPU = replace(EIGHT_RANKS, backend=Backend.NPU)
EMPTY = replace(RUNNING, steps=0, phase=Phase.STARTING, checkpoints=())
NONFINITE = replace(RUNNING, nonfinite_from=380, overflows=(380, 385))
FAILED = replace(
    RUNNING,
    phase=Phase.FAILED,
    exit_codes={1: 1},
    cause=Cause("rank_failed", 1, "ValueError: image 17 has 4 channels, expected 3", 87),
    last_words={
        1: (
            "Traceback (most recent call last):",
            '  File "engines/graph/input.py", line 88, in decode',
            "    raise ValueError(message)",
            "ValueError: image 17 has 4 channels, expected 3",
        )
    },
)
FINISHED = replace(
    RUNNING,
    phase=Phase.FINISHED,
    steps=660,
    checkpoints=(132, 264, 396, 528, 660),
    cause=Cause("done"),
    result={
        "engine": "alexnet",
        "status": "finished",
        "step": 660,
        "top1": 0.9861,
        "top5": 1.0,
        "eval_loss": 0.0521,
        "eval_images": 360,
        "throughput": 697.2,
        "checkpoint": "checkpoints/model.ckpt-660",
    },
)
