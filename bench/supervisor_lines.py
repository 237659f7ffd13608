"""From log bytes to stored samples, as the supervisor does it: lines per second of one core.

The log is a mix as training prints it: one line in ten states five metrics, the others are talk.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from console.metrics.ingest import RankIngest
from console.metrics.logs.tail import LogTail
from console.metrics.store import SampleStore

LINES = 300_000
POLL_BYTES = 1 << 20
PAGE_KIB = 4
TARGET = 150_000

TALK = (
    "I tensorflow/core/common_runtime/process_util.cc:146] Creating new thread pool {}",
    "INFO:tensorflow:Restoring parameters from /data/checkpoints/model.ckpt-{}",
    "2024-05-17 09:31:{}.122 [INFO] data.loader: shard train-00{}-of-01024 opened",
    "WARNING: the name tf.train.Saver is deprecated, seen {} times",
    '  File "/usr/local/lib/python3.7/site-packages/engine/loop.py", line {}, in step',
    "[HCCL] rank {} joined the ring, waiting for the others",
    "",
)


def write_log(path: Path, lines: int) -> None:
    """A mixed log."""
    chance = random.Random(1)
    with path.open("w") as log:
        for number in range(lines):
            if number % 10:
                log.write(chance.choice(TALK).replace("{}", str(number)) + "\n")
            else:
                log.write(
                    f"step:{number:6}, epoch:{number / 9000:5.1f}, FPS:{chance.uniform(800, 900):7.1f}, "
                    f"loss: {chance.random():.3f}, total_loss: {chance.random():.3f}, lr:0.00671, "
                    f"batch_time:{chance.random():.6f}\n"
                )


def tail_only(path: Path) -> Iterator[int]:
    """Split the log into lines."""
    tail = LogTail(path)
    more = True
    while more:
        batch = tail.read(POLL_BYTES)
        more = batch.more
        yield len(batch.lines)


def without_store(path: Path) -> Iterator[int]:
    """Tail and read the log."""
    ingest = RankIngest(0, path)
    more = True
    while more:
        batch = ingest.poll(POLL_BYTES)
        more = batch.more
        yield batch.lines


def everything(path: Path) -> Iterator[int]:
    """Tail and read the log and store what it states."""
    ingest = RankIngest(0, path)
    with SampleStore.open(path.with_name("metrics.sqlite")) as store:
        more = True
        while more:
            batch = ingest.poll(POLL_BYTES)
            store.append(batch.samples, batch.events, {0: batch.offset})
            more = batch.more
            yield batch.lines


def lines_per_second(work: Callable[[Path], Iterator[int]], path: Path) -> float:
    """Lines over processor time."""
    start = time.process_time()
    lines = sum(work(path))
    return lines / (time.process_time() - start)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rank-0.log"
        write_log(path, LINES)
        print(f"{'what':<58} {'lines/s':>10}   target")
        print(f"{'tail: bytes to lines':<58} {lines_per_second(tail_only, path):>10,.0f}", flush=True)
        print(f"{'tail + line reader':<58} {lines_per_second(without_store, path):>10,.0f}", flush=True)
        print(
            f"{'tail + line reader + store':<58} {lines_per_second(everything, path):>10,.0f}   > {TARGET:,}"
        )
        with SampleStore.open(path.with_name("metrics.sqlite"), readonly=True) as store:
            kept = {name: sum(1 for _ in store.samples(name, 0)) for name in store.names()}
        print(f"samples kept of {LINES // 10:,} metric lines: {kept}")
        memory = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB / 1024
        print(f"memory of this process: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
