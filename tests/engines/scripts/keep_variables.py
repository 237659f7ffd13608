"""Run an engine as its folder does, and write all variables of each rank to ``variables-RANK.npz`` in the run
folder after its last step, while the ranks are still together: ``keep_variables.py ENGINE FLAGS…``."""

import os
import sys
from pathlib import Path

import numpy as np

from engines.__main__ import main
from engines.graph.cpu import GraphCpu
from engines.graph.framework import tf

finish = GraphCpu.finish


def keep_variables(backend, session):
    run_dir = next(word[len("--run_dir=") :] for word in sys.argv if word.startswith("--run_dir="))
    with session.graph.as_default():
        values = session.run({variable.op.name: variable for variable in tf.global_variables()})
    np.savez(str(Path(run_dir) / "variables-{}.npz".format(os.environ["RANK_ID"])), **values)
    finish(backend, session)


GraphCpu.finish = keep_variables
main()
