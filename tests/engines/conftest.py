"""Runs that several tests look at are made once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.engine_runs import PYTHON, SMALL_ALEXNET, EngineRun, write_images

# It takes two versions of TensorFlow to carry checkpoints between them.
collect_ignore_glob = ["test_*_versions.py"] if Path(PYTHON) == Path(sys.executable) else []

StartEngine = Callable[..., EngineRun]


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 20 training and 11 evaluation images."""
    return write_images(tmp_path_factory.mktemp("images"))


@pytest.fixture
def start(tmp_path: Path, images: Path) -> Iterator[StartEngine]:
    """Starts the small AlexNet with further flags; what still runs at the end of the test is killed."""
    runs = []

    def begin(*flags: str, name: str = "run", **options: Any) -> EngineRun:
        run = EngineRun(tmp_path / name, [f"--data_dir={images}", *SMALL_ALEXNET, *flags], **options)
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.kill()


@pytest.fixture(scope="session")
def alexnet_run(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[EngineRun]:
    """One whole training on one rank: six steps, three evaluations, checkpoints, dumps and a trace."""
    flags = [f"--data_dir={images}", *SMALL_ALEXNET, *WHOLE_RUN]
    run = EngineRun(tmp_path_factory.mktemp("alexnet"), flags)
    try:
        assert run.wait() == [0], run.log()
        yield run
    finally:
        run.kill()


WHOLE_RUN = (
    "--dropout=0.35 --epochs_between_evals=1 --save_checkpoints_steps=3 --max_checkpoint_to_save=2 "
    "--save_summary_steps=2 --data_dump_flag=True --data_dump_step=0|1-3|6 --profiling=True "
    "--profiling_steps=4-5"
).split()
