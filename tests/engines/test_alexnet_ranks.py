"""Several ranks do what one does: the same training, the same scores, one voice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import assert_same_training, read_checkpoints
from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun, write_images

TRAIN_IMAGES, EVAL_IMAGES = 70, 37
"""Neither is a multiple of any batch: two steps of 32 images an epoch leave 6 out."""


class Runs(NamedTuple):
    """``one`` rank with batches of 32, ``two`` with 16 each; ``scored`` is three ranks that evaluate the last
    checkpoint of ``two``; ``resumed`` is two ranks that go on from step 3 of ``one``, of which rank 1 is killed
    at some step after 6."""

    one: EngineRun
    two: EngineRun
    scored: EngineRun
    resumed: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("ranks")
    data = write_images(folder / "data", TRAIN_IMAGES, EVAL_IMAGES)
    begun: list[EngineRun] = []

    def begin(name: str, ranks: int, *flags: str) -> EngineRun:
        flags = (*SMALL_ALEXNET, f"--data_dir={data}", "--save_checkpoints_steps=3", *flags)
        begun.append(EngineRun(folder / name, flags, ranks))
        return begun[-1]

    def finish(run: EngineRun) -> None:
        codes = run.wait()
        assert codes == [0] * len(codes), [run.log(rank) for rank in range(len(codes))]

    try:
        one = begin("one", 1, "--batch_size=32", f"--batch_size_eval={EVAL_IMAGES}")
        two = begin("two", 2, "--batch_size=16", "--batch_size_eval=10")
        finish(one)
        start = one.run_dir / "checkpoints" / "model.ckpt-3"
        endless = ("--mode=train", "--max_train_steps=100000")
        resumed = begin("resumed", 2, "--batch_size=16", *endless, f"--resume_from={start}")
        finish(two)
        last = two.run_dir / "checkpoints" / "model.ckpt-6"
        scored = begin("scored", 3, "--mode=evaluate", "--batch_size_eval=5", f"--restore_path={last}")
        resumed.wait_until(lambda: len(resumed.lines("step:")) > 3, "a fourth step")
        resumed.processes[1].kill()
        finish(scored)
        yield Runs(one, two, scored, resumed)
    finally:
        for run in begun:
            run.kill()


def test_two_ranks_train_the_parameters_of_one(runs: Runs, tmp_path: Path) -> None:
    ends = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in (runs.one, runs.two)]
    middle = runs.one.run_dir / "checkpoints" / "model.ckpt-3"
    one, two, earlier = read_checkpoints([*ends, middle], tmp_path)
    assert one["global_step"] == 6
    assert_same_training(one, two)
    moved = np.abs(one["dense_2/kernel"] - earlier["dense_2/kernel"]).max()
    assert moved > 1e-3, "training changes far more than the tolerance"


def test_ranks_tell_the_same_numbers(runs: Runs) -> None:
    assert len(told(runs.one, 0)) == 6
    assert told(runs.two, 0) == told(runs.two, 1)


def test_ranks_go_on_together_from_one_checkpoint(runs: Runs) -> None:
    for rank in (0, 1):
        numbers = [np.array(re.findall(r"[\d.]+", line), float) for line in told(runs.resumed, rank)[:3]]
        straight = [np.array(re.findall(r"[\d.]+", line), float) for line in told(runs.one, 0)[3:]]
        np.testing.assert_allclose(numbers, straight, atol=2e-3)


def test_a_killed_rank_ends_the_other_with_a_sentence(runs: Runs) -> None:
    assert runs.resumed.wait() == [1, -9]
    text = runs.resumed.log(0)
    assert text.endswith("\nRank 1 has gone, so rank 0 cannot go on.\n")
    assert "Traceback" not in text
    assert not (runs.resumed.run_dir / "result.json").exists()


def test_rank_0_alone_writes_and_speaks_for_all(runs: Runs) -> None:
    for kind in ("checkpoint", "evaluation", "result"):
        assert runs.two.events(kind, 0)
        assert not runs.two.events(kind, 1)
    assert [event["world_size"] for event in runs.two.events("start", 1)] == [2]
    assert len(list((runs.two.run_dir / "events").iterdir())) == 1


def test_every_image_is_scored_once_whatever_ranks_and_batches(runs: Runs) -> None:
    scores = [run.events("evaluation")[-1] for run in (runs.one, runs.two, runs.scored)]
    assert [event["images"] for event in scores] == [EVAL_IMAGES] * 3
    for event in scores[1:]:
        for name in ("top1", "top5", "loss"):
            assert event[name] == pytest.approx(scores[0][name], abs=1e-4)


def test_evaluation_prints_the_original_table(runs: Runs) -> None:
    text = runs.scored.log()
    event = runs.scored.events("evaluation")[0]
    assert f"Evaluating\nValidation dataset size: {EVAL_IMAGES}\n" in text
    row = text.split(" step  epoch  top1    top5     loss   checkpoint_time(UTC)\n")[1].split("\n")[0]
    fields = re.fullmatch(
        r" {4}6 +(\d+\.\d)  (\d+\.\d{3})  ( *\d+\.\d\d)  ( *\d\.\d\d)  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row
    )
    assert fields, row
    assert float(fields[2]) == pytest.approx(100 * event["top1"], abs=6e-4)
    assert float(fields[3]) == pytest.approx(100 * event["top5"], abs=6e-3)
    assert float(fields[4]) == pytest.approx(event["loss"], abs=6e-3)
    assert "Finished evaluation" in text
    result = runs.scored.result()
    assert (result["status"], result["step"], result["eval_images"]) == ("finished", 6, EVAL_IMAGES)
    assert result["top1"] == event["top1"]


def told(run: EngineRun, rank: int) -> list[str]:
    """The metric lines of a rank without what depends on time."""
    return [re.sub(r"FPS:[^,]*,|batch_time:\S*", "", line) for line in run.lines("step:", rank)]
