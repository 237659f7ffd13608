"""The store's answers apart from curves, and its behaviour when its file or disk fails."""

from __future__ import annotations

import math
import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.errors import UserError
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore, StoreFull, XAxis

RUN = "alexnet-2p-0101-1200"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / RUN
    folder.mkdir()
    return folder / "metrics.sqlite"


def losses(steps: range, rank: int = 0, name: str = "loss") -> list[Sample]:
    """One sample per step."""
    return [Sample(rank, step, step / 100, 1.7e9 + step, name, step / 8) for step in steps]


def test_samples_come_back_as_they_were_given(path: Path) -> None:
    odd = [
        Sample(1, -1, math.nan, 1.7e9, "grad_norm", math.inf),
        Sample(1, 2**53, -0.5, 1.7e9, "grad_norm", -math.inf),
        Sample(1, 0, math.nan, 1.7e9, "grad_norm", math.nan),
    ]
    with SampleStore.open(path) as store:
        store.append(losses(range(9000)) + odd, [], {0: 5})
    with SampleStore.open(path, readonly=True) as store:
        assert list(store.samples("loss", 0)) == losses(range(9000))
        assert repr(list(store.samples("grad_norm", 1))) == repr(odd)
        assert list(store.samples("loss", 1)) == []


def test_what_there_is(path: Path) -> None:
    with SampleStore.open(path) as store:
        assert (store.names(), store.ranks("loss"), store.offsets(), store.events()) == ([], [], {}, [])
        assert store.last("loss", 0) is None
        store.append(
            losses(range(3), rank=5) + losses(range(2), rank=2) + losses(range(1), 0, "lr"), [], {2: 7}
        )
        assert store.names() == ["loss", "lr"]
        assert store.ranks("loss") == [2, 5]
        assert store.last("loss", 5) == losses(range(3), rank=5)[-1]
        store.append(losses(range(3, 5000), rank=5), [], {5: 9, 2: 8})
        assert store.last("loss", 5) == losses(range(5000), rank=5)[-1]
        assert store.offsets() == {2: 8, 5: 9}


def test_a_writer_opened_again_goes_on(path: Path) -> None:
    ranges = [(0, 60), (5000, 5050), (10_440, 10_499)]
    for start in range(0, 10_000, 700):
        with SampleStore.open(path) as store:
            store.append(losses(range(start, start + 700)), [], {0: start})
    with SampleStore.open(path, readonly=True) as store:
        assert [sample.step for sample in store.samples("loss", 0)] == list(range(10_500))
        zoomed = [store.series("loss", 0, XAxis.STEP, 200, x_range=r, smoothing=0.9) for r in ranges]
    with SampleStore.open(path.with_name("at once")) as store:
        store.append(losses(range(10_500)), [], {})
        for x_range, buckets in zip(ranges, zoomed, strict=True):
            at_once = store.series("loss", 0, XAxis.STEP, 200, x_range=x_range, smoothing=0.9)
            assert [bucket[:4] for bucket in at_once] == [bucket[:4] for bucket in buckets]
            assert [bucket.smooth for bucket in at_once] == pytest.approx(
                [bucket.smooth for bucket in buckets]
            )


@pytest.mark.parametrize(
    "appended", [losses(range(1)), losses(range(9000)), [Event(0, 1, 0.0, "stop", {})], []]
)
def test_the_version_tells_every_append(path: Path, appended: list[Sample | Event]) -> None:
    with SampleStore.open(path) as writer, SampleStore.open(path, readonly=True) as reader:
        for store in (writer, reader):
            before = store.version()
            assert store.version() == before
            samples = [item for item in appended if isinstance(item, Sample)]
            events = [item for item in appended if isinstance(item, Event)]
            writer.append(samples, events, {0: before})
            assert store.version() != before
            assert reader.names() == writer.names()


def test_a_store_that_is_not_there_names_the_way_out(path: Path) -> None:
    with pytest.raises(UserError) as caught:
        SampleStore.open(path, readonly=True)
    assert caught.value.message.key == "metrics.store_missing"
    assert not path.exists()


def scribble(path: Path) -> None:
    path.write_bytes(b"no data base at all\n" * 1000)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (x)")


