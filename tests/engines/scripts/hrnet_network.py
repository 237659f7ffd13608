"""What HRNet's graph is made of, as JSON: the shapes of all trained variables, and of odd and oblong maps."""

import json
import sys

import numpy as np

from engines.graph import initializers
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.hrnet.model import enlarged, hrnet
from engines.hrnet.net_cfg import read_net_cfg


def network(cfg, num_classes, head_bias, height=224, width=224):
    """The shapes of the trained variables by name, and of the maps of the last modules."""
    with tf.Graph().as_default():
        layers = Layers(
            False, 1, initializers.uniform(initializers.xavier), initializers.uniform(initializers.xavier)
        )
        images = tf.zeros([1, height, width, 3])
        logits = hrnet(layers, images, read_net_cfg(cfg).shape, num_classes, 0.9, head_bias)
        sums = [tap for tap in layers.taps.items if tap.name.endswith("/sum") and "/fuse" in tap.name]
        return {
            "shapes": {variable.op.name: variable.shape.as_list() for variable, _ in layers.parameters},
            "maps": {tap.name: tap.tensor.shape.as_list()[1:] for tap in sums},
            "logits": logits.shape.as_list(),
        }


x = np.arange(2 * 3 * 4 * 2, dtype=np.float32).reshape(2, 3, 4, 2)
with tf.Session() as session:
    larger = [
        session.run(enlarged(tf.constant(x), tf.zeros([2, rows, columns, 2])))
        for rows, columns in ((6, 8), (5, 7))
    ]
print(
    json.dumps(
        {
            "w18": network("w18", 1001, False),
            "w30": network("w30", 1000, True),
            "oblong": network(sys.argv[1], 4, False, 40, 72),
            "x": x.tolist(),
            "larger": [one.tolist() for one in larger],
        }
    )
)
