"""The sample store: appending, memory on a long run, and curves out of short, long and wide runs."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from console.metrics.samples import Sample
from console.metrics.store import SampleStore, XAxis

LONG_RUN = 10_000_000
METRICS = ("loss", "total_loss", "lr", "throughput", "step_time")
PAGE_KIB = 4

MEMORY_OF_READER = """
import sys
from pathlib import Path
from console.metrics.store import SampleStore, XAxis
store = SampleStore.open(sys.argv[1], readonly=True)
for name in store.names():
    for rank in store.ranks(name):
        store.series(name, rank, XAxis.STEP, 240, smoothing=0.9)
print(int(Path("/proc/self/statm").read_text().split()[1]))
"""


def main() -> None:
    """Print the table."""
    print(f"{'what':<68} {'measured':>14}   target")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        long_run(folder / "long.sqlite")
        finished_run(folder / "finished.sqlite")
        live_run(folder / "live.sqlite")
        wide_run(folder / "wide.sqlite")


def row(what: str, measured: str, target: str = "") -> None:
    """One line of the table."""
    print(f"{what:<68} {measured:>14}   {target}", flush=True)


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time that ``work`` takes; unlike the time of day it does not depend on what else runs."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def resident_mib() -> float:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB / 1024


def steps(first: int, count: int, ranks: int, names: tuple[str, ...]) -> list[Sample]:
    """The samples of ``count`` steps."""
    return [
        Sample(rank, step, step / 1000, 1.7e9 + step / 10, name, random.random())
        for step in range(first, first + count)
        for rank in range(ranks)
        for name in names
    ]


def batches(total: int, ranks: int, names: tuple[str, ...]) -> Iterator[list[Sample]]:
    """``total`` samples in batches as a catching-up supervisor makes them."""
    per_step = ranks * len(names)
    size = max(1, 8000 // per_step)
    for first in range(0, total // per_step, size):
        yield steps(first, size, ranks, names)


def fill(path: Path, total: int, ranks: int, names: tuple[str, ...]) -> tuple[float, float, float]:
    """Write a run; returns the seconds spent in append(), and the memory at a tenth of it and at its end."""
    seconds, appended, early = 0.0, 0, 0.0
    with SampleStore.open(path) as store:
        for batch in batches(total, ranks, names):
            seconds += milliseconds(partial(store.append, batch, [], {})) / 1000
            appended += len(batch)
            if not early and appended >= total / 10:
                early = resident_mib()
        return seconds, early, resident_mib()


def long_run(path: Path) -> None:
    """Ten million samples: speed of the writer, and that memory stays flat."""
    seconds, early, late = fill(path, LONG_RUN, 8, METRICS)
    row("append in batches of 8,000, samples/s", f"{LONG_RUN / seconds:,.0f}", "> 500,000")
    row("memory of the writer after 1 and 10 million samples, MiB", f"{early:.0f}, {late:.0f}", "< 40, flat")
    row("file of 10 million samples, MB", f"{path.stat().st_size / 1e6:.0f}")
    reader = subprocess.run(
        [sys.executable, "-c", MEMORY_OF_READER, str(path)], check=True, capture_output=True, text=True
    )
    memory = int(reader.stdout) * PAGE_KIB / 1024
    row("memory of a reader that drew its 40 series of 250,000, MiB", f"{memory:.0f}")
    with SampleStore.open(path, readonly=True) as store:
        took = milliseconds(lambda: store.series("loss", 0, XAxis.STEP, 120, smoothing=0.9))
        row("first curve of 250,000 points, 120 columns, ms", f"{took:.1f}")
        took = milliseconds(lambda: store.series("loss", None, XAxis.STEP, 120, smoothing=0.9))
        row("band over 8 ranks of 250,000 points, 120 columns, ms", f"{took:.1f}")
        polls = milliseconds(lambda: [store.version() for _ in range(1000)])
        row("version(), microseconds", f"{polls:.1f}", "cheap at 10 Hz")


def finished_run(path: Path) -> None:
    """20 metrics x 50,000 steps: opened and all drawn."""
    names = tuple(f"metric{number}" for number in range(20))
    fill(path, 20 * 50_000, 1, names)
    for axis in XAxis:

        def draw(axis: XAxis = axis) -> None:
            with SampleStore.open(path, readonly=True) as store:
                for name in names:
                    store.series(name, 0, axis, 120, smoothing=0.6)

        row(
            f"open 20 metrics x 50,000 steps and draw all over {axis.value}, ms",
            f"{milliseconds(draw):.0f}",
            "< 300",
        )


def live_run(path: Path) -> None:
    """8 ranks that print 10 lines/s each, seen ten times a second: cost of one append and of a redraw."""
    with SampleStore.open(path) as writer, SampleStore.open(path, readonly=True) as reader:
        for batch in batches(8 * 5 * 20_000, 8, METRICS):
            writer.append(batch, [], {})
        appends, draws = [], []
        for step in range(20_000, 20_300):
            live = steps(step, 1, 8, METRICS)
            appends.append(milliseconds(partial(writer.append, live, [], {0: step})))
            if step % 5 == 0:
                draws.append(milliseconds(lambda: draw_all(reader)))
    row("live append of 40 samples, mean ms", f"{sum(appends) / len(appends):.2f}")
    row("live redraw of 4 charts x 8 series x 20,000 points, mean ms", f"{sum(draws) / len(draws):.1f}")


def draw_all(store: SampleStore) -> None:
    """Four charts of eight series at the width of a monitor screen, in dots."""
    for name in METRICS[:4]:
        for rank in range(8):
            store.series(name, rank, XAxis.STEP, 120, smoothing=0.6)


def wide_run(path: Path) -> None:
    """1,024 ranks that print one line a second: an append of each second, and the band over all."""
    with SampleStore.open(path) as store:
        seconds = batches(1024 * 5 * 600, 1024, METRICS)
        took = [milliseconds(partial(store.append, second, [], {})) for second in seconds]
        row("1,024 ranks x 5 metrics, one step each: append, mean ms", f"{sum(took) / len(took):.1f}")
        row("  memory of the writer, MiB", f"{resident_mib():.0f}")
    with SampleStore.open(path, readonly=True) as store:
        band = milliseconds(lambda: store.series("loss", None, XAxis.STEP, 120, smoothing=0.9))
        again = milliseconds(lambda: store.series("loss", None, XAxis.STEP, 120, smoothing=0.9))
        row("  band over 1,024 ranks of 600 points, first and again, ms", f"{band:.0f}, {again:.0f}")


if __name__ == "__main__":
    main()
