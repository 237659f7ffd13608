"""``python -m bench engines [ENGINE …]``: training steps and input pipelines, each beside its peer.

Engine and peer run in turns, so that a busy machine slows both; the better of each counts.
``ENGINE_PYTHON=/path/to/python`` measures another interpreter, such as one with TensorFlow 1.15.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.engines import measuring
from bench.engines.cases import PIPELINES, STEPS, Case
from bench.engines.measuring import MeasurementError
from bench.engines.photos import write_photos, write_small
from engines.common.devices.backend_selection import BFLOAT16_MODE
from engines.common.devices.processor import computes_in_bfloat16

ROUNDS = 2
MIXED = {"autoaugment": "O1"}
"""Precision modes of engines that do not have :data:`BFLOAT16_MODE`."""

Measure = Callable[[], float]


def main(wanted: list[str]) -> int:
    """Print both tables, of all engines or of the ``wanted``; returns 2 for a name that is none."""
    names = sorted({case.engine for case in STEPS})
    unknown = [name for name in wanted if name not in names]
    if unknown:
        print(f"no engine is called {unknown[0]}; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    chosen = wanted or names
    print(f"{measuring.PYTHON}, 1 rank, {measuring.THREADS} threads")
    rates = {}
    head("training step, images/s")
    for case in STEPS:
        if case.engine in chosen:
            rates[case.engine, case.size] = measure_step(case)
    if not computes_in_bfloat16():
        print("mixed precision: this CPU has no instructions for bfloat16")
    head("input pipeline alone, images/s")
    with tempfile.TemporaryDirectory() as folder:
        data = {224: write_photos(Path(folder) / "photos"), 32: write_small(Path(folder) / "small")}
        for case in PIPELINES:
            if case.engine in chosen:
                measure_pipeline(case, data[case.size], rates.get((case.engine, case.size)))
    return 0


def measure_step(case: Case) -> float | None:
    """A row in float32, and one in bfloat16 where there are units for it."""
    peer = partial(measuring.peer_step, case) if case.peer else None
    ours = row(case, partial(measuring.engine_step, case, None), peer)
    if computes_in_bfloat16():
        mode = MIXED.get(case.engine, BFLOAT16_MODE)
        mixed = case._replace(what=f"{case.what}, {mode}", seed=None)
        row(mixed, partial(measuring.engine_step, case, mode), peer)
    return ours


def measure_pipeline(case: Case, data: Path, step: float | None) -> None:
    """A row, and how the pipeline compares with the step that waits for it."""
    peer = partial(measuring.peer_feed, case, data) if case.peer else None
    ours = row(case, partial(measuring.engine_feed, case, data), peer)
    if ours and step:
        print(f"{'':<46} {ours / step:>9.1f} times as fast as the step")


def row(case: Case, ours: Measure, peer: Measure | None) -> float | None:
    """Measure in turns, print, and return the engine's rate."""
    best: list[float | None] = [None, None]
    notes = [f"seed's code elsewhere: {case.seed}"] if case.seed else []
    for place, measure in [(0, ours), (1, peer)] * ROUNDS:
        if measure is None:
            continue
        try:
            best[place] = max(best[place] or 0.0, measure())
        except MeasurementError as failure:
            notes = [f"{'peer' if place else 'engine'}: {failure}"]
            break
    name = f"{case.engine}: {case.what}, batch {case.batch}, {case.size}²"
    ratio = best[0] / best[1] if best[0] and best[1] else None
    cells = " ".join(f"{'-' if value is None else format(value, '.1f'):>9}" for value in best)
    print(
        f"{name:<46} {cells} {'-' if ratio is None else format(ratio, '.2f'):>6}  {'; '.join(notes)}",
        flush=True,
    )
    return best[0]


def head(title: str) -> None:
    """The line above a table."""
    print(f"\n{title:<46} {'engine':>9} {'peer':>9} {'ratio':>6}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
