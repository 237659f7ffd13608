"""The supervisor's judgements, which are pure: stalls, ends, verdicts, last words."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from console.metrics.ingest import IngestBatch
from console.metrics.samples import Event, Sample
from console.runs.folder import RunFolder
from console.runs.last_words import last_words
from console.runs.requests import Action, ControlRequest
from console.runs.results import result_status, stop_cause
from console.runs.spec.policy import default_policy
from console.runs.state import Phase
from console.runs.supervisor.live_state import Progress, StallWatch, larger_is_better
from console.runs.supervisor.outcome import ShutdownReason, phase_of_exit, phase_without_code, run_outcome
from console.runs.supervisor.shutdown import KILL_PERIOD, Escalation
from console.runs.supervisor.spawn import resumed_command

POLICY = replace(default_policy(), stall_factor=10.0, stall_floor=5.0, first_step_floor=100.0)


def test_the_first_step_may_take_long() -> None:
    watch = StallWatch(POLICY, 0.0)
    assert watch.check(100.0) is None
    assert watch.check(100.5) == 100.5
    assert watch.check(500.0) is None, "a stall is told once"


def test_a_stall_is_judged_by_the_runs_own_pace_and_ends_with_progress() -> None:
    watch = StallWatch(POLICY, 0.0)
    for step in range(50):
        assert not watch.progress(float(step))
    assert watch.check(59.0) is None
    assert watch.check(59.5) == 10.5
    assert watch.stalled
    assert watch.progress(70.0)
    assert not watch.stalled
    assert watch.check(80.0) is None
    assert watch.check(80.5) == 10.5


def test_quick_steps_do_not_make_the_watch_nervous() -> None:
    watch = StallWatch(POLICY, 0.0)
    for step in range(50):
        watch.progress(step / 100)
    assert watch.check(5.4) is None
    assert watch.check(6.0) is not None


def test_one_long_evaluation_does_not_change_the_pace() -> None:
    watch = StallWatch(POLICY, 0.0)
    now = 0.0
    for step in range(40):
        now += 60.0 if step == 20 else 1.0
        watch.progress(now)
    assert watch.limit == 10.0


@pytest.mark.parametrize(
    ("code", "signalled", "phase"),
    [
        (0, False, Phase.FINISHED),
        (0, True, Phase.FINISHED),
        (1, False, Phase.FAILED),
        (1, True, Phase.FAILED),
        (-signal.SIGKILL, False, Phase.FAILED),
        (-signal.SIGKILL, True, Phase.STOPPED),
        (-signal.SIGTERM, True, Phase.STOPPED),
        (143, True, Phase.STOPPED),
        (143, False, Phase.FAILED),
        (-signal.SIGSEGV, True, Phase.FAILED),
    ],
)
def test_how_a_rank_ended(code: int, signalled: bool, phase: Phase) -> None:
    assert phase_of_exit(code, signalled) is phase


@pytest.mark.parametrize(
    ("said", "status", "signalled", "traceback", "phase"),
    [
        ({"start", "stop"}, None, False, False, Phase.STOPPED),
        ({"start"}, "stopped", False, True, Phase.STOPPED),
        ({"result"}, None, False, False, Phase.FINISHED),
        (set(), "finished", True, False, Phase.FINISHED),
        ({"start"}, None, False, True, Phase.FAILED),
        ({"start"}, None, True, False, Phase.STOPPED),
        ({"start"}, None, False, False, Phase.LOST),
    ],
)
def test_how_a_rank_ended_that_nobody_saw_end(
    said: set[str], status: str | None, signalled: bool, traceback: bool, phase: Phase
) -> None:
    assert phase_without_code(said, status, signalled, traceback) is phase


FIN, FAIL, STOP, LOST = Phase.FINISHED, Phase.FAILED, Phase.STOPPED, Phase.LOST


@pytest.mark.parametrize(
    ("ranks", "reason", "status", "phase", "kind"),
    [
        ([FIN, FIN], None, None, FIN, "done"),
        ([FIN, FIN], None, "stopped", STOP, "stopped_by_request"),
        ([FIN, FIN], ShutdownReason.STOP, None, STOP, "stopped_by_request"),
        ([FIN, FIN], ShutdownReason.STOP, "finished", FIN, "done"),
        ([FIN, FIN], ShutdownReason.KILL, "finished", FIN, "done"),
        ([STOP, STOP], ShutdownReason.KILL, None, STOP, "killed_by_request"),
        ([STOP, FAIL], ShutdownReason.FAILURE, None, FAIL, "rank_failed"),
        ([STOP, FAIL], ShutdownReason.STOP, None, STOP, "stopped_by_request"),
        ([FIN, LOST], None, None, LOST, "lost"),
        ([FAIL, LOST], None, None, FAIL, "rank_failed"),
    ],
)
def test_what_the_ends_of_the_ranks_make_of_the_run(
    ranks: list[Phase], reason: ShutdownReason | None, status: str | None, phase: Phase, kind: str
) -> None:
    assert run_outcome(ranks, reason, status) == (phase, kind)


def test_a_stop_that_the_engine_made_by_itself_is_no_request(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.result_path.write_text('{"status": "stopped", "reason": "overflow"}')
    for reason in (None, ShutdownReason.STOP):
        ending = run_outcome([FIN, FIN], reason, result_status(folder, 0.0), stop_cause(folder, 0.0))
        assert ending == (STOP, "stopped_on_overflow")
    assert stop_cause(folder, time.time() + 60.0) == "stopped_by_request", "the file is an earlier attempt's"


def test_a_stop_asks_once_and_then_kills_until_it_works() -> None:
    ending = Escalation(ShutdownReason.STOP, POLICY, 0.0)
    grace = POLICY.grace_seconds
    sent = [ending.due(now) for now in (0.0, 1.0, grace - 0.1, grace, grace + 0.1, grace + KILL_PERIOD)]
    assert sent == [signal.SIGTERM, None, None, signal.SIGKILL, None, signal.SIGKILL]


def test_leftovers_are_given_time_before_they_are_asked() -> None:
    ending = Escalation(ShutdownReason.LEFTOVERS, POLICY, 0.0)
    assert ending.due(POLICY.leftover_seconds - 0.1) is None
    assert ending.due(POLICY.leftover_seconds) is signal.SIGTERM
    assert ending.due(POLICY.leftover_seconds + POLICY.failure_grace_seconds) is signal.SIGKILL


TRACEBACK = """Traceback (most recent call last):
  File "x.py", line 1, in <module>
    work()
