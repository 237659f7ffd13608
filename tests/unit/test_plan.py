"""What a launch comes to: command lines, rank environments, and the preview of both."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import launch_samples as samples
import pytest
from launch_samples import ALEXNET, CPU_HOST, NPU_HOST, external, make, sound

from console.catalog.build import CONSOLE_FLAGS
from console.catalog.profile import Backend
from console.launch.findings import Level
from console.launch.naming import job_id, run_name
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.launch.plan import LaunchPlan
from console.launch.preview import preview_lines, preview_text
from console.launch.ranks import cores_of_rank


def flags(made: LaunchPlan, rank: int = 0) -> dict[str, str]:
    pairs = [word.partition("=") for word in made.ranks[rank].argv if word.startswith("--")]
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return {name: value for name, _, value in pairs}


def test_the_first_run_is_two_ranks_of_digits_on_cpu() -> None:
    made = make()
    assert not made.blocked
    assert (made.dataset, made.backend, made.task) == ("digits", Backend.CPU, "train_and_evaluate")
    assert made.prepare_dataset == "digits"
    assert made.run_name == "alexnet-2p-1121-0932"
    assert made.run_dir == made.cwd == Path("/home/li/runs/alexnet-2p-1121-0932")
    assert made.runtime == samples.TF2
    assert made.rank_table is None
    assert made.make_dirs == ()
    first, second = made.ranks
    assert first.argv[:3] == ("/opt/tf2/bin/python3", "/opt/console/engines", "alexnet")
    assert first.argv == second.argv
    assert (first.device, second.device) == (0, 1)


def test_every_parameter_with_a_value_is_passed_in_the_profiles_order() -> None:
    made = make(parameters={"lr": 1, "max_train_steps": 7})
    assert made.parameters["lr"] == 1.0
    given = flags(made)
    assert given["--lr"] == "1.0"
    assert given["--max_train_steps"] == "7"
    assert given["--use_nesterov"] == "True"
    assert given["--random_flip"] == "False"
    assert given["--num_classes"] == "10"
    expected = [one.flag for one in ALEXNET.parameters if one.name in made.parameters]
    assert [name for name in given if name not in CONSOLE_FLAGS] == expected
    assert list(given)[:4] == ["--data_dir", "--run_dir", "--mode", "--backend"]
    assert given["--backend"] == "cpu"


def test_a_published_figure_is_planned_only_for_the_same_data_and_devices() -> None:
    figures = {"top1": 0.6012, "top5": 0.8206, "throughput": 33500}
    for dataset, devices in (("imagenet", 8), ("imagenet", 2), ("digits", 8)):
        planned = {one.metric: one.value for one in make(dataset=dataset, devices=devices).published}
        assert planned == (figures if (dataset, devices) == ("imagenet", 8) else {}), (dataset, devices)


def test_planning_is_pure_and_repeatable() -> None:
    assert make() == make()


def test_cpu_ranks_meet_by_tf_config_and_share_the_cores() -> None:
    made = make(devices=4)
    for rank, command in enumerate(made.ranks):
        config = json.loads(command.env["TF_CONFIG"])
        assert config["cluster"]["worker"] == [f"127.0.0.1:{port}" for port in (20000, 20001, 20002, 20003)]
        assert config["task"] == {"type": "worker", "index": rank}
        assert command.env["RANK_ID"] == command.env["DEVICE_ID"] == str(rank)
        assert command.env["RANK_SIZE"] == "4"
        assert command.env["PYTHONUNBUFFERED"] == "1"
        assert command.env["JOB_ID"] == made.run_name
        assert flags(made, rank)["--threads"] == command.env["OMP_NUM_THREADS"] == "2"
        assert "RANK_TABLE_FILE" not in command.env
    assert flags(make(devices=4, parameters={"threads": 5}))["--threads"] == "5"


def test_one_cpu_rank_needs_no_cluster_and_has_all_cores() -> None:
    made = make(devices=1)
    environment = made.ranks[0].env
    assert {"TF_CONFIG", "OMP_NUM_THREADS", "MASTER_ADDR"}.isdisjoint(environment)
    assert "--threads" not in flags(made)
    assert made.run_name == "alexnet-1p-1121-0932"


def test_npu_ranks_get_a_rank_table_and_their_own_logs() -> None:
    made = make(host=NPU_HOST, devices=8)
    assert made.backend is Backend.NPU
    assert made.runtime == samples.TF1
    assert flags(made)["--backend"] == "npu"
    assert flags(made)["--precision_mode"] == "allow_mix_precision"
    table = made.rank_table
    assert table is not None
    assert {key: table[key] for key in ("status", "version", "server_count")} == {
        "status": "completed",
        "version": "1.0",
        "server_count": "1",
    }
    assert table["server_list"] == [
        {
            "server_id": "node-a",
            "device": [
                {"device_id": str(n), "device_ip": f"192.168.{100 + n % 4}.{100 + n // 4}", "rank_id": str(n)}
                for n in range(8)
            ],
        }
    ]
    for rank, command in enumerate(made.ranks):
        env = command.env
        assert env["RANK_TABLE_FILE"] == str(made.run_dir / "rank_table.json")
        assert env["HCCL_CONNECT_TIMEOUT"] == "600"
        assert env["ASCEND_PROCESS_LOG_PATH"] == str(made.run_dir / "plog" / f"rank-{rank}")
        assert Path(env["ASCEND_PROCESS_LOG_PATH"]) in made.make_dirs
        assert Path(env["ASCEND_WORK_PATH"]) in made.make_dirs
        assert env["DEVICE_ID"] == env["ASCEND_DEVICE_ID"] == env["DEVICE_INDEX"] == str(rank)
        assert {"TF_CONFIG", "OMP_NUM_THREADS", "HCCL_IF_BASE_PORT"}.isdisjoint(env)
    assert "--threads" not in flags(made)


def test_one_npu_needs_no_rank_table() -> None:
    made = make(host=NPU_HOST, devices=1, device_ids=(5,))
    assert made.rank_table is None
    assert made.ranks[0].device == 5
    assert made.ranks[0].env["DEVICE_ID"] == "5"
    assert "RANK_TABLE_FILE" not in made.ranks[0].env


def test_in_a_container_logical_and_physical_device_numbers_differ() -> None:
    inside = tuple(replace(device, logical_id=device.device_id - 4) for device in samples.npus()[4:])
    made = make(host=replace(NPU_HOST, npus=inside), devices=4)
    assert [command.env["ASCEND_DEVICE_ID"] for command in made.ranks] == ["0", "1", "2", "3"]
    assert [command.env["DEVICE_INDEX"] for command in made.ranks] == ["4", "5", "6", "7"]
    assert made.rank_table is not None
    assert '"device_id": "4"' in json.dumps(made.rank_table)


def test_collectives_move_to_other_ports_when_theirs_are_taken() -> None:
    made = make(host=replace(NPU_HOST, hccl_base_port=56000), devices=2)
    assert {command.env["HCCL_IF_BASE_PORT"] for command in made.ranks} == {"56000"}
    assert ("ports", "launch.hccl_ports_moved") in samples.keys(made, Level.INFO)


def test_core_binding_gives_each_rank_its_share() -> None:
    made = make(devices=4, bind_cores=True)
    assert [command.cpu_ids for command in made.ranks] == [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert make(devices=4).ranks[0].cpu_ids == ()


@pytest.mark.parametrize("cores", [1, 2, 3, 7, 8, 96])
@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
def test_shares_of_cores_are_disjoint_and_complete(cores: int, ranks: int) -> None:
    ids = tuple(range(100, 100 + cores))
    shares = [cores_of_rank(ids, rank, ranks) for rank in range(ranks)]
    assert all(shares)
    if cores >= ranks:
        assert [one for share in shares for one in share] == list(ids)


def test_switches_become_the_flags_scripts_know_with_folders_made_before() -> None:
    made = make(toggles=ToggleChoices(overflow_dump=OverflowDump(True), profiling=Trace(5, 9)))
    given = flags(made)
    assert given["--over_dump"] == given["--over_dump_stop"] == given["--profiling"] == "True"
    assert given["--profiling_steps"] == "5-9"
    assert Path(given["--over_dump_path"]) == made.run_dir / "dumps" / "overflow"
    assert set(made.make_dirs) == {made.run_dir / "dumps" / "overflow", made.run_dir / "profiles"}
    assert "--data_dump_flag" not in given
    assert "--precision_mode" not in given
    dumping = make(toggles=ToggleChoices(data_dump=DataDump("0 | 5|10-12")))
    assert flags(dumping)["--data_dump_step"] == "0|5|10-12"
    assert dumping.make_dirs == (dumping.run_dir / "dumps" / "data",)
    everything = ToggleChoices(
        overflow_dump=OverflowDump(),
        profiling=Trace(),
        precision_mode="allow_mix_precision",
        mixlist=Path("/m.json"),
        fusion_off=Path("/f.cfg"),
    )
    on_npu = flags(make(host=NPU_HOST, toggles=everything))
    assert (on_npu["--use_mixlist"], on_npu["--mixlist_file"]) == ("True", "/m.json")
    assert (on_npu["--fusion_off_flag"], on_npu["--fusion_off_file"]) == ("True", "/f.cfg")
    assert {name for name in on_npu if ALEXNET.parameter(name[2:]) is None} <= CONSOLE_FLAGS


@pytest.mark.parametrize(
    ("resume_run", "task", "flag"),
    [
        ("r1", "train", "--resume_from"),
        (None, "train", "--restore_path"),
        (None, "evaluate", "--resume_from"),
    ],
)
def test_a_checkpoint_goes_by_the_flag_of_its_purpose(resume_run: str | None, task: str, flag: str) -> None:
    made = make(start_from=Path("/runs/r1/checkpoints/model.ckpt-9"), resume_run=resume_run, task=task)
    assert flags(made)[flag] == "/runs/r1/checkpoints/model.ckpt-9"
    assert len({"--resume_from", "--restore_path"} & set(flags(made))) == 1
    assert flags(made)["--mode"] == task


def test_synthetic_data_needs_no_folder() -> None:
    made = make(dataset="imagenet", known=samples.IMAGENET, parameters={"synthetic": True})
    assert not made.blocked
    assert "--data_dir" not in flags(made)


def test_an_own_command_runs_once_per_rank_with_its_placeholders_filled() -> None:
    profile = external()
    made = make(profile=profile, known=None, data_dir=Path("/data/x"), devices=2, parameters={"lr": 0.5})
    second = made.ranks[1]
    assert second.argv[:5] == (
        "/opt/tf2/bin/python3",
        "train.py",
        "--data=/data/x",
        "--rank=1/2",
        '{"x": 1}',
    )
    assert "--lr=0.5" in second.argv
    assert not any(word.startswith(("--run_dir", "--mode", "--backend")) for word in second.argv)
    assert second.env["OUTPUT"] == f"{made.run_dir}/out"
    assert (second.env["RANK"], second.env["WORLD_SIZE"], second.env["LOCAL_RANK"]) == ("1", "2", "1")
    assert {command.env["MASTER_PORT"] for command in made.ranks} == {"20000"}
    assert made.cwd == Path("/home/li/net")
    assert made.dataset == ""


def test_torch_ranks_on_npu_meet_on_a_port_and_have_the_rank_table_too() -> None:
    runtime = replace(samples.TF2, packages={"torch": "2.1.0", "torch-npu": "2.1.0"})
    host = replace(NPU_HOST, runtimes=(runtime,))
    made = make(profile=external(), known=None, data_dir=Path("/d"), host=host, devices=2)
    assert made.backend is Backend.NPU
    environment = made.ranks[1].env
    assert (environment["MASTER_ADDR"], environment["MASTER_PORT"]) == ("127.0.0.1", "20000")
    assert environment["LOCAL_RANK"] == "1"
    assert "RANK_TABLE_FILE" in environment
    without = make(profile=external(), known=None, data_dir=Path("/d"), host=replace(host, free_ports=()))
    assert samples.only_error(without).message.key == "launch.ports_short"


def test_an_own_command_gets_the_switches_of_modelzoo_scripts_alone() -> None:
    toggles = ToggleChoices(overflow_dump=OverflowDump(), profiling=Trace())
    made = make(profile=external(), known=None, data_dir=Path("/d"), toggles=toggles)
    given = flags(made)
    assert given["--over_dump"] == given["--profiling"] == "True"
    assert {"--over_dump_stop", "--profiling_steps"}.isdisjoint(given)


def test_run_names_never_collide() -> None:
    now = CPU_HOST.now
    taken = {"alexnet-2p-1121-0932", "alexnet-2p-1121-0932-2", "mine"}
    assert run_name(None, "alexnet", 2, now, taken) == "alexnet-2p-1121-0932-3"
    assert run_name("mine", "alexnet", 2, now, taken) == "mine-2"
    assert run_name(None, "alexnet", 2, None, ()) == "alexnet-2p"
    made = make(host=replace(CPU_HOST, existing_runs=frozenset(taken)), name="mine")
    assert made.run_dir == CPU_HOST.runs_dir / "mine-2"
    assert job_id("0123") == "run-0123"
    assert job_id("a-1") == "a-1"


REPORT = "import json,os,sys; print(json.dumps([os.getcwd(), sys.argv[1:], dict(os.environ)]))"


def test_the_preview_does_in_a_shell_exactly_what_is_executed(tmp_path: Path) -> None:
    """The preview of a plan full of nasty words is pasted into ``sh`` and seen from inside."""
    profile = external(framework="tensorflow")
    assert profile.command is not None
    nasty = ("it's", 'a "b"', "$HOME `id`", "two\nlines", "", "*", "--x=a b;c", "{rank}\n#")
    command = replace(
        profile.command,
        argv=(sys.executable, "-c", REPORT, *nasty),
        cwd=tmp_path,
        env={"ODD": "$(id)\n'{rank}'"},
    )
    made = make(profile=replace(profile, command=command), known=None, devices=2)
    first = made.ranks[0]
    done = subprocess.run(
        ["sh"], input=preview_text(made), capture_output=True, text=True, check=True, timeout=60
    )
    folder, arguments, environment = json.loads(done.stdout)
    assert folder == str(tmp_path)
    assert tuple(arguments) == first.argv[3:]
    assert {name: environment[name] for name in first.env} == first.env


def test_the_preview_tells_what_differs_for_other_ranks() -> None:
    lines = preview_lines(make(devices=2, bind_cores=True))
    last = lines[-1]
    assert last.startswith("# rank 1:")
    assert "RANK_ID=1" in last
    assert "RANK_SIZE" not in last
    assert "4-7" in last
    assert "  RANK_SIZE=2 \\" in lines
    assert "  --batch_size=16 \\" in lines


def test_a_blocked_plan_has_nothing_to_preview() -> None:
    assert preview_text(make(devices=3)) == ""


def test_planning_imports_nothing_heavy() -> None:
    code = (
        "import sys; import console.launch.planner, console.catalog.loader\n"
        "heavy = ('textual', 'numpy', 'PIL', 'tensorflow', 'sklearn', 'packaging', 'psutil', 'click')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_sound_folder_is_used_as_it_is() -> None:
    made = make(data=sound(Path("/home/li/data/digits")))
    assert made.prepare_dataset is None
    assert flags(made)["--data_dir"] == "/home/li/data/digits"


def test_a_launch_restarts_nothing_unless_asked_to() -> None:
    assert Choices("alexnet").restarts == 0
