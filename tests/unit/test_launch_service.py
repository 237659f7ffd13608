"""Planning on the machine at hand: observing it, looking data sets up, checking files, saving profiles."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import launch_samples as samples
import pytest
from launch_samples import ALEXNET, CPU_HOST, external, keys, make

from console.catalog.data.builtin.writer import write_builtin
from console.catalog.data.dataset_check import check_dataset
from console.catalog.datasets import load_datasets
from console.catalog.loader import load_catalog
from console.catalog.profile import Backend
from console.errors import ExitCode, UserError
from console.hosts.npu_table import parse_info
from console.hosts.processor import computes_in_bfloat16
from console.launch.files import check_files
from console.launch.findings import Level
from console.launch.machine import observe as host_module
from console.launch.machine.observe import npu_devices, observe_host
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.parameters import default_value
from console.launch.planner import plan
from console.launch.save import save_profile
from console.launch.service import make_plan
from console.locations import CONFIG_VARIABLE, HOME_VARIABLE, profiles_dir, runs_dir
from console.settings import Settings, save_settings
from tests.unit.layout_folders import write_cifar100, write_flowers, write_photos, write_svhn

SAMPLES = Path(__file__).parents[1] / "data" / "npu_smi"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setattr(host_module, "_KNOWN", host_module._Known())
    return tmp_path / "home"


def test_this_machine_is_observed(home: Path) -> None:
    runs_dir().mkdir(parents=True)
    (runs_dir() / "earlier").mkdir()
    host = observe_host()
    assert set(host.cpu_ids) == os.sched_getaffinity(0)
    assert host.runs_dir == home / "runs"
    assert host.existing_runs == {"earlier"}
    assert host.runs_dir_problem is None
    assert host.runtimes
    assert len(host.free_ports) >= 16
    assert host.disk_free is not None
    assert host.cpu_bfloat16 == computes_in_bfloat16()
    assert observe_host().free_ports == host.free_ports


def test_a_home_that_is_a_file_is_a_finding(home: Path) -> None:
    home.write_text("a file stands where the home should be")
    problem = observe_host().runs_dir_problem
    assert problem is not None
    assert problem.key == "launch.home_not_a_folder"


def test_a_home_that_cannot_be_written_is_a_finding(home: Path) -> None:
    home.mkdir(mode=0o500)
    user = os.geteuid()
    try:
        if user == 0:  # Nothing is closed to root.
            os.seteuid(65534)
        problem = observe_host().runs_dir_problem
    finally:
        os.seteuid(user)
    assert problem is not None
    assert problem.key == "launch.home_not_writable"


def test_the_devices_come_from_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    tool = tmp_path / "bin" / "npu-smi"
    tool.parent.mkdir()
    table = SAMPLES / "info_910ProB_x1_v23.0.rc1_proc.txt"
    tool.write_text(f"#!/bin/sh\necho x >> {calls}\ncat {table}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    (device,) = observe_host().npus
    assert (device.device_id, device.name) == (0, "910ProB")
    assert device.busy_with is not None
    assert device.busy_with.startswith("pid 55115")
    observe_host()
    assert calls.read_text().count("x") == 1


def test_two_chips_on_a_card_are_two_devices() -> None:
    report = parse_info((SAMPLES / "info_910_93_2npu4chip_v25.2.0_proc.txt").read_text())
    devices = npu_devices(report, {3: "10.0.0.3"})
    assert [device.device_id for device in devices] == [0, 1, 2, 3]
    assert [device.busy_with is None for device in devices] == [True, True, True, False]
    assert devices[3].device_ip == "10.0.0.3"


def test_the_first_launch_of_all_can_be_planned(home: Path) -> None:
    made = make_plan(Choices(profile="alexnet"))
    assert [str(one.message) for one in made.findings if one.level is Level.ERROR] == []
    assert made.prepare_dataset == "digits"
    assert made.data_dir == home / "data" / "digits"
    assert len(made.ranks) == 2
    assert not home.joinpath("runs").exists()


def test_an_unknown_profile_is_a_mistake() -> None:
    with pytest.raises(UserError) as caught:
        make_plan(Choices(profile="alexnt"), host=CPU_HOST)
    assert caught.value.exit_code is ExitCode.NOT_FOUND


def test_the_folder_of_the_choices_is_checked(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    choices = Choices(profile="alexnet", dataset="imagenet", data_dir=folder)
    assert ("data_dir", "data.folder_missing") in keys(make_plan(choices, host=CPU_HOST), Level.ERROR)
    folder.mkdir()
    assert ("data_dir", "data.folder_empty") in keys(make_plan(choices, host=CPU_HOST), Level.ERROR)
    (folder / "train-00000-of-00002").write_bytes(b"garbage")
    made = make_plan(choices, host=CPU_HOST)
    assert made.blocked
    assert any(subject == "data_dir" for subject, _ in keys(made, Level.ERROR))
    assert not make_plan(replace(choices, parameters={"synthetic": True}), host=CPU_HOST).blocked


@pytest.mark.parametrize(
    ("dataset", "write", "read"),
    [
        ("cifar100", partial(write_cifar100, layout="cifar100-binary"), True),
        ("cifar100", partial(write_cifar100, layout="cifar100-python"), True),
        ("svhn", write_svhn, True),
        ("imagenet_folder", write_photos, True),
        ("digits", partial(write_builtin, "digits", layout="cifar10-binary"), True),
        ("cifar10", partial(write_cifar100, layout="cifar100-binary"), ["data.layout_of_other", "cifar100"]),
        ("imagenet", write_photos, ["data.layout_of_other", "imagenet_folder"]),
        (
            "svhn",
            write_flowers,
            ["data.layout_not_read", "autoaugment does not read; for svhn it reads svhn-mat"],
        ),
    ],
)
def test_a_profile_reads_the_layouts_it_names(
    tmp_path: Path, dataset: str, write: Callable[[Path], object], read: bool | list[str]
) -> None:
    write(tmp_path / "data")
    made = make_plan(
        Choices(profile="autoaugment", dataset=dataset, data_dir=tmp_path / "data"), host=CPU_HOST
    )
    errors = [one.message for one in made.findings if one.level is Level.ERROR]
    if read is True:
        assert [str(error) for error in errors] == []
        assert f"--dataset={dataset.partition('_')[0]}" in made.ranks[0].argv
    else:
        assert [error.key for error in errors] == read[:1]
        assert read[1] in str(errors[0])


def test_a_profile_reads_the_usual_layout_unless_it_names_others(tmp_path: Path) -> None:
    write_builtin("digits", tmp_path / "data", "cifar10-binary")
    made = make_plan(Choices(profile="alexnet", data_dir=tmp_path / "data"), host=CPU_HOST)
    error = samples.only_error(made)
    assert error.message.key == "data.layout_not_read"
    assert "slim-tfrecord" in str(error.message)


def test_a_data_set_that_is_divided_is_told_in_images(tmp_path: Path, home: Path) -> None:
    write_flowers(tmp_path / "data")
    write_photos(tmp_path / "photos")
    profiles = tmp_path / "config" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "flowers.yaml").write_text(
        "name: flowers\nextends: autoaugment\ndatasets:\n  tf_flowers:\ndefaults: {dataset: tf_flowers}\n"
    )
    made = make_plan(Choices(profile="flowers", data_dir=tmp_path / "data"), host=CPU_HOST)
    assert ("data_dir", "data.other_count") in keys(made, Level.WARNING)
    known = replace(load_datasets()["tf_flowers"], train_images=68, eval_images=12)
    data = check_dataset(known, tmp_path / "data")
    whole = plan(load_catalog().get("flowers"), made.choices, CPU_HOST, known, data)
    assert ("data_dir", "launch.data_divided") in keys(whole, Level.OK)


def test_the_folder_used_before_is_remembered(tmp_path: Path) -> None:
    save_settings(Settings(data_folders={"imagenet": tmp_path / "remembered"}))
    made = make_plan(Choices(profile="alexnet", dataset="imagenet"), host=CPU_HOST)
    assert made.data_dir == made.choices.data_dir == tmp_path / "remembered"


def test_paths_relative_to_here_are_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/opt")
    given = Choices(
        profile="alexnet",
        runtime="tf2/bin/python3",
        data_dir=Path("images"),
        start_from=Path("x/model.ckpt-1"),
        toggles=ToggleChoices(mixlist=Path("m.json")),
    )
    made = make_plan(given, host=CPU_HOST)
    assert made.runtime == samples.TF2
    assert made.data_dir == Path("/opt/images")
    assert made.choices.start_from == Path("/opt/x/model.ckpt-1")
    assert made.toggles["mixlist"] == Path("/opt/m.json")


def test_files_that_choices_name_are_looked_at(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "model.ckpt-40.index").touch()
    for good in (checkpoints, checkpoints / "model.ckpt-40", checkpoints / "model.ckpt-40.index"):
        assert check_files(ALEXNET, Choices("alexnet", start_from=good)) == ()
    (finding,) = check_files(ALEXNET, Choices("alexnet", start_from=checkpoints / "model.ckpt-50"))
    assert (finding.subject, finding.message.key) == ("start_from", "launch.checkpoint_missing")
    assert str(checkpoints / "model.ckpt-40") in str(finding.remedy)
    (finding,) = check_files(ALEXNET, Choices("alexnet", start_from=tmp_path / "x" / "y"))
    assert finding.remedy is None
    (finding,) = check_files(ALEXNET, Choices("alexnet", toggles=ToggleChoices(mixlist=tmp_path / "no.json")))
    assert finding.message.key == "launch.file_missing"


def test_an_own_command_must_be_there(tmp_path: Path) -> None:
    profile = external()
    assert profile.command is not None
    command = replace(profile.command, cwd=tmp_path)
    script = tmp_path / "go"
    cases = {"sh": None, "{python}": None, "./go": "program_missing", "/nowhere/sh": "program_missing"}
    for program, key in cases.items():
        changed = replace(profile, command=replace(command, argv=(program,)))
        found = [finding.message.key for finding in check_files(changed, Choices("mine"))]
        assert found == ([f"launch.{key}"] if key else [])
    script.touch()
    assert check_files(replace(profile, command=replace(command, argv=("./go",))), Choices("mine")) == ()
    gone = replace(profile, command=replace(command, argv=("sh",), cwd=tmp_path / "gone"))
    assert [one.message.key for one in check_files(gone, Choices("mine"))] == ["launch.cwd_missing"]


CHOICES = Choices(
    profile="alexnet",
    dataset="digits",
    devices=4,
    backend=Backend.CPU,
    task="train",
    parameters={"lr": 1e-5, "max_epochs": 3, "use_nesterov": False},
    toggles=ToggleChoices(precision_mode="force_fp16"),
)


def test_choices_are_kept_as_a_profile(tmp_path: Path) -> None:
    path = save_profile("mine", ALEXNET, CHOICES)
    assert path == tmp_path / "config" / "profiles" / "mine.yaml"
    catalog = load_catalog()
    assert catalog.problems == ()
    mine = catalog.get("mine")
    assert (mine.default_devices, mine.default_task, mine.defaults.backend) == (4, "train", Backend.CPU)
    made = make(profile=mine, choices=Choices("mine"))
    assert made.parameters == make(replace(CHOICES, toggles=ToggleChoices())).parameters
    assert (made.backend, made.task, len(made.ranks)) == (Backend.CPU, "train", 4)
    lr = mine.parameter("lr")
    assert lr is not None
    assert default_value(mine, lr, "digits", 8) == 1e-5
    assert default_value(mine, lr, "imagenet", 8) == 0.06
    assert next(one.default for one in mine.toggles if one.choices) == "force_fp16"


def test_a_profile_is_never_overwritten_unasked(tmp_path: Path) -> None:
    path = save_profile("mine", ALEXNET, CHOICES)
    before = path.read_text()
    with pytest.raises(UserError) as caught:
        save_profile("mine", ALEXNET, Choices("alexnet", devices=1))
    assert caught.value.message.key == "launch.profile_exists"
    assert path.read_text() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_profile_of_ones_own_can_be_changed(tmp_path: Path) -> None:
    save_profile("mine", ALEXNET, CHOICES)
    mine = load_catalog().get("mine")
    save_profile("mine", mine, Choices("mine", parameters={"lr": 0.5}, devices=2), overwrite=True)
    changed = load_catalog().get("mine")
    assert changed.default_devices == 2
    assert changed.datasets[0].parameters["lr"] == 0.5
    assert changed.datasets[0].parameters["max_epochs"] == 3
    save_profile("mine", ALEXNET, Choices("alexnet", devices=1), overwrite=True)
    assert load_catalog().get("mine").datasets[0].parameters["max_epochs"] != 3


@pytest.mark.parametrize(
    ("name", "choices", "key"),
    [
        ("a/b", CHOICES, "bad_profile_name"),
        ("", CHOICES, "bad_profile_name"),
        ("mine", replace(CHOICES, parameters={"lr": -1}), "profile_not_legal"),
        ("mine", replace(CHOICES, devices=3), "profile_not_legal"),
    ],
)
def test_what_is_not_legal_is_not_kept(tmp_path: Path, name: str, choices: Choices, key: str) -> None:
    with pytest.raises(UserError) as caught:
        save_profile(name, ALEXNET, choices)
    assert caught.value.message.key == f"launch.{key}"
    folder = tmp_path / "config" / "profiles"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("in the way")
    with pytest.raises(UserError) as caught:
        save_profile("mine", ALEXNET, CHOICES)
    assert caught.value.message.key == "launch.profile_not_written"


def test_built_in_profiles_stay_untouched() -> None:
    before = (profiles_dir() / "alexnet.yaml").read_text()
    save_profile("alexnet", ALEXNET, CHOICES)
    assert (profiles_dir() / "alexnet.yaml").read_text() == before
    assert load_catalog().get("alexnet").default_devices == 4
