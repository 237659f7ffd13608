"""Profiles on disk: what is read, what is refused with file, line and key, and what never gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.catalog.loader import Catalog, check_file, load_catalog
from console.catalog.profile import Backend, LocalizedText, ParameterType, ToggleName
from console.errors import ExitCode, UserError

GOOD = """\
name: tiny
title: {en: Tiny, zh: 小网络}
framework: tensorflow
engine: alexnet
runtimes: [tensorflow==1.15.*, "tensorflow>=2.16,<3"]
datasets:
  digits:
    parameters: {lr: 1e-3}
    per_devices:
      2: {lr: 0.002}
  imagenet:
devices: [1, 2]
backends: [npu, cpu]
tasks: [train]
parameters:
  lr:
    type: float
    default: 1e-2
    minimum: 0
    per_devices: {2: 0.02}
    help: Learning rate.
  flip: {type: bool, default: false, help: Mirror., advanced: true}
  version: {type: choice, choices: ["on", "1.10"], default: "on", help: Which.}
toggles:
  overflow_dump:
  precision_mode: {backends: [npu], choices: [force_fp16, allow_mix_precision], default: force_fp16}
line_patterns:
  - 'step (?P<step>\\d+) loss (?P<loss>\\S+)'
published:
  - {metric: top1, value: 0.6, dataset: imagenet, devices: 2, source: A paper}
