"""The sample store: every sample of a run, and curves out of it in time that does not grow with the run.

From the bottom up: ``layout`` says how points and nodes lie in ``chunks``; ``contents`` is a connection's view of
the series and of the journal, in which new points wait, so that a live append costs one small row; once enough wait,
``pyramid`` packs them into chunks and builds the min/max pyramid above them: nodes with the extremes, the
last value and the exponential averages (``smoothing``) of 32, 128, 512, ... points; ``query`` goes down that
pyramid as far as a chart's columns need it, and ``bucketing`` makes buckets of the pieces found. ``database``
makes, opens and guards the file.

Smoothing costs nothing at drawing time: the average of all points up to a node's end is kept in the
node for each of ``SMOOTHING_WEIGHTS``, so a curve begins with the right average wherever it is zoomed to.
"""

from console.metrics.store.axis import XAxis
from console.metrics.store.database import StoreFull
from console.metrics.store.smoothing import SMOOTHING_WEIGHTS
from console.metrics.store.store import SampleStore

__all__ = ["SMOOTHING_WEIGHTS", "SampleStore", "StoreFull", "XAxis"]
