"""The state of the parser within a line: its position, and the label gathered since the last delimiter."""

from __future__ import annotations

from console.metrics.reader.lexer import MARK, NUMBER, Token, token_at
from console.metrics.reader.names import match_name
from console.metrics.reader.parser.items import Item, ParsedLine, tags_of, words_of
from console.metrics.reader.vocabulary import word_set

NOT_FINITE = frozenset(("nan", "inf", "infinity", "infinite"))
_NAMED_BEHIND = frozenset(("loss", "total_loss", "top1", "lr"))
_CONFIG_HEADS = word_set("config_heads")
_LONGEST_HEADING = 5


class ParserState:
    """The state of one pass over ``tokens``; ``position`` is that of the next token.

    ``label`` holds the words since the last delimiter, ``qualifier`` those in parentheses behind them,
    ``separator`` the text that separates them from a value. ``pending_label`` is a name whose number is still
    to come (``loss at step 3: …``), ``expects_value`` is set when it comes next. ``unnamed`` is a number that
    began its segment and may be named by the words behind it. ``last_item`` is the newest number,
    ``last_item_end`` the position behind it. ``record_key`` is the name of a record such as
    ``{"key": "loss", "value": 1}``. ``interleaved`` is set while the prints of two writers are mixed.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.line = ParsedLine()
        self.label: list[Token] = []
        self.qualifier: tuple[str, ...] = ()
        self.separator = ""
        self.negative = False
        self.phase: str | None = None
        self.pending_label: list[Token] = []
        self.expects_value = False
        self.record_key: Token | None = None
        self.unnamed: Item | None = None
        self.last_item: Item | None = None
        self.last_item_end = -1
        self.bar_open = False
        self.interleaved = False

    def peek(self, distance: int = 1) -> Token:
        """The token ``distance`` behind the current one."""
        return token_at(self.tokens, self.position + distance)

    def is_mark(self, distance: int, *texts: str) -> bool:
        """Whether the token at ``distance`` is one of the marks ``texts``."""
        token = self.peek(distance)
        return token.kind == MARK and token.text in texts

    def is_value(self, distance: int) -> bool:
        """Whether the token at ``distance`` is a number or a word for one that is not finite."""
        token = self.peek(distance)
        return token.kind == NUMBER or token.text.lower() in NOT_FINITE

    def preceding_number(self) -> Item | None:
        """The number right before the current token, if there is one."""
        return self.last_item if self.last_item_end == self.position else None

    def clear_label(self) -> None:
        """Drop the label with its qualifier, separator and sign."""
        self.label = []
        self.qualifier = ()
        self.separator = ""
        self.negative = False

    def delimit(self) -> None:
        """End the segment and drop a pending label: nothing gathered so far names a number that follows."""
        self.end_segment()
        self.pending_label = []
        self.expects_value = False

    def end_segment(self) -> None:
        """Use the label for the number before it or as a heading, and drop it."""
        if self.label and self.unnamed is not None:
            self._name_unnamed(self.unnamed)
        elif self.label:
            self.note_heading(words_of(self.label))
        self.unnamed = None
        self.clear_label()

    def _name_unnamed(self, item: Item) -> None:
        """Name a number that began its segment by the words behind it: ``0.51 avg loss``."""
        words = words_of(self.label)
        if len(words) <= 3 and match_name(words, (), len(words)).field in _NAMED_BEHIND:
            item.rename(self.label)
            item.separator = "after"
            self.line.items.append(item)

    def note_heading(self, words: tuple[str, ...]) -> None:
        """Take the phase of what follows from a heading (``Train:``, ``[Eval]``); ``params:`` opens settings."""
        if not words:
            return
        if words[0] in _CONFIG_HEADS and len(words) <= 2:
            self.line.is_settings = True
        if words[:2] == ("saving", "dict"):  # so the Estimator begins the results of an evaluation
            self.phase = "eval"
        tags = tags_of(words)
        if ("train" in tags) == ("eval" in tags) or len(words) > _LONGEST_HEADING:
            return
        if len(words) <= 3 or tags[0] in ("train", "eval") or tags[-1] in ("train", "eval"):
            self.phase = "train" if "train" in tags else "eval"
