"""Write ``PARTIAL``, which is ``SOURCE`` without conv2d_4 and with a variable of its own, and ``FOREIGN``, which has
nothing in common with it: ``derive_checkpoints.py SOURCE PARTIAL FOREIGN``."""

import sys

from engines.graph.framework import tf

source, partial, foreign = sys.argv[1:]
reader = tf.train.NewCheckpointReader(source)
names = [name for name in reader.get_variable_to_shape_map() if not name.startswith("conv2d_4/")]
kept = [tf.get_variable(name, initializer=reader.get_tensor(name)) for name in names]
added = tf.get_variable("auxiliary/kernel", initializer=[1.0, 2.0])
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    tf.train.Saver([*kept, added]).save(session, partial, write_meta_graph=False)
    tf.train.Saver([added]).save(session, foreign, write_meta_graph=False)
