"""The min/max pyramid: the node of a block of points and of four nodes, and packing, which builds them."""

from __future__ import annotations

import math
import sqlite3
from array import array
from collections.abc import Sequence

from console.metrics.store import layout, smoothing
from console.metrics.store.axis import XAxis, extent, first_known
from console.metrics.store.chunks import MissingChunk, read_chunk
from console.metrics.store.contents import Series

Node = Sequence[float]
"""One row of a level >= 1, ``layout.NODE_WIDTH`` long."""

NO_NODE: Node = (math.nan,) * layout.FINITE + (0.0,) * (layout.NODE_WIDTH - layout.FINITE)
"""The node before the first block of a series: no x is known, no value was averaged."""

_AXES = tuple((axis, axis.column, axis.low + 2) for axis in XAxis)
_LOWEST = (layout.STEP_LOW, layout.EPOCH_LOW, layout.TIME_LOW, layout.MINIMUM)
_HIGHEST = (layout.STEP_HIGH, layout.EPOCH_HIGH, layout.TIME_HIGH, layout.MAXIMUM)


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


# -- packing --------------------------------------------------------------------------------------


def pack(connection: sqlite3.Connection, series: Series) -> None:
    """Pack the complete blocks of ``series.pending``; fewer points than a block are left waiting.

    Must run within a transaction. The work is proportional to the points packed, whatever the length of
    the series; the last chunk of each touched level is written anew.
    """
    block = layout.BLOCK * layout.POINT_WIDTH
    length = len(series.pending) // block * block
    if not length:
        return
    points = series.pending[:length]
    nodes = _block_nodes(connection, series, points)
    last = nodes[-layout.NODE_WIDTH :]
    _append_rows(connection, series, 0, points)
    level = 1
    while nodes:
        nodes = _parent_nodes(level, series, nodes, _append_rows(connection, series, level, nodes))
        level += 1
    series.first_step = _first_known(series, series.first_step, XAxis.STEP, points, last)
    series.first_epoch = _first_known(series, series.first_epoch, XAxis.EPOCH, points, last)
    series.packed += length // layout.POINT_WIDTH
    del series.pending[:length]
    connection.execute(
        "UPDATE series SET points = ?, first_step = ?, first_epoch = ? WHERE id = ?",
        (series.packed, series.first_step, series.first_epoch, series.id),
    )


def _block_nodes(connection: sqlite3.Connection, series: Series, points: array[float]) -> array[float]:
    previous = _last_block_node(connection, series)
    nodes = array("d")
    size = layout.BLOCK * layout.POINT_WIDTH
    for start in range(0, len(points), size):
        previous = block_node(points[start : start + size], previous)
        nodes.extend(previous)
    return nodes


def _last_block_node(connection: sqlite3.Connection, series: Series) -> Node:
    count = layout.rows_at(series.packed, 1)
    if not count:
        return NO_NODE
    number, index = divmod(count - 1, layout.NODES_PER_CHUNK)
    rows = read_chunk(connection, series.id, 1, number)
    return rows[index * layout.NODE_WIDTH : (index + 1) * layout.NODE_WIDTH]


def _append_rows(
    connection: sqlite3.Connection, series: Series, level: int, rows: array[float]
) -> array[float]:
    """Append rows to a level and return all rows from the start of its first changed chunk on."""
    count = layout.rows_at(series.packed, level)
    number, used = divmod(count, layout.rows_per_chunk(level))
    width = layout.row_width(level)
    changed = read_chunk(connection, series.id, level, number)[: used * width] if used else array("d")
    if len(changed) != used * width:
        raise MissingChunk
    changed.extend(rows)
    size = layout.rows_per_chunk(level) * width
    connection.executemany(
        "INSERT OR REPLACE INTO chunk VALUES (?, ?)",
        [
            (layout.chunk_key(series.id, level, number + index), changed[start : start + size].tobytes())
            for index, start in enumerate(range(0, len(changed), size))
        ],
    )
    return changed


def _parent_nodes(level: int, series: Series, nodes: array[float], changed: array[float]) -> array[float]:
    """The nodes one level up that ``nodes``, just appended to ``level``, complete."""
    count = layout.rows_at(series.packed, level)
    base = count // layout.NODES_PER_CHUNK * layout.NODES_PER_CHUNK
    total = count + len(nodes) // layout.NODE_WIDTH
    parents = array("d")
    for parent in range(count // layout.FANOUT, total // layout.FANOUT):
        start = (parent * layout.FANOUT - base) * layout.NODE_WIDTH
        parents.extend(parent_node(changed[start : start + layout.FANOUT * layout.NODE_WIDTH]))
    return parents


def _first_known(
    series: Series, noted: int | None, axis: XAxis, points: array[float], last: Node
) -> int | None:
    if noted is not None or math.isnan(last[axis.low + 2]):
        return noted
    index = first_known(points[axis.column :: layout.POINT_WIDTH], axis)
    return None if index is None else series.packed + index
