"""The sample store: every sample of a run, and curves out of it in time that does not grow with the run."""

from console.metrics.smoothing import SMOOTHING_WEIGHTS
from console.metrics.store.axis import XAxis
from console.metrics.store.database import StoreFull
from console.metrics.store.store import SampleStore

__all__ = ["SMOOTHING_WEIGHTS", "SampleStore", "StoreFull", "XAxis"]
