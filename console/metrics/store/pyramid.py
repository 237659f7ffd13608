"""Nodes of the pyramid: what a block of points, and what four nodes, come down to. Pure functions."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from console.metrics import smoothing
from console.metrics.store import layout
from console.metrics.store.axis import XAxis, extent

Node = Sequence[float]
"""One row of a level >= 1, ``layout.NODE_WIDTH`` long."""

NO_NODE: Node = (math.nan,) * layout.FINITE + (0.0,) * (layout.NODE_WIDTH - layout.FINITE)
"""What stands before the first block of a series: no x is known, no value was averaged."""


def block_node(points: array[float], previous: Node) -> list[float]:
    """The node of one block of points that follows that of ``previous`` (:data:`NO_NODE` for the first)."""
    node: list[float] = []
    for axis, column, last_x in _AXES:
        xs = points[column :: layout.POINT_WIDTH].tolist()
        node += extent(xs, axis, previous[last_x])
    values = points[layout.VALUE :: layout.POINT_WIDTH].tolist()
    finite = values if math.isfinite(sum(values)) else [value for value in values if math.isfinite(value)]
    if finite:
        minimum, maximum, last = min(finite), max(finite), finite[-1]
    else:
        minimum, maximum, last = math.inf, -math.inf, math.nan
    before = int(previous[layout.FINITE])
    node += (minimum, maximum, last, len(values) - len(finite), before + len(finite))
    if finite and not -smoothing.CLAMP <= minimum <= maximum <= smoothing.CLAMP:
        finite = [smoothing.clamped(value) for value in finite]
    node += smoothing.advance(previous[layout.AVERAGES :], before, finite)
    return node


def parent_node(children: array[float]) -> list[float]:
    """The node that stands for ``FANOUT`` consecutive nodes, given as their rows one after the other."""
    node = children[-layout.NODE_WIDTH :].tolist()
    for column in _LOWEST:
        node[column] = min(children[column :: layout.NODE_WIDTH])
    for column in _HIGHEST:
        node[column] = max(children[column :: layout.NODE_WIDTH])
    node[layout.NONFINITE] = sum(children[layout.NONFINITE :: layout.NODE_WIDTH])
    if math.isnan(node[layout.LAST]):
        lasts = children[layout.LAST :: layout.NODE_WIDTH]
        node[layout.LAST] = next((last for last in reversed(lasts) if last == last), math.nan)
    return node


_AXES = tuple((axis, axis.column, axis.low + 2) for axis in XAxis)
_LOWEST = (layout.STEP_LOW, layout.EPOCH_LOW, layout.TIME_LOW, layout.MINIMUM)
_HIGHEST = (layout.STEP_HIGH, layout.EPOCH_HIGH, layout.TIME_HIGH, layout.MAXIMUM)
