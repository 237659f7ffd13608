"""Mode ``export``: the network of a checkpoint as a frozen graph and as a SavedModel."""

from __future__ import annotations

from engines.common.atomic import replace_file
from engines.common.checkpoints.exporting import export_folder, write_card
from engines.common.job import Job
from engines.graph.checkpoints import Assigner
from engines.graph.framework import VERSION, Session, tf
from engines.graph.networks import GraphNetwork
from engines.graph.towers import inference_layers
from engines.ops.framework import Tensor

FROZEN = "model.pb"
SAVED_MODEL = "saved_model"
INPUT, OUTPUT, PROBABILITIES = "input", "logits", "probabilities"


def run_export(job: Job, network: GraphNetwork) -> None:
    """Write the network of the job's checkpoint as it evaluates, and its card.

    ``model.pb`` is a GraphDef without variables, as converters for offline inference take it; in both forms
    the input is called ``input`` and the outputs ``logits`` and ``probabilities``.
    """
    (checkpoint,) = job.scored
    options = job.options
    side = options.image_size
    images = tf.placeholder(tf.float32, [None, side, side, 3], INPUT)
    layers = inference_layers(network, job)
    logits = tf.identity(network.logits(layers, images), OUTPUT)
    probabilities = tf.nn.softmax(logits, name=PROBABILITIES)
    assigner = Assigner(tf.global_variables())
    folder = export_folder(options)
    with tf.Session() as session:
        assigner.resume(session, checkpoint.path)
        _save_model(session, str(folder / SAVED_MODEL), images, logits, probabilities)
        frozen = tf.graph_util.convert_variables_to_constants(
            session, session.graph_def, [OUTPUT, PROBABILITIES]
        )
    replace_file(folder / FROZEN, lambda file: file.write(frozen.SerializeToString()))
    write_card(
        folder,
        job.engine,
        checkpoint,
        format="frozen GraphDef",
        file=FROZEN,
        saved_model=SAVED_MODEL,
        framework="tensorflow {}".format(VERSION),
        input={
            "name": INPUT,
            "shape": [None, side, side, 3],
            "dtype": "float32",
            "layout": "NHWC",
            "channels": "RGB",
        },
        normalisation={
            "formula": "(value - mean) / std",
            "mean": list(network.mean),
            "std": list(network.std),
        },
        output={"name": OUTPUT, "shape": [None, options.num_classes], "dtype": "float32"},
        classes=options.num_classes,
    )
    job.reporter.event("export", step=checkpoint.step, path=job.relative(folder))


def _save_model(session: Session, folder: str, images: Tensor, *outputs: Tensor) -> None:
    """The SavedModel with one signature, which serving finds under its usual name."""
    signature = tf.saved_model.build_signature_def(
        inputs={INPUT: tf.saved_model.build_tensor_info(images)},
        outputs={output.op.name: tf.saved_model.build_tensor_info(output) for output in outputs},
        method_name=tf.saved_model.signature_constants.PREDICT_METHOD_NAME,
    )
    builder = tf.saved_model.Builder(folder)
    builder.add_meta_graph_and_variables(
        session,
        [tf.saved_model.tag_constants.SERVING],
        {tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        strip_default_attrs=True,
    )
    builder.save()
