"""A small BiT, and data sets for it."""

from __future__ import annotations

import re
from pathlib import Path

from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.tfrecord import write_records
from engines.common.data.examples import read_example
from engines.common.data.tfrecords import RecordReader, build_index, find_files
from engines.common.stop_flag import StopFlag
from tests.engines.engine_runs import EngineRun, write_images

SMALL_BIT = (
    "--num_classes=4 --block_units=1,1 --base_width=32 --image_size=32 --batch_size=8 --batch_size_eval=3 "
    "--epochs=3 --lr=0.02 --warmup_steps=2 --decay_steps=4 --seed=7 --threads=1 --backend=cpu"
).split()
"""On 20 images two steps an epoch, six in all, deterministic; an evaluation of 11 images takes four steps."""


def told(run: EngineRun, rank: int = 0) -> list[str]:
    """The metric lines of a rank without what depends on time."""
    return [re.sub(r" ,time:\S*| ,FPS:\S*", "", line) for line in run.lines("step:", rank)]


def write_tfds(folder: Path, images: int) -> Path:
    """A data set of one split, ``train``, in two files as TensorFlow Datasets lays them out."""
    write_images(folder / "slim", train=images, validation=1)
    index = build_index(find_files(folder / "slim", "train"), StopFlag())
    assert index is not None
    reader = RecordReader(index)
    version = folder / "flowers" / "tf_flowers" / "3.0.1"
    version.mkdir(parents=True)
    (version / "dataset_info.json").write_text("{}")
    examples = []
    for record in range(images):
        found = read_example(reader.read(record))
        (encoded,), (label,) = found["image/encoded"], found["image/class/label"]
        assert isinstance(encoded, bytes) and isinstance(label, int)
        features = {"image": bytes_feature(encoded), "label": int64_feature(label - 1)}
        examples.append(encode_example(features))
    for number, part in enumerate((examples[: images // 2], examples[images // 2 :])):
        write_records(version / f"tf_flowers-train.tfrecord-{number:05d}-of-00002", part)
    return folder / "flowers"
