"""What a process must not import, checked in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SUPERVISOR_FORBIDDEN = {"textual", "rich", "numpy", "click", "yaml", "sklearn", "PIL"}
VERB_MODULES = ("run", "runs", "show", "logs", "control", "resume", "upkeep", "profiles", "parse", "runtimes")
HEADLESS_FORBIDDEN = {"textual", "rich", "numpy", "sklearn", "PIL", "tensorflow", "torch"}


def modules_after(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_supervisor_stays_small() -> None:
    assert modules_after("import console.runs.supervisor.__main__") & SUPERVISOR_FORBIDDEN == set()


@pytest.mark.parametrize(
    "module",
    ["main", *(f"verbs.{name}" for name in VERB_MODULES)],
)
def test_a_headless_verb_imports_neither_screens_nor_numbers(module: str) -> None:
    assert modules_after(f"import console.cli.{module}") & HEADLESS_FORBIDDEN == set()
