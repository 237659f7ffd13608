"""Small data folders in the published layouts, with real images: pictures drawn here, of which each differs."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.python2_pickle import dump_python2
from console.catalog.data.formats.tfrecord import write_records

CLASSES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")
SHARDS = (40, 40)
"""Records in the files of :func:`write_flowers`, 85 % of which are 68."""

Picture = NDArray[np.uint8]


def pictures(count: int, side: int = 32) -> list[Picture]:
    """Images of shape (side, side, 3)."""
    generator = np.random.default_rng(7)
    return [generator.integers(0, 256, (side, side, 3), dtype=np.uint8) for _ in range(count)]


def encoded(picture: Picture, form: str = "JPEG") -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, form)
    return buffer.getvalue()


def write_cifar100(folder: Path, layout: str, train: int = 200, test: int = 100) -> Path:
    """CIFAR-100 as its archive unpacks; image n has the fine label n % 100 and the coarse one n % 20."""
    binary = layout == "cifar100-binary"
    inner = folder / ("cifar-100-binary" if binary else "cifar-100-python")
    inner.mkdir(parents=True)
    for name, count in (("train", train), ("test", test)):
        rows = np.stack([one.transpose(2, 0, 1).reshape(-1) for one in pictures(count)])
        fine, coarse = [number % 100 for number in range(count)], [number % 20 for number in range(count)]
        if binary:
            labels = np.array([coarse, fine], np.uint8).T
            (inner / f"{name}.bin").write_bytes(np.hstack([labels, rows]).tobytes())
        else:
            batch = {b"fine_labels": fine, b"coarse_labels": coarse, b"data": rows}
            (inner / name).write_bytes(dump_python2(batch))
    names = [f"class{number}".encode() for number in range(100)]
    if binary:
        (inner / "fine_label_names.txt").write_bytes(b"\n".join(names) + b"\n")
    else:
        (inner / "meta").write_bytes(dump_python2({b"fine_label_names": names}))
    return inner


def write_svhn(folder: Path, train: int = 30, test: int = 20, compress: bool = True) -> None:
    """SVHN's cropped digits as SciPy writes them; labels 1 … 10 in turn."""
    from scipy.io import savemat

    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train_32x32.mat", train), ("test_32x32.mat", test)):
        values = {
            "X": np.stack(pictures(count), axis=3),
            "y": np.array([[number % 10 + 1] for number in range(count)], np.uint8),
        }
        savemat(str(folder / name), values, do_compression=compress)


def matlab_file(images: int, labels: Sequence[int], byte_order: str = ">") -> bytes:
    """A file as MATLAB itself writes it: a small name inside its tag, doubles kept as bytes."""

    def element(kind: int, content: bytes) -> bytes:
        size = len(content)
        if size <= 4:
            return struct.pack(f"{byte_order}I", size << 16 | kind) + content.ljust(4, b"\0")
        return struct.pack(f"{byte_order}II", kind, size) + content + bytes(-size % 8)

    def matrix(name: bytes, kind: int, shape: Sequence[int], content: bytes) -> bytes:
        flags = element(6, struct.pack(f"{byte_order}II", kind, 0))
        dimensions = element(5, struct.pack(f"{byte_order}{len(shape)}i", *shape))
        body = flags + dimensions + element(1, name) + element(2, content)
        deflated = zlib.compress(struct.pack(f"{byte_order}II", 14, len(body)) + body)
        return struct.pack(f"{byte_order}II", 15, len(deflated)) + deflated

    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{byte_order}H", 0x0100)
    header += b"MI" if byte_order == ">" else b"IM"
    pixels = bytes(32 * 32 * 3 * images)
    return (
        header
        + matrix(b"X", 9, (32, 32, 3, images), pixels)
        + matrix(b"y", 6, (len(labels), 1), bytes(labels))
    )


def write_flowers(folder: Path, name: str = "tf_flowers", version: str = "3.0.1") -> Path:
    """tf_flowers as TensorFlow Datasets prepares it, in one split; returns the folder of the version."""
    place = folder / name / version
    place.mkdir(parents=True)
    images = iter(pictures(sum(SHARDS), 24))
    for number, records in enumerate(SHARDS):
        write_records(
            place / f"{name}-train.tfrecord-{number:05d}-of-{len(SHARDS):05d}",
            [
                encode_example(
                    {"image": bytes_feature(encoded(next(images))), "label": int64_feature(record % 5)}
                )
                for record in range(records)
            ],
        )
    split = {"name": "train", "shardLengths": [str(records) for records in SHARDS], "numBytes": "1"}
    info = {"name": name, "version": version, "fileFormat": "tfrecord", "splits": [split]}
    (place / "dataset_info.json").write_text(json.dumps(info))
    (place / "features.json").write_text("{}")
    (place / "label.labels.txt").write_text("\n".join(CLASSES) + "\n")
    return place


def write_photos(
    folder: Path,
    classes: Sequence[str] = CLASSES,
    train: int = 6,
    evaluation: str = "val",
    encode: Callable[[Picture], bytes] = encoded,
) -> None:
    """A folder per class, with ``train`` images each to train on and two to evaluate on."""
    for split, count in (("train", train), (evaluation, 2)):
        for name in classes:
            (folder / split / name).mkdir(parents=True)
            for number, picture in enumerate(pictures(count, 40)):
                (folder / split / name / f"{name}_{number}.JPEG").write_bytes(encode(picture))
