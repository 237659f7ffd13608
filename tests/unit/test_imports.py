"""What a process must not import, checked in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter

import grimp
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


@pytest.mark.parametrize("package", ["console", "engines"])
def test_no_module_imports_itself_by_others(package: str) -> None:
    """Imports inside functions count too; those for the type checker alone do not run."""
    graph = grimp.build_graph(package, cache_dir=None, exclude_type_checking_imports=True)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imported).prepare()
