"""From pieces of a series to the buckets of a chart, and from ranks to their band. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from console.metrics.samples import Bucket
from console.metrics.store.query import Piece, Window
from console.metrics.store.smoothing import clamped

Columns = dict[int, Bucket]
"""Column number -> its bucket. While buckets are still being merged, one without any finite value has the
extremes +inf and -inf."""


def bucketise(pieces: Iterable[Piece], window: Window, width: int) -> Columns:
    """Put ``pieces``, in the order of their points, into ``width`` columns of equal breadth.

    A piece belongs to the column of its last point. Where x jumped back a column gets the pieces of several
    passes: its extremes are those of all of them, its x, last and smooth value those of the latest.
    """
    low, breadth = window.low, (window.high - window.low) or 1.0
    columns: Columns = {}
    current = -1
    x = last = smooth = math.nan
    minimum, maximum, nonfinite = math.inf, -math.inf, 0.0
    for _, piece_x, piece_minimum, piece_maximum, piece_last, piece_smooth, piece_nonfinite in pieces:
        column = int((piece_x - low) * width / breadth)
        if column == width:
            column -= 1
        if column != current:
            if current >= 0:
                _put(columns, current, Bucket(x, minimum, maximum, last, smooth, int(nonfinite)))
            current = column
            last = smooth = math.nan
            minimum, maximum, nonfinite = math.inf, -math.inf, 0.0
        x = piece_x
        if piece_minimum < minimum:
            minimum = piece_minimum
        if piece_maximum > maximum:
            maximum = piece_maximum
        nonfinite += piece_nonfinite
        if piece_last == piece_last:
            last, smooth = piece_last, piece_smooth
    if current >= 0:
        _put(columns, current, Bucket(x, minimum, maximum, last, smooth, int(nonfinite)))
    return columns


def _put(columns: Columns, column: int, bucket: Bucket) -> None:
    earlier = columns.get(column)
    if earlier is not None:
        newer = bucket if bucket.last == bucket.last else earlier
        bucket = _merged([earlier, bucket], bucket.x, newer.last, newer.smooth)
    columns[column] = bucket


def _merged(buckets: Sequence[Bucket], x: float, last: float, smooth: float) -> Bucket:
    return Bucket(
        x,
        min(bucket.minimum for bucket in buckets),
        max(bucket.maximum for bucket in buckets),
        last,
        smooth,
        sum(bucket.nonfinite for bucket in buckets),
    )


def band(ranks: Iterable[Mapping[int, Bucket]]) -> Columns:
    """The band over ranks: per column the extremes over all of them.

    ``last`` and ``smooth`` are the mean over the ranks that have a finite value in the column, x is the
    highest of theirs.
    """
    gathered: dict[int, list[Bucket]] = {}
    for columns in ranks:
        for column, bucket in columns.items():
            gathered.setdefault(column, []).append(bucket)
    merged: Columns = {}
    for column, buckets in gathered.items():
        finite = [bucket for bucket in buckets if bucket.last == bucket.last]
        merged[column] = _merged(
            buckets,
            max(bucket.x for bucket in buckets),
            _mean([bucket.last for bucket in finite]),
            _mean([bucket.smooth for bucket in finite]),
        )
    return merged


def _mean(values: Sequence[float]) -> float:
    """The mean, computed so that equal values have exactly their own value as mean; NaN of nothing."""
    mean = math.nan
    for count, value in enumerate(values, 1):
        mean = value if count == 1 else mean + (value - mean) / count
    return mean if math.isfinite(mean) else _mean_of_huge(values)


def _mean_of_huge(values: Sequence[float]) -> float:
    return math.fsum(clamped(value) / len(values) for value in values) if values else math.nan


def ordered(columns: Mapping[int, Bucket], origin: float) -> list[Bucket]:
    """The buckets from left to right, x counted from ``origin``; NaN where a bucket has no finite value."""
    buckets = []
    for _, (x, minimum, maximum, last, smooth, nonfinite) in sorted(columns.items()):
        if minimum > maximum:
            minimum = maximum = last = smooth = math.nan
        buckets.append(Bucket(x - origin, minimum, maximum, last, smooth, nonfinite))
    return buckets
