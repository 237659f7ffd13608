"""``tf.train.Example`` without TensorFlow: the few lines of protocol buffers that it takes.

Messages (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto)::

    Example   { Features features = 1 }
    Features  { map<string, Feature> feature = 1 }      an entry is { string key = 1; Feature value = 2 }
    Feature   { oneof: BytesList = 1, FloatList = 2, Int64List = 3 }
    *List     { repeated value = 1 }                    numbers packed, though unpacked ones are legal

Wire format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping

Values = list[bytes] | list[float] | list[int]

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5


class ExampleError(ValueError):
    """Bytes that are no ``tf.train.Example``."""


def bytes_feature(*values: bytes) -> bytes:
    """An encoded ``Feature`` that holds byte strings."""
    return _field(_BYTES_LIST, b"".join(_field(1, value) for value in values))


def int64_feature(*values: int) -> bytes:
    """An encoded ``Feature`` that holds integers."""
    return _field(_INT64_LIST, _field(1, b"".join(map(_varint, values))) if values else b"")


def float_feature(*values: float) -> bytes:
    """An encoded ``Feature`` that holds single-precision numbers."""
    return _field(_FLOAT_LIST, _field(1, struct.pack(f"<{len(values)}f", *values)) if values else b"")


def encode_example(features: Mapping[str, bytes]) -> bytes:
    """An ``Example`` of encoded features; the keys are sorted, so equal content gives equal bytes."""
    entries = (_field(1, key.encode()) + _field(2, features[key]) for key in sorted(features))
    return _field(1, b"".join(_field(1, entry) for entry in entries))


def decode_example(payload: bytes, keys: Collection[str] | None = None) -> dict[str, Values]:
    """The features of an ``Example``, all or those named by ``keys``; raises :class:`ExampleError`.

    A feature of no kind, which the format allows, is an empty list.
    """
    wanted = None if keys is None else {key.encode() for key in keys}
    features: dict[str, Values] = {}
    try:
        for features_message in _submessages(payload, 1):
            for entry in _submessages(features_message, 1):
                key = b"".join(_submessages(entry, 1)[-1:])
                if wanted is None or key in wanted:
                    features[key.decode()] = _decode_feature(b"".join(_submessages(entry, 2)[-1:]))
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ExampleError(str(error)) from error
    return features


def _decode_feature(message: bytes) -> Values:
    values: Values = []
    for number, kind, value in _fields(message):
        if number in (_BYTES_LIST, _FLOAT_LIST, _INT64_LIST):
            if kind != _DELIMITED:
                raise ExampleError(f"field {number} of a feature has wire type {kind}")
            assert isinstance(value, bytes)
            values = _LIST_DECODERS[number](value)
    return values


def _decode_bytes(message: bytes) -> Values:
    return list(_submessages(message, 1))


def _decode_floats(message: bytes) -> Values:
    floats: list[float] = []
    for number, kind, value in _fields(message):
        if number == 1 and kind in (_DELIMITED, _FIXED32):
            assert isinstance(value, bytes)
            floats.extend(number for (number,) in struct.iter_unpack("<f", value))
    return floats


def _decode_integers(message: bytes) -> Values:
    integers: list[int] = []
    for number, kind, value in _fields(message):
        if number == 1 and kind == _VARINT:
            assert isinstance(value, int)
            integers.append(_signed(value))
        elif number == 1 and kind == _DELIMITED:
            assert isinstance(value, bytes)
            position = 0
            while position < len(value):
                varint, position = _read_varint(value, position)
                integers.append(_signed(varint))
    return integers


_LIST_DECODERS = {_BYTES_LIST: _decode_bytes, _FLOAT_LIST: _decode_floats, _INT64_LIST: _decode_integers}


def _submessages(message: bytes, wanted: int) -> list[bytes]:
    return [
        value
        for number, kind, value in _fields(message)
        if number == wanted and kind == _DELIMITED and isinstance(value, bytes)
    ]


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    """Field number, wire type and value of each field; the value is an integer for a varint, else bytes."""
    position = 0
    while position < len(message):
        tag, position = _read_varint(message, position)
        kind = tag & 7
        if kind == _VARINT:
            number, position = _read_varint(message, position)
            yield tag >> 3, kind, number
            continue
        if kind == _DELIMITED:
            length, position = _read_varint(message, position)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ExampleError(f"wire type {kind} does not exist")
        end = position + length
        if end > len(message):
            raise ExampleError("a field is longer than the message it is in")
        yield tag >> 3, kind, message[position:end]
        position = end


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
        if shift > 63:
            raise ExampleError("a number is longer than 64 bits")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
