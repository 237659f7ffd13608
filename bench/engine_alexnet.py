"""AlexNet's training step: images/s of the engine on synthetic images, under this interpreter's TensorFlow.

``ENGINE_PYTHON=/path/to/python`` measures another interpreter, such as one with TensorFlow 1.15.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from console.locations import engines_dir

STEPS = 16
SHAPES = ((32, 224, 1000, "25.8 (seed's model, TF 1.15)"), (32, 64, 10, "-"))


def main() -> None:
    """Print the table."""
    python = os.environ.get("ENGINE_PYTHON", sys.executable)
    threads = len(os.sched_getaffinity(0))
    print(f"{python}, 1 rank, {threads} threads, fp32, {STEPS} steps, the first interval left out")
    print(f"{'batch':>6} {'size':>6} {'classes':>8} {'images/s':>9}   target")
    for batch, size, classes, target in SHAPES:
        rate = images_per_second(python, threads, batch, size, classes)
        print(f"{batch:>6} {size:>6} {classes:>8} {rate:>9.1f}   {target}")


def images_per_second(python: str, threads: int, batch: int, size: int, classes: int) -> float:
    """The throughput a short training reports in its ``result.json``."""
    with tempfile.TemporaryDirectory() as folder:
        flags = {
            "run_dir": folder,
            "mode": "train",
            "backend": "cpu",
            "synthetic": True,
            "batch_size": batch,
            "image_size": size,
            "num_classes": classes,
            "max_train_steps": STEPS,
            "display_every": 4,
            "threads": threads,
        }
        words = [f"--{name}={value}" for name, value in flags.items()]
        subprocess.run(
            [python, str(engines_dir()), "alexnet", *words], check=True, capture_output=True, cwd=folder
        )
        result = json.loads(Path(folder, "result.json").read_text("utf-8"))
        return float(result["throughput"])


if __name__ == "__main__":
    main()
