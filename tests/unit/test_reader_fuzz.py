"""The reader answers to any text and any bytes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from console.metrics.reader import LineReader
from console.metrics.samples import Reading

WORDS = (
    "step epoch loss acc@1 top5 lr fps time it/s s/it val Train INFO value key nan inf is at of 第 轮 损失"
    " Epoch3 - k % x"
)
MARKS = ": = , ; | ( ) [ ] { } / - + . ... -> # @ * ' ~ % < > +/- _"
NUMBERS = (
    "0 7 12 300 1,234 0,53 1_000 0.5 .5 5. 1e-5 99999999999999999999 1e400 0x1f 1:02:03 2024-05-06 3.2.1"
    " 1.#QNAN"
)
OTHERS = [" ", "  ", '"', "\\", "\t", "\r", "\b", "\x1b[3m"]

pieces = st.sampled_from([piece for text in (WORDS, MARKS, NUMBERS) for piece in text.split()] + OTHERS)
lines = st.builds(
    lambda blank, parts: blank.join(parts), st.sampled_from(["", " "]), st.lists(pieces, max_size=30)
)


@settings(max_examples=400, deadline=None)
@given(st.lists(lines, min_size=1, max_size=4))
def test_any_order_of_pieces_is_answered(texts: list[str]) -> None:
    reader = LineReader()
    for text in texts:
        first, again = reader.read(text), LineReader().read(text.encode())
        assert first is None or isinstance(first, Reading)
        assert again is None or all(isinstance(value, (int, float)) for value in again.values.values())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(raw: bytes) -> None:
    LineReader().read(b"loss: 0.5 " + raw)
