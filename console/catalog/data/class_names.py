"""How many classes a data folder says it has."""

from __future__ import annotations

from pathlib import Path

from console.catalog.data.cifar import batches_folder, class_names_file
from console.catalog.data.layouts import CIFAR10_BINARY, SLIM_TFRECORD
from console.catalog.data.python2_pickle import UnsafePickleError, load_python2
from console.catalog.data.slim import LABELS_FILE


def count_classes(folder: Path, layout: str) -> int | None:
    """The number of classes in the folder's own list of their names; ``None`` without a readable one."""
    try:
        if layout == SLIM_TFRECORD:
            return _count_slim((folder / LABELS_FILE).read_text("utf-8"))
        content = (batches_folder(folder, layout) / class_names_file(layout)).read_bytes()
        if layout == CIFAR10_BINARY:
            return len(content.split()) or None
        meta = load_python2(content)
    except (OSError, UnicodeDecodeError, UnsafePickleError):
        return None
    names = meta.get(b"label_names") if isinstance(meta, dict) else None
    return len(names) if isinstance(names, list) and names else None


def _count_slim(text: str) -> int | None:
    """The highest label, since 0 is the background where it is listed."""
    labels = [line.partition(":")[0] for line in text.splitlines()]
    return max((int(label) for label in labels if label.isdigit()), default=None) or None
