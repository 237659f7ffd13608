"""A writer that is killed at any moment leaves samples, events and offsets that belong together."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore

WRITER = """
import sys
from console.metrics.ingest import RankIngest
from console.metrics.store import SampleStore, appending

folder, piece, appending.PENDING_LIMIT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with SampleStore.open(folder + "/metrics.sqlite") as store:
    offsets = store.offsets()
    ranks = [RankIngest(r, f"{folder}/rank-{r}.log", (), offsets.get(r, 0)) for r in range(2)]
    more = True
    while more:
        more = False
        for rank, ingest in enumerate(ranks):
            batch = ingest.poll(piece)
            more |= batch.more
            store.append(batch.samples, batch.events, {rank: batch.offset})
            print("appended", flush=True)
"""


def write_log(path: Path, steps: range) -> None:
    """A log with a metric line in three and an event now and then."""
    with path.open("a") as log:
        for step in steps:
            log.write(f"step: {step}, loss: {step / 8}, lr: 0.1\n")
            log.write("loading shard 00017 of the training set\n  warming up\n")
            if step % 50 == 0:
                log.write(f'@event {{"kind": "checkpoint", "step": {step}}}\n')


def test_killed_again_and_again_it_keeps_everything_once(tmp_path: Path) -> None:
    chance = random.Random(3)
    kills = 0
    for start in range(0, 1500, 300):
        for rank in range(2):
            write_log(tmp_path / f"rank-{rank}.log", range(start, start + 300))
        for _ in range(3):
            piece, limit = chance.choice([200, 500, 1000]), chance.choice([1, 200, 4096])
            command = [sys.executable, "-c", WRITER, str(tmp_path), str(piece), str(limit)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
                assert writer.stdout is not None
                for _ in range(chance.randrange(1, 20)):
                    writer.stdout.readline()
                writer.kill()
            kills += writer.returncode == -9
            assert_whole(tmp_path)
    subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path), "100000", "4096"], check=True, capture_output=True
    )
    with SampleStore.open(tmp_path / "metrics.sqlite", readonly=True) as store:
        assert store.offsets() == {r: (tmp_path / f"rank-{r}.log").stat().st_size for r in range(2)}
    assert_whole(tmp_path)
    assert kills >= 5


def assert_whole(folder: Path) -> None:
    """The store holds what the log bytes before its offsets state, no more and no less."""
    with SampleStore.open(folder / "metrics.sqlite", readonly=True) as store:
        offsets, events = store.offsets(), [event for _, event in store.events()]
        for rank in range(2):
            head = (folder / f"rank-{rank}.log").read_text()[: offsets.get(rank, 0)]
            stated = [
                (int(step), float(loss)) for step, loss in re.findall(r"step: (\d+), loss: (.*),", head)
            ]
            assert [(sample.step, sample.value) for sample in store.samples("loss", rank)] == stated
            assert [sample.step for sample in store.samples("lr", rank)] == [step for step, _ in stated]
            kept = [event.step for event in events if event.rank == rank]
            assert kept == [int(step) for step in re.findall(r'"step": (\d+)', head)]


def test_a_reader_sees_whole_appends_while_another_process_writes(tmp_path: Path) -> None:
    write_log(tmp_path / "rank-0.log", range(1500))
    write_log(tmp_path / "rank-1.log", range(0))
    store_path = tmp_path / "metrics.sqlite"
    SampleStore.open(store_path).close()
    command = [sys.executable, "-c", WRITER, str(tmp_path), "4000", "700"]
    lengths = []
    with (
        SampleStore.open(store_path, readonly=True) as store,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer,
    ):
        assert writer.stdout is not None
        while writer.stdout.readline():
            losses, rates = list(store.samples("loss", 0)), list(store.samples("lr", 0))
            assert [sample.step for sample in losses] == list(range(len(losses)))
            assert len(rates) >= len(losses)
            lengths.append(len(losses))
        assert len(list(store.samples("loss", 0))) == 1500
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 5


def test_two_writers_do_not_spoil_the_store(tmp_path: Path) -> None:
    """Nobody should start two; if it happens both must still append whole and in order."""
    path = tmp_path / "metrics.sqlite"
    with SampleStore.open(path) as one, SampleStore.open(path) as other:
        for step in range(0, 6000, 2):
            one.append([Sample(0, step, 0.0, 0.0, "loss", float(step))], [], {})
            other.append([Sample(0, step + 1, 0.0, 0.0, "loss", float(step + 1))], [], {})
    with SampleStore.open(path, readonly=True) as store:
        assert [sample.step for sample in store.samples("loss", 0)] == list(range(6000))


def test_events_keep_their_detail(tmp_path: Path) -> None:
    detail = {"kind": "ack", "id": "r2", "message": "已写入", "ok": True, "value": None}
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([], [Event(1, 7, 5.0, "ack", detail), Event(0, -1, 6.0, "stalled", {})], {})
        (first, event), (second, _) = store.events()
        assert event == Event(1, 7, 5.0, "ack", json.loads(json.dumps(detail)))
        assert store.events(after_id=first) == [(second, Event(0, -1, 6.0, "stalled", {}))]
