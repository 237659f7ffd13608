"""``python -m bench digits [ENGINE …]``: train engines on digits as a user would, and write what they reach down.

Every profile that has the data set digits is run by ``ascend-console run`` with its own defaults, in a home that is
thrown away afterwards; its row of the table in ``docs/accuracy.md`` is replaced. Rows of others stay.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from console.catalog.loader import load_catalog
from console.catalog.profile import Profile
from console.locations import CONFIG_VARIABLE, HOME_VARIABLE, profiles_dir

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
BEGIN, END = "<!-- digits: begin -->", "<!-- digits: end -->"
HEAD = """\
| engine | what its digits profile sets | devices | epochs | test top-1 | minutes | interpreter |
|---|---|---|---|---|---|---|"""

UNTOLD = {
    "batch_size_eval",
    "dataset",
    "display_every",
    "epochs",
    "epochs_between_evals",
    "max_checkpoint_to_save",
    "max_epochs",
    "num_classes",
    "save_checkpoints_steps",
}
"""Parameters that say nothing of how an accuracy came about, or have a column of their own."""


def main(wanted: list[str]) -> int:
    """Train the ``wanted`` engines, or all; returns 2 for a name that is none, 1 where a training failed."""
    catalog = load_catalog([profiles_dir()])
    found = {one.name: one for one in catalog.profiles.values() if one.engine and one.dataset("digits")}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        names = ", ".join(sorted(found))
        print(f"no profile with digits is called {unknown[0]}; there are: {names}", file=sys.stderr)
        return 2
    code = 0
    for name in wanted or sorted(found):
        row = train(found[name])
        if row is None:
            print(f"{name}: the training failed; its row stays as it was", file=sys.stderr)
            code = 1
        else:
            print(row, flush=True)
            PAGE.write_text(with_row(PAGE.read_text("utf-8"), name, row), "utf-8")
    return code


def train(profile: Profile) -> str | None:
    """The row of one training, ``None`` where it failed."""
    script = Path(sys.executable).with_name("ascend-console")
    with tempfile.TemporaryDirectory() as scratch:
        home, config = Path(scratch, "home"), Path(scratch, "config")
        environment = os.environ | {HOME_VARIABLE: str(home), CONFIG_VARIABLE: str(config)}
        command = [str(script), "run", profile.name, "--dataset", "digits", "--backend", "cpu", "--json"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            return None
        folder = Path(json.loads(done.stdout)["folder"])
        spec, result = (
            json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("spec", "result")
        )
    return row_of(profile, spec, result)


def row_of(profile: Profile, spec: dict[str, Any], result: dict[str, Any]) -> str:
    """What a run's plan and result say, as a row of the table."""
    dataset = profile.dataset("digits")
    assert dataset is not None
    told = [
        f"{name}={spec['parameters'][name]}"
        for name in [*dataset.parameters, "batch_size"]
        if name not in UNTOLD and name in spec["parameters"]
    ]
    runtime = spec["runtime"]
    framework = f"{profile.framework} {runtime['packages'].get(profile.framework, '?')}"
    cells = [
        profile.name,
        "`" + " ".join(dict.fromkeys(told)) + "`",
        str(spec["devices"]),
        "?" if result["epoch"] is None else f"{result['epoch']:.3g}",
        "?" if result["top1"] is None else f"{100 * result['top1']:.2f} %",
        f"{result['seconds'] / 60:.1f}",
        f"Python {runtime['python_version']}, {framework}, {spec['host']['cpus']} cores",
    ]
    return "| " + " | ".join(cells) + " |"


def with_row(page: str, name: str, row: str) -> str:
    """``page`` with the ``row`` of ``name`` in its table, in place of the one there was; rows by name."""
    before, table, after = re.split(f"(?<={BEGIN}\n)|(?={END})", page)
    rows = {line.split("|")[1].strip(): line for line in table.strip().splitlines()[2:]}
    rows[name] = row
    return before + "\n".join([HEAD, *(rows[one] for one in sorted(rows))]) + "\n" + after


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
