"""Index the records of a folder, through the cache in its ``index.npz``, and print their number or what is wrong.

``record_facts.py FOLDER PREFIX``
"""

import json
import sys
from pathlib import Path

from engines.common.data.tfrecords import RecordReader, open_record_set
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.stop_flag import StopFlag

folder = Path(sys.argv[1])
try:
    index = open_record_set(folder, sys.argv[2], folder / "index.npz", RankEnvironment(0, 1), StopFlag())
    reader = RecordReader(index, max_open=1)
    sizes = [len(reader.read(record)) for record in range(index.count)]
    print(json.dumps({"count": index.count, "sizes": sizes}))
except UsageError as error:
    print(json.dumps({"error": str(error)}))
