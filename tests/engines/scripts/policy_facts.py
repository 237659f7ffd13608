"""Policy v0 and its operations on the images of an archive: ``policy_facts.py IMAGES.npz RESULTS.npz``.

``IMAGES.npz`` has ``images`` uint8 ``[n, h, w, 3]``, ``draws`` ``[n, 5]`` for the policy, and per operation its
amounts. ``RESULTS.npz`` gets the images after each amount of each operation, the images after the policy, made
twice by a parallel map, and the policy as tables.
"""

import json
import sys

import numpy as np

from engines.inputs import policies
from engines.ops.framework import tf

tf.disable_eager_execution()
given = np.load(sys.argv[1])
images = given["images"]
results = {}
with tf.Session() as session:
    for name in policies.NAMES:
        image, amount = tf.placeholder(tf.uint8, images.shape[1:]), tf.placeholder(tf.float32, [])
        changed = policies.OPERATIONS[name](image, amount)
        assert changed.dtype == tf.uint8 and changed.shape == image.shape
        results[name] = [
            [session.run(changed, {image: one, amount: value}) for one in images] for value in given[name]
        ]

policy = policies.load("v0")
for number in (0, 1):
    data = tf.data.Dataset.from_tensor_slices((images, given["draws"].astype(np.float32)))
    data = data.map(lambda image, draws: policies.apply(policy, image, draws), num_parallel_calls=3)
    batch = tf.data.make_one_shot_iterator(data.batch(len(images))).get_next()
    with tf.Session() as session:
        results["policy-{}".format(number)] = session.run(batch)

table = [
    [
        [policies.NAMES[policy.operation[pair, place]], *(float(one[pair, place]) for one in policy[1:])]
        for place in (0, 1)
    ]
    for pair in range(len(policy.operation))
]
np.savez(sys.argv[2], table=json.dumps(table), **results)
