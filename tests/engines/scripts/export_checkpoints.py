"""Write the variables of checkpoints as numpy archives: ``export_checkpoints.py PREFIX ARCHIVE [PREFIX ARCHIVE]…``."""

import sys

import numpy as np

from engines.graph.framework import tf

for prefix, archive in zip(sys.argv[1::2], sys.argv[2::2]):
    reader = tf.train.NewCheckpointReader(prefix)
    np.savez(archive, **{name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()})
