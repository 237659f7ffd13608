"""Packing: complete blocks of waiting points become chunks of points and nodes of the pyramid."""

from __future__ import annotations

import math
import sqlite3
from array import array

from console.metrics.store import layout
from console.metrics.store.axis import XAxis, first_known
from console.metrics.store.chunks import MissingChunk, read_chunk
from console.metrics.store.contents import Series
from console.metrics.store.pyramid import NO_NODE, Node, block_node, parent_node


def fold(connection: sqlite3.Connection, series: Series) -> None:
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
