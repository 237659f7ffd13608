"""The mutation tool: the changes it makes, and its verdicts on tests that notice them and tests that do not."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from bench.mutation.__main__ import Placed, all_mutants, diff, table
from bench.mutation.operators import mutants_of
from bench.mutation.rooms import TESTS_OF_ROOM, files_of_tier, room_of
from bench.mutation.trial import Copy, Verdict

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("sound", "mutated"),
    [
        ("a < b", "((a) <= (b))"),
        ("(a + b) * c", "((a + b) // (c))"),
        ("a and b and c", "((a) or (b) or (c))"),
        ("not a", "(a)"),
        ("x = a if b else c", "x = a if (not (b)) else c"),
        ("x = 3", "x = 4"),
        ("x = True", "x = False"),
        ("f(a)", "pass"),
        ("self.a = b", "pass"),
        ("while a:\n    break", "while a:\n    continue"),
    ],
)
def test_each_operator_changes_one_place(sound: str, mutated: str) -> None:
    assert mutated in [mutant.source for mutant in mutants_of(sound)]


def test_types_and_texts_are_left_alone() -> None:
    assert (
        list(mutants_of('"""Words."""\na: Literal[1]\ndef f(b: Literal[2] = None) -> Literal[3]: ...')) == []
    )
    assert list(mutants_of("if TYPE_CHECKING:\n    f()")) == []


@pytest.mark.parametrize("path", ["console/launch/planner.py", "console/hosts/npu_table.py"])
def test_every_mutant_is_a_program(path: str) -> None:
    mutants = list(mutants_of((ROOT / path).read_text("utf-8")))
    assert len(mutants) > 20
    for mutant in mutants:
        ast.parse(mutant.source)


def test_every_room_has_tests_and_every_tier_has_files() -> None:
    assert room_of("console/metrics/store/query.py") == "console/metrics/store"
    assert room_of("console/metrics/ingest.py") == "console/metrics"
    assert room_of("console/metricsandmore.py") is None
    empty = [
        (room, tier)
        for room, tiers in TESTS_OF_ROOM.items()
        for tier in tiers
        for one in tier
        if not files_of_tier([one], ROOT)
    ]
    assert empty == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project of one function whose tests look at two of its three results, and hang on none."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "sign.py").write_text(
        "def sign(x):\n    if x < 0:\n        return -1\n    return 1 if x > 0 else 0\n", "utf-8"
    )
    (project / "test_sign.py").write_text(
        "from sign import sign\n\ndef test_sign():\n    assert (sign(-2), sign(2)) == (-1, 1)\n", "utf-8"
    )
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    return project


def test_a_mutant_that_no_test_notices_survives(checkout: Path, tmp_path: Path) -> None:
    source = (checkout / "sign.py").read_text("utf-8")
    mutants = {mutant.source: mutant for mutant in mutants_of(source)}
    copy = Copy(checkout, tmp_path / "copy")
    for sound, mutated, verdict in (
        ("if x < 0", "if (not (x < 0))", Verdict.CAUGHT),
        ("else 0", "else 1", Verdict.SURVIVED),
    ):
        mutant = mutants[source.replace(sound, mutated)]
        assert copy.judge("sign.py", mutant, [["test_sign.py"]]) is verdict
    assert (checkout / "sign.py").read_text("utf-8") == source
    assert (copy.folder / "sign.py").read_text("utf-8") == source


def test_tests_that_fail_anyway_judge_nothing(checkout: Path, tmp_path: Path) -> None:
    (checkout / "test_sign.py").write_text("def test_sign():\n    assert False\n", "utf-8")
    copy = Copy(checkout, tmp_path / "copy")
    mutant = next(mutants_of((checkout / "sign.py").read_text("utf-8")))
    with pytest.raises(RuntimeError, match=r"fail before anything is mutated: test_sign\.py"):
        copy.judge("sign.py", mutant, [["test_sign.py"]])


def test_the_table_counts_what_was_noticed(checkout: Path) -> None:
    mutants = list(mutants_of((checkout / "sign.py").read_text("utf-8")))[:2]
    placed = [Placed("console/hosts/sign.py", "console/hosts", mutant) for mutant in mutants]
    rows = table([(placed[0], Verdict.CAUGHT), (placed[1], Verdict.SURVIVED)], ["console/hosts"])
    assert "| console/hosts | 2 | 1 | 0 | 1 | 50 % |" in rows
    assert diff(checkout, placed[0]._replace(path="sign.py")).count("\n+") == 2


def test_a_path_without_tests_is_told() -> None:
    with pytest.raises(ValueError, match=r"bench/charts\.py: bench/mutation/rooms\.py names no tests for it"):
        all_mutants(ROOT, ["bench/charts.py"])
