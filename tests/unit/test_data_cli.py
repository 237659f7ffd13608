"""``ascend-console data``, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.layout_folders import write_flowers, write_photos

PROGRAM = Path(sys.executable).with_name("ascend-console")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "digits"
    done = run(folder.parent, "digits", folder)
    assert (done.returncode, done.stdout) == (0, f"{folder}\n")
    return folder


def run(home: Path, *arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ASCEND_CONSOLE_HOME": str(home / "home"),
        "ASCEND_CONSOLE_CONFIG": str(home / "config"),
        "ASCEND_CONSOLE_LANG": language,
    }
    command = [str(PROGRAM), "data", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_writing_again_says_that_there_is_nothing_to_do(digits: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "digits", digits)
    assert (done.returncode, done.stdout) == (0, f"{digits}\n")
    assert "nothing to do" in done.stderr


def test_a_folder_in_use_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    done = run(tmp_path, "digits", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "thesis.txt" in done.stderr


def test_a_sound_folder_is_told_with_its_counts(digits: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "check", digits, "--full")
    assert done.returncode == 0
    assert "1,437" in done.stdout
    assert "1,797 records" in done.stderr
    assert "\r" not in done.stderr


def test_what_is_wrong_is_data_for_scripts(digits: Path, tmp_path: Path) -> None:
    shard = digits / "validation-00002-of-00008"
    content = shard.read_bytes()
    try:
        shard.write_bytes(content[:-3])
        plain = run(tmp_path, "check", digits)
        done = run(tmp_path, "check", digits, "--json", "--layout", "slim-tfrecord", "--classes", "10")
        chinese = run(tmp_path, "check", digits, language="zh")
    finally:
        shard.write_bytes(content)
    report = json.loads(done.stdout)
    assert {plain.returncode, done.returncode, chinese.returncode} == {1}
    (problem,) = report["problems"]
    assert (problem["level"], problem["path"], problem["code"]) == ("error", str(shard), "data.truncated")
    assert (report["sound"], report["train_images"], report["eval_images"]) == (False, 1437, None)
    assert f"✗ {problem['message']}" in plain.stdout
    assert f"{shard.name} 被截断" in chinese.stdout


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "check", tmp_path / "none")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"✗ {tmp_path}/none does not exist; name the folder that holds the data."
    ]


def test_the_list_names_data_sets_and_mistakes(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "datasets.yaml").write_text("imagenet: {folder: /data/x}\nbad: {}\n")
    done = run(tmp_path, "list", "--json")
    folders = {one["name"]: one["folder"] for one in json.loads(done.stdout)}
    assert folders["imagenet"] == "/data/x"
    assert done.returncode == 1
    assert f"{tmp_path}/config/datasets.yaml:2: bad.title" in done.stderr
    assert "1281167" in run(tmp_path, "list", "--json").stdout


def test_a_reader_that_goes_away_is_no_error(digits: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        f"{PROGRAM} data check {digits} --json | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "ASCEND_CONSOLE_HOME": str(tmp_path)},
    )
    assert (done.stdout, "Traceback" in done.stderr) == ("{", False)


def test_a_folder_is_checked_as_a_known_data_set(tmp_path: Path) -> None:
    write_flowers(tmp_path / "data")
    done = run(tmp_path, "check", tmp_path / "data", "--dataset", "tf_flowers")
    assert done.returncode == 0
    assert "tfds-tfrecord" in done.stdout
    assert f"{tmp_path}/data holds 68 train images; tf_flowers has 3,120." in done.stdout
    for arguments, words in (
        (("--dataset", "tf_flower"), "tf_flowers"),
        (("--dataset", "tf_flowers", "--classes", "5"), "leave out --classes"),
    ):
        done = run(tmp_path, "check", tmp_path / "data", *arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert words in done.stderr


def test_another_layout_than_the_named_one_is_told(tmp_path: Path) -> None:
    write_photos(tmp_path / "data")
    done = run(tmp_path, "check", tmp_path / "data", "--layout", "svhn-mat")
    assert done.returncode == 1
    assert "holds data in the layout image-folder; svhn-mat is needed." in done.stdout
