"""Finding, listing, describing and deleting runs from what lies on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.catalog.profile import ToggleName
from console.errors import ExitCode, UserError
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.plan import RankCommand
from console.runs import adoption, history
from console.runs.adoption import SILENCE, STARTING_PATIENCE, adopt, observed_state
from console.runs.artefacts import toggle_evidence
from console.runs.checkpoints import list_checkpoints, step_of
from console.runs.deletion import delete_run, folder_bytes
from console.runs.files import plain, read_object, write_json
from console.runs.folder import RunFolder, find_run
from console.runs.history import list_runs
from console.runs.notes import read_note, write_note
from console.runs.processes.locks import is_locked, try_lock
from console.runs.processes.table import identify
from console.runs.requests import Action, Inbox, add_request
from console.runs.resume import relaunch_choices, resume_choices, reuse_choices
from console.runs.spec.choices import choices_to_json
from console.runs.state import Phase, RunState, starting_state

RANKS = (RankCommand(0, 0, ("python",), {}), RankCommand(1, 1, ("python",), {}))

MakeRun = Callable[..., RunFolder]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Writes a run folder as a launch and a supervisor would have."""

    def make(
        run_id: str, phase: Phase = Phase.FINISHED, created: float = 1000.0, **changes: object
    ) -> RunFolder:
        folder = RunFolder(tmp_path / "runs" / run_id)
        folder.path.mkdir(parents=True)
        state = replace(starting_state(run_id, created, RANKS), phase=phase, **changes)  # type: ignore[arg-type]
        write_json(folder.state_path, plain(state))
        spec = {
            "profile": "alexnet",
            "dataset": "digits",
            "backend": "cpu",
            "ranks": plain(RANKS),
            "data_dir": "/data/digits",
            "parameters": {"batch_size": 16},
            "task": "train",
            "runtime": {"name": "tf2.21"},
            "note": "first",
            "choices": choices_to_json(Choices("alexnet", parameters={"seed": 3}, name="x", note="first")),
            "host": {"name": os.uname().nodename},
        }
        write_json(folder.spec_path, spec)
        return folder

    return make


def write_state(folder: RunFolder, state: RunState) -> None:
    write_json(folder.state_path, plain(state))


# Finding


def test_a_run_is_found_by_id_by_a_unique_beginning_and_as_the_last(
    make_run: MakeRun, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    for number, run_id in enumerate(["alex-1", "alex-12", "bit-1"]):
        os.utime(make_run(run_id).spec_path, (number, number))
    assert find_run("alex-1", runs).run_id == "alex-1", "a whole id wins over being a beginning"
    assert find_run("b", runs).run_id == "bit-1"
    assert find_run("last", runs).run_id == "bit-1"


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("alex", "runs.ambiguous", "alex-1, alex-2"),
        ("alxe-1", "runs.not_found", "alex-1"),
        ("", "runs.not_found", ""),
    ],
)
def test_what_names_no_run_is_told_with_the_way_out(
    make_run: MakeRun, tmp_path: Path, text: str, key: str, hint: str
) -> None:
    make_run("alex-1")
    make_run("alex-2")
    with pytest.raises(UserError) as refusal:
        find_run(text, tmp_path / "runs")
    assert (refusal.value.message.key, refusal.value.exit_code) == (key, ExitCode.NOT_FOUND)
    assert hint in str(refusal.value)


def test_no_runs_yet(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "runs") == []
    with pytest.raises(UserError) as refusal:
        find_run("last", tmp_path / "runs")
    assert refusal.value.message.key == "runs.none_yet"


# History


