"""Logits of an exported network for the images of ``IMAGES.npy``, by both of its forms: ``run_exported.py EXPORT
IMAGES.npy OUT.npz``."""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow

tf = tensorflow.compat.v1
tf.disable_v2_behavior()

folder, images, out = Path(sys.argv[1]), np.load(sys.argv[2]), sys.argv[3]
card = json.loads((folder / "card.json").read_text())

frozen = tf.GraphDef()
frozen.ParseFromString((folder / card["file"]).read_bytes())
feed, fetch = card["input"]["name"] + ":0", card["output"]["name"] + ":0"
with tf.Graph().as_default():
    tf.import_graph_def(frozen, name="")
    with tf.Session() as session:
        from_graph = session.run(fetch, {feed: images})

with tf.Graph().as_default(), tf.Session() as session:
    model = tf.saved_model.load(session, ["serve"], str(folder / card["saved_model"]))
    signature = model.signature_def["serving_default"]
    names = [signature.outputs[name].name for name in ("logits", "probabilities")]
    logits, probabilities = session.run(names, {signature.inputs[card["input"]["name"]].name: images})

np.savez(out, frozen=from_graph, saved_model=logits, probabilities=probabilities)
