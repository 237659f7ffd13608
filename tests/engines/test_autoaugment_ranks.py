"""Several ranks: one gradient, one set of weights, one stop; requests and overflow while it runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from engines.autoaugment.model import WideResNet
from tests.engines.autoaugment_runs import EVAL_IMAGES, SMALL, load, write_cifar
from tests.engines.engine_runs import EngineRun

Start = Callable[..., EngineRun]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    data, runs = write_cifar(tmp_path / "data"), []

    def begin(*flags: str, ranks: int = 1) -> EngineRun:
        flags = (f"--data_dir={data}", *SMALL, "--backend=cpu", *flags)
        run = EngineRun(tmp_path / "run", flags, ranks=ranks, engine="autoaugment")
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.kill()


def ask(run: EngineRun, *requests: dict[str, object]) -> None:
    """Replace the control file as the console does."""
    path = run.run_dir / "control.json"
    path.with_suffix(".new").write_text(json.dumps({"requests": requests}))
    path.with_suffix(".new").replace(path)


def gradients_alone(weights: dict[str, np.ndarray], batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What one process computes for ``batch``."""
    network = WideResNet(10, 1, 10, 0.0)
    network.load_state_dict({name: torch.tensor(value) for name, value in weights.items()}, strict=False)
    functional.cross_entropy(network(torch.tensor(batch["images"])), torch.tensor(batch["labels"])).backward()
    return {name: parameter.grad.numpy() for name, parameter in network.named_parameters()}


def test_two_ranks_apply_the_mean_of_their_gradients_and_stay_alike(start: Start) -> None:
    run = start(
        "--dropout=0",
        "--batch_size=5",
        "--epochs=1",
        "--data_dump_flag=True",
        "--data_dump_step=0|1-2",
        ranks=2,
    )
    assert run.wait() == [0, 0], run.log(0) + run.log(1)
    weights = run.dump("dumps/data/step-0_rank-0")
    batches = [run.dump(f"dumps/data/step-1_rank-{rank}") for rank in (0, 1)]
    assert not np.array_equal(batches[0]["images"], batches[1]["images"])
    alone = [gradients_alone(weights, batch) for batch in batches]
    for name, value in weights.items():
        mean = (alone[0][name] + alone[1][name]) / 2
        scale = np.abs(mean).max()
        for batch in batches:
            assert batch[f"{name}/gradient"] == pytest.approx(mean, rel=1e-3, abs=1e-4 * scale + 1e-7), name
        weights[name] = value - 0.05 * (batches[0][f"{name}/gradient"] + 5e-4 * value)
    for rank in (0, 1):
        second = run.dump(f"dumps/data/step-2_rank-{rank}")
        wanted = functional.conv2d(
            torch.tensor(second["images"]), torch.tensor(weights["conv.weight"]), padding=1
        )
        assert second["conv/output"] == pytest.approx(wanted.numpy(), rel=1e-4, abs=1e-5)
    (event,) = run.events("evaluation")
    assert event["images"] == EVAL_IMAGES
    assert run.events("evaluation", rank=1) == []
    assert [line for line in run.lines("loss ", 1) if "fps" in line and "step 4/4" in line]


def test_a_stop_of_one_rank_ends_all_at_the_same_step_with_a_checkpoint(start: Start) -> None:
    run = start("--batch_size=5", "--epochs=100000", "--mode=train", ranks=2)
    run.wait_until(lambda: len(run.lines("loss ")) >= 2, "lines")
    ask(run, {"id": "r1", "action": "checkpoint"}, {"id": "r2", "action": "dump", "steps": "1"})
    run.wait_until(lambda: len(run.events("ack")) == 2, "answers")
    answers = {event["id"]: event for event in run.events("ack")}
    assert answers["r1"]["ok"] is True
    assert answers["r2"]["ok"] is False and "passed" in answers["r2"]["message"]
    run.terminate(1)
    assert run.wait() == [0, 0]
    (first,), (second,) = run.events("stop", 0), run.events("stop", 1)
    assert first == second
    saved = load(run.run_dir / "checkpoints" / f"model.ckpt-{first['step']}.pt")
    assert saved["step"] == first["step"]
    assert run.result()["status"] == "stopped"


def test_a_rank_that_is_gone_ends_the_other_with_one_sentence(start: Start) -> None:
    run = start("--batch_size=5", "--epochs=100000", "--mode=train", ranks=2)
    run.wait_until(lambda: run.lines("loss "), "lines")
    run.processes[1].kill()
    assert run.wait()[0] == 1
    assert run.log().rstrip().endswith("Another rank has gone, so rank 0 cannot go on.")
    assert "Traceback" not in run.log()


def test_traces_and_dumps_come_when_they_are_asked_for(start: Start) -> None:
    run = start("--epochs=100000", "--mode=train")
    run.wait_until(lambda: run.lines("loss "), "lines")
    step = int(run.lines("loss ")[-1].split("step ")[1].split("/")[0])
    ask(
        run,
        {"id": "r1", "action": "profile", "first": step + 1, "last": step + 200},
        {"id": "r2", "action": "dump", "steps": f"{step + 150}|{step + 160}"},
        {"id": "r3", "action": "profile", "first": step + 100, "last": step + 110},
    )
    run.wait_until(lambda: run.events("profile") and len(run.events("dump")) == 2, "trace and dumps")
    assert [event["ok"] for event in run.events("ack")] == [True, True, False]
    assert [event["step"] for event in run.events("dump")] == [step + 150, step + 160]
    assert len(run.dump(f"dumps/data/step-{step + 150}_rank-0")) == run.events("dump")[0]["tensors"]
    assert list((run.run_dir / run.events("profile")[0]["path"]).glob("*.pt.trace.json"))
    run.terminate(0)
    assert run.wait() == [0]


def test_an_overflow_is_told_written_and_ends_the_training_where_asked(start: Start) -> None:
    run = start("--lr=1e30", "--dropout=0", "--mode=train", "--over_dump=True", "--over_dump_stop=True")
    assert run.wait() == [0]
    (event,) = run.events("overflow")
    assert (event["step"], run.events("stop")) == (2, [{"kind": "stop", "step": 2}])
    tensors = run.dump(event["path"])
    assert not np.isfinite(tensors[event["tensor"]]).all()
    assert event["count"] == int((~np.isfinite(tensors[event["tensor"]])).sum())
    assert np.isfinite(tensors[event["tensor"] + "/input"]).any()
    assert run.lines("Stopped by") == ["Stopped by --over_dump_stop; no checkpoint is made of step 2."]
    assert not run.events("checkpoint")
    assert not list(run.run_dir.glob("checkpoints/*"))
    result = run.result()
    assert (result["status"], result["reason"], result["step"]) == ("stopped", "overflow", 2)


def test_training_goes_on_over_an_overflow_unless_it_is_to_stop(start: Start) -> None:
    run = start("--lr=1e30", "--mode=train", "--over_dump=True", "--epochs=1")
    assert run.wait() == [0]
    assert [event["step"] for event in run.events("overflow")] == [2, 3, 4]
    assert run.result()["status"] == "finished"
