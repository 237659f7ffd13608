"""Everything about a run that is settled before the framework is imported."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Callable, NamedTuple, Optional, Tuple

from engines.common.checkpoints.exporting import check_export
from engines.common.checkpoints.folder import Checkpoint, checkpoint_step, find_checkpoint, list_checkpoints
from engines.common.data.tfrecords import find_files
from engines.common.devices.backend_selection import (
    check_tensorflow_backend,
    choose_backend,
)
from engines.common.devices.ranks import RankEnvironment, read_rank_environment
from engines.common.errors import UsageError
from engines.common.flags.settings import Settings
from engines.common.flags.toggles import Toggles, read_toggles
from engines.common.reporting.reporter import Reporter
from engines.common.stop_flag import StopFlag
from engines.registry import ENGINES


class Job(NamedTuple):
    """One rank's part of a run.

    ``options`` are the engine's settings. ``started`` is in Unix seconds.
    ``resume_from`` and ``restore_path`` are checkpoints that exist; ``scored`` are the ones that mode
    ``evaluate`` scores, or the one that mode ``export`` writes.
    """

    engine: str
    options: Settings
    toggles: Toggles
    ranks: RankEnvironment
    backend: str
    reporter: Reporter
    stop: StopFlag
    started: float
    resume_from: Optional[Path]
    restore_path: Optional[Path]
    scored: Tuple[Checkpoint, ...]

    @property
    def run_dir(self) -> Path:
        """The run folder."""
        return self.options.run_dir

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the run's own checkpoints."""
        return self.run_dir / "checkpoints"

    @property
    def trains(self) -> bool:
        """Whether the mode includes training."""
        return self.options.trains

    @property
    def evaluates(self) -> bool:
        """Whether the mode includes evaluation."""
        return self.options.evaluates

    @property
    def exports(self) -> bool:
        """Whether the mode is to write the network of a checkpoint in a form for use."""
        return self.options.exports

    @property
    def live_debugging(self) -> bool:
        """Whether dumps and traces can be asked for while the run goes on: the NPU's are set at its start."""
        return self.backend == "cpu"

    def relative(self, path: Path) -> str:
        """``path`` for an event line: relative to the run folder where it lies in it."""
        try:
            return str(path.resolve().relative_to(self.run_dir.resolve()))
        except ValueError:
            return str(path)


class Checks(NamedTuple):
    """The conditions of an engine's data and framework, checked before the framework is imported.

    ``data`` looks whether the data set of the options is there. ``backend`` is given the chosen
    backend, the toggles and the ranks. Both raise :class:`UsageError`.
    """

    data: Callable[[Settings], None]
    backend: Callable[[str, Toggles, RankEnvironment], None]


def prepare_job(engine: str, options: Settings, stop: StopFlag, checks: Optional[Checks] = None) -> Job:
    """Check ``options`` against the environment and the disk, by ``checks`` or else as TensorFlow on TFRecord
    files needs it. Raises :class:`UsageError`."""
    checks = checks or Checks(check_record_files, check_tensorflow_backend)
    ranks = read_rank_environment(os.environ)
    if options.rank_size not in (None, ranks.world_size):
        raise UsageError(
            "--rank_size is {}, but RANK_SIZE is {}: start one process per rank, "
            "each with RANK_SIZE set.".format(options.rank_size, ranks.world_size)
        )
    toggles = read_toggles(options, options.run_dir)
    if options.exports:
        check_export(options, ranks.world_size)
        backend = "cpu"
    else:
        backend = choose_backend(options.backend, ENGINES[engine].adapter)
        checks.backend(backend, toggles, ranks)
        if not options.synthetic:
            checks.data(options)
    log = options.run_dir / options.log_name if options.log_name and ranks.rank == 0 else None
    return Job(
        engine=engine,
        options=options,
        toggles=toggles,
        ranks=ranks,
        backend=backend,
        reporter=Reporter(log),
        stop=stop,
        started=time.time(),
        resume_from=_resume_checkpoint(options),
        restore_path=find_checkpoint(options.restore_path, "--restore_path")
        if options.restore_path
        else None,
        scored=() if options.trains else _named_checkpoint(options) or _own_checkpoints(options),
    )


def check_record_files(options: Settings) -> None:
    """The TFRecord files that the mode reads are there."""
    for prefix in ["train"] * options.trains + ["validation"] * options.evaluates:
        find_files(options.data_dir, prefix)


def _resume_checkpoint(options: Settings) -> Optional[Path]:
    """The checkpoint to go on from. A folder that has some is not trained in anew: they would be replaced."""
    if options.resume_from and options.restore_path:
        raise UsageError(
            "--resume_from and --restore_path exclude each other: a resumed run has its weights."
        )
    if options.resume_from:
        found = find_checkpoint(options.resume_from, "--resume_from")
        if options.trains:
            _check_nothing_later(options.run_dir, checkpoint_step(found))
        return found
    if options.trains and list_checkpoints(options.run_dir / "checkpoints"):
        raise UsageError(
            "{0} already holds checkpoints: give --resume_from {0} to go on from them, "
            "or another --run_dir.".format(options.run_dir)
        )
    return None


def _check_nothing_later(run_dir: Path, step: int) -> None:
    """Going on from ``step`` must not replace what an earlier training wrote after it."""
    every = list_checkpoints(run_dir / "checkpoints")
    if every and every[-1].step > step:
        raise UsageError(
            "{} holds a checkpoint of step {}, which going on from step {} would replace: "
            "give another --run_dir.".format(run_dir, every[-1].step, step)
        )


def _named_checkpoint(options: Settings) -> Tuple[Checkpoint, ...]:
    """The checkpoint that a flag names for an evaluation or an export, or none."""
    for path, flag in ((options.resume_from, "--resume_from"), (options.restore_path, "--restore_path")):
        if path:
            found = find_checkpoint(path, flag)
            return (Checkpoint(checkpoint_step(found), found),)
    return ()


def _own_checkpoints(options: Settings) -> Tuple[Checkpoint, ...]:
    """All in the folder that ``--checkpoint_dir`` means; to export, the best alone, or else the newest."""
    folder = options.checkpoint_dir or options.run_dir / "checkpoints"
    every = list_checkpoints(folder)
    if options.exports:
        every = (list_checkpoints(folder / "best") or every)[-1:]
    if not every:
        raise UsageError(
            "There is no checkpoint to {} in {}; name one by --restore_path.".format(options.mode, folder)
        )
    return tuple(every)
