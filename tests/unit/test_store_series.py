"""Curves out of the store against the plain definition of them, point by point."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.metrics.samples import Bucket, Sample
from console.metrics.store import SampleStore, XAxis, appending, layout
from console.metrics.store.query import PieceCache, SeriesQuery
from console.metrics.store.smoothing import SMOOTHING_WEIGHTS

ODD_VALUES = (math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 0.0, 5e-324)


def random_values(chance: random.Random, count: int, odd: float) -> list[float]:
    """Values as a training run has them, a share ``odd`` of them nasty."""
    return [
        chance.choice(ODD_VALUES) if chance.random() < odd else chance.uniform(-2, 2) for _ in range(count)
    ]


def rising_steps(chance: random.Random, count: int) -> list[int]:
    """Rising steps, some with long gaps."""
    gaps = chance.choice([(1,), (1, 2), (1, 1, 5), (1, 1, 1, 700), (100,)])
    step, steps = chance.randrange(100), []
    for _ in range(count):
        step += chance.choice(gaps)
        steps.append(step)
    return steps


def any_steps(chance: random.Random, count: int, highest: int) -> list[int]:
    """Steps below ``highest`` that rise, start again, leap about or are not known."""
    kind = chance.choice(["rising", "restarts", "zigzag", "unknown first", "mostly unknown"])
    steps = [index * highest // max(1, count) for index in range(count)]
    if kind == "restarts":
        jumps = sorted(chance.sample(range(count), min(count, 5)))
        for start in jumps:
            back = chance.randrange(highest)
            steps[start:] = [(step + back) % highest for step in steps[start:]]
    elif kind == "zigzag":
        steps = [chance.randrange(highest) for _ in range(count)]
    elif kind == "unknown first":
        steps[: count // 2] = [-1] * (count // 2)
    elif kind == "mostly unknown":
        steps = [step if chance.random() < 0.1 else -1 for step in steps]
    return steps


@contextmanager
def store_of(
    points: dict[int, list[tuple[int, float]]],
    chance: random.Random,
    glance: Callable[[SampleStore], object] = SampleStore.version,
) -> Iterator[SampleStore]:
    """A store of metric ``m``, appended in batches of random size and packed at random times.

    ``glance`` is called after each append.
    """
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(appending, "PENDING_LIMIT", chance.choice([1, 40, 700, 100_000]))
        with SampleStore.open(Path(folder) / "metrics.sqlite") as store:
            queues = {
                rank: [Sample(rank, step, math.nan, 0.0, "m", value) for step, value in pairs]
                for rank, pairs in points.items()
            }
            while any(queues.values()):
                batch = []
                for rank, queue in queues.items():
                    size = chance.choice([7, 100, 300, 3000])
                    batch += queue[:size]
                    queues[rank] = queue[size:]
                store.append(batch, [], {})
                glance(store)
            yield store


def running_average(values: Sequence[float], weight: float) -> list[float]:
    """The debiased exponential average after each value, straight from its definition."""
    biased, total, averages = 0.0, 0.0, []
    for value in values:
        if not weight:
            averages.append(value)
            continue
        if math.isfinite(value):
            clamped = max(-1e300, min(1e300, value))
            biased, total = weight * biased + (1 - weight) * clamped, weight * total + (1 - weight)
        averages.append(biased / total if total else math.nan)
    return averages


def known(steps: Sequence[int]) -> list[float]:
    """Each step, or the one before it where it is not known; NaN before the first known one."""
    x, xs = math.nan, []
    for step in steps:
        x = float(step) if step >= 0 else x
        xs.append(x)
    return xs


def expected_bucket(xs: Sequence[float], values: Sequence[float], smooth: Sequence[float]) -> Bucket:
    """The bucket of some points, in the order they were printed."""
    finite = [index for index, value in enumerate(values) if math.isfinite(value)]
    bad = len(values) - len(finite)
    if not finite:
        return Bucket(xs[-1], math.nan, math.nan, math.nan, math.nan, bad)
    numbers = [values[index] for index in finite]
    return Bucket(xs[-1], min(numbers), max(numbers), numbers[-1], smooth[finite[-1]], bad)


def assert_same(actual: Bucket, expected: Bucket) -> None:
    """Equal, NaN to NaN, and the smooth value up to rounding."""
    for field in ("x", "minimum", "maximum", "last", "nonfinite"):
        assert getattr(actual, field) == pytest.approx(getattr(expected, field), rel=0, abs=0, nan_ok=True)
    assert actual.smooth == pytest.approx(expected.smooth, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 2500), weight=st.sampled_from(SMOOTHING_WEIGHTS))
def test_each_column_is_exact_when_columns_are_as_fine_as_steps(seed: int, count: int, weight: float) -> None:
    chance = random.Random(seed)
    highest = chance.choice([5, 300])
    steps = any_steps(chance, count, highest)
    values = random_values(chance, count, chance.choice([0.0, 0.02, 0.9]))
    low = chance.choice([0, highest // 3])
    high = chance.choice([highest, highest // 2])
    width = 2 * highest
    with store_of({0: list(zip(steps, values, strict=True))}, chance) as store:
        buckets = store.series("m", 0, XAxis.STEP, width, x_range=(low, high), smoothing=weight)
    smooth = running_average(values, weight)
    columns: dict[int, list[int]] = {}
    for index, x in enumerate(known(steps)):
        if low <= x <= high:
            columns.setdefault(min(int((x - low) * width / (high - low)), width - 1), []).append(index)
    xs = known(steps)
    assert len(buckets) == len(columns)
    for bucket, (_, inside) in zip(buckets, sorted(columns.items()), strict=True):
        assert_same(
            bucket, expected_bucket(*([column[i] for i in inside] for column in (xs, values, smooth)))
        )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 12_000),
    width=st.sampled_from([1, 2, 13, 60]),
    weight=st.sampled_from(SMOOTHING_WEIGHTS),
)
def test_every_point_is_drawn_once_and_near_its_column(
    seed: int, count: int, width: int, weight: float
) -> None:
    chance = random.Random(seed)
    steps = rising_steps(chance, count)
    values = random_values(chance, count, chance.choice([0.0, 0.001, 0.2]))
    low, high = float(steps[0]), float(steps[-1])
    if chance.random() < 0.5:
        low, high = sorted((chance.uniform(low, high), chance.uniform(low, high)))

    def watch(store: SampleStore) -> None:
        store.series("m", 3, XAxis.STEP, chance.choice([1, 7, width]), smoothing=weight)

    with store_of({3: list(zip(steps, values, strict=True))}, chance, watch) as store:
        buckets = store.series("m", 3, XAxis.STEP, width, x_range=(low, high), smoothing=weight)
    smooth = running_average(values, weight)
    inside = [index for index, step in enumerate(steps) if low <= step <= high]
    breadth = (high - low) / width
    columns = []
    for bucket in buckets:
        run = [index for index in inside if steps[index] <= bucket.x]
        inside = inside[len(run) :]
        assert_same(bucket, expected_bucket(*([c[i] for i in run] for c in (steps, values, smooth))))
        column = min(int((bucket.x - low) * width / (high - low)), width - 1) if breadth else 0
        columns.append(column)
        assert steps[run[0]] >= low + (column - 1) * breadth - 1e-6 * breadth
    assert not inside
    assert columns == sorted(set(columns))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), ranks=st.integers(2, 5))
def test_the_band_spans_all_ranks(seed: int, ranks: int) -> None:
    chance = random.Random(seed)
    points = {
        rank: [(step, chance.choice([math.nan, math.inf, step, -1.5, 2.5, 1e9])) for step in range(200)]
        for rank in range(ranks)
    }
    with store_of(points, chance) as store:
        assert store.ranks("m") == list(range(ranks))
        band = store.series("m", None, XAxis.STEP, 400, smoothing=0.6)
    averages = {rank: running_average([value for _, value in pairs], 0.6) for rank, pairs in points.items()}
    for step, bucket in enumerate(band):
        finite = [rank for rank in points if math.isfinite(points[rank][step][1])]
        assert bucket.x == step
        assert bucket.nonfinite == ranks - len(finite)
        if finite:
            numbers = [points[rank][step][1] for rank in finite]
            assert (bucket.minimum, bucket.maximum) == (min(numbers), max(numbers))
            assert bucket.last == pytest.approx(sum(numbers) / len(numbers))
            mean = sum(averages[rank][step] / len(finite) for rank in finite)
            assert bucket.smooth == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("weight", SMOOTHING_WEIGHTS)
@pytest.mark.parametrize("rank", [0, None])
def test_a_constant_stays_exactly_flat(tmp_path: Path, weight: float, rank: int | None) -> None:
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        for start in range(0, 9000, 1000):
            store.append(
                [Sample(r, s, 0.0, 0.0, "lr", 0.1) for s in range(start, start + 1000) for r in range(3)],
                [],
                {},
            )
        for x_range in (None, (1234, 1300), (8990, 8999)):
            for bucket in store.series("lr", rank, XAxis.STEP, 90, x_range=x_range, smoothing=weight):
                assert bucket[1:5] == (0.1, 0.1, 0.1, 0.1)


@pytest.mark.parametrize("steps", ["rising", "each epoch anew", "leaping"])
def test_the_rows_touched_do_not_grow_with_the_series(tmp_path: Path, steps: str) -> None:
    chance = random.Random(0)
    touched = []
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        for total in (40_000, 160_000):
            name = f"m{total}"
            for start in range(0, total, 5000):
                numbers = list(range(start, start + 5000))
                if steps == "each epoch anew":
                    numbers = [number % (total // 20) for number in numbers]
                elif steps == "leaping":
                    numbers = [chance.randrange(total) for _ in numbers]
                store.append([Sample(0, n, math.nan, float(n), name, 1.0) for n in numbers], [], {})
            touched.append(rows_touched(store, name))
    assert touched[1] < 2 * touched[0]


def rows_touched(store: SampleStore, name: str) -> int:
    """The rows of points and nodes that one curve is made from."""
    count = 0
    parts = store._chunks.parts

    def counted(series: int, level: int, first: int, stop: int) -> Iterator[tuple[int, Sequence[float]]]:
        nonlocal count
        count += stop - first
        return parts(series, level, first, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store._chunks, "parts", counted)
        assert store.series(name, 0, XAxis.STEP, 25)
    return count


def test_points_before_the_first_known_epoch_are_not_drawn_over_epochs(tmp_path: Path) -> None:
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([Sample(0, n, math.nan, 0.0, "loss", 9.0) for n in range(4500)], [], {})
        assert store.series("loss", 0, XAxis.EPOCH, 50) == []
        store.append([Sample(0, n, n / 1000, 0.0, "loss", 1.0) for n in range(4500, 9500)], [], {})
        buckets = store.series("loss", 0, XAxis.EPOCH, 50)
        assert {bucket.maximum for bucket in buckets} == {1.0}
        assert store.series("loss", 0, XAxis.STEP, 50)[0].maximum == 9.0


def test_steps_that_begin_with_a_block_leave_the_blocks_before_undrawn(tmp_path: Path) -> None:
    blocks = 10 * layout.BLOCK
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([Sample(0, -1, math.nan, 0.0, "loss", 9.0) for _ in range(blocks)], [], {})
        store.append([Sample(0, n // 400, math.nan, 0.0, "loss", 1.0) for n in range(8000)], [], {})
        buckets = store.series("loss", 0, XAxis.STEP, 10)
        assert {bucket.maximum for bucket in buckets} == {1.0}


def test_time_counts_from_the_first_sample_of_the_run(tmp_path: Path) -> None:
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([Sample(0, 1, 0.0, 1.7e9, "lr", 1.0)], [], {})
        store.append([Sample(0, n, 0.0, 1.7e9 + n / 10, "loss", 1.0) for n in range(10, 30)], [], {})
        buckets = store.series("loss", 0, XAxis.TIME, 500)
        assert [round(bucket.x, 6) for bucket in buckets] == [n / 10 for n in range(10, 30)]
        window = (buckets[3].x, buckets[7].x)
        assert store.series("loss", 0, XAxis.TIME, 500, x_range=window) == buckets[3:8]


def test_what_is_not_there_has_no_curve(tmp_path: Path) -> None:
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        assert store.series("loss", None, XAxis.STEP, 80) == []
        store.append([Sample(0, 1, 0.0, 0.0, "loss", 1.0)], [], {})
        assert store.series("loss", 1, XAxis.STEP, 80) == []
        assert store.series("top1", 0, XAxis.STEP, 80, x_range=(0, 5)) == []
        assert store.series("loss", 0, XAxis.STEP, 80, x_range=(7, 9)) == []
        assert store.series("loss", 0, XAxis.STEP, 80) == [Bucket(1.0, 1.0, 1.0, 1.0, 1.0, 0)]


def test_nodes_of_all_levels_take_part(tmp_path: Path) -> None:
    """Guards the tests above against a pyramid that was never built."""
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([Sample(0, n, 0.0, 0.0, "m", 1.0) for n in range(40_000)], [], {})
        series = store._contents.find("m", 0)
        assert series is not None
        assert layout.top_level(series.packed) == 6
        assert SeriesQuery(store._chunks, PieceCache(), series, XAxis.STEP).extent() == (0, 39_999)
