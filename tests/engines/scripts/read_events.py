"""Print the points of TensorBoard files as JSON, read by TensorFlow: ``read_events.py FOLDER``."""

import json
import sys
from pathlib import Path

from engines.graph.framework import tf

points = []
for path in sorted(Path(sys.argv[1]).iterdir()):
    for event in tf.train.summary_iterator(str(path)):
        points += [[event.step, value.tag, value.simple_value] for value in event.summary.value]
print(json.dumps(points))
