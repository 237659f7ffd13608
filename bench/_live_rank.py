"""Stands for one rank of a training: a history at once, then so many lines a second, told by a file.

``python _live_rank.py RANK HISTORY PACE_FILE``. The pace file holds lines per second for all ranks, or
``RANK:PACE`` for one alone; it may be replaced at any time. Each line tells when it was written.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

TICK = 0.05


def line(rank: int, step: int) -> str:
    """A metric line with the time of writing; its throughput is a number no other line of the rank has."""
    loss = 2.3 * math.exp(-step / 4000) + 0.1 * math.sin(step / 7 + rank) + 0.2
    return (
        f"at:{time.time():.4f}  step:{step:7d}  epoch:{step / 500:7.2f}  FPS:{100000 + step % 800000:8.1f}, "
        f"loss:{loss:7.4f}, total_loss:{loss + 1:7.4f}, lr:{0.1 / (1 + step / 9000):.6f}, "
        f"top1:{1 - loss / 3:.4f}\n"
    )


def pace_of(path: Path, rank: int) -> float:
    """Lines a second asked of this rank."""
    name, _, pace = path.read_text().rpartition(":")
    return float(pace) if name in ("", str(rank)) else 0.0


def main() -> None:
    """Print until killed."""
    rank, history, pace_file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    out = sys.stdout
    step = 0
    for step in range(1, history + 1):
        out.write(line(rank, step))
    out.flush()
    due = time.monotonic()
    while True:
        now = time.monotonic()
        pace = pace_of(pace_file, rank)
        if not pace:
            due = now
        while pace and due <= now:
            step += 1
            out.write(line(rank, step))
            due += 1 / pace
        out.flush()
        # Ranks of a real training do not print at the same instant.
        time.sleep(min(max(due - now, 0.001), TICK) if pace else TICK)


if __name__ == "__main__":
    main()
