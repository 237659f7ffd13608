"""``tf.train.Example`` messages read without TensorFlow.

Wire format: https://protobuf.dev/programming-guides/encoding. An Example holds Features (field 1), a map
(field 1) from name (1) to Feature (2), which holds a list of bytes (1), floats (2) or int64 (3).
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple, Union

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5

Field = Tuple[int, int, Union[int, bytes]]


def read_example(payload: bytes) -> Dict[str, List[Union[int, bytes]]]:
    """The byte and integer features of ``payload`` by name; float features are left out.

    Raises ``ValueError`` where it is no Example.
    """
    found: Dict[str, List[Union[int, bytes]]] = {}
    for features in _messages(payload, 1):
        for entry in _messages(features, 1):
            parts = {number: value for number, _, value in _fields(entry)}
            name, feature = parts.get(1), parts.get(2)
            if isinstance(name, bytes) and isinstance(feature, bytes):
                found[name.decode("utf-8")] = list(_feature_values(feature))
    return found


def _feature_values(feature: bytes) -> Iterator[Union[int, bytes]]:
    for kind, _, values in _fields(feature):
        if kind == 1 and isinstance(values, bytes):
            for _, _, value in _fields(values):
                yield value
        elif kind == 3 and isinstance(values, bytes):
            for _, _, value in _fields(values):
                if isinstance(value, int):
                    yield _signed(value)
                else:  # packed
                    position = 0
                    while position < len(value):
                        number, position = _varint(value, position)
                        yield _signed(number)


def _messages(payload: bytes, wanted: int) -> Iterator[bytes]:
    for number, wire, value in _fields(payload):
        if number == wanted and wire == LENGTH_DELIMITED and isinstance(value, bytes):
            yield value


def _fields(payload: bytes) -> Iterator[Field]:
    position = 0
    while position < len(payload):
        tag, position = _varint(payload, position)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, position = _varint(payload, position)
            yield number, wire, value
            continue
        if wire == LENGTH_DELIMITED:
            size, position = _varint(payload, position)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError("unknown wire type {}".format(wire))
        if position + size > len(payload):
            raise ValueError("a field is cut short")
        yield number, wire, payload[position : position + size]
        position += size


def _varint(payload: bytes, position: int) -> Tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(payload) or shift > 63:
            raise ValueError("a number is cut short")
        byte = payload[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
