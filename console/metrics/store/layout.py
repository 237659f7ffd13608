"""The layout of points and of the nodes of the pyramid in the store.

A series is the list of its points in the order they were appended. 32 consecutive points make a *block*;
level 1 of the pyramid holds one node per complete block, each further level one node per 4 complete nodes
of the level below. Points (level 0) and nodes are rows of native 64-bit floats, packed into chunks of a
fixed number of rows; a chunk is one database row. Chunks only ever grow at the end of a level, so
whatever was read of one stays true.
"""

from __future__ import annotations

POINT_WIDTH = 4
"""A point is ``step, epoch, time, value``; step is -1 and epoch NaN where unknown."""

VALUE = 3

BLOCK = 32
FANOUT = 4

STEP_LOW, STEP_HIGH, STEP_LAST = 0, 1, 2
EPOCH_LOW, EPOCH_HIGH, EPOCH_LAST = 3, 4, 5
TIME_LOW, TIME_HIGH, TIME_LAST = 6, 7, 8
MINIMUM, MAXIMUM, LAST = 9, 10, 11
NONFINITE = 12
FINITE = 13
AVERAGES = 14
NODE_WIDTH = 19
"""Columns of a node.

For each x axis the lowest, the highest and the last x of its points (+inf, -inf, NaN while none is
known). Of its finite values the minimum, maximum and last (+inf, -inf, NaN when there is none), and the
number of the others. ``FINITE`` is the number of finite values of the *whole series* up to the node's
end, and the columns from ``AVERAGES`` on are the exponential averages there, one per averaged weight.
"""

POINTS_PER_CHUNK = 256
NODES_PER_CHUNK = 64

_LEVEL_BITS = 4
_NUMBER_BITS = 36


def rows_per_chunk(level: int) -> int:
    """The rows of a full chunk of ``level``."""
    return NODES_PER_CHUNK if level else POINTS_PER_CHUNK


def row_width(level: int) -> int:
    """The floats of a row of ``level``."""
    return NODE_WIDTH if level else POINT_WIDTH


def chunk_key(series: int, level: int, number: int) -> int:
    """The database key of chunk ``number`` of one level of a series."""
    return (series << (_LEVEL_BITS + _NUMBER_BITS)) | (level << _NUMBER_BITS) | number


def points_per_node(level: int) -> int:
    """The points that one row of ``level`` stands for (1 for level 0)."""
    return int(BLOCK * FANOUT ** (level - 1)) if level else 1


def rows_at(points: int, level: int) -> int:
    """The rows of ``level`` when ``points`` points of the series are packed."""
    return points // points_per_node(level)


def top_level(points: int) -> int:
    """The highest level that has a row; 0 when there is no complete block."""
    level = 0
    while rows_at(points, level + 1):
        level += 1
    return level
