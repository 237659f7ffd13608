"""One chart, from buckets in hand to finished lines: milliseconds at 100 × 24 cells of plot."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from rich.style import Style

from console.metrics.samples import Bucket
from console.tui.theme import DARK, SERIES_COUNT
from console.tui.widgets.chart.contents import ChartData, Curve, Points
from console.tui.widgets.chart.geometry import ChartView, plan_geometry
from console.tui.widgets.chart.overlay import Inks
from console.tui.widgets.chart.paint import paint_chart

PLOT_COLUMNS, PLOT_ROWS, SERIES = 100, 24, 8
FRAMES = 150
TARGET_MS = 8.0


def noisy_loss(count: int, seed: int) -> list[Bucket]:
    """``count`` buckets of a falling loss with noise."""
    source = random.Random(seed)
    buckets, smooth = [], 6.0
    for step in range(count):
        value = 1 + 5 * 0.999**step + source.gauss(0, 0.2)
        smooth = 0.9 * smooth + 0.1 * value
        buckets.append(Bucket(step, value - 0.1, value + 0.1, value, smooth, 0))
    return buckets


def theme_inks() -> Inks:
    """The dark theme's styles, as the widget makes them."""
    plain = Style(color=DARK.foreground, bgcolor=DARK.background)
    series = tuple(
        Style(color=DARK.variables[f"series-{slot + 1}"], bgcolor=DARK.background)
        for slot in range(SERIES_COUNT)
    )
    return Inks(plain, plain, plain, plain, plain, plain, plain, plain, series, series)


def best_milliseconds(work: Callable[[], object]) -> float:
    """The least processor time of :data:`FRAMES` runs of ``work``."""
    best = float("inf")
    for _ in range(FRAMES):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best * 1000


def measure(points: int) -> tuple[float, float, float]:
    """Milliseconds to turn buckets round (off the event loop), for a raw frame, and for a smoothed one."""
    series = [noisy_loss(points, seed) for seed in range(SERIES)]
    inks = theme_inks()

    def turn_round() -> tuple[Curve, ...]:
        return tuple(Curve(str(at), str(at), at, Points.of(buckets)) for at, buckets in enumerate(series))

    curves = turn_round()

    def frame(smoothed: bool) -> None:
        data = ChartData("loss", curves, (0.0, float(points)), smoothed=smoothed)
        geometry = plan_geometry(data, ChartView(), PLOT_COLUMNS + 7, PLOT_ROWS + 2, None)
        paint_chart(data, ChartView(), geometry, inks)

    return (
        best_milliseconds(turn_round),
        best_milliseconds(lambda: frame(False)),
        best_milliseconds(lambda: frame(True)),
    )


def main() -> None:
    """Print the table."""
    print(
        f"{SERIES} series, {PLOT_COLUMNS} x {PLOT_ROWS} cells, best of {FRAMES}, milliseconds of processor time"
    )
    print(f"{'points':>8} {'turned round':>13} {'raw frame':>10} {'raw + smooth':>13} {'target':>7}")
    for points in (200, 2000, 20000):
        turned, raw, both = measure(points)
        print(
            f"{points:>8} {turned:>13.1f} {raw:>10.1f} {both:>13.1f} {TARGET_MS if points == 2000 else '':>7}"
        )


if __name__ == "__main__":
    main()
