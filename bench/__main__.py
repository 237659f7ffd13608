"""``python -m bench [NAME …]``: run the benchmarks one after another, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all of them; returns 2 for a name that is none, else the worst exit code."""
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"no benchmark is called {unknown[0]}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    worst = 0
    for name in wanted or NAMES:
        print(f"\n== {name} ==", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
