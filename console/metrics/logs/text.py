"""One raw line of a log as text to show."""

from __future__ import annotations

import re

from console.metrics.reader.text import decode

DISPLAY_CAP = 16 * 1024
"""Bytes of a line that can be shown; a longer one is cut there and ends with an ellipsis."""

_TERMINAL_CODE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor movements
    rb"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: window titles, links
    rb"|[ -/]*[0-~])?"
)
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code != 0x09)


def displayed(raw: bytes) -> str:
    """The text of a line: of an overwritten one the last update, without terminal codes and controls.

    Works in time proportional to ``DISPLAY_CAP``, however long the line is.
    """
    cut = b""
    if len(raw) > 2 * DISPLAY_CAP:
        # A bar's last update is at the end of the line, anything else begins at its start.
        end = raw[-DISPLAY_CAP:]
        raw, cut = (end, b"") if b"\r" in end.rstrip() else (raw[:DISPLAY_CAP], b"\xe2\x80\xa6")
    if b"\r" in raw:
        raw = raw.rstrip().rpartition(b"\r")[2]
    if b"\x1b" in raw:
        raw = _TERMINAL_CODE.sub(b"", raw)
    if len(raw) > DISPLAY_CAP:
        raw, cut = raw[:DISPLAY_CAP], b"\xe2\x80\xa6"
    return decode(raw.translate(None, _CONTROLS)) + cut.decode()
