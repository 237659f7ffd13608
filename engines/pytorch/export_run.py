"""Mode ``export``: the network of a checkpoint as TorchScript, which runs without the code that defines it."""

from __future__ import annotations

import warnings

import torch

from engines.common.atomic import replace_file
from engines.common.checkpoints.exporting import export_folder, write_card
from engines.common.job import Job
from engines.pytorch import checkpoints
from engines.pytorch.training import Engine

MODEL = "model.pt"


def run_export(job: Job, engine: Engine) -> None:
    """Write the network of the job's checkpoint, in float32 and as it evaluates, and its card."""
    (checkpoint,) = job.scored
    card = engine.card()
    network = engine.network().to(memory_format=torch.contiguous_format)
    checkpoints.load_network(
        checkpoint.path, network, checkpoints.weights_of(checkpoints.load(checkpoint.path))
    )
    folder = export_folder(job.options)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its successor no old version reads the files
        traced = torch.jit.trace(network.eval(), torch.rand([2, *card["input"]["shape"][1:]]))
        replace_file(folder / MODEL, lambda file: torch.jit.save(traced, file))
    write_card(
        folder,
        job.engine,
        checkpoint,
        format="TorchScript",
        file=MODEL,
        framework="torch {}".format(torch.__version__),
        **card,
    )
    job.reporter.event("export", step=checkpoint.step, path=job.relative(folder))