"""


def write(folder: Path, text: str, name: str = "tiny.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def load(folder: Path, text: str) -> Catalog:
    write(folder, text)
    return load_catalog([folder])


def test_a_layout_must_be_one_of_the_data_sets_own(tmp_path: Path) -> None:
    text = GOOD.replace("  imagenet:\n", "  cifar10:\n    layouts: [cifar10-binary]\n", 1)
    choice = load(tmp_path, text).get("tiny").dataset("cifar10")
    assert choice is not None
    assert choice.layouts == ("cifar10-binary",)
    (problem,) = load(tmp_path, text.replace("[cifar10-binary]", "[cifar10-binary, svhn-mat]")).problems
    assert (problem.line, problem.message.key) == (12, "catalog.not_its_layout")


def test_a_complete_profile_is_read_into_its_types(tmp_path: Path) -> None:
    catalog = load(tmp_path, GOOD)
    assert catalog.problems == ()
    tiny = catalog.get("tiny")
    assert tiny.title == LocalizedText("Tiny", "小网络")
    assert tiny.summary == LocalizedText("", "")
    assert tiny.runtimes == ("tensorflow==1.15.*", "tensorflow>=2.16,<3")
    assert tiny.devices == (1, 2)
    assert tiny.backends == (Backend.NPU, Backend.CPU)
    assert [one.dataset for one in tiny.datasets] == ["digits", "imagenet"]
    assert tiny.datasets[0].parameters == {"lr": 0.001}
    assert tiny.datasets[0].per_devices == {2: {"lr": 0.002}}
    lr, flip, version = tiny.parameters
    assert (lr.flag, lr.type, lr.default, lr.minimum) == ("--lr", ParameterType.NUMBER, 0.01, 0)
    assert lr.per_devices == {2: 0.02}
    assert (flip.default, flip.advanced) == (False, True)
    assert (version.choices, version.default) == (("on", "1.10"), "on")
    overflow, precision = tiny.toggles
    assert overflow.backends == {Backend.NPU, Backend.CPU}
    assert (precision.name, precision.default) == (ToggleName.PRECISION_MODE, "force_fp16")
    assert tiny.published[0].value == 0.6
    assert tiny.source == tmp_path / "tiny.yaml"


MISTAKES = [
    # what to replace, by what, expected line, expected key, expected message, expected word in the text
    ("framework:", "framwork:", 3, "framwork", "unknown_key_near", "framework"),
    ("devices: [1, 2]", "wombat: 1\ndevices: [1, 2]", 12, "wombat", "unknown_key", "title"),
    ("name: tiny\n", "", 1, "name", "missing_key", "name"),
    ("devices: [1, 2]", "devices: [1, two]", 12, "devices.1", "not_an_integer", "two"),
    ("devices: [1, 2]", "devices: [0, 2]", 12, "devices.0", "below_minimum", "0"),
    ("devices: [1, 2]", "devices: [2, 2]", 12, "devices", "item_twice", "2"),
    ("devices: [1, 2]", "devices: []", 12, "devices", "empty_list", ""),
    ("devices: [1, 2]", "devices: 2", 12, "devices", "not_a_list", ""),
    ("[npu, cpu]", "[npu, gpu]", 13, "backends.1", "not_a_choice", "npu"),
    ("engine: alexnet", "engine: alexnett", 4, "engine", "not_a_choice", "alexnet"),
    ("engine: alexnet", "engine: inputs", 4, "engine", "not_a_choice", "alexnet, autoaugment, bit"),
    ("engine: alexnet", "engine: ops", 4, "engine", "not_a_choice", "alexnet, autoaugment, bit"),
    ("engine: alexnet", "engine: common", 4, "engine", "not_a_choice", "alexnet, autoaugment, bit"),
    ("engine: alexnet\n", "", 1, "engine", "engine_or_command", ""),
    ("engine: alexnet", "engine: alexnet\ncommand: {argv: [a]}", 4, "engine", "engine_or_command", ""),
    ("tensorflow==1.15.*", "tensorflow=1.15", 5, "runtimes.0", "not_a_requirement", "tensorflow=1.15"),
    ("  digits:", "  digit:", 7, "datasets.digit", "not_a_choice", "digits"),
    ("lr: 1e-3", "rl: 1e-3", 8, "datasets.digits.parameters.rl", "unknown_parameter", "lr"),
    ("lr: 1e-3", "lr: -1", 8, "datasets.digits.parameters.lr", "below_minimum", "-1"),
    ("lr: 0.002", "lr: soon", 10, "datasets.digits.per_devices.2.lr", "not_a_number", "soon"),
    ("default: 1e-2", "default: high", 18, "parameters.lr.default", "not_a_number", "high"),
    ("default: 1e-2", "default: .nan", 18, "parameters.lr.default", "not_a_number", ".nan"),
    ("minimum: 0\n", "minimum: 3\n    maximum: 2\n", 16, "parameters.lr", "limits_crossed", ""),
    ("type: float", "type: real", 17, "parameters.lr.type", "not_a_choice", "int"),
    ("type: bool", "type: bool, flag: --lr", 22, "parameters.flip", "flag_twice", "lr"),
    ("type: bool", "type: bool, flag: --run_dir", 22, "parameters.flip", "console_flag", "--run_dir"),
    ("type: bool", "type: bool, minimum: 1", 22, "parameters.flip", "limits_of_words", "bool"),
    ("default: false", "default: maybe", 22, "parameters.flip.default", "not_a_boolean", "maybe"),
    ('choices: ["on", "1.10"], ', "", 23, "parameters.version", "choices_and_type", ""),
    ('default: "on"', 'default: "no"', 23, "parameters.version.default", "not_a_choice", "on"),
    ("overflow_dump", "overflow_dumb", 25, "toggles.overflow_dumb", "not_a_choice", "overflow_dump"),
    ("default: force_fp16", "default: fp16", 26, "toggles.precision_mode.default", "not_a_choice", "fp16"),
    ("default: force_fp16", "cpu_choices: [fp16]", 26, "toggles.precision_mode.cpu_choices", "not_a_choice", "fp16"),
    ("(?P<loss>", "(?P<lose>", 28, "line_patterns.0", "unknown_group", "loss"),
    ("(?P<loss>", "(?P<loss", 28, "line_patterns.0", "not_a_pattern", ""),
    ("step (?P<step>\\d+) loss (?P<loss>\\S+)", "x", 28, "line_patterns.0", "pattern_without_groups", "step"),
    ("value: 0.6", "value: 60", 30, "published.0", "not_a_fraction", "60"),
    ("metric: top1", "metric: top2", 30, "published.0.metric", "not_a_choice", "top"),
    ("tasks: [train]", "defaults: {devices: 4}", 14, "defaults.devices", "default_not_offered", "1, 2"),
    ("tasks: [train]", "tasks: [train]\ntasks: [train]", 15, "", "key_twice", "14"),
    ("tasks: [train]", "tasks: [train", 15, "", "not_yaml", ""),
    ("title: {en: Tiny, zh: 小网络}", "title: {en: Tiny}", 2, "title.zh", "missing_key", "zh"),
    ("name: tiny", "name: a/b", 1, "name", "not_a_name", "a/b"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "message", "word"), MISTAKES, ids=lambda one: None)
def test_a_mistake_is_named_with_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, message: str, word: str
) -> None:
    assert old in GOOD
    catalog = load(tmp_path, GOOD.replace(old, new, 1))
    assert "tiny" not in catalog.profiles
    problem = next(one for one in catalog.problems if one.message.key == f"catalog.{message}")
    assert (problem.file, problem.line, problem.key) == (tmp_path / "tiny.yaml", line, key)
    assert word in str(problem)
    assert str(problem).startswith(f"{tmp_path / 'tiny.yaml'}:{line}: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "catalog.empty_file"),
        (b"- a\n- b\n", "catalog.not_a_table"),
        (b"name: \xff\n", "catalog.not_utf8"),
        (b"name: \x00\n", "catalog.not_yaml"),
        (b"? [a, b]\n: 1\n", "catalog.key_not_a_word"),
        (b"a: &a [*a]\n", "catalog.too_large"),
        (b"a: " + b"[" * 200 + b"]" * 200, "catalog.too_large"),
        (b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
         + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9)),
         "catalog.too_large"),
        (b"#" * 1_000_001, "catalog.too_large"),
        (b"!!python/object/apply:os.system ['touch /tmp/never']", "catalog.not_a_table"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_profile_at_all_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)
    catalog = load_catalog([tmp_path])
    assert [problem.message.key for problem in catalog.problems] == [message]


def test_every_mistake_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    catalog = load(tmp_path, GOOD.replace("framework", "framwork").replace("type: float", "type: real"))
    assert {problem.key for problem in catalog.problems} == {"framwork", "framework", "parameters.lr.type"}


def test_a_bad_file_hides_no_good_one(tmp_path: Path) -> None:
    builtin, own = tmp_path / "builtin", tmp_path / "own"
    write(builtin, GOOD)
    write(builtin, GOOD.replace("name: tiny", "name: other"), "other.yaml")
    write(own, "name: [", "broken.yaml")
    write(own, GOOD.replace("devices: [1, 2]", "devices: []"), "tiny.yaml")
    unreadable = write(own, GOOD, "unreadable.yaml")
    unreadable.unlink()
    unreadable.symlink_to(tmp_path / "nowhere")
    catalog = load_catalog([builtin, own, tmp_path / "absent"])
    assert set(catalog.profiles) == {"tiny", "other"}
    assert catalog.get("tiny").source == builtin / "tiny.yaml"
    assert {problem.file.name for problem in catalog.problems} == {"broken.yaml", "tiny.yaml"}


def test_a_users_profile_replaces_the_built_in_one_of_its_name(tmp_path: Path) -> None:
    builtin, own = tmp_path / "builtin", tmp_path / "own"
    write(builtin, GOOD)
    write(own, GOOD.replace("Tiny", "Mine"), "whatever.yml")
    assert load_catalog([builtin, own]).get("tiny").title.english == "Mine"


def test_two_files_of_one_folder_cannot_share_a_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, GOOD, "b.yaml")
    catalog = load_catalog([tmp_path])
    assert catalog.get("tiny").source == tmp_path / "a.yaml"
    assert [(one.file.name, one.message.key) for one in catalog.problems] == [
        ("b.yaml", "catalog.name_twice")
    ]


def test_an_unknown_profile_is_a_mistake_with_the_nearest_name(tmp_path: Path) -> None:
    catalog = load(tmp_path, GOOD)
    with pytest.raises(UserError) as caught:
        catalog.get("tinny")
    assert caught.value.exit_code is ExitCode.NOT_FOUND
    assert "tiny" in str(caught.value)


def test_asking_for_a_broken_profile_tells_its_mistake(tmp_path: Path) -> None:
    catalog = load(tmp_path, GOOD.replace("devices: [1, 2]", "devices: []"))
    with pytest.raises(UserError, match=r"tiny\.yaml:12: devices"):
        catalog.get("tiny")


def test_a_file_anywhere_can_be_checked(tmp_path: Path) -> None:
    write(tmp_path / "base", GOOD)
    file = write(tmp_path, "name: mine\nextends: tiny\nparameters: {lr: 5}\n", "mine.yaml")
    profile, problems = check_file(file, [tmp_path / "base"])
    assert problems == ()
    assert profile is not None
    assert check_file(tmp_path / "absent.yaml", [])[1][0].message.key == "catalog.unreadable"


def test_a_command_of_ones_own_replaces_the_engine(tmp_path: Path) -> None:
    text = GOOD.replace(
        "engine: alexnet",
        "command:\n  argv: [bash, run.sh, '--data_path={data_dir}', '{\"a\": 1}']\n  cwd: scripts\n"
        "  env: {RANK: '{rank}'}",
    )
    profile = load(tmp_path, text).get("tiny")
    assert profile.engine is None
    assert profile.command is not None
    assert profile.command.argv[2:] == ("--data_path={data_dir}", '{"a": 1}')
    assert profile.command.cwd == tmp_path / "scripts"
    assert profile.command.env == {"RANK": "{rank}"}
    wrong = load(tmp_path, text.replace("{rank}", "{ranks}"))
    assert wrong.problems[0].key == "command.env.RANK"
    assert "rank" in str(wrong.problems[0])