ValueError: bad shape (3, 4)
"""

CHAINED = (
    TRACEBACK
    + "\nDuring handling of the above exception, another exception occurred:\n\n"
    + TRACEBACK.replace("ValueError: bad shape (3, 4)", "torch.distributed.DistBackendError: NCCL")
)


@pytest.mark.parametrize(
    ("log", "line", "number"),
    [
        ("step 1\n" + TRACEBACK, "ValueError: bad shape (3, 4)", 5),
        (CHAINED, "torch.distributed.DistBackendError: NCCL", 11),
        ("a\n" + TRACEBACK + "goodbye\nexit status 1\n", "ValueError: bad shape (3, 4)", 5),
        (
            "\n".join(f"[rank1]: {line}" for line in TRACEBACK.splitlines()),
            "[rank1]: ValueError: bad shape (3, 4)",
            4,
        ),
        ("fine\n[ERROR] device 3 is gone\nbye\n", "[ERROR] device 3 is gone", 2),
        ("python: can't open file 'x.py': [Errno 2] No such file or directory\n", None, 1),
        ("step 1 val_error 0.3\nstep 2 val_error 0.2\n\n", "step 2 val_error 0.2", 2),
        ("10%\r20%\rKilled by fatal error: x\n", "Killed by fatal error: x", 1),
        ("\x1b[31mFatal: no\x1b[0m\n", "Fatal: no", 1),
    ],
)
def test_the_line_that_tells_why(tmp_path: Path, log: str, line: str | None, number: int) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text(log)
    words = last_words(path)
    assert words is not None
    assert (words.text, words.number) == (line or log.strip(), number)


def test_line_numbers_hold_in_a_log_that_is_too_long_to_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("step and loss and so on\n" * 30_000 + TRACEBACK)
    words = last_words(path)
    assert words is not None
    assert (words.text, words.number, words.ends_in_traceback) == (
        "ValueError: bad shape (3, 4)",
        30_004,
        True,
    )


def test_only_a_traceback_at_the_end_is_an_end(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text(TRACEBACK + "handled, going on\n" * 30)
    words = last_words(path)
    assert words is not None and not words.ends_in_traceback
    path.write_text(TRACEBACK + "handled, going on\n" * 400)
    words = last_words(path)
    assert words is not None and words.text == "handled, going on"


def test_the_words_of_an_earlier_attempt_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text(TRACEBACK + "second try\n")
    assert last_words(path, len(TRACEBACK)) == ("second try", 5, False)


@pytest.mark.parametrize("log", [None, b"", b"\n\n \n"])
def test_a_log_without_words(tmp_path: Path, log: bytes | None) -> None:
    path = tmp_path / "rank-0.log"
    if log is not None:
        path.write_bytes(log)
    assert last_words(path) is None


def samples(rank: int, *pairs: tuple[int, str, float]) -> list[Sample]:
    return [Sample(rank, step, float("nan"), 0.0, name, value) for step, name, value in pairs]


def test_newest_and_best_values() -> None:
    progress = Progress()
    first = samples(0, (1, "loss", 2.0), (1, "eval/top1", 0.5), (2, "loss", float("nan")), (2, "lr", 0.1))
    progress.read(IngestBatch(0, first, total_steps=100))
    progress.read(IngestBatch(0, samples(1, (3, "loss", 0.5), (3, "memory", 7.0))))
    progress.read(IngestBatch(0, samples(0, (3, "loss", 1.0), (3, "eval/top1", 0.4))))
    assert progress.last == {"loss": 1.0, "eval/top1": 0.4, "lr": 0.1, "memory": 7.0, "step": 3.0}
    assert progress.best == {"loss": 0.5, "eval/top1": 0.5}
    assert progress.total_steps == 100


def test_one_ranks_refusal_counts_for_all() -> None:
    def ack(rank: int, ok: bool, message: str) -> IngestBatch:
        return IngestBatch(0, events=[Event(rank, 1, 0.0, "ack", {"id": "r1", "ok": ok, "message": message})])

    progress = Progress()
    progress.read(ack(0, True, "written"))
    progress.read(ack(1, False, "no space"))
    progress.read(ack(2, True, "written"))
    assert (progress.acknowledged, progress.refused) == ({"r1": "no space"}, {"r1"})


def test_which_way_is_better() -> None:
    assert larger_is_better("eval/top5") is True
    assert larger_is_better("total_loss") is False
    assert larger_is_better("lr") is None


def test_the_supervisor_carries_nothing_heavy() -> None:
    script = (
        "import sys, console.runs.supervisor.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {
        "textual",
        "rich",
        "numpy",
        "click",
        "yaml",
        "psutil",
        "sklearn",
        "PIL",
        "platformdirs",
        "asyncio",
    }
    assert heavy.isdisjoint(done.stdout.split())


def test_resuming_replaces_whatever_an_engine_started_from() -> None:
    argv = ["python", "engines", "alexnet", "--resume_from=/a-1", "--restore_path", "/b-2", "--seed=5"]
    assert resumed_command(argv, Path("/c/model.ckpt-9")) == [
        "python", "engines", "alexnet", "--seed=5", "--resume_from=/c/model.ckpt-9",
    ]  # fmt: skip


def test_what_frameworks_say_of_gpus_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text(
        "E0000 00:00:1 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit\n"
        "E0000 00:00:2 util.cc:131] oneDNN supports DT_INT32 only on platforms with AVX-512: error: fall back\n"
        "model.ckpt-5 holds none of this network's variables; nothing was restored.\n"
    )
    words = last_words(path)
    assert words is not None and words.text.startswith("model.ckpt-5 holds none")


def test_the_end_of_a_run_refuses_what_was_not_answered_and_nothing_else() -> None:
    progress = Progress(acknowledged={"r1": "checkpoint written"})
    asked = [ControlRequest(name, Action.CHECKPOINT, None) for name in ("r1", "r2")]
    progress.refuse_rest(asked, "the run ended first")
    assert progress.acknowledged == {"r1": "checkpoint written", "r2": "the run ended first"}
    assert progress.refused == {"r2"}
