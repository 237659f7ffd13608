"""Write ``TARGET``, which is ``SOURCE`` with zeros for every variable that has a moving average:
``blank_weights.py SOURCE TARGET``."""

import sys

import numpy as np

from engines.graph.framework import tf

source, target = sys.argv[1:]
reader = tf.train.NewCheckpointReader(source)
names = reader.get_variable_to_shape_map()
with tf.Graph().as_default(), tf.Session() as session:
    for name in names:
        value = reader.get_tensor(name)
        averaged = name + "/ExponentialMovingAverage" in names
        tf.get_variable(name, initializer=np.zeros_like(value) if averaged else value)
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, target, write_meta_graph=False)
