"""CIFAR-10 and CIFAR-100 in their two published forms.

https://www.cs.toronto.edu/~kriz/cifar.html: an image is 3,072 bytes, the red plane, the green, the blue, each
row by row. The binary form has a label byte before each (CIFAR-100: coarse, then fine); the Python form is a
pickle of Python 2 with ``data`` and ``labels`` (``fine_labels``).
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from engines.autoaugment.data.sets import PixelSet, join
from engines.common.errors import UsageError

SIDE = 32
IMAGE_BYTES = 3 * SIDE * SIDE

SAFE_GLOBALS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


class CifarForm(NamedTuple):
    """One published form: the folder its archive unpacks to and its files for training and evaluation.

    ``label_bytes`` precede an image in the binary form, the last of them being the label; ``None`` stands
    for the Python form.
    """

    folder: str
    train: List[str]
    test: List[str]
    label_bytes: Optional[int]


_BATCHES = ["data_batch_{}".format(number) for number in range(1, 6)]

FORMS = {
    10: [
        CifarForm("cifar-10-batches-bin", [name + ".bin" for name in _BATCHES], ["test_batch.bin"], 1),
        CifarForm("cifar-10-batches-py", _BATCHES, ["test_batch"], None),
    ],
    100: [
        CifarForm("cifar-100-binary", ["train.bin"], ["test.bin"], 2),
        CifarForm("cifar-100-python", ["train"], ["test"], None),
    ],
}


def find_cifar(folder: Path, classes: int, train: bool) -> "Optional[tuple[CifarForm, list[Path]]]":
    """The form and the files that ``folder``, or the archive's folder in it, holds; ``None`` where it has none."""
    for form in FORMS[classes]:
        names = form.train if train else form.test
        for parent in (folder / form.folder, folder):
            files = [parent / name for name in names]
            if all(path.is_file() for path in files):
                return form, files
    return None


def read_cifar(form: CifarForm, files: "list[Path]") -> PixelSet:
    """The images of ``files``. Raises :class:`UsageError` naming a file that is none of the form's."""
    read = _read_python if form.label_bytes is None else _read_binary
    return join([read(path, form) for path in files])


def _read_binary(path: Path, form: CifarForm) -> PixelSet:
    assert form.label_bytes is not None
    record = form.label_bytes + IMAGE_BYTES
    content = np.fromfile(str(path), dtype=np.uint8)
    if len(content) == 0 or len(content) % record:
        raise UsageError("{} is damaged: its size is no multiple of {} bytes.".format(path, record))
    table = content.reshape(-1, record)
    pixels = table[:, form.label_bytes :].reshape(-1, 3, SIDE, SIDE)
    return PixelSet(np.ascontiguousarray(pixels), table[:, form.label_bytes - 1].astype(np.int64))


def _read_python(path: Path, form: CifarForm) -> PixelSet:
    try:
        with path.open("rb") as file:
            content: Dict[bytes, Any] = _Unpickler(file, encoding="bytes").load()
        labels = content[b"fine_labels"] if b"fine_labels" in content else content[b"labels"]
        pixels = np.asarray(content[b"data"], dtype=np.uint8).reshape(len(labels), 3, SIDE, SIDE)
        return PixelSet(pixels, np.asarray(labels, dtype=np.int64))
    except (pickle.UnpicklingError, KeyError, ValueError, TypeError, EOFError, AttributeError) as error:
        raise UsageError("{} is damaged or no batch of CIFAR: {}.".format(path, error)) from None


class _Unpickler(pickle.Unpickler):
    """Loads arrays and plain values, and runs nothing else that a file may name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in SAFE_GLOBALS:
            raise pickle.UnpicklingError("it names {}.{}".format(module, name))
        return super().find_class(module, name)
