"""The variables of TensorFlow checkpoints, read by the interpreter under test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.engines.engine_runs import PATIENCE, PYTHON, REPOSITORY

SCRIPTS = Path(__file__).parent / "scripts"

Values = dict[str, np.ndarray]

OPTIMIZER_SLOTS = ("/Momentum", "/RMSProp", "/RMSProp_1")
"""What optimizers keep for each variable: RMSProp's means of squares and its momentum end in its name."""


def run_script(name: str, *arguments: object, python: str = PYTHON) -> str:
    """Run the script ``name`` beside the package ``engines`` and return what it prints."""
    done = subprocess.run(
        [python, str(SCRIPTS / name), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_checkpoints(prefixes: Sequence[Path], folder: Path, python: str = PYTHON) -> list[Values]:
    """The variables of each checkpoint by name; the archives go to ``folder``."""
    archives = [folder / f"variables-{number}.npz" for number in range(len(prefixes))]
    pairs = [path for pair in zip(prefixes, archives, strict=True) for path in pair]
    run_script("export_checkpoints.py", *pairs, python=python)
    return [dict(np.load(archive)) for archive in archives]


def assert_same(one: Values, other: Values, tolerance: float) -> None:
    """Fail unless both have the same variables, with values that differ by ``tolerance`` at most, absolutely
    or relatively."""
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], rtol=tolerance, atol=tolerance, err_msg=name)


def assert_same_training(one: Values, other: Values) -> None:
    """Fail unless two trainings that round differently came to the same weights.

    Rounding can switch a unit on or off that lies at zero, which shows in the momentum at once and in the
    weights only after many steps.
    """
    momenta = {name for name in one if name.endswith(OPTIMIZER_SLOTS)}
    for names, tolerance in ((one.keys() - momenta, 1e-5), (momenta, 1e-3)):
        assert_same({name: one[name] for name in names}, {name: other[name] for name in names}, tolerance)
    assert one.keys() == other.keys()
