"""Pickles as Python 2 wrote them, the form CIFAR-10's python version has.

Today's ``pickle`` cannot write Python 2's plain strings, and readers count on them: they are ``bytes`` keys
under ``encoding="bytes"`` and ``str`` keys under ``encoding="latin1"``. Arrays name
``numpy.core.multiarray``, which every NumPy can load. Opcodes are those of protocol 2, see the comments
in CPython's ``Lib/pickletools.py``.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def dump_python2(value: object) -> bytes:
    """Pickle a tree of ``bytes`` (as Python 2 strings), ``int``, ``list``, ``dict`` and uint8 arrays.

    Raises ``TypeError`` for anything else.
    """
    return b"\x80\x02" + _dump(value) + b"."


def _dump(value: object) -> bytes:
    if isinstance(value, bytes):
        return b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, list):
        return b"](" + b"".join(map(_dump, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(_dump(key) + _dump(item) for key, item in value.items()) + b"u"
    if getattr(value, "dtype", None) == "uint8":
        return _dump_array(cast("NDArray[np.uint8]", value))
    raise TypeError(f"cannot pickle {type(value).__name__}")


def _dump_array(array: NDArray[np.uint8]) -> bytes:
    """The answer of ``ndarray.__reduce__``: a call that makes an empty array, and the state to put into it."""
    empty = _call(
        "numpy.core.multiarray _reconstruct", _global("numpy ndarray"), _tuple(_dump(0)), _dump(b"b")
    )
    dtype = _call("numpy dtype", _dump(b"u1"), _dump(0), _dump(1))
    version, not_fortran_order = _dump(1), b"\x89"
    shape = _tuple(*map(_dump, array.shape))
    return empty + _tuple(version, shape, dtype, not_fortran_order, _dump(array.tobytes())) + b"b"


def _call(function: str, *arguments: bytes) -> bytes:
    return _global(function) + _tuple(*arguments) + b"R"


def _global(name: str) -> bytes:
    return f"c{name}\n".replace(" ", "\n").encode()


def _tuple(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


class UnsafePickleError(ValueError):
    """A pickle that is damaged, or that names code beside the few functions that rebuild arrays."""


_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


class _DataUnpickler(pickle.Unpickler):
    """Rebuilds data and arrays, and runs nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise UnsafePickleError(f"{module}.{name}")
        return super().find_class(module, name)


def load_python2(pickled: bytes) -> object:
    """Unpickle data, with Python 2 strings as ``bytes``; raises :class:`UnsafePickleError`."""
    try:
        return _DataUnpickler(io.BytesIO(pickled), encoding="bytes").load()
    except UnsafePickleError:
        raise
    except Exception as error:  # a damaged pickle can raise anything at all
        raise UnsafePickleError(str(error)) from error