def test_the_history_is_newest_first_with_what_the_table_needs(make_run: MakeRun, tmp_path: Path) -> None:
    make_run("old", created=1.0)
    new = make_run(
        "new", created=2.0, started=3.0, ended=13.0, last={"loss": 0.25, "step": 7.0}, best={"eval/top1": 0.9}
    )
    write_json(new.result_path, {"status": "finished", "top1": 0.986, "throughput": 310.5, "step": 660})
    rows = list_runs(tmp_path / "runs")
    assert [row.run_id for row in rows] == ["new", "old"]
    row = rows[0]
    assert (row.profile, row.dataset, row.devices, row.backend) == ("alexnet", "digits", 2, "cpu")
    assert (row.duration, row.last_step, row.last_loss, row.best_top1) == (10.0, 660, 0.25, 0.986)
    assert (row.throughput, row.note, row.phase, row.broken) == (310.5, "first", Phase.FINISHED, False)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: folder.spec_path.unlink(),
        lambda folder: folder.spec_path.write_text("{"),
        lambda folder: (folder.spec_path.unlink(), folder.state_path.unlink()),
        lambda folder: folder.spec_path.write_text("[" * 100_000),
    ],
)
def test_a_broken_folder_is_a_row_that_says_so(
    make_run: MakeRun, tmp_path: Path, damage: Callable[[RunFolder], object]
) -> None:
    make_run("good")
    damage(make_run("broken"))
    (tmp_path / "runs" / "a-file").touch()
    rows = {row.run_id: row for row in list_runs(tmp_path / "runs")}
    assert set(rows) == {"good", "broken"}
    assert rows["broken"].broken and not rows["good"].broken
    assert rows["broken"].phase.final


