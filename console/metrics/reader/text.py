"""From raw bytes of a log line to clean text: decoding, terminal codes, rewritten lines, bounds."""

from __future__ import annotations

import re
import unicodedata

EXAMINED = 6000
"""How many characters of one update are looked at; what is longer is cut at a blank."""

_UPDATES = 8
_TERMINAL_CODE = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"  # operating system commands: window titles, links
    r"|\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"  # control sequences: colours, cursor movements
    r"|\x1b[ -/]{0,4}[0-~]"
    r"|(?<![\w\[])\[(?:\d{1,3};){0,4}\d{1,3}m"  # a colour whose ESC byte was lost
)
_LOST_RESET = re.compile(r"\[(?:0;)?0?m|\[\d{1,2}m(?=[\s:\[]|$)")
_INVISIBLE = dict.fromkeys([*range(0x00, 0x08), 0x7F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], None)


def decode(raw: bytes) -> str:
    """Text of ``raw``: UTF-8, else GB 18030 where the bytes are valid in it, else UTF-8 with replacements."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")
    return text


def updates(raw: bytes) -> list[bytes]:
    """The newest updates of a line that was rewritten in place by CR or backspaces, newest first."""
    if b"\r" not in raw and b"\b" not in raw:
        return [raw]
    pieces: list[bytes] = []
    end = len(raw)
    while end > 0 and len(pieces) < _UPDATES:
        start = max(raw.rfind(b"\r", 0, end), raw.rfind(b"\b", 0, end)) + 1
        if raw[start:end].strip():
            pieces.append(raw[start:end])
        end = start - 1
    return pieces


def bounded(raw: bytes) -> list[bytes]:
    """``raw`` itself or, where it is too long to examine, its beginning and its end."""
    if len(raw) <= EXAMINED:
        return [raw]
    head, tail = raw[:EXAMINED], raw[-EXAMINED:]
    return [head[: head.rfind(b" ") + 1], tail[tail.find(b" ") + 1 :]]


def clean(raw: bytes) -> str:
    """Plain text of one update: no terminal codes, no invisible characters, full-width forms made ASCII."""
    text = decode(raw)
    if "\x1b" in text or "m" in text and "[" in text:
        text = _TERMINAL_CODE.sub("", text)
        text = _LOST_RESET.sub("", text)
    text = text.translate(_INVISIBLE)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return text


_LOOKALIKES = str.maketrans(
    {"。": ".", "、": ",", "│": "|", "┃": "|", "║": "|", "−": "-", "–": "-", "—": "-", "【": "[", "】": "]"}
)
