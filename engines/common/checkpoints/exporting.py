"""Mode ``export``: a trained network as files that need neither this program nor the training data.

A folder holds the network in the framework's own form and ``card.json``, which tells how to feed it.
"""

from __future__ import annotations

from pathlib import Path

from engines.common.atomic import write_json
from engines.common.checkpoints.folder import Checkpoint
from engines.common.errors import UsageError
from engines.common.flags.settings import RunSettings

CARD = "card.json"


def export_folder(options: RunSettings) -> Path:
    """The folder of the export."""
    return options.export_dir or options.run_dir / "export"


def check_export(options: RunSettings, world_size: int) -> None:
    """Raise :class:`UsageError` where an export would replace something or several ranks would make one."""
    if world_size > 1:
        raise UsageError("--mode export takes one rank, but RANK_SIZE is {}.".format(world_size))
    folder = export_folder(options)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("{} is there already and is kept: give another --export_dir.".format(folder))


def write_card(folder: Path, engine: str, checkpoint: Checkpoint, **facts: object) -> None:
    """Write ``card.json``, the last file of an export: its presence tells that the export is whole.

    ``facts`` are what the engine says of its network: at least ``format``, ``file``, ``input`` (name, shape,
    dtype, layout), ``normalisation``, ``output`` and ``classes``.
    """
    origin = {"engine": engine, "checkpoint": str(checkpoint.path), "step": checkpoint.step}
    write_json(folder / CARD, dict(origin, **facts))
