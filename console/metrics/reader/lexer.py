"""The lexer: text of a log line → tokens. Dates, clock times, paths and the like become opaque tokens."""

from __future__ import annotations

import math
import re

NUMBER = "number"
WORD = "word"
MARK = "mark"
OPAQUE = "opaque"
BAR = "bar"

_EXTENSIONS = (
    "ckpt|npy|npz|pt|pth|py|cc|cpp|cu|h|hpp|h5|hdf5|pb|tar|gz|zip|json|jsonl|txt|log|tfrecord|tfrecords|om|pkl|bin"
    "|safetensors|yaml|yml|png|jpg|jpeg|csv|sh|onnx|mindir|params|pdparams|index|meta|data|so|cfg|model|tsv|xml|ipynb|html"
)
_DATE = r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}"
_TOKEN = re.compile(
    rf"""
    (?P<opaque>
        [IWEF]\d{{4}}\ \d\d:\d\d:\d\d\.\d+\s+\d+\s+[\w./]{{1,80}}:\d+\]            # glog
      | {_DATE}(?:[-_T ]{{1,2}}\d{{1,2}}:\d\d(?::\d\d(?:[.,:]\d+)*)?)?(?:Z|[+-]\d\d:\d\d)?
      | \d\d[/-]\d\d(?:[/-]\d{{2,4}})?\ \d\d:\d\d:\d\d(?:[.,]\d+)?
      | (?:\d+\ days?,\ *)?\d{{1,4}}:\d\d:\d\d(?:\.\d+)?
      | \d{{1,3}}:\d\d(?![\d.])
      | \d+h:?\s?\d+m(?::?\s?\d+(?:\.\d+)?s)? | \d+m:?\s?\d+(?:\.\d+)?s(?![\w/])
      | \d+\ (?:day|hour|minute|min)s?(?:,?\ (?:and\ )?\d+\ (?:hour|minute|min|second|sec)s?)+
      | \w{{2,12}}://\S{{1,300}}
      | (?<![\w\])])(?:~|\.{{1,2}})?/[\w.\-+=@%]{{1,120}}(?:/[\w.\-+=@%]*){{1,40}}
      | [\w.\-+=@/]{{0,200}}\w\.(?:{_EXTENSIONS})(?![A-Za-z0-9])(?:-\d+)?(?::\d+)?
      | 0[xX][0-9a-fA-F][0-9a-fA-F.]*(?:p[+-]?\d+)?
      | (?<![\w.])\d+(?:\.\d+){{2,}}[\w.]*
    )
  | (?P<special>\d\.\#(?:QNAN|SNAN|IND|INF))
  | (?P<bar>\d{{1,3}}(?:\.\d+)?%\s?\|[^|]{{0,300}}\|  | \[[=>.]{{4,}}\] | [━╸╺]{{2,}}[━╸╺\s]* )
  | (?P<number>
        (?:[1-9]\d{{0,2}}(?:,\d{{3}})+(?!,?\d) | \d+(?:_\d{{3}})+(?!\d) | \d+)
        (?:\.\d+ | \.(?=[eE]\s?[+-]?\d|[\s,;)\]}}|]|$))?
        (?:[eE][+-]?\d+)?
      | (?<![\w.])\.\d+(?:[eE][+-]?\d+)?
    )
  | (?P<word>
        [A-Za-z_](?:(?!{_DATE})(?!\d+\.\d)[A-Za-z0-9_])*
        (?:[@/.'\-][A-Za-z](?:(?!{_DATE})(?!\d+\.\d)[A-Za-z0-9_])* | @\d+(?![\d.]) | (?<=[pPcC])-\d(?![\d.]))*
      | [^\W\d_A-Za-z]+
    )
  | (?P<gap>\s+)
  | (?P<mark>\+/-|\+-|->|=>|<<|>>|\.{{2,}}|.)
    """,
    re.VERBOSE,
)
_DIGITS = 64


class Token:
    """A piece of the line from ``start`` to ``end``; ``value`` is set for numbers.

    ``kind`` is one of the constants above. ``gap`` is the width of the white space before it (a TAB counts as four).
    """

    __slots__ = ("end", "gap", "kind", "start", "text", "value")

    def __init__(
        self, kind: str, text: str, start: int, end: int, gap: int, value: float | None = None
    ) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.gap = gap
        self.value = value

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text!r}"


END = Token("end", "", -1, -1, 9)
"""The neighbour of the first and of the last token."""


def tokenize(text: str) -> list[Token]:
    """Tokens of ``text`` in order; time grows linearly with its length."""
    tokens: list[Token] = []
    gap = 4
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        piece = match.group()
        if kind == "gap":
            gap = len(piece) + 3 * piece.count("\t")
            continue
        if kind == "number":
            token = _number_token(piece, match.start(), match.end(), gap)
        elif kind == "special":
            value = math.inf if piece.endswith("INF") else math.nan
            token = Token(NUMBER, piece, match.start(), match.end(), gap, value)
        else:
            token = Token(kind or MARK, piece, match.start(), match.end(), gap)
        tokens.append(token)
        gap = 0
    return tokens


def _number_token(piece: str, start: int, end: int, gap: int) -> Token:
    if len(piece) > _DIGITS:
        return Token(OPAQUE, piece, start, end, gap)
    return Token(NUMBER, piece, start, end, gap, to_number(piece))


def to_number(text: str) -> float:
    """``text`` as an int, else as a float; ``,`` and ``_`` may group digits. Raises ``ValueError``."""
    plain = text.replace(",", "").replace("_", "")
    return int(plain) if plain.isdigit() else float(plain)


def token_at(tokens: list[Token], position: int) -> Token:
    """The token at ``position``, :data:`END` outside the line."""
    return tokens[position] if 0 <= position < len(tokens) else END
