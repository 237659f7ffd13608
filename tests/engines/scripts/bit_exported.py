"""Print how an exported network classifies as JSON, beside the engine's own: ``bit_exported.py MODEL CHECKPOINT``."""

import json
import sys
from pathlib import Path

import numpy as np

from engines.bit.model import resnet_v2
from engines.eager.checkpoints import resume
from engines.eager.framework import tf
from engines.eager.layers import Layers
from engines.eager.parameters import Parameters

model = tf.saved_model.load(sys.argv[1])
serve = model.signatures["serving_default"]
parameters = Parameters(0)
resnet_v2(Layers(parameters), tf.zeros([1, 32, 32, 3]), 4, (1, 1), 32)
resume(Path(sys.argv[2]), parameters.variables)
found = {"logits": [], "own": [], "probabilities": []}
for side in (32, 47):
    images = np.random.RandomState(side).uniform(0.0, 1.0, (2, side, side, 3)).astype(np.float32)
    outputs = serve(images=tf.constant(images))
    own = resnet_v2(Layers(parameters), tf.constant(2.0 * images - 1.0), 4, (1, 1), 32)
    found["logits"] += outputs["logits"].numpy().tolist()
    found["probabilities"] += outputs["probabilities"].numpy().tolist()
    found["own"] += own.numpy().tolist()
print(json.dumps(found))
