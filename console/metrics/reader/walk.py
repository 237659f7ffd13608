"""Where the grammar stands in a line, and what it has gathered since the last delimiter."""

from __future__ import annotations

from console.metrics.reader.behind import token_at
from console.metrics.reader.items import Item, ParsedLine, tags_of, words_of
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.tokens import MARK, NUMBER, Token
from console.metrics.reader.vocabulary import word_set

NOT_FINITE = frozenset(("nan", "inf", "infinity", "infinite"))
_NAMES_BEHIND = frozenset(("loss", "total_loss", "top1", "lr"))
_CONFIG_HEADS = word_set("config_heads")
_LONGEST_HEADING = 5


class Walk:
    """The state of one pass over ``tokens``; ``at`` is the position of the token to be taken next.

    ``label`` are the words since the last delimiter, ``separator`` what came behind them, ``aside`` their
    parenthesis. ``pending`` is a name whose number is still to come (``loss at step 3: …``), ``awaiting``
    says that it comes next. ``orphan`` is a number that began its segment and may be named by the words
    behind it. ``last`` is the number taken last, ``last_end`` the position behind it. ``record_key`` is the
    name of a record such as ``{"key": "loss", "value": 1}``. ``torn`` is set while two writers are mixed.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.line = ParsedLine()
        self.label: list[Token] = []
        self.aside: tuple[str, ...] = ()
        self.separator = ""
        self.negative = False
        self.phase: str | None = None
        self.pending: list[Token] = []
        self.awaiting = False
        self.record_key: Token | None = None
        self.orphan: Item | None = None
        self.last: Item | None = None
        self.last_end = -1
        self.bar_open = False
        self.torn = False

    def peek(self, distance: int = 1) -> Token:
        """The token ``distance`` behind the present one."""
        return token_at(self.tokens, self.at + distance)

    def is_mark(self, distance: int, *texts: str) -> bool:
        """Whether the token at ``distance`` is one of the marks ``texts``."""
        token = self.peek(distance)
        return token.kind == MARK and token.text in texts

    def is_value(self, distance: int) -> bool:
        """Whether the token at ``distance`` is a number or a word for one that is not finite."""
        token = self.peek(distance)
        return token.kind == NUMBER or token.text.lower() in NOT_FINITE

    def follows_number(self) -> Item | None:
        """The number that stands right before the present token, if there is one."""
        return self.last if self.last_end == self.at else None

    def clear(self) -> None:
        """Forget the label and what came behind it."""
        self.label = []
        self.aside = ()
        self.separator = ""
        self.negative = False

    def flush(self) -> None:
        """Take a delimiter: what was gathered names nothing that follows."""
        self.end_segment()
        self.pending = []
        self.awaiting = False

    def end_segment(self) -> None:
        """Use the label for the number before it or as a heading, and forget it."""
        if self.label and self.orphan is not None:
            self._name_orphan(self.orphan)
        elif self.label:
            self.note_heading(words_of(self.label))
        self.orphan = None
        self.clear()

    def _name_orphan(self, item: Item) -> None:
        """Give a number that began its segment the words behind it: ``0.51 avg loss``."""
        words = words_of(self.label)
        if len(words) <= 3 and meaning_of(words, (), len(words)).field in _NAMES_BEHIND:
            item.rename(self.label)
            item.separator = "after"
            self.line.items.append(item)

    def note_heading(self, words: tuple[str, ...]) -> None:
        """Learn from a heading (``Train:``, ``[Eval]``, ``params:``) what follows."""
        if not words:
            return
        if words[0] in _CONFIG_HEADS and len(words) <= 2:
            self.line.settings = True
        if words[:2] == ("saving", "dict"):  # so the Estimator begins the results of an evaluation
            self.phase = "eval"
        tags = tags_of(words)
        if ("train" in tags) == ("eval" in tags) or len(words) > _LONGEST_HEADING:
            return
        if len(words) <= 3 or tags[0] in ("train", "eval") or tags[-1] in ("train", "eval"):
            self.phase = "train" if "train" in tags else "eval"
