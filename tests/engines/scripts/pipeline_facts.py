"""What AlexNet's input pipeline delivers from the folder ``FOLDER``, as JSON: ``pipeline_facts.py FOLDER``.

Labels name the training images; each is bright on its left half. Evaluation images are bright at the rim alone.
"""

import json
import sys
from pathlib import Path

import numpy as np

from engines.alexnet import recipe
from engines.alexnet.train import AlexNet
from engines.common.data.tfrecords import RecordReader, build_index, find_files
from engines.common.step_plan import plan_steps
from engines.common.stop_flag import StopFlag
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.towers import parameter_count
from engines.inputs import images as image_ops
from engines.inputs.batches import Shard, TrainingOrder, evaluation_batches, training_batches
from engines.ops.losses import in_top

FLAGS = ["--num_classes=100", "--image_size=63", "--random_crop=False"]
EPOCHS = 3


def network(*flags):
    return AlexNet(recipe.parse(FLAGS + list(flags)))


def reader(prefix):
    return RecordReader(build_index(find_files(Path(sys.argv[1]), prefix), StopFlag()))


def fetch(dataset, count):
    """The first ``count`` batches."""
    iterator = tf.data.make_initializable_iterator(dataset)
    following = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        return [session.run(following) for _ in range(count)]


def trained(seed, ranks=1, rank=0, start=0, flags=()):
    """Labels of the images and whether each is mirrored, by step of this rank."""
    records = reader("train")
    batch = 8 // ranks
    plan = plan_steps(records.index.count, batch, ranks, EPOCHS, None)
    shard = Shard(rank, ranks, batch)
    net = network(*flags)
    with tf.Graph().as_default():
        dataset = training_batches(
            records,
            TrainingOrder(plan, shard, seed),
            seed,
            tf.constant(start, tf.int64),
            plan.total_steps,
            shard,
            net.draws,
            net.training_image,
            2,
        )
        batches = fetch(dataset, plan.total_steps - start)
    return [
        [
            labels.tolist(),
            (images[:, :, :31].mean(axis=(1, 2, 3)) < images[:, :, 32:].mean(axis=(1, 2, 3))).tolist(),
        ]
        for images, labels in batches
    ]


def scored(ranks, batch, *flags):
    """Labels of the images that count on all ranks, and the brightest pixel of any."""
    records = reader("validation")
    net = network(*flags)
    labels, brightest = [], -np.inf
    for rank in range(ranks):
        shard = Shard(rank, ranks, batch)
        with tf.Graph().as_default():
            steps = -(-records.index.count // (batch * ranks))
            dataset = evaluation_batches(records, shard, net.evaluation_image, 2)
            for images, numbers, weights in fetch(dataset, steps):
                labels += numbers[weights == 1].tolist()
                brightest = max(brightest, float(images.max()))
    return [sorted(labels), brightest]


def windows(boxes, height, width, limits):
    """Random crops of one image, ``[n, 4]``."""
    draws = np.random.RandomState(1).rand(400, image_ops.CROP_DRAWS).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        found = tf.map_fn(
            lambda numbers: image_ops.distorted_window(
                tf.constant([height, width]), tf.constant(boxes, tf.float32, [len(boxes), 4]), numbers, limits
            ),
            tf.constant(draws),
            tf.int32,
        )
        return session.run(found).tolist()


def parameters(*flags):
    """Shapes of the variables of the published network, and their number of values."""
    net = AlexNet(recipe.parse(list(flags)))
    with tf.Graph().as_default():
        layers = Layers(True, 5, net.conv_kernel, net.dense_kernel, step=tf.constant(0, tf.int64))
        logits = net.logits(layers, tf.zeros([1, net.options.image_size, net.options.image_size, 3]))
        variables = [variable for variable, _ in layers.parameters]
        return {
            "count": parameter_count(variables),
            "shapes": {variable.op.name: variable.shape.as_list() for variable in variables},
            "last": logits.op.type,
        }


def tops():
    """Whether labels are among the top 1 and 2 of rows with equal and non-finite logits."""
    logits = [[1, 3, 2], [3, 3, 2], [float("nan")] * 3, [0, 0, 0], [1, float("inf"), 2], [float("nan"), 5, 1]]
    with tf.Graph().as_default(), tf.Session() as session:
        rows = tf.constant(logits, tf.float32)
        labels = tf.constant([1, 0, 0, 2, 1, 1])
        return session.run([in_top(rows, labels, 1), in_top(rows, labels, 2)])


def limits():
    """Limits of the initial kernels by name of the version."""
    return {
        name: AlexNet(recipe.parse(["--alexnet_version", name])).dense_kernel.scale(600, 200)
        for name in ("he_uniform", "xavier", "he_uniform_custom")
    }


print(
    json.dumps(
        {
            "trained": trained(5),
            "again": trained(5),
            "other_seed": trained(6),
            "ranks": [trained(5, 2, rank) for rank in (0, 1)],
            "later": trained(5, start=4),
            "unmirrored": trained(5, flags=["--random_flip=False"]),
            "scored": scored(3, 4, "--eval_crop=1.0"),
            "scored_middle": scored(1, 5, "--eval_crop=0.4"),
            "windows": windows([], 60, 80, image_ops.CropLimits()),
            "windows_on_box": windows([[0.5, 0.5, 0.7, 0.7]], 60, 80, image_ops.CropLimits()),
            "windows_none": windows([], 60, 80, image_ops.CropLimits(aspect=(9.0, 10.0), area=(0.9, 1.0))),
            "published": parameters(),
            "clipped": parameters("--logits_relu=True", "--num_classes=10")["last"],
            "tops": [values.tolist() for values in tops()],
            "limits": limits(),
        }
    )
)
