"""What stands against a launch: every finding by its subject and key, and that it blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import launch_samples as samples
import pytest
from launch_samples import ALEXNET, CPU_HOST, NPU_HOST, external, keys, make, npus, only_error, sound

from console.catalog.data.checks.report import data_error, data_warning
from console.catalog.profile import Backend
from console.hosts.readings import HostUsage
from console.i18n import Language, Message, set_language
from console.i18n.sizes import bytes_text
from console.launch.findings import Level
from console.launch.machine.host import Host
from console.launch.plan import LaunchPlan
from console.launch.planner import plan
from console.tui.host_load import HostLoad, load_words

FOLDER = Path("/data/imagenet")


def test_an_unknown_data_set_names_the_nearest() -> None:
    finding = only_error(make(dataset="digit", known=None))
    assert (finding.subject, finding.message.key) == ("dataset", "launch.unknown_dataset")
    assert "digits" in str(finding.message)


def test_the_built_in_data_set_is_announced_until_it_is_there() -> None:
    missing = replace(sound(FOLDER), problems=(data_error(FOLDER, "data.folder_empty", folder=FOLDER),))
    for report in (None, missing):
        made = make(data=report)
        assert ("data_dir", "launch.will_be_written") in keys(made, Level.INFO)
        assert made.prepare_dataset == "digits"
        assert not made.blocked


def test_a_data_set_without_a_known_folder_asks_for_one() -> None:
    finding = only_error(make(dataset="imagenet", known=samples.IMAGENET))
    assert (finding.subject, finding.message.key) == ("data_dir", "launch.no_data_dir")
    assert finding.remedy is not None


@pytest.mark.parametrize("key", ["folder_missing", "folder_empty"])
def test_a_folder_without_data_is_an_error(key: str) -> None:
    report = replace(sound(FOLDER), problems=(data_error(FOLDER, f"data.{key}", folder=FOLDER),))
    made = make(dataset="imagenet", known=samples.IMAGENET, data_dir=FOLDER, data=report)
    assert only_error(made).message.key == f"data.{key}"
    assert made.prepare_dataset is None


def test_damage_blocks_and_doubts_only_warn() -> None:
    damaged = [
        data_error(FOLDER / f"train-{n}", "data.folder_empty", folder=FOLDER / f"train-{n}") for n in range(7)
    ]
    doubts = (data_warning(FOLDER, "data.other", folder=FOLDER),)
    made = make(data=replace(sound(FOLDER), problems=(*doubts, *damaged)))
    about_data = [finding for finding in made.findings if finding.subject == "data_dir"]
    assert [finding.level for finding in about_data] == [Level.ERROR] * 6
    assert about_data[-1].message.key == "launch.more_data_problems"
    assert made.prepare_dataset is None
    assert made.blocked
    warned = make(data=replace(sound(FOLDER), problems=(data_warning(FOLDER, "data.other", folder=FOLDER),)))
    assert not warned.blocked
    assert keys(warned, Level.WARNING) == {("data_dir", "data.other")}


def test_classes_that_do_not_fit_the_data_set_are_refused() -> None:
    finding = only_error(make(parameters={"num_classes": 5}))
    assert (finding.subject, finding.message.key) == ("num_classes", "launch.too_few_classes")


@pytest.mark.parametrize(
    ("chosen", "host", "key"),
    [
        ({"devices": 3}, CPU_HOST, "device_count"),
        ({"devices": 0}, CPU_HOST, "device_count"),
        ({"devices": -1}, CPU_HOST, "device_count"),
        ({"devices": 10**12}, NPU_HOST, "device_count"),
        ({"devices": 8}, replace(CPU_HOST, cpu_ids=(0,)), "ranks_beyond_cores"),
        ({"devices": 8}, replace(CPU_HOST, memory_total=2**30), "ranks_beyond_memory"),
        ({"devices": 8}, replace(NPU_HOST, npus=npus(4)), "devices_missing"),
        ({"devices": 2, "device_ids": (0, 8)}, NPU_HOST, "device_unknown"),
        ({"devices": 2, "device_ids": (1,)}, NPU_HOST, "device_ids_count"),
        ({"devices": 2, "device_ids": (1, 1)}, NPU_HOST, "device_ids_count"),
        ({"device_ids": (3, 4)}, NPU_HOST, "devices_cross_groups"),
    ],
)
def test_devices_that_cannot_be_had(chosen: dict[str, Any], host: Host, key: str) -> None:
    finding = only_error(make(host=host, **chosen))
    assert (finding.subject, finding.message.key) == ("devices", f"launch.{key}")


BUSY = {4: "pid 4711 python, user li"}


def test_a_busy_device_is_named_with_its_process_and_the_free_ones() -> None:
    finding = only_error(make(host=replace(NPU_HOST, npus=npus(8, busy=BUSY)), device_ids=(4, 5)))
    assert finding.message.key == "launch.device_busy"
    assert "4 (pid 4711 python, user li)" in str(finding.message)
    assert "0, 1, 2, 3, 5, 6, 7" in str(finding.remedy)
    finding = only_error(make(host=replace(NPU_HOST, npus=npus(8, busy=BUSY)), devices=8))
    assert finding.message.key == "launch.devices_busy"
    assert "4711" in str(finding.message)


@pytest.mark.parametrize(
    ("busy", "devices", "taken"),
    [
        ({}, 2, [0, 1]),
        ({0: "x"}, 2, [1, 2]),
        ({0: "x", 1: "x", 2: "x"}, 2, [4, 5]),
        ({0: "x"}, 4, [4, 5, 6, 7]),
        ({0: "x"}, 1, [1]),
    ],
)
def test_free_devices_of_one_network_are_chosen(busy: dict[int, str], devices: int, taken: list[int]) -> None:
    made = make(host=replace(NPU_HOST, npus=npus(8, busy=busy)), devices=devices)
    assert [command.device for command in made.ranks] == taken


def test_later_generations_have_one_network() -> None:
    made = make(host=replace(NPU_HOST, npus=npus(8, "910B3")), device_ids=(3, 4))
    assert not made.blocked
    unknown = make(host=replace(NPU_HOST, npus=npus(8, "")), device_ids=(3, 4))
    assert ("devices", "launch.devices_may_cross_groups") in keys(unknown, Level.WARNING)


def test_ranks_that_share_cores_are_warned_of() -> None:
    made = make(host=replace(CPU_HOST, cpu_ids=(0, 1)), devices=4)
    assert ("devices", "launch.ranks_share_cores") in keys(made, Level.WARNING)
    assert not made.blocked


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({0: None}, "address_missing"),
        ({0: "192.168.100"}, "address_invalid"),
        ({0: "192.168.101.100"}, "address_twice"),
    ],
)
def test_a_rank_table_that_would_not_work_is_refused(change: dict[int, str | None], key: str) -> None:
    devices = tuple(replace(one, device_ip=change.get(one.device_id, one.device_ip)) for one in NPU_HOST.npus)
    finding = only_error(make(host=replace(NPU_HOST, npus=devices), devices=2))
    assert (finding.subject, finding.message.key) == ("rank_table", f"launch.{key}")


def test_a_single_server_of_a_later_generation_needs_no_addresses() -> None:
    devices = tuple(replace(one, device_ip=None) for one in npus(8, "910B3"))
    made = make(host=replace(NPU_HOST, npus=devices), devices=2)
    assert not made.blocked
    assert "device_ip" not in str(made.rank_table)


def test_npu_is_never_silently_cpu() -> None:
    occupied = Message.of("hosts.device_occupied", code=-8020)
    with_adapter = (samples.TF1,)
    for host, expected in (
        (replace(CPU_HOST, runtimes=with_adapter), {"no_npu"}),
        (replace(CPU_HOST, runtimes=with_adapter, npu_problem=occupied), {"npu_unreachable"}),
        (replace(NPU_HOST, runtimes=(samples.TF2, samples.TF26)), {"no_adapter"}),
        (CPU_HOST, {"no_npu", "no_adapter"}),
    ):
        made = make(host=host, backend=Backend.NPU)
        assert keys(made, Level.ERROR) == {("backend", f"launch.{key}") for key in expected}
        assert made.backend is Backend.NPU
        assert made.ranks == ()


def test_the_adapter_is_the_one_the_profile_needs() -> None:
    with_other = replace(samples.TF26, packages={"tensorflow": "2.6.5", "npu-device": "2.6.5"})
    host = replace(NPU_HOST, runtimes=(with_other,))
    finding = only_error(make(host=host, backend=Backend.NPU))
    assert finding.message.key == "launch.no_adapter"
    assert "npu_bridge" in str(finding.message)
    assert not make(host=host, backend=Backend.NPU, profile=replace(ALEXNET, adapters=())).blocked


def test_what_auto_comes_to_is_said() -> None:
    assert ("backend", "launch.auto_cpu") in keys(make(), Level.INFO)
    assert ("backend", "launch.auto_npu") in keys(make(host=NPU_HOST), Level.OK)
    without_adapter = make(host=replace(NPU_HOST, runtimes=(samples.TF2,)))
    assert without_adapter.backend is Backend.CPU
    assert ("backend", "launch.auto_cpu_no_adapter") in keys(without_adapter, Level.WARNING)
    silent = replace(CPU_HOST, npu_problem=Message.of("hosts.device_occupied", code=-8020))
    assert ("backend", "launch.auto_cpu_problem") in keys(make(host=silent), Level.WARNING)


def test_a_backend_the_profile_does_not_have() -> None:
    profile = replace(ALEXNET, backends=(Backend.NPU,))
    assert only_error(make(profile=profile, backend=Backend.CPU)).message.key == "launch.backend_not_offered"
    assert ("backend", "launch.no_npu") in keys(make(profile=profile), Level.ERROR)


def test_the_interpreter_of_the_first_requirement_is_preferred() -> None:
    host = replace(CPU_HOST, runtimes=(samples.TF2, samples.TF26, samples.TF1))
    assert make(host=host).runtime == samples.TF1
    assert make(host=replace(host, runtimes=(samples.TF2, samples.TF26))).runtime == samples.TF26
    assert make(host=host, runtime="tf2.21").runtime == samples.TF2
    assert make(host=host, runtime="/opt/tf2/bin/python3").runtime == samples.TF2
    assert make(host=host, runtime="/opt/tf2").runtime == samples.TF2


def test_without_a_fitting_interpreter_everything_found_is_named() -> None:
    old = replace(samples.TF2, name="tf2.4", packages={"tensorflow": "2.4.0"})
    unknown = replace(samples.TF2, name="tf", packages={"tensorflow": ""})
    python36 = replace(samples.TF1, name="tf1.15-py3.6", python_version="3.6.9")
    finding = only_error(make(host=replace(CPU_HOST, runtimes=(old, unknown, python36, samples.BARE))))
    assert (finding.subject, finding.message.key) == ("runtime", "launch.no_runtime")
    text = str(finding.message)
    for part in (
        "tensorflow>=2.16",
        "tf2.4: tensorflow 2.4.0",
        "py3.12: no tensorflow",
        "tf1.15-py3.6: Python",
    ):
        assert part in text
    assert "ASCEND_CONSOLE_RUNTIMES" in str(finding.remedy)


@pytest.mark.parametrize(("name", "key"), [("py3.12", "runtime_unfit"), ("tf3", "runtime_unknown")])
def test_a_chosen_interpreter_that_does_not_do(name: str, key: str) -> None:
    finding = only_error(make(runtime=name))
    assert (finding.subject, finding.message.key) == ("runtime", f"launch.{key}")


def test_an_own_program_brings_its_interpreter() -> None:
    profile = external()
    assert profile.command is not None
    shell = replace(profile, command=replace(profile.command, argv=("bash", "run.sh"), env={}))
    made = make(profile=shell, known=None, host=replace(NPU_HOST, runtimes=()), devices=8)
    assert not made.blocked
    assert made.backend is Backend.NPU
    assert made.runtime is None
    assert made.ranks[7].argv[:2] == ("bash", "run.sh")


def test_a_profile_without_data_sets_takes_none() -> None:
    made = make(profile=external(), known=None, dataset="digits", data_dir=FOLDER)
    assert only_error(made).message.key == "launch.takes_no_dataset"


def test_an_own_program_that_wants_a_data_folder_gets_one() -> None:
    assert only_error(make(profile=external(), known=None)).message.key == "launch.command_needs_data_dir"
    made = make(profile=external(), known=None, data_dir=FOLDER, start_from=Path("/ckpt"))
    assert only_error(made).message.key == "launch.command_takes_no_checkpoint"


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("batch_size", 0, "catalog.below_minimum"),
        ("batch_size", 10_000, "catalog.above_maximum"),
        ("batch_size", 1.5, "catalog.not_an_integer"),
        ("batch_size", True, "catalog.not_an_integer"),
        ("lr", "high", "catalog.not_a_number"),
        ("lr", float("nan"), "catalog.not_a_number"),
        ("use_nesterov", 1, "catalog.not_a_boolean"),
        ("alexnet_version", "he", "catalog.not_a_choice"),
        ("restore_exclude", 5, "catalog.not_a_text"),
        ("batchsize", 1, "launch.unknown_parameter"),
    ],
)
def test_a_bad_parameter_is_marked_at_its_field(name: str, value: object, key: str) -> None:
    finding = only_error(make(parameters={name: value}))
    assert (finding.subject, finding.message.key) == (name, key)
    if name == "batchsize":
        assert "batch_size" in str(finding.message)


@pytest.mark.parametrize(
    ("chosen", "subject", "key"),
    [
        ({"task": "trian"}, "task", "unknown_task"),
        ({"task": "evaluate"}, "start_from", "evaluate_without_checkpoint"),
        ({"task": "export"}, "start_from", "export_without_checkpoint"),
        ({"task": "export", "devices": 2, "start_from": Path("c")}, "devices", "export_on_several"),
        ({"resume_run": "r1"}, "start_from", "resume_without_checkpoint"),
        ({"name": "../x"}, "name", "bad_name"),
        ({"name": "x" * 65}, "name", "bad_name"),
    ],
)
def test_other_fields(chosen: dict[str, Any], subject: str, key: str) -> None:
    finding = only_error(make(**chosen))
    assert (finding.subject, finding.message.key) == (subject, f"launch.{key}")


def test_what_the_host_lacks() -> None:
    assert only_error(make(host=replace(CPU_HOST, disk_free=2**20))).subject == "disk"
    low = make(host=replace(CPU_HOST, disk_free=2**30))
    assert ("disk", "launch.disk_low") in keys(low, Level.WARNING)
    assert keys(make(host=replace(CPU_HOST, disk_free=None)), Level.WARNING) == set()
    home = replace(CPU_HOST, runs_dir_problem=Message.of("launch.home_not_writable", folder="/"))
    assert only_error(make(host=home)).subject == "home"
    assert only_error(make(host=replace(CPU_HOST, free_ports=(20000,)))).message.key == "launch.ports_short"
    assert not make(host=replace(CPU_HOST, free_ports=()), devices=1).blocked
    taken = only_error(make(host=replace(NPU_HOST, hccl_base_port=None)))
    assert taken.message.key == "launch.hccl_ports_taken"


def words(made: LaunchPlan, key: str) -> str:
    """The finding with this message, in words."""
    return next(str(one.message) for one in made.findings if one.message.key == f"launch.{key}")


def test_room_on_the_disk_is_told_as_in_the_header() -> None:
    for free, key in ((52_340_000_000, "disk_room"), (2_345_000_000, "disk_low"), (7_000_000, "disk_full")):
        host = replace(CPU_HOST, disk_free=free)
        usage = HostUsage(None, 1, 2, free, 2 * free)
        header = " ".join(load_words(HostLoad("node-a", usage, host)))
        assert bytes_text(free) in words(make(host=host), key)
        assert bytes_text(free) in header
    assert bytes_text(52_340_000_000) == "52.3 GB"


@pytest.mark.parametrize(
    ("devices", "cores", "key", "english", "chinese"),
    [
        (1, 2, "ranks_on_cores", "1 rank on 2 cores", "1 个进程使用 2 个核心"),
        (1, 1, "ranks_on_cores", "1 rank on 1 core", "1 个进程使用 1 个核心"),
        (2, 2, "ranks_on_cores", "2 ranks on 2 cores", "2 个进程使用 2 个核心"),
        (2, 1, "ranks_share_cores", "2 ranks have to share 1 core;", "2 个进程共用 1 个核心"),
        (8, 1, "ranks_beyond_cores", "8 ranks are too many for 1 core", "1 个核心无法承担 8 个进程"),
    ],
)
def test_ranks_and_cores_agree_with_their_number(
    devices: int, cores: int, key: str, english: str, chinese: str
) -> None:
    made = make(host=replace(CPU_HOST, cpu_ids=tuple(range(cores))), devices=devices)
    for language, sentence in ((Language.CHINESE, chinese), (Language.ENGLISH, english)):
        set_language(language)
        assert words(made, key).startswith(sentence)


def test_findings_of_files_count_too() -> None:
    extra = only_error(make(host=replace(CPU_HOST, free_ports=())))
    made = plan(ALEXNET, make().choices, CPU_HOST, samples.DIGITS, None, (extra,))
    assert only_error(made) is extra


def test_every_finding_reads_in_both_languages() -> None:
    made = make(host=replace(NPU_HOST, npus=npus(8, busy=BUSY)), devices=8, parameters={"lr": -1}, task="x")
    for language in Language:
        set_language(language)
        assert all(str(finding.message) for finding in made.findings)
        assert all(str(finding.remedy) for finding in made.findings if finding.remedy)
    set_language(Language.ENGLISH)
