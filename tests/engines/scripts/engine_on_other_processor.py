"""Run an engine as on a processor with the given features: ``engine_on_other_processor.py FLAGS ENGINE [flags]``."""

import sys
import tempfile
from pathlib import Path

from engines.__main__ import run_engine
from engines.common.devices import processor

with tempfile.NamedTemporaryFile("w", suffix="cpuinfo", delete=False) as file:
    file.write("flags : {}\n".format(sys.argv[1]))
processor.CPUINFO = Path(file.name)
code = run_engine(sys.argv[2:])
Path(file.name).unlink()
sys.exit(code)
