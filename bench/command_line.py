"""The headless verbs: wall time of whole commands, the best and the median of ten."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET_MS = 120
COMMANDS = (["--version"], ["--help"], ["runs"], ["profiles", "list"], ["completion", "bash"])
REPEATS = 10


def main() -> None:
    """Print the table."""
    script = Path(sys.executable).with_name("ascend-console")
    print(f"{'command':<36} {'best':>8} {'median':>8} {'target':>8}")
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ASCEND_CONSOLE_HOME": home}
        for words in COMMANDS:
            times = [milliseconds([str(script), *words], environment) for _ in range(REPEATS)]
            name = " ".join(["ascend-console", *words])
            print(f"{name:<36} {min(times):>5.0f} ms {statistics.median(times):>5.0f} ms {TARGET_MS:>5} ms")


def milliseconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of one run of ``command``."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