def halve(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def tear(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize("damage", [scribble, empty, foreign, halve, tear])
def test_a_damaged_store_names_the_way_out(
    path: Path, damage: Callable[[Path], None], readonly: bool
) -> None:
    with SampleStore.open(path) as store:
        store.append(losses(range(20_000)), [], {})
    damage(path)
    with pytest.raises(UserError) as caught, SampleStore.open(path, readonly=readonly) as store:
        store.series("loss", 0, XAxis.STEP, 100, x_range=(0, 100))
        list(store.samples("loss", 0))
    assert caught.value.message.key == "metrics.store_damaged"
    assert str(path) in str(caught.value)
    assert f"ascend-console reindex {RUN}" in str(caught.value)


def test_a_store_of_a_newer_program_is_left_alone(path: Path) -> None:
    SampleStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    for readonly in (True, False):
        with pytest.raises(UserError) as caught:
            SampleStore.open(path, readonly=readonly)
        assert caught.value.message.key == "metrics.store_newer"
    assert path.read_bytes() == before


def test_a_half_made_store_of_a_killed_writer_is_no_hindrance(path: Path) -> None:
    path.with_name(path.name + ".new").write_bytes(b"half")
    with SampleStore.open(path) as store:
        store.append(losses(range(3)), [], {})
        assert list(store.samples("loss", 0)) == losses(range(3))


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    """Sets how large a file this process may write; the kernel then refuses, as with a quota."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_when_the_kernel_takes_no_more_nothing_is_lost(
    path: Path, file_size_limit: Callable[[int], None]
) -> None:
    with SampleStore.open(path) as store:
        store.append(losses(range(5000)), [], {0: 1})
        file_size_limit(path.with_name(path.name + "-wal").stat().st_size)
        for samples in (losses(range(5000, 5100)), losses(range(5000, 15_000))):
            with pytest.raises(StoreFull, match=r"metrics\.sqlite"):
                store.append(
                    [*samples, *losses(range(9), name="new")], [Event(0, 1, 0.0, "stop", {})], {0: 2}
                )
            assert list(store.samples("loss", 0)) == losses(range(5000))
            assert (store.names(), store.events(), store.offsets()) == (["loss"], [], {0: 1})
        file_size_limit(resource.RLIM_INFINITY)
        store.append([*losses(range(5000, 15_000)), *losses(range(9), name="new")], [], {0: 2})
    with SampleStore.open(path, readonly=True) as store:
        assert list(store.samples("loss", 0)) == losses(range(15_000))
        assert list(store.samples("new", 0)) == losses(range(9), name="new")


def test_when_the_disk_is_full_nothing_is_lost(path: Path) -> None:
    with SampleStore.open(path) as store:
        store.append(losses(range(5000)), [], {0: 1})
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFull, match="full"):
            store.append(losses(range(5000, 50_000)), [Event(0, 1, 0.0, "stop", {})], {0: 2})
        assert list(store.samples("loss", 0)) == losses(range(5000))
        store._connection.execute("PRAGMA max_page_count = 1000000")
        store.append(losses(range(5000, 50_000)), [], {0: 2})
        assert list(store.samples("loss", 0)) == losses(range(50_000))
        assert store.events() == []


@pytest.fixture
def sealed_folder() -> Iterator[Callable[[Path], None]]:
    """Makes a folder read-only for this process, which is nobody from then on if it was the superuser."""
    sealed: list[Path] = []

    def seal(folder: Path) -> None:
        sealed.append(folder)
        folder.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(65534)

    yield seal
    os.seteuid(os.getuid())
    for folder in sealed:
        folder.chmod(0o755)


def test_a_store_in_a_folder_that_cannot_be_written_can_be_read(
    sealed_folder: Callable[[Path], None],
) -> None:
    folder = Path(tempfile.mkdtemp())
    path = folder / "metrics.sqlite"
    with SampleStore.open(path) as store:
        store.append(losses(range(10)), [], {})
    sealed_folder(folder)
    with SampleStore.open(path, readonly=True) as store:
        assert list(store.samples("loss", 0)) == losses(range(10))
        assert store.version() == store.version()
    with pytest.raises(UserError) as caught, SampleStore.open(path) as store:
        store.append(losses(range(10, 20)), [], {})
    assert caught.value.message.key == "metrics.store_unusable"
