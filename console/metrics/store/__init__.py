"""The sample store: every sample of a run, and curves out of it in time that does not grow with the run.

How it works, from the bottom up: ``layout`` says how points and nodes lie in chunks; new points wait in a
``journal``, so that a live append costs one small row; once enough wait, ``folding`` packs them into
chunks and builds the ``pyramid`` above them: nodes that hold the extremes, the last value and the
exponential averages of 32, 128, 512, ... points; ``query`` goes down that pyramid as far as a chart's
columns need it, and ``bucketing`` makes buckets of what it found. ``contents`` keeps a connection's view in
step with the file, ``database`` makes, opens and guards the file.

Smoothing costs nothing at drawing time: the average of all points up to a node's end is kept in the
node for each of ``SMOOTHING_WEIGHTS``, so a curve begins with the right average wherever it is zoomed to.
"""

from console.metrics.smoothing import SMOOTHING_WEIGHTS
from console.metrics.store.axis import XAxis
from console.metrics.store.database import StoreFull
from console.metrics.store.store import SampleStore

__all__ = ["SMOOTHING_WEIGHTS", "SampleStore", "StoreFull", "XAxis"]
