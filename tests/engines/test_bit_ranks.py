"""Several ranks of BiT do what one does, do what is asked of them together, and do not outlive one another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.engines.bit_runs import SMALL_BIT, told
from tests.engines.checkpoint_values import assert_same, assert_same_training, read_checkpoints
from tests.engines.engine_runs import EngineRun, write_images

TRAIN_IMAGES, EVAL_IMAGES = 70, 37
"""Neither is a multiple of any batch: two steps of 32 images an epoch leave 6 out."""

RANKS = (0, 1)
ENDLESS = ("--mode=train", "--max_train_steps=100000", "--log_steps=1")


class Runs(NamedTuple):
    """``one`` rank with batches of 32, ``two`` with 16 each; ``scored`` is two ranks that evaluate every checkpoint
    of ``two``. ``live`` is two ranks that go on from step 3 of
    ``one``, are asked for a checkpoint, a trace and a dump, and then rank 1 to stop. ``torn`` is two ranks of
    which rank 1 is killed."""

    one: EngineRun
    two: EngineRun
    scored: EngineRun
    live: EngineRun
    torn: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("ranks")
    data = write_images(folder / "data", TRAIN_IMAGES, EVAL_IMAGES)
    begun: list[EngineRun] = []

    def begin(name: str, ranks: int, *flags: str) -> EngineRun:
        flags = (*SMALL_BIT, f"--data_dir={data}", *flags)
        begun.append(EngineRun(folder / name, flags, ranks, engine="bit"))
        return begun[-1]

    def finish(run: EngineRun) -> None:
        codes = run.wait()
        assert codes == [0] * len(codes), [run.log(rank) for rank in range(len(codes))]

    try:
        dumped = ("--data_dump_flag=True", "--data_dump_step=1", "--max_checkpoint_to_save=9")
        one = begin(
            "one", 1, "--batch_size=32", f"--batch_size_eval={EVAL_IMAGES}", "--save_checkpoints_steps=3"
        )
        two = begin(
            "two", 2, "--batch_size=16", "--batch_size_eval=10", "--save_checkpoints_steps=1", *dumped
        )
        finish(one)
        finish(two)
        kept = two.run_dir / "checkpoints"
        scored = begin("scored", 2, "--mode=evaluate", "--batch_size_eval=7", f"--checkpoint_dir={kept}")
        finish(scored)
        start = one.run_dir / "checkpoints" / "model.ckpt-3"
        live = begin("live", 2, "--batch_size=16", *ENDLESS, f"--resume_from={start}")
        ask_and_stop(live)
        torn = begin("torn", 2, "--batch_size=4", *ENDLESS)
        torn.wait_until(lambda: all(len(torn.lines("step:", rank)) > 3 for rank in RANKS), "a fourth step")
        torn.processes[1].kill()
        torn.wait()
        yield Runs(one, two, scored, live, torn)
    finally:
        for run in begun:
            run.kill()


def ask_and_stop(run: EngineRun) -> None:
    """Ask for everything that can be asked for, and for a stop when it is done."""
    run.wait_until(lambda: all(run.lines("step:", rank) for rank in RANKS), "a first step")
    ahead = len(run.lines("step:")) + 60
    write_requests(
        run.run_dir,
        {"id": "save", "action": "checkpoint"},
        {"id": "trace", "action": "profile", "first": ahead, "last": ahead + 1},
        {"id": "again", "action": "profile", "first": ahead, "last": ahead + 1},
        {"id": "dump", "action": "dump", "steps": f"1|{ahead + 3}"},
        {"id": "late", "action": "dump", "steps": "0-1"},
    )
    run.wait_until(lambda: all(run.events("dump", rank) for rank in RANKS), "the dump")
    run.terminate(1)
    run.wait()


def write_requests(folder: Path, *requests: dict[str, Any]) -> None:
    """Put ``requests`` in the place of the control file, whole."""
    (folder / "control.json.tmp").write_text(json.dumps({"requests": requests}))
    (folder / "control.json.tmp").replace(folder / "control.json")


def test_two_ranks_train_the_parameters_of_one(runs: Runs, tmp_path: Path) -> None:
    ends = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in (runs.one, runs.two)]
    one, two = read_checkpoints(ends, tmp_path)
    assert one["global_step"] == 6
    assert_same_training(one, two)
    assert np.abs(one["resnet/head/conv2d/kernel"]).max() > 1e-3, "training changes more than the tolerance"


def test_what_two_ranks_apply_is_the_mean_of_their_gradients(runs: Runs, tmp_path: Path) -> None:
    (end,) = read_checkpoints([runs.two.run_dir / "checkpoints" / "model.ckpt-1"], tmp_path)
    own, other = (runs.two.dump(f"dumps/data/step-1_rank-{rank}") for rank in RANKS)
    assert (own["images"] != other["images"]).any()
    applied = {name[: -len("/Momentum")]: end[name] for name in end if name.endswith("/Momentum")}
    assert len(applied) == 25
    for name, momentum in applied.items():
        mean = (own[f"{name}/gradient"] + other[f"{name}/gradient"]) / 2
        np.testing.assert_allclose(momentum, mean, rtol=1e-5, atol=1e-7, err_msg=name)


def test_ranks_tell_the_same_numbers(runs: Runs) -> None:
    assert len(told(runs.one)) == 6
    assert told(runs.two, 0) == told(runs.two, 1)


def test_every_image_is_scored_once_whatever_ranks_and_batches(runs: Runs) -> None:
    assert [event["step"] for event in runs.scored.events("evaluation")] == [1, 2, 3, 4, 5, 6]
    one, two, scored = (run.events("evaluation")[-1] for run in (runs.one, runs.two, runs.scored))
    assert [event["images"] for event in (one, two, scored)] == [EVAL_IMAGES] * 3
    for event in (two, scored):
        for name in ("top1", "top5", "loss"):
            assert event[name] == pytest.approx(one[name], abs=1e-4)


def test_rank_0_alone_writes_and_speaks_for_all(runs: Runs) -> None:
    for kind in ("checkpoint", "evaluation", "result"):
        assert runs.two.events(kind, 0)
        assert not runs.two.events(kind, 1)
    assert not runs.two.lines("2/2 - ", 1)
    assert len(list((runs.two.run_dir / "events").iterdir())) == 1


def test_ranks_go_on_together_from_one_checkpoint(runs: Runs) -> None:
    for rank in RANKS:
        for line, straight in zip(told(runs.live, rank)[:3], told(runs.one)[3:], strict=True):
            assert line.split(",")[0] == straight.split(",")[0]
            assert float(line.split("loss: ")[1].split()[0]) == pytest.approx(
                float(straight.split("loss: ")[1].split()[0]), abs=2e-3
            )


def test_each_request_is_answered_once_by_rank_0(runs: Runs) -> None:
    answers = {event["id"]: event["ok"] for event in runs.live.events("ack")}
    assert answers == {"save": True, "trace": True, "again": False, "dump": True, "late": False}
    assert not runs.live.events("ack", 1)
    first = runs.live.events("checkpoint")[0]
    assert (runs.live.run_dir / f"{first['path']}.index").is_file()


@pytest.mark.parametrize("rank", RANKS)
def test_a_requested_trace_covers_its_steps(runs: Runs, rank: int) -> None:
    (event,) = runs.live.events("profile", rank)
    assert event["path"].endswith(f"_rank-{rank}")
    trace = json.loads((runs.live.run_dir / event["path"] / "trace.json").read_text())
    steps = {one["args"].get("step_num") for one in trace["traceEvents"] if one["ph"] == "X"}
    assert steps - {None} == {event["first"], event["last"]}


def test_a_requested_dump_shows_equal_weights_and_each_ranks_images(runs: Runs) -> None:
    own, other = (runs.live.dump(runs.live.events("dump", rank)[0]["path"]) for rank in RANKS)
    assert (own["images"] != other["images"]).any()
    weights = [name for name in own if name.endswith(("/kernel", "/gamma", "/beta", "/bias"))]
    assert_same({name: own[name] for name in weights}, {name: other[name] for name in weights}, 0.0)


def test_one_rank_asked_to_stop_takes_the_other_along(runs: Runs) -> None:
    assert runs.live.wait() == [0, 0]
    (stop,) = runs.live.events("stop")
    assert runs.live.events("stop", 1) == [stop]
    result = runs.live.result()
    assert (result["status"], result["step"]) == ("stopped", stop["step"])
    assert result["checkpoint"] == f"checkpoints/model.ckpt-{stop['step']}"
    assert (runs.live.run_dir / (result["checkpoint"] + ".index")).is_file()
    assert "Traceback" not in runs.live.log(0) + runs.live.log(1)


def test_a_killed_rank_ends_the_other_with_a_sentence(runs: Runs) -> None:
    assert runs.torn.wait() == [1, -9]
    text = runs.torn.log(0)
    assert "\nRank 1 has gone, so rank 0 cannot go on.\n" in text
    assert "Traceback" not in text
    assert not (runs.torn.run_dir / "result.json").exists()
