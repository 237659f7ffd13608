"""``python -m bench [NAME [WORD …] …]``: run benchmarks one after another, each in a process of its own.

Words that are no names are handed to the benchmark before them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(
    [path.stem for path in FOLDER.glob("[a-z]*.py")]
    + [path.parent.name for path in FOLDER.glob("[a-z]*/__main__.py")]
)

ON_REQUEST = {"digits", "mutation"}
"""Trainings that rewrite a page of the documentation, and mutation testing, which takes minutes to hours."""


def main(words: list[str]) -> int:
    """Run the named benchmarks, or all of them; returns 2 for a name that is none, else the worst exit code."""
    chosen: list[list[str]] = [] if words else [[name] for name in NAMES if name not in ON_REQUEST]
    for word in words:
        if word in NAMES:
            chosen.append([word])
        elif chosen:
            chosen[-1].append(word)
        else:
            print(f"no benchmark is called {word}; there are: {', '.join(NAMES)}", file=sys.stderr)
            return 2
    worst = 0
    for name, *arguments in chosen:
        print(f"\n== {name} ==", flush=True)
        command = [sys.executable, "-m", f"bench.{name}", *arguments]
        worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
