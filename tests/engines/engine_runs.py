"""Engines started as the console starts them: real processes on a small set of real images.

``ENGINE_PYTHON`` names the interpreter that runs them, so that one suite covers every framework version.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from console.catalog.data.formats.example import bytes_feature, encode_example, float_feature, int64_feature
from console.catalog.data.formats.tfrecord import write_records

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINES = REPOSITORY / "engines"
PYTHON = os.environ.get("ENGINE_PYTHON", sys.executable)
PATIENCE = 240.0
"""Seconds an engine may take for anything; only a hung one needs them."""

TRAIN_IMAGES = 20
EVAL_IMAGES = 11
CLASSES = 4

SMALL_ALEXNET = (
    "--num_classes=4 --image_size=63 --dense_units=32 --dropout=0 --batch_size=8 --batch_size_eval=3 "
    "--max_epochs=3 --warmup_epochs=1 --lr=0.002 --weight_decay=0.01 --seed=7 --threads=1 --backend=cpu"
).split()
"""Two steps an epoch, six in all, deterministic; an evaluation takes four steps and fills the last."""


def engine_environment(**additions: str) -> dict[str, str]:
    """This process's environment without what a launcher sets, plus ``additions``."""
    launcher = ("RANK_ID", "RANK_SIZE", "DEVICE_ID", "TF_CONFIG", "ASCEND_DEVICE_ID", "JOB_ID")
    kept = {name: value for name, value in os.environ.items() if name not in launcher}
    return {**kept, "PYTHONUNBUFFERED": "1", **additions}


def run_briefly(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the engines folder to its end and return what it said."""
    return subprocess.run(
        [PYTHON, str(ENGINES), *arguments],
        env=engine_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class EngineRun:
    """The ranks of one run, each with its log file."""

    def __init__(
        self,
        run_dir: Path,
        flags: Sequence[str],
        ranks: int = 1,
        python: str = PYTHON,
        engine: str = "alexnet",
        program: Path = ENGINES,
        **additions: str,
    ) -> None:
        self.run_dir = run_dir
        run_dir.mkdir(parents=True, exist_ok=True)
        ports = free_ports(ranks)
        self.processes = []
        for rank in range(ranks):
            environment = engine_environment(**self.rank_environment(rank, ports), **additions)
            with self.log_path(rank).open("wb") as log:
                self.processes.append(
                    subprocess.Popen(
                        [python, str(program), engine, f"--run_dir={run_dir}", *flags],
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )

    def rank_environment(self, rank: int, ports: Sequence[int]) -> dict[str, str]:
        """What a launcher tells one rank; there are as many ranks as ``ports`` to meet on."""
        environment = {"RANK_ID": str(rank), "RANK_SIZE": str(len(ports))}
        if len(ports) > 1:
            cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
            config = {"cluster": cluster, "task": {"type": "worker", "index": rank}}
            environment |= {"TF_CONFIG": json.dumps(config), **torch_ranks(rank, len(ports), ports[0])}
        return environment

    def log_path(self, rank: int) -> Path:
        return self.run_dir / f"rank-{rank}.log"

    def log(self, rank: int = 0) -> str:
        return self.log_path(rank).read_text(encoding="utf-8", errors="replace")

    def lines(self, start: str, rank: int = 0) -> list[str]:
        """The finished lines of a rank's log that begin with ``start``."""
        return [line for line in self.log(rank).split("\n")[:-1] if line.startswith(start)]

    def events(self, kind: str, rank: int = 0) -> list[dict[str, Any]]:
        found = [json.loads(line[len("@event ") :]) for line in self.lines("@event ", rank)]
        return [event for event in found if event["kind"] == kind]

    def result(self) -> dict[str, Any]:
        return dict(json.loads((self.run_dir / "result.json").read_text()))

    def dump(self, folder: str) -> dict[str, np.ndarray]:
        """The tensors of a dump folder by name, read through its index."""
        index = json.loads((self.run_dir / folder / "index.json").read_text())
        return {one["name"]: np.load(self.run_dir / folder / one["file"]) for one in index["tensors"]}

    def wait(self) -> list[int]:
        """Exit codes of all ranks."""
        return [process.wait(timeout=PATIENCE) for process in self.processes]

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Poll until ``condition`` holds while every rank is alive."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            ended = [process.poll() for process in self.processes]
            assert ended == [None] * len(ended), f"ranks ended ({ended}) before {what}:\n{self.log(0)}"
            assert time.monotonic() < deadline, f"no {what} within {PATIENCE} s:\n{self.log(0)}"
            time.sleep(0.02)

    def terminate(self, rank: int) -> None:
        self.processes[rank].send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End whatever is left."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def torch_ranks(rank: int, ranks: int, port: int) -> dict[str, str]:
    """Where the ranks of torch.distributed meet."""
    return {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": str(rank),
        "WORLD_SIZE": str(ranks),
        "LOCAL_RANK": str(rank),
    }


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def write_images(folder: Path, train: int = TRAIN_IMAGES, validation: int = EVAL_IMAGES) -> Path:
    """A data set in the slim layout: noisy patches of four colours, some with an object box, one a PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    for split, count, files in (("train", train, 3), ("validation", validation, 2)):
        examples = [_example(generator, number) for number in range(count)]
        for number in range(files):
            write_records(folder / f"{split}-{number:05d}-of-{files:05d}", examples[number::files])
    return folder


def _example(generator: np.random.Generator, number: int) -> bytes:
    label = number % CLASSES
    height, width = int(generator.integers(40, 70)), int(generator.integers(40, 70))
    colours = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200], [180, 180, 40]])
    noise = generator.normal(0.0, 25.0, (height, width, 3))
    pixels = np.clip(colours[label] + noise, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG" if number == 1 else "JPEG", quality=90)
    features = {
        "image/encoded": bytes_feature(buffer.getvalue()),
        "image/class/label": int64_feature(label + 1),
    }
    if number % 3 == 0:
        for side, place in (("ymin", 0.2), ("xmin", 0.1), ("ymax", 0.9), ("xmax", 0.8)):
            features[f"image/object/bbox/{side}"] = float_feature(place)
    return encode_example(features)
