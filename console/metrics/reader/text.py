"""From the raw bytes of a log line to clean text: rewritten lines, terminal codes, decoding, bounds."""

from __future__ import annotations

import re
import unicodedata

EXAMINED_BYTES = 6000
"""Bytes of the beginning, and of the end, that are read of a longer update."""

_MOST_UPDATES = 8
_UPDATE_BYTES = 1 << 16
_REWRITES = re.compile(rb"[\r\b]+")
_MOST_UNPRINTABLE = 4
_CONTROL = re.compile(
    rb"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"  # operating system commands: window titles, links
    rb"|\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"  # control sequences: colours, cursor movements
    rb"|\x1b[ -/]{0,4}[0-~]"
)
_BARE_COLOUR = re.compile(rb"(?<![\w\[])\[(?:\d{1,3};){0,4}\d{1,3}m|\[0?m|\[\d{1,2}m(?=[\s:\[]|$)")
_BARE_COLOUR_HINT = re.compile(rb"\[[\d;]{0,12}m")
_TQDM_BAR = re.compile(rb"%\s?\|[^|]{0,400}\|")
_KERAS_BAR = re.compile(rb"\[[=>.]{4,}\]")
_WRITER = re.compile(rb"^\s*\[\d+,\d+\]<std(?:out|err)>:?")
_NEXT_WRITER = re.compile(
    r"(?<=\S)(?=\[rank\s?\d+\]:|\[\d+,\d+\]<std(?:out|err)>)|(?<=\d)(?=(?:INFO|WARNING|ERROR|DEBUG)[: ])"
)
_INVISIBLE = dict.fromkeys([*range(0x09), 0x7F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], None)
_ASCII_FORMS = str.maketrans(
    {"。": ".", "、": ",", "│": "|", "┃": "|", "║": "|", "−": "-", "–": "-", "—": "-", "【": "[", "】": "]"}
)


def decode(raw: bytes) -> str:
    """Text of ``raw``: UTF-8, else GB 18030 where the bytes are valid in it, else UTF-8 with replacements."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def rewritten_updates(raw: bytes) -> list[bytes]:
    """The newest updates of a line that was rewritten in place by CR or backspaces, newest first."""
    pieces = [piece for piece in _REWRITES.split(raw[-_UPDATE_BYTES:]) if piece.strip()]
    if len(raw) > _UPDATE_BYTES:
        if len(pieces) < 2:
            return [raw]
        del pieces[0]  # its beginning lies before the bytes kept
    return pieces[: -_MOST_UPDATES - 1 : -1]


def bounded_parts(raw: bytes) -> list[bytes]:
    """``raw`` itself or, where it is longer than ``EXAMINED_BYTES``, its beginning and its end, cut at blanks."""
    if len(raw) <= EXAMINED_BYTES:
        return [raw]
    head, tail = raw[:EXAMINED_BYTES], raw[-EXAMINED_BYTES:]
    return [head[: head.rfind(b" ") + 1], tail[tail.find(b" ") + 1 :]]


def normalise(raw: bytes) -> bytes:
    """``raw`` without a launcher's tag and colours that lost their ESC; drawn bars become one fixed bar each."""
    if b"[" in raw:
        if _BARE_COLOUR_HINT.search(raw) is not None:
            raw = _BARE_COLOUR.sub(b"", raw)
        if b"[=" in raw or b"[.." in raw:
            raw = _KERAS_BAR.sub(b"[====]", raw)
        if b"]<std" in raw:
            raw = _WRITER.sub(b"", raw)
    if b"%" in raw and b"|" in raw:
        raw = _TQDM_BAR.sub(b"%|#|", raw)
    return raw


def strip_controls(raw: bytes) -> bytes:
    """``raw`` without terminal control sequences."""
    return _CONTROL.sub(b"", raw)


def to_text(raw: bytes) -> str:
    """The text of one normalised update: no invisible characters, full-width forms made ASCII."""
    text = decode(raw).translate(_INVISIBLE)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_ASCII_FORMS)


def is_binary(text: str) -> bool:
    """Whether ``text`` was decoded from bytes that are not text."""
    unprintable = sum((char < " " and char != "\t") or char == "\ufffd" for char in text)
    return unprintable > _MOST_UNPRINTABLE and unprintable * 8 > len(text)


def split_by_writer(text: str) -> list[str]:
    """The messages of a line that several writers wrote without line ends in between."""
    return _NEXT_WRITER.split(text)
