"""The end of a run waits for what its ranks left behind, and for the last words of that."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.launch.plan import RankCommand
from console.metrics.ingest import SeriesNames
from console.runs.processes.table import ProcessStat, all_processes, identify
from console.runs.spec.policy import default_policy
from console.runs.state import Phase
from console.runs.supervisor import shutdown
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.shutdown import Shutdown
from tests.faults.conftest import wait_for

LEAVES_A_WORKER = """
(while [ ! -e go ]; do sleep 0.01; done; echo step 7 loss 0.5) &
echo step 6 loss 1.5
"""
"""A rank that ends at once and leaves a worker, which prints once more before it goes."""


@pytest.fixture
def ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ranks]:
    """One adopted rank that has ended, its log read so far."""
    log_path = tmp_path / "rank-0.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", LEAVES_A_WORKER], stdout=log, stderr=log, cwd=tmp_path, start_new_session=True
        )
    identity = identify(process.pid)
    process.wait()
    rank = Rank(RankCommand(0, 0, (), {}), {}, log_path)
    rank.adopt(None, identity)
    rank.exited(0, Phase.FINISHED, time.time())
    # The children of the test's own process are no ranks.
    monkeypatch.setattr(
        shutdown, "all_processes", lambda: [stat for stat in all_processes() if stat.session == process.pid]
    )
    ranks = Ranks([rank])
    ranks.follow_logs((), {}, SeriesNames())
    yield ranks
    (tmp_path / "go").touch()
    wait_for(lambda: not workers(process.pid), "the worker's end")


def workers(session: int) -> list[ProcessStat]:
    return [stat for stat in all_processes() if stat.session == session]


def losses(ranks: Ranks) -> list[float]:
    return [sample.value for _, batch in ranks.read_logs() for sample in batch.samples]


def test_a_run_is_not_over_until_what_was_left_behind_is_gone_and_its_last_words_are_read(
    ranks: Ranks, tmp_path: Path
) -> None:
    ending = Shutdown(ranks, default_policy())
    session = ranks.processes()[0].pid
    assert losses(ranks) == [1.5]
    for moment in (1.0, 2.0, 3.0):
        assert not ending.is_over(moment), "a worker lives, however often one looks"
    (tmp_path / "go").touch()
    wait_for(lambda: not workers(session), "the worker's end")
    assert not ending.is_over(4.0), "it may have printed something since the logs were last read"
    assert losses(ranks) == [0.5]
    assert ending.is_over(5.0)


def test_a_run_that_left_nothing_behind_is_over_at_once(ranks: Ranks, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    wait_for(lambda: not workers(ranks.processes()[0].pid), "the worker's end")
    assert Shutdown(ranks, default_policy()).is_over(1.0)
