"""From the raw bytes of a log line to clean text: decoding, terminal codes, rewritten lines, bounds."""

from __future__ import annotations

import re
import unicodedata

EXAMINED = 6000
"""How many bytes of the beginning, and of the end, of a longer update are looked at."""

_UPDATES = 8
_UPDATED = 1 << 16
_REWRITES = re.compile(rb"[\r\b]+")
_MOST_ODD = 4
_CONTROL = re.compile(
    rb"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"  # operating system commands: window titles, links
    rb"|\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"  # control sequences: colours, cursor movements
    rb"|\x1b[ -/]{0,4}[0-~]"
)
_LOST_COLOUR = re.compile(rb"(?<![\w\[])\[(?:\d{1,3};){0,4}\d{1,3}m|\[0?m|\[\d{1,2}m(?=[\s:\[]|$)")
_LOST_HINT = re.compile(rb"\[[\d;]{0,12}m")
_TQDM_BAR = re.compile(rb"%\s?\|[^|]{0,400}\|")
_KERAS_BAR = re.compile(rb"\[[=>.]{4,}\]")
_WRITER = re.compile(rb"^\s*\[\d+,\d+\]<std(?:out|err)>:?")
_NEXT_WRITER = re.compile(
    r"(?<=\S)(?=\[rank\s?\d+\]:|\[\d+,\d+\]<std(?:out|err)>)|(?<=\d)(?=(?:INFO|WARNING|ERROR|DEBUG)[: ])"
)
_INVISIBLE = dict.fromkeys([*range(0x09), 0x7F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], None)
_ALIKE = str.maketrans(
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


def updates(raw: bytes) -> list[bytes]:
    """The newest updates of a line that was rewritten in place by CR or backspaces, newest first."""
    pieces = [piece for piece in _REWRITES.split(raw[-_UPDATED:]) if piece.strip()]
    if len(raw) > _UPDATED:
        if len(pieces) < 2:
            return [raw]
        del pieces[0]  # its beginning lies before what is looked at
    return pieces[: -_UPDATES - 1 : -1]


def bounded(raw: bytes) -> list[bytes]:
    """``raw`` itself or, where it is too long to examine, its beginning and its end, cut at blanks."""
    if len(raw) <= EXAMINED:
        return [raw]
    head, tail = raw[:EXAMINED], raw[-EXAMINED:]
    return [head[: head.rfind(b" ") + 1], tail[tail.find(b" ") + 1 :]]


def uniform(raw: bytes) -> bytes:
    """``raw`` without colours whose ESC was lost and a launcher's tag, and with bars of one look."""
    if b"[" in raw:
        if _LOST_HINT.search(raw) is not None:
            raw = _LOST_COLOUR.sub(b"", raw)
        if b"[=" in raw or b"[.." in raw:
            raw = _KERAS_BAR.sub(b"[====]", raw)
        if b"]<std" in raw:
            raw = _WRITER.sub(b"", raw)
    if b"%" in raw and b"|" in raw:
        raw = _TQDM_BAR.sub(b"%|#|", raw)
    return raw


def without_controls(raw: bytes) -> bytes:
    """``raw`` without terminal control sequences."""
    return _CONTROL.sub(b"", raw)


def clean(raw: bytes) -> str:
    """Plain text of one uniform update: no invisible characters, full-width forms made ASCII."""
    text = decode(raw).translate(_INVISIBLE)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_ALIKE)


def is_binary(text: str) -> bool:
    """Whether ``text`` came from bytes that are no text."""
    odd = sum((char < " " and char != "\t") or char == "\ufffd" for char in text)
    return odd > _MOST_ODD and odd * 8 > len(text)


def by_writer(text: str) -> list[str]:
    """The parts of a line that several writers wrote without line ends between them."""
    return _NEXT_WRITER.split(text)
