"""``tf.train.Example`` without TensorFlow, against TensorFlow's own."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.catalog.data.formats.example import (
    ExampleError,
    bytes_feature,
    decode_example,
    encode_example,
    float_feature,
    int64_feature,
)

UNHURRIED = settings(deadline=None, max_examples=60)
VALUES = st.one_of(
    st.lists(st.binary(max_size=40), max_size=4),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    st.lists(st.floats(width=32, allow_nan=False), max_size=4),
)
FEATURES = st.dictionaries(st.text(max_size=12), VALUES, max_size=5)


def theirs(features: Mapping[str, list[Any]]) -> bytes:
    import tensorflow as tf

    example = tf.train.Example()
    for key, values in features.items():
        feature = example.features.feature[key]
        if values and isinstance(values[0], bytes):
            feature.bytes_list.value.extend(values)
        elif values and isinstance(values[0], int):
            feature.int64_list.value.extend(values)
        else:
            feature.float_list.value.extend(values)
    serialized: bytes = example.SerializeToString()
    return serialized


def ours(features: Mapping[str, list[Any]]) -> bytes:
    def encode(values: list[Any]) -> bytes:
        if values and isinstance(values[0], bytes):
            return bytes_feature(*values)
        return int64_feature(*values) if values and isinstance(values[0], int) else float_feature(*values)

    return encode_example({key: encode(values) for key, values in features.items()})


@UNHURRIED
@given(FEATURES)
def test_tensorflow_reads_what_is_written(features: dict[str, list[Any]]) -> None:
    import tensorflow as tf

    example = tf.train.Example.FromString(ours(features))
    assert example.features == tf.train.Example.FromString(theirs(features)).features


def test_equal_features_give_equal_bytes() -> None:
    one, other = int64_feature(1, -1), bytes_feature(b"x")
    assert encode_example({"a": one, "b": other}) == encode_example({"b": other, "a": one})


@UNHURRIED
@given(FEATURES)
def test_what_tensorflow_writes_is_read(features: dict[str, list[Any]]) -> None:
    assert decode_example(theirs(features)) == features


def test_only_the_keys_asked_for_are_decoded() -> None:
    payload = encode_example({"a": int64_feature(1), "b": bytes_feature(b"x", b"y"), "c": float_feature(0.5)})
    assert decode_example(payload, ("b", "absent")) == {"b": [b"x", b"y"]}


def test_numbers_that_are_not_packed_are_read() -> None:
    int64_list = b"\x08\x05\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    float_list = b"\x0d" + struct.pack("<f", 1.5)
    features = {"i": b"\x1a" + bytes([len(int64_list)]) + int64_list, "f": b"\x12\x05" + float_list}
    assert decode_example(encode_example(features)) == {"i": [5, -1], "f": [1.5]}


def test_a_feature_of_no_kind_is_empty() -> None:
    assert decode_example(encode_example({"nothing": b""})) == {"nothing": []}


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_other_bytes_are_an_error_or_an_example(payload: bytes) -> None:
    with suppress(ExampleError):
        decode_example(payload)


@UNHURRIED
@given(FEATURES.filter(bool), st.data())
def test_a_damaged_example_raises_nothing_else(features: dict[str, list[Any]], data: st.DataObject) -> None:
    payload = bytearray(ours(features))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(ExampleError):
        decode_example(bytes(payload))


@pytest.mark.parametrize("payload", [b"\x0a", b"\x0a\x05abc", b"\xff" * 11, b"\x0b", b"\x0a\x03\x0a\x01\x0a"])
def test_what_is_no_example_is_refused(payload: bytes) -> None:
    with pytest.raises(ExampleError):
        decode_example(payload)
