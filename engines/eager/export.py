"""Mode ``export``: the network of a checkpoint as a SavedModel that takes images of any size."""

from __future__ import annotations

from typing import Dict

from engines.common.checkpoints.exporting import export_folder, write_card
from engines.common.job import Job
from engines.eager.checkpoints import resume
from engines.eager.framework import VERSION, tf
from engines.eager.layers import Layers
from engines.eager.networks import EagerNetwork
from engines.eager.state import new_parameters
from engines.ops.framework import Tensor

SAVED_MODEL = "saved_model"
INPUT, OUTPUT, PROBABILITIES = "images", "logits", "probabilities"


def run_export(job: Job, network: EagerNetwork) -> None:
    """Write the network of the job's checkpoint, in float32, and its card."""
    (checkpoint,) = job.scored
    parameters = new_parameters(network, job.options)
    resume(checkpoint.path, parameters.variables)
    module = tf.Module()
    module.all_variables = list(parameters.variables.values())

    def classify(images: Tensor) -> Dict[str, Tensor]:
        logits = network.logits(Layers(parameters), network.from_unit_range(images))
        return {OUTPUT: logits, PROBABILITIES: tf.nn.softmax(logits)}

    signature = [tf.TensorSpec([None, None, None, 3], name=INPUT)]
    module.classify = tf.function(classify, input_signature=signature, autograph=False)
    folder = export_folder(job.options)
    tf.saved_model.save(module, str(folder / SAVED_MODEL), signatures={"serving_default": module.classify})
    write_card(
        folder,
        job.engine,
        checkpoint,
        format="SavedModel",
        file=SAVED_MODEL,
        framework="tensorflow {}".format(VERSION),
        input={
            "name": INPUT,
            "shape": [None, None, None, 3],
            "dtype": "float32",
            "layout": "NHWC",
            "channels": "RGB",
        },
        normalisation={"formula": "value / 255", "range": [0.0, 1.0]},
        output={"name": OUTPUT, "shape": [None, job.options.num_classes], "dtype": "float32"},
        classes=job.options.num_classes,
    )
    job.reporter.event("export", step=checkpoint.step, path=job.relative(folder))