def test_a_missing_state_is_no_crash(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run("stateless")
    folder.state_path.write_text("not json")
    os.utime(folder.path, (1, 1))
    (row,) = list_runs(tmp_path / "runs")
    assert (row.phase, row.broken) == (Phase.LOST, False)


def test_rows_are_kept_but_never_stale(make_run: MakeRun, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    folder = make_run("run", last={"loss": float("nan")})
    os.utime(folder.path, (1000, 1000))
    before = list_runs(runs)
    assert (runs / history.CACHE_NAME).exists()
    history._rows_of.cache_clear()
    (again,) = list_runs(runs)
    assert plain(again) == plain(before[0]), "another console reads the same from the kept rows"
    write_note(folder, "the good one")
    assert list_runs(runs)[0].note == "the good one"
    (runs / history.CACHE_NAME).write_text('{"version": 1, "runs": {"run": {"changed": 3}}}')
    history._rows_of.cache_clear()
    assert list_runs(runs)[0].note == "the good one"
    delete_run(folder)
    assert list_runs(runs) == []


# What is observed


def test_a_live_run_is_as_its_supervisor_says(make_run: MakeRun) -> None:
    own = identify(os.getpid())
    folder = make_run("run", Phase.RUNNING, supervisor=own)
    assert observed_state(folder).phase is Phase.RUNNING
    assert observed_state(folder).supervisor == own
    assert not adopt(folder)


def dead_process() -> object:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        identity = identify(process.pid)
        process.communicate(b"\n")
    return identity


def test_a_run_without_a_living_process_is_lost_or_what_its_result_says(make_run: MakeRun) -> None:
    folder = make_run("run", Phase.RUNNING, created=time.time(), supervisor=dead_process())
    assert observed_state(folder).phase is Phase.LOST
    write_json(folder.result_path, {"status": "stopped"})
    assert observed_state(folder).phase is Phase.STOPPED


def test_a_lock_held_elsewhere_means_supervised(make_run: MakeRun) -> None:
    folder = make_run("run", Phase.RUNNING, supervisor=dead_process())
    lock = try_lock(folder.supervisor_lock_path)
    assert lock is not None and is_locked(folder.supervisor_lock_path)
    assert observed_state(folder).phase is Phase.RUNNING
    os.close(lock)
    assert observed_state(folder).phase is Phase.LOST


def test_an_end_written_between_two_looks_is_believed(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run("run", Phase.RUNNING, supervisor=dead_process())
    state = folder.state()
    assert state is not None

    def just_ended(path: Path) -> bool:
        write_state(folder, replace(state, phase=Phase.FINISHED))
        return False

    monkeypatch.setattr(adoption, "is_locked", just_ended)
    assert observed_state(folder).phase is Phase.FINISHED


def test_a_run_just_being_started_is_given_time(make_run: MakeRun) -> None:
    young = make_run("young", Phase.STARTING, created=time.time())
    old = make_run("old", Phase.STARTING, created=time.time() - STARTING_PATIENCE - 1)
    assert observed_state(young).phase is Phase.STARTING
    assert observed_state(old).phase is Phase.LOST
    assert not adopt(young)


def test_a_run_of_before_the_reboot_is_lost(make_run: MakeRun) -> None:
    own = identify(os.getpid())
    assert own is not None
    before = replace(own, mark="another-boot:" + own.mark.partition(":")[2])
    folder = make_run("run", Phase.RUNNING, supervisor=before, updated=time.time())
    assert observed_state(folder).phase is Phase.LOST


def test_a_run_of_another_host_is_believed_while_it_speaks_and_never_adopted(make_run: MakeRun) -> None:
    own = identify(os.getpid())
    assert own is not None
    elsewhere = replace(own, mark="another-boot:7:1")
    folder = make_run("run", Phase.RUNNING, supervisor=elsewhere, updated=time.time())
    spec = folder.spec()
    write_json(folder.spec_path, spec | {"host": {"name": "another-host"}})
    assert observed_state(folder).phase is Phase.RUNNING
    state = folder.state()
    assert state is not None
    write_state(folder, replace(state, updated=time.time() - SILENCE - 1))
    assert observed_state(folder).phase is Phase.LOST
    assert not adopt(folder)


# Requests


def test_requests_are_numbered_and_seen_once(make_run: MakeRun) -> None:
    folder = make_run("run")
    inbox = Inbox(folder)
    assert inbox.take() == []
    assert [add_request(folder, Action.CHECKPOINT), add_request(folder, Action.PROFILE, first=1, last=2)] == [
        "r1",
        "r2",
    ]
    assert [(one.id, one.action) for one in inbox.take()] == [
        ("r1", Action.CHECKPOINT),
        ("r2", Action.PROFILE),
    ]
    assert inbox.take() == []
    add_request(folder, Action.STOP)
    assert [one.id for one in inbox.take()] == ["r3"]


def test_entries_that_are_no_requests_are_passed_over(make_run: MakeRun) -> None:
    folder = make_run("run")
    folder.control_path.write_text(json.dumps({"requests": [3, {}, {"id": "a", "action": "dance"}]}))
    assert Inbox(folder).take() == []
    folder.control_path.write_text("{")
    assert Inbox(folder).take() == []


# Checkpoints and resuming


def write_checkpoint(folder: RunFolder, name: str, *suffixes: str) -> None:
    folder.checkpoints_path.mkdir(exist_ok=True)
    for suffix in suffixes:
        (folder.checkpoints_path / f"{name}{suffix}").write_bytes(b"12345678")


def test_checkpoints_of_both_frameworks_and_only_whole_ones(make_run: MakeRun) -> None:
    folder = make_run("run")
    assert list_checkpoints(folder) == []
    write_checkpoint(folder, "model.ckpt-90", ".data-00000-of-00001", ".index", ".meta")
    write_checkpoint(folder, "model.ckpt-120", ".data-00000-of-00002", ".data-00001-of-00002", ".index")
    write_checkpoint(folder, "model.ckpt-130", ".data-00000-of-00001")
    write_checkpoint(folder, "model.ckpt-140", ".index")
    write_checkpoint(folder, "epoch-2_step-100", ".pt")
    write_checkpoint(folder, "final", ".pth")
    (folder.checkpoints_path / "empty-200.pt").touch()
    (folder.checkpoints_path / "checkpoint").write_text("model_checkpoint_path: x")
    found = [(one.step, one.path.name, one.size) for one in list_checkpoints(folder)]
    assert found == [
        (None, "final.pth", 8),
        (90, "model.ckpt-90", 24),
        (100, "epoch-2_step-100.pt", 8),
        (120, "model.ckpt-120", 24),
    ]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("model.ckpt-7", 7),
        ("a.pt", None),
        ("epoch_3.iter_40.pth", 40),
        ("best_0.98_step12.pt", 12),
        ("x5", 5),
    ],
)
def test_the_step_in_a_name(name: str, step: int | None) -> None:
    assert step_of(Path("/somewhere-9") / name) == step


def test_resuming_repeats_every_decision_and_starts_at_the_newest_checkpoint(make_run: MakeRun) -> None:
    folder = make_run("run", Phase.STOPPED)
    write_checkpoint(folder, "model.ckpt-90", ".data-00000-of-00001", ".index")
    write_checkpoint(folder, "model.ckpt-100", ".data-00000-of-00001", ".index")
    choices = resume_choices(folder)
    assert choices.start_from == folder.checkpoints_path / "model.ckpt-100"
    assert choices.resume_run == "run"
    assert (choices.devices, choices.runtime, choices.dataset) == (2, "tf2.21", "digits")
    assert (choices.data_dir, choices.parameters) == (Path("/data/digits"), {"batch_size": 16, "seed": 3})
    assert (choices.name, choices.note) == (None, "")
    assert (
        resume_choices(folder, Path("model.ckpt-90")).start_from == folder.checkpoints_path / "model.ckpt-90"
    )
    by_index = resume_choices(folder, folder.checkpoints_path / "model.ckpt-90.index")
    assert by_index.start_from == folder.checkpoints_path / "model.ckpt-90"
    assert relaunch_choices(folder) == Choices("alexnet", parameters={"seed": 3})


def test_an_export_takes_the_best_checkpoint_on_one_device(make_run: MakeRun) -> None:
    folder = make_run("run", Phase.RUNNING)
    write_checkpoint(folder, "model.ckpt-100", ".data-00000-of-00001", ".index")
    newest = folder.checkpoints_path / "model.ckpt-100"
    choices = reuse_choices(folder, "export")
    assert (choices.task, choices.start_from, choices.devices) == ("export", newest, 1)
    assert (choices.resume_run, choices.dataset, choices.parameters) == (
        None,
        "digits",
        {"batch_size": 16, "seed": 3},
    )
    best = folder.checkpoints_path / "best" / "model.ckpt-60"
    best.parent.mkdir()
    for ending in (".data-00000-of-00001", ".index"):
        best.with_name(best.name + ending).write_bytes(b"x")
    assert reuse_choices(folder, "evaluate").start_from == best
    assert reuse_choices(folder, "evaluate").devices == 2
    assert reuse_choices(folder, "export", Path("model.ckpt-100")).start_from == newest


def test_the_toggles_of_a_training_are_left_behind_when_its_checkpoint_is_used(make_run: MakeRun) -> None:
    folder = make_run("run", Phase.FINISHED)
    write_checkpoint(folder, "model.ckpt-7", ".data-00000-of-00001", ".index")
    spec = json.loads(folder.spec_path.read_text())
    spec["choices"] |= {"restarts": 3, "toggles": {"precision_mode": "allow_mix_precision"}}
    folder.spec_path.write_text(json.dumps(spec))
    assert relaunch_choices(folder).toggles["precision_mode"] == "allow_mix_precision"
    choices = reuse_choices(folder, "evaluate")
    assert (choices.toggles, choices.restarts) == (ToggleChoices(), 0)


def test_an_evaluation_is_exported_from_the_checkpoint_it_scored(make_run: MakeRun) -> None:
    checkpoint = make_run("trained", Phase.FINISHED).checkpoints_path / "model.ckpt-7.pt"
    checkpoint.parent.mkdir(exist_ok=True)
    checkpoint.write_bytes(b"x")
    scored = make_run("scored", Phase.FINISHED)
    spec = json.loads(scored.spec_path.read_text())
    spec["task"] = spec["choices"]["task"] = "evaluate"
    spec["choices"]["start_from"] = str(checkpoint)
    scored.spec_path.write_text(json.dumps(spec))
    choices = reuse_choices(scored, "export")
    assert (choices.task, choices.start_from) == ("export", checkpoint)


def test_what_cannot_be_resumed_is_told(make_run: MakeRun) -> None:
    def refusal(folder: RunFolder, checkpoint: Path | None = None) -> str:
        with pytest.raises(UserError) as caught:
            resume_choices(folder, checkpoint)
        return caught.value.message.key

    assert refusal(make_run("bare")) == "runs.no_checkpoint"
    assert refusal(make_run("wrong"), Path("model.ckpt-7")) == "runs.no_such_checkpoint"
    assert refusal(make_run("live", Phase.RUNNING, supervisor=identify(os.getpid()))) == "runs.resume_live"
    broken = make_run("broken")
    broken.spec_path.unlink()
    assert refusal(broken) == "runs.spec_unreadable"


# Notes, artefacts, deletion


def test_a_note_can_be_changed(make_run: MakeRun) -> None:
    folder = make_run("run")
    assert read_note(folder) == "first"
    write_note(folder, "学习率 0.1\n第二行")
    assert read_note(folder) == "学习率 0.1\n第二行"
    write_note(folder, "")
    assert read_note(folder) == ""


def test_toggles_are_seen_by_their_files(make_run: MakeRun) -> None:
    folder = make_run("run")
    assert set(toggle_evidence(folder).values()) == {(0, 0, None)}
    dump = folder.path / "dumps" / "overflow" / "step-5_rank-0"
    dump.mkdir(parents=True)
    (dump / "conv1.npy").write_bytes(bytes(100))
    os.utime(dump / "conv1.npy", (50, 50))
    (dump / "conv2.npy").write_bytes(bytes(11))
    os.utime(dump / "conv2.npy", (70, 70))
    assert toggle_evidence(folder)[ToggleName.OVERFLOW_DUMP] == (2, 111, 70.0)
    assert toggle_evidence(folder)[ToggleName.DATA_DUMP].files == 0


def test_deleting_takes_the_folder_and_follows_no_link(make_run: MakeRun, tmp_path: Path) -> None:
    folder, other = make_run("run"), make_run("other")
    data = tmp_path / "data"
    data.mkdir()
    (data / "precious").write_bytes(bytes(1 << 20))
    (folder.path / "link").symlink_to(data)
    (folder.path / "big").write_bytes(os.urandom(1 << 16))
    assert 1 << 16 <= folder_bytes(folder) < 1 << 20
    delete_run(folder)
    assert not folder.path.exists()
    assert (data / "precious").exists() and other.path.exists()
    assert not list((tmp_path / "runs").glob(".deleting-*"))


def test_a_live_run_is_not_deleted_but_a_broken_one_may_be(make_run: MakeRun) -> None:
    live = make_run("live", Phase.RUNNING, supervisor=identify(os.getpid()))
    with pytest.raises(UserError) as refusal:
        delete_run(live)
    assert refusal.value.message.key == "runs.delete_live"
    assert live.path.exists()
    broken = make_run("broken", Phase.STARTING, created=time.time())
    broken.spec_path.unlink()
    lock = try_lock(broken.supervisor_lock_path)
    assert lock is not None
    with pytest.raises(UserError) as refusal:
        delete_run(broken)
    assert refusal.value.message.key == "runs.delete_live", "its plan is gone, its supervisor is not"
    os.close(lock)
    delete_run(broken)
    assert not broken.path.exists()


# Files


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_object(path) == {"a": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_odd_file_names_survive_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"/data/\xff\xfe")
    write_json(tmp_path / "x.json", {"path": name, "note": "中文"})
    assert read_object(tmp_path / "x.json") == {"path": name, "note": "中文"}


def test_the_adoption_of_a_whole_folder_passes_over_what_it_cannot_adopt(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("ended")
    make_run("young", Phase.STARTING, created=time.time())
    assert adoption.adopt_orphans(tmp_path / "runs") == []
    assert adoption.adopt_orphans(tmp_path / "nowhere") == []
