"""Measurements in processes of their own, all with the same cores and settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.engines.cases import Case
from console.locations import engines_dir

SCRIPTS = Path(__file__).parent / "scripts"
PYTHON = os.environ.get("ENGINE_PYTHON", sys.executable)
THREADS = len(os.sched_getaffinity(0))
SECONDS = 8
"""How long each measurement goes on after its first steps, at least."""

PATIENCE = 900.0

LINE_FLAGS = {"bit": "--log_steps"}
"""What engines call the steps between metric lines where it is not ``--display_every``."""


class MeasurementError(Exception):
    """A measurement that could not be made, in a line."""


def engine_step(case: Case, mode: str | None) -> float:
    """Images/s of the engine's training step, as its own ``result.json`` tells; ``mode`` is the precision."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [*common_flags(case, folder), "--mode=train", "--synthetic=True", *case.flags]
        lines = LINE_FLAGS.get(case.engine, "--display_every")
        flags += [f"--max_train_steps={case.steps}", f"{lines}={case.steps // 4}"]
        flags += ["--do_checkpoint=False"] + ([f"--precision_mode={mode}"] if mode else [])
        run([str(engines_dir()), case.engine, *flags])
        return float(json.loads(Path(folder, "result.json").read_text("utf-8"))["throughput"])


def engine_feed(case: Case, data: Path) -> float:
    """Images/s of the engine's input pipeline alone."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [*common_flags(case, folder), "--mode=train", f"--data_dir={data}", *case.flags]
        return spoken([str(SCRIPTS / "feed_engine.py"), case.engine, str(SECONDS), *flags])


def peer_step(case: Case) -> float:
    """Images/s of the peer's training step."""
    assert case.peer is not None
    script, *words = case.peer
    numbers = (case.batch, case.size, case.classes, THREADS, case.steps)
    return spoken([str(SCRIPTS / script), *words, *map(str, numbers)])


def peer_feed(case: Case, data: Path) -> float:
    """Images/s of the peer's input pipeline."""
    assert case.peer is not None
    script, *words = case.peer
    return spoken(
        [str(SCRIPTS / script), *words, str(data), *map(str, (case.batch, case.size, THREADS, SECONDS))]
    )


def common_flags(case: Case, folder: str) -> list[str]:
    """Flags that every measurement of an engine has."""
    flags = {
        "run_dir": folder,
        "backend": "cpu",
        "batch_size": case.batch,
        "image_size": case.size,
        "num_classes": case.classes,
        "threads": THREADS,
    }
    return [f"--{name}={value}" for name, value in flags.items()]


def spoken(words: list[str]) -> float:
    """The number that a script prints last."""
    return float(run(words).split()[-1])


def run(words: list[str]) -> str:
    """What a program under the engines' interpreter prints. Raises :class:`MeasurementError` with its last line."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(engines_dir().parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [PYTHON, *words],
                env=environment,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"took more than {PATIENCE:.0f} s") from None
    if done.returncode:
        raise MeasurementError((done.stderr.strip() or done.stdout.strip() or "no word why").splitlines()[-1])
    return done.stdout
