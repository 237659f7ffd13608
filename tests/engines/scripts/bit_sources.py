"""Write a checkpoint's network as an archive and as a SavedModel with other scopes in front of its names:
``bit_sources.py CHECKPOINT FOLDER``."""

import sys
from pathlib import Path

import numpy as np

from engines.eager.framework import tf

reader = tf.train.load_checkpoint(sys.argv[1])
names = [name for name in reader.get_variable_to_shape_map() if name.startswith("resnet/")]
weights = {name: reader.get_tensor(name) for name in names if not name.endswith("/Momentum")}
folder = Path(sys.argv[2])
np.savez(str(folder / "model.npz"), **weights, **{"resnet/other/kernel": np.zeros(3)})

module = tf.Module()
module.variables_ = [tf.Variable(value, name="hub/" + name) for name, value in weights.items()]
module.call = tf.function(lambda x: 2.0 * x, input_signature=[tf.TensorSpec([None, None, None, 3])])
tf.saved_model.save(module, str(folder / "saved_model"))
