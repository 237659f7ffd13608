"""Mode ``export``: the network of a checkpoint as TorchScript, which runs without the code that defines it."""

from __future__ import annotations

import warnings

import torch

from engines.common.atomic import replace_file
from engines.common.checkpoints.exporting import export_folder, write_card
from engines.common.job import Job
from engines.pytorch import checkpoints
from engines.pytorch.networks import TorchNetwork

MODEL = "model.pt"


def run_export(job: Job, network: TorchNetwork) -> None:
    """Write the network of the job's checkpoint, in float32 and as it evaluates, and its card."""
    (checkpoint,) = job.scored
    card = network.card()
    module = network.module()
    module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # which PyTorch declares not
    checkpoints.load_network(
        checkpoint.path, module, checkpoints.weights_of(checkpoints.load(checkpoint.path))
    )
    folder = export_folder(job.options)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its successor no old version reads the files
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            module.eval(), torch.rand([2, *card["input"]["shape"][1:]])
        )
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
