"""The grammar of log lines: tokens → labelled numbers and counters, left to right in one pass.

A label is what was printed since the last delimiter; a number takes the label before it, with whatever
stands between (``:``, ``=``, ``is``, an opening bracket, nothing). Behind a number may follow its total
(``12/300``), a unit, a running average in parentheses. Numbers without a label are kept when a unit, a
bracket or the words behind them say what they are.
"""

from __future__ import annotations

import math
import re

from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.tokens import BAR, MARK, NUMBER, OPAQUE, WORD, Token
from console.metrics.reader.units import FOREIGN, Unit, parse_unit
from console.metrics.reader.vocabulary import CONFIG_HEADS, TAGS, split_identifier

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "infinite": math.inf}
_WRAPPERS = frozenset("tensor array float16 float32 float64 tf.tensor np.float32 np.float64 parameter item".split())
_RECORD_KEYS = frozenset("key name metric tag".split())
_NUMBERED = re.compile(r"([A-Za-z]{2,10})_?(\d{1,9})(?=-|$)")
_LEVEL_WORDS = frozenset("INFO WARNING WARN ERROR DEBUG CRITICAL FATAL NOTICE TRACE".split())
_ALARMS = frozenset("WARNING WARN ERROR CRITICAL FATAL".split())
_LEVELS = ("INFO", "WARN", "ERROR", "DEBUG")
_THOUSANDS = {"k": 1e3, "K": 1e3, "M": 1e6}
_AT_COUNTERS = ("loss", "total_loss", "top1", "top5", "lr", "throughput", "step_time")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


class Item:
    """One number of the line with what is known of it; ``words`` is empty where nothing names it."""

    __slots__ = (
        "after", "aside", "average", "bar", "chained", "factor", "leading", "name", "negative", "number", "percent",
        "phase", "progress", "separator", "tail", "total", "unit", "words",
    )  # fmt: skip

    def __init__(self, words: tuple[str, ...], tail: int, name: str, number: Token) -> None:
        self.words = words
        self.tail = tail
        self.name = name
        self.number = number
        self.aside: tuple[str, ...] = ()
        self.after: tuple[str, ...] = ()
        self.average: Token | None = None
        self.total: Token | None = None
        self.unit: Unit | None = None
        self.factor = 1.0
        self.negative = False
        self.percent = False
        self.progress: Token | None = None
        self.bar = False
        self.chained = False
        self.leading = 0
        self.separator = ""
        self.phase: str | None = None

    def __repr__(self) -> str:
        return f"Item({' '.join(self.words)}={self.number.text}/{self.total and self.total.text} {self.unit})"


class Parse:
    """The items of one line, and what else the line showed: settings, bars, words."""

    __slots__ = ("alarm", "bar_label", "fragile", "items", "settings", "words")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.settings = False
        self.alarm = False
        self.fragile = False
        self.bar_label: tuple[str, ...] | None = None
        self.words: list[str] = []


def parse(tokens: list[Token]) -> Parse:
    """The items found in ``tokens``, in the order of the line."""
    return _Grammar(tokens).run()


def _tags(words: tuple[str, ...] | list[str]) -> list[str]:
    return [TAGS.get(word, "") for word in words]


class _Grammar:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.result = Parse()
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
        self.last_at = -1
        self.bar = False
        self.void = False
        self.swallowed = 0
        self.spent: list[Token] = []

    # -- the walk ---------------------------------------------------------------------------------

    def run(self) -> Parse:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            kind = token.kind
            if kind == WORD:
                self._word(token)
            elif kind == NUMBER:
                self._number(token)
            elif kind == MARK:
                self._mark(token)
            elif kind == BAR:
                self._bar(token)
            else:
                self._flush()
                self.at += 1
        self._flush()
        return self.result

    def _peek(self, distance: int = 1) -> Token | None:
        position = self.at + distance
        return self.tokens[position] if 0 <= position < len(self.tokens) else None

    def _next_is(self, text: str, distance: int = 1, glued: bool = False) -> bool:
        token = self._peek(distance)
        return token is not None and token.kind == MARK and token.text == text and not (glued and token.gap)

    def _flush(self) -> None:
        """A delimiter: what was gathered names nothing that follows."""
        if self.label and self.orphan is not None:
            self._name_orphan()
        elif self.label:
            self._note_phase(self._label_words())
        self._clear()
        self.pending = []
        self.awaiting = False
        self.orphan = None

    def _clear(self) -> None:
        self.label = []
        self.aside = ()
        self.separator = ""
        self.negative = False

    def _label_words(self) -> tuple[str, ...]:
        return _words_of(self.label)

    def _note_phase(self, words: tuple[str, ...]) -> None:
        """Remember a heading such as ``Train:`` or ``[Eval]`` that tells the phase of what follows."""
        if not words:
            return
        tags = _tags(words)
        if words[0] in CONFIG_HEADS and len(words) <= 2:
            self.result.settings = True
        if len(words) <= 5 and ("train" in tags) != ("eval" in tags):
            if tags[0] in ("train", "eval") or tags[-1] in ("train", "eval") or len(words) <= 3:
                self.phase = "train" if "train" in tags else "eval"

    def _name_orphan(self) -> None:
        """Give a number that began its segment the words behind it: ``0.51 avg loss``."""
        item = self.orphan
        assert item is not None
        words = self._label_words()
        if meaning_of(words, (), len(words)).field in ("loss", "total_loss", "top1", "lr") and len(words) <= 3:
            item.words, item.tail, item.name = words, len(words), " ".join(token.text for token in self.label)
            item.separator = "after"
            self.result.items.append(item)

    # -- words ------------------------------------------------------------------------------------

    def _word(self, token: Token) -> None:
        lowered = token.text.lower()
        tag = TAGS.get(lowered)
        if token.text in _LEVEL_WORDS:
            self.result.alarm = self.result.alarm or token.text in _ALARMS
            self._flush()
            self.at += 1
            return
        self.result.words.append(lowered)
        if lowered[-1].isdigit() and self._is_numbered_counter(token):
            token = self.tokens[self.at]
            lowered = token.text.lower()
            tag = TAGS.get(lowered)
        if self.label or self.awaiting:
            if lowered in _NOT_FINITE and self._may_be_value():
                token.value = _NOT_FINITE[lowered]
                self._number(token)
                return
            if self.separator and lowered in _WRAPPERS and self._next_is("(", glued=True):
                self.at += 2
                return
        if tag == "is" and not self.separator and (self.label or self._just_counted()):
            self.separator = "is" if self.label else ""
            self.awaiting = not self.label and bool(self.pending)
            self.at += 1
            return
        if self.separator:
            self._restart_label(token)
            if self.record_key is token:
                self.at += 1
                return
        elif self.label and token.gap >= 2:
            if self.orphan is not None:
                self._name_orphan()
                self.orphan = None
            else:
                self._note_phase(self._label_words())
            self._clear()
        self.label.append(token)
        self.at += 1

    def _is_numbered_counter(self, token: Token) -> bool:
        """Take ``Epoch3`` and ``Epoch10-Iter120`` apart into names and numbers, unless a value of their own follows."""
        parts = list(_NUMBERED.finditer(token.text))
        if not parts or sum(len(part[0]) + 1 for part in parts) != len(token.text) + 1:
            return False
        if any(TAGS.get(part[1].lower()) not in ("epoch", "step", "iteration", "batch") for part in parts):
            return False
        if (self._next_is(":") or self._next_is("=")) and self._is_number(2):
            return False
        pieces: list[Token] = []
        for part in parts:
            start, middle, end = (token.start + part.start(1), token.start + part.start(2), token.start + part.end(2))
            pieces.append(Token(WORD, part[1], start, start + len(part[1]), token.gap))
            pieces.append(Token(NUMBER, part[2], middle, end, 1, int(part[2])))
        self.tokens[self.at : self.at + 1] = pieces
        return True

    def _may_be_value(self) -> bool:
        if self.separator or self.awaiting:
            return True
        following = self._peek()
        ends = following is None or following.kind == MARK or following.gap >= 2 or following.kind == WORD
        return ends and meaning_of(self._label_words(), self.aside, 1).field is not None

    def _just_counted(self) -> bool:
        return self.last is not None and self.last_at == self.at and bool(self.pending)

    def _restart_label(self, token: Token) -> None:
        """A name with its separator was followed by a word: it was a heading, or part of a chain ``a:b:1``."""
        words = self._label_words()
        if len(words) == 1 and words[0] in _RECORD_KEYS and self._is_quoted(token):
            self.record_key = token
            self._clear()
            return
        before = meaning_of(words, self.aside, 1)
        own = split_identifier(token.text)
        now = meaning_of(own, (), 1)
        if before.field in ("loss", "top1") and set(_tags(own)) <= {"total", "average", "train", "eval"}:
            self.separator = ""
            return
        if before.field is not None and before.field == now.field:
            if token.gap == 0 and before.average:
                self.separator = ""
                return
            self.void = token.gap > 0
        self._note_phase(words)
        self._clear()

    def _is_quoted(self, token: Token) -> bool:
        return self._next_is('"', 1, glued=True) or self._next_is("'", 1, glued=True)

    # -- marks ------------------------------------------------------------------------------------

    def _mark(self, token: Token) -> None:
        text = token.text
        following = self._peek()
        if text in ":=":
            self._separator(text)
        elif text in "\"'`%":
            pass
        elif text in ",;":
            self._flush()
        elif text == "|":
            self._cell(following)
        elif text in "-+":
            self._sign(token, following)
            return
        elif text in "([{":
            self._open(token, following)
            return
        elif text in ")]}":
            self._flush()
        elif text in ("+/-", "+-", "±"):
            self._flush()
            if following is not None and following.kind == NUMBER:
                self.at += 1
        elif (text in ("->", "=>", "~", "≈") or text.startswith("..")) and self.label and following is not None and following.kind == NUMBER:
            self.separator = text
        elif text == "#" and following is not None and following.kind == NUMBER:
            self.separator = self.separator or "#"
        elif text == "@" and self.label and following is not None and following.kind == NUMBER and following.text in "15":
            self.label.append(Token(WORD, "@" + following.text, following.start, following.end, 0))
            self.at += 1
        elif text == "." and self.label and len(self.label[-1].text) <= 4:
            pass
        elif text == "/" and self.label and following is not None and following.kind == WORD and not self.separator:
            self.label.append(Token(WORD, "per", token.start, token.end, 1))
        elif text == "*" and not self.label:
            pass
        else:
            self._flush()
        self.at += 1

    def _separator(self, text: str) -> None:
        if self.label:
            self.separator = text
        elif self.pending and self.last is not None and self.last_at == self.at:
            self.awaiting = True
            self.last_at += 1

    def _cell(self, following: Token | None) -> None:
        """``|`` delimits, but between a name and a number it is the separator of a two-column table."""
        value_follows = following is not None and (
            following.kind == NUMBER or following.text == "-" and self._is_number(2)
        )
        if self.label and not self.separator and self.orphan is None and value_follows:
            self.separator = "|"
        else:
            self._flush()

    def _is_number(self, distance: int) -> bool:
        token = self._peek(distance)
        return token is not None and (token.kind == NUMBER or token.text.lower() in _NOT_FINITE)

    def _sign(self, token: Token, following: Token | None) -> None:
        before = self._peek(-1)
        glued_after = following is not None and following.gap == 0
        if token.text == "-" and glued_after and following is not None and following.text == "-":
            option = self._peek(2)
            if option is not None and option.kind == WORD and option.gap == 0:
                self._flush()
                self.result.settings = True
                self.at += 3
                return
        if glued_after and self._is_number(1):
            if before is not None and before.kind == WORD and token.gap == 0:
                self.separator = "-"
            else:
                self.negative = token.text == "-"
        else:
            self._flush()
        self.at += 1

    # -- brackets ---------------------------------------------------------------------------------

    def _open(self, token: Token, following: Token | None) -> None:
        close = self._closing(self.at)
        inside = self.tokens[self.at + 1 : close]
        if token.text == "[" and close == self.at + 2 and self.last is not None and self.last_at == self.at:
            unit = parse_unit(split_identifier(inside[0].text))
            if unit is not None and not self.label:
                self.last.unit = unit
                self.at = close + 1
                return
        if token.text == "(":
            if self.label and not self.separator and inside:
                self._parenthesis_after_name(token, inside, close)
                return
            if not self.label and self.last is not None and self.last_at == self.at and inside:
                self._parenthesis_after_number(inside, close)
                return
        if self.label and (self._is_number(1) or self.separator and following is not None and following.text in "(["):
            self.separator = self.separator or token.text
        elif self.label or self.orphan is not None:
            if token.text == "{" and self.label and self.separator:
                self.record_key = self.label[-1]
            chained = self.last
            self._flush()
            self.last = chained
        self.at += 1

    def _closing(self, opening: int) -> int:
        depth = 0
        for position in range(opening, min(len(self.tokens), opening + 40)):
            token = self.tokens[position]
            if token.kind == MARK:
                if token.text in _CLOSERS:
                    depth += 1
                elif token.text in ")]}":
                    depth -= 1
                    if depth == 0:
                        return position
        return len(self.tokens)

    def _parenthesis_after_name(self, token: Token, inside: list[Token], close: int) -> None:
        """``time (sec)`` and ``Epoch(val)`` qualify the name, ``Namespace(lr=1)`` is a dump of settings."""
        first = inside[0]
        second = inside[1] if len(inside) > 1 else None
        if token.gap == 0 and first.kind == WORD and second is not None and second.text == "=":
            self._clear()
            self.at = close + 1
        elif all(one.kind != NUMBER and one.text not in ":=" for one in inside) and close < len(self.tokens):
            words = _words_of([one for one in inside if one.kind == WORD or one.text == "/"])
            if len(inside) <= 8:
                self.aside = words
            self.at = close + 1
        elif first.kind == NUMBER and close - self.at <= 3:
            self.separator = "("
            self.at += 1
        else:
            self._flush()
            self.at += 1

    def _parenthesis_after_number(self, inside: list[Token], close: int) -> None:
        """``0.5 (0.6)`` holds the average, ``12/90 (13%)`` a share, ``76 % (top1)`` a name."""
        last = self.last
        assert last is not None
        numbers = [one for one in inside if one.kind == NUMBER]
        first = inside[0]
        percent = inside[-1].text == "%"
        if not numbers and all(one.kind == WORD for one in inside) and len(inside) <= 2:
            last.after = _words_of(inside)
            self.at = close + 1
            return
        is_negative = first.text == "-" and len(inside) > 1 and inside[1].kind == NUMBER
        if first.kind != NUMBER and not is_negative:
            self._flush()
            self.at += 1
            return
        has_counter = any(one.text == "/" and one.kind == MARK for one in inside)
        position = self.at
        self.at += 1 + is_negative
        unit, _, _ = self._unit_behind(self.at + 1)
        self.at = position
        if last.total is not None and percent:
            last.progress = numbers[0]
            self.at = close + 1
        elif has_counter and last.percent:
            self.at = close + 1
        elif has_counter and unit is None or unit is not None and unit.kind != "duration" and last.unit is None:
            self._flush()
            self.at += 1
        elif unit is not None and unit.kind == "duration" and last.unit is None and last.words[-1:] != ("time",):
            self.at = close + 1
        else:
            if len(numbers) == 1 and not is_negative:
                last.average = numbers[0]
            self.at = close + 1

    # -- bars -------------------------------------------------------------------------------------

    def _bar(self, token: Token) -> None:
        words = self._label_words()
        if self.last is not None and self.last.total is not None and self.last_at == self.at:
            self.last.bar = True
            self._clear()
        else:
            self.result.bar_label = self.result.bar_label or tuple(self.result.words)
            self._note_phase(words)
            self._clear()
            self.bar = True
        self.orphan = None
        self.at += 1

    # -- numbers ----------------------------------------------------------------------------------

    def _number(self, token: Token) -> None:
        position = self.at
        label, aside, separator, negative = self.label, self.aside, self.separator, self.negative
        counted_before = self.last_at == position
        before = self._peek(-1)
        self.spent = label
        self._clear()
        behind = position + 1
        if self._is_torn(behind) or self._is_decimal_comma(position) or token.value is None:
            self._drop(behind)
            return
        if before is not None and before.kind == WORD and token.gap == 0 and not separator:
            if meaning_of(_words_of(label), aside, 1).field is None:
                self._drop(behind)
                return
        if not label and self.awaiting:
            label, self.pending = self.pending, []
            separator = ":"
        self.awaiting = False
        words = _words_of(label)
        self.swallowed = 0
        label, words = self._split_off_counter(label, words, separator, behind)
        item = Item(words, len(_words_of(label[-1:])), " ".join(one.text for one in label), token)
        item.aside, item.separator, item.negative, item.phase = aside, separator, negative, self.phase
        item.leading = len(self.result.words) - len(label)
        if self.record_key is not None and words[-1:] == ("value",):
            self._rename(item, self.record_key)
        if self._is_pair_of_counts(item, position, before):
            return
        behind = self._take_total(item, behind + self.swallowed, before)
        if item.total is not None and not item.words and (counting := self._counting(behind)):
            behind += counting.pop()
            item.words, item.name, item.separator = _words_of(counting), counting[-1].text, "after"
            item.tail = len(item.words)
        if self._is_named_behind(item, behind):
            behind += 1
        else:
            item.unit, behind, item.factor = self._unit_behind(behind)
        if behind < 0:
            self._drop(-behind)
            return
        if behind < len(self.tokens) and self.tokens[behind].text == "%":
            item.percent = True
            behind += 1
        item.bar = self.bar and item.total is not None
        if item.bar:
            self.bar = False
        behind = self._place(item, position, behind, before)
        self.last, self.last_at = item, behind
        self.at = behind
        del counted_before

    def _is_pair_of_counts(self, item: Item, position: int, before: Token | None) -> bool:
        """``"step": [3, 120]`` holds epoch and step."""
        if item.words != ("step",) or before is None or before.text not in "[(" or not item.separator:
            return False
        comma, other = self._peek_at(position + 1), self._peek_at(position + 2)
        if comma is None or comma.text != "," or other is None or not isinstance(other.value, int):
            return False
        item.words, item.name = ("epoch",), "epoch"
        step = Item(("step",), 1, "step", other)
        step.separator, step.phase, step.leading = item.separator, item.phase, item.leading
        self.result.items += [item, step]
        self.at = position + 3
        return True

    def _rename(self, item: Item, key: Token) -> None:
        item.words = split_identifier(key.text)
        item.tail, item.name = len(item.words), key.text

    def _drop(self, behind: int) -> None:
        """Leave a number that is no plain decimal number, with the letters glued to it, alone."""
        while behind < len(self.tokens) and self.tokens[behind].gap == 0 and self.tokens[behind].kind in (WORD, NUMBER):
            behind += 1
        self._clear()
        self.orphan = None
        self.last, self.last_at = None, -1
        self.at = behind

    def _is_torn(self, behind: int) -> bool:
        """``0.[WARNING]``: the point stands but the digits behind it were lost."""
        if behind + 1 >= len(self.tokens):
            return False
        point, rest = self.tokens[behind], self.tokens[behind + 1]
        return point.text == "." and point.gap == 0 and rest.gap == 0 and "." not in self.tokens[behind - 1].text

    def _is_decimal_comma(self, position: int) -> bool:
        """``0,5312``: nobody can say whether this is one number or two."""
        for left in (position, position - 2):
            if 0 <= left and left + 2 < len(self.tokens):
                number, comma, other = self.tokens[left : left + 3]
                glued = comma.text == "," and comma.gap == 0 and other.gap == 0
                if glued and number.kind == NUMBER and other.kind == NUMBER:
                    return not self._inside_bracket(position)
        return False

    def _inside_bracket(self, position: int) -> bool:
        for index in range(position - 1, max(-1, position - 20), -1):
            token = self.tokens[index]
            if token.kind == MARK and token.text in "[(":
                return True
            if token.kind == WORD or token.kind == MARK and token.text in "])":
                return False
        return False

    def _split_off_counter(
        self, label: list[Token], words: tuple[str, ...], separator: str, behind: int
    ) -> tuple[list[Token], tuple[str, ...]]:
        """``loss at step`` before a number names a counter; the loss itself follows behind a ``:``."""
        place = next((i for i in range(len(label) - 1, 0, -1) if TAGS.get(label[i].text.lower()) == "of"), 0)
        if label and label[-1].text in ("第", "#", "No", "no", "After", "after") and (counting := self._counting(behind)):
            if len(label) == 1 or label[-1].text == "第":
                self.swallowed = counting.pop()
                return counting, _words_of(counting)
        if place and not separator:
            metric, counter = label[:place], label[place + 1 :]
            if meaning_of(_words_of(metric), (), 1).field in _AT_COUNTERS:
                after = _words_of(counter)
                if not after and "time" not in _tags(words) and (counting := self._counting(behind)):
                    self.swallowed = counting.pop()
                    after, counter = _words_of(counting), counting
                self._note_phase(_words_of(metric))
                if after and meaning_of(after, (), len(after)).field in ("step", "epoch"):
                    self.pending = metric
                    return counter, after
                self.pending = label
                return [], ()
        elif self.pending and separator:
            own = meaning_of(words, (), 1)
            if own.field is None:
                joined = [*self.pending, *label]
                self.pending = []
                return joined, _words_of(joined)
        del behind
        return label, words

    def _counting(self, position: int) -> list:
        """The words behind a number when they say what it counts: ``300 training iterations``."""
        words: list[Token] = []
        tokens = self.tokens
        first = position
        while position < len(tokens) and tokens[position].kind == WORD and len(words) < 2:
            token = tokens[position]
            position += 1
            if token.text == "个":
                continue
            words.append(token)
            found = meaning_of(_words_of([token]), (), 1)
            if found.field in ("step", "epoch"):
                if position + 2 < len(tokens) and [one.text for one in tokens[position : position + 3]] == ["(", "s", ")"]:
                    position += 3
                return [*words, position - first]
            if not set(_tags(_words_of([token]))) <= {"train", "eval"}:
                break
        return []

    def _take_total(self, item: Item, behind: int, before: Token | None) -> int:
        """The ``/n`` or ``of n`` behind a count, or the end of a range ``0-20``."""
        tokens = self.tokens
        if behind + 1 >= len(tokens):
            return behind
        sign, other = tokens[behind], tokens[behind + 1]
        if sign.text == "out" and other.text == "of" and behind + 2 < len(tokens):
            sign, other, behind = other, tokens[behind + 2], behind + 1
        if other.kind != NUMBER:
            return behind
        if sign.text in ("/", "of"):
            if isinstance(item.number.value, float) and meaning_of(item.words, (), item.tail).field not in ("epoch",):
                return behind + 2
            item.total = other
            if behind + 2 < len(tokens) and tokens[behind + 2].text == "/" and tokens[behind + 2].gap == 0:
                item.total, item.words, item.unit = None, ("date",), FOREIGN
            return behind + 2
        if sign.text == "-" and sign.gap == 0 and other.gap == 0 and isinstance(item.number.value, int):
            item.number = other
            return behind + 2
        if sign.text == "and" and item.words[-2:-1] == ("between",):
            item.number, item.words = other, ("steps",)
            item.words, item.tail = ("step",), 1
            return behind + 2
        del before
        return behind

    def _unit_behind(self, behind: int) -> tuple[Unit | None, int, float]:
        """Unit, position behind it, factor of a k suffix. A negative position: the number is part of a name."""
        tokens = self.tokens
        if behind >= len(tokens):
            return None, behind, 1.0
        token = tokens[behind]
        if token.text == "/" and behind + 1 < len(tokens):
            unit = parse_unit(("/", *split_identifier(tokens[behind + 1].text)))
            return (unit, behind + 2, 1.0) if unit is not None else (None, behind, 1.0)
        if token.kind != WORD or token.gap > 2:
            return None, behind, 1.0
        if token.gap == 0 and token.text in _THOUSANDS:
            unit, end, _ = self._unit_behind(behind + 1)
            if token.text in "kK" or unit is not None and unit.kind == "rate":
                return unit, end, _THOUSANDS[token.text]
            return FOREIGN, behind + 1, 1.0
        unit, end = self._spelled_unit(behind)
        if unit is not None:
            return unit, end, 1.0
        if token.gap:
            return None, behind, 1.0
        return (None, behind, 1.0) if self._starts_anew(behind) else (None, -behind, 1.0)

    def _spelled_unit(self, behind: int) -> tuple[Unit | None, int]:
        tokens = self.tokens
        best: Unit | None = None
        best_end = behind
        words: list[str] = []
        end = behind
        while end < len(tokens) and end - behind < 5 and (tokens[end].kind == WORD or tokens[end].text == "/"):
            token = tokens[end]
            if token.gap > 1 and end > behind:
                break
            words.extend(("/",) if token.text == "/" else split_identifier(token.text))
            end += 1
            unit = parse_unit(words)
            if unit is not None:
                best, best_end = unit, end
        if best is not None and best_end < len(tokens):
            rest = tokens[best_end]
            if rest.text == "/" and best_end + 1 < len(tokens) and tokens[best_end + 1].kind == NUMBER:
                return FOREIGN, best_end + 2
            if tokens[behind].gap and (rest.text in ":=(" or rest.kind == NUMBER and rest.gap < 2):
                return None, behind
        return best, best_end

    def _is_named_behind(self, item: Item, behind: int) -> bool:
        """``2epoch`` and ``120it``: the name of the count is glued behind it."""
        if behind >= len(self.tokens) or self.tokens[behind].kind != WORD or self.tokens[behind].gap:
            return False
        words = split_identifier(self.tokens[behind].text)
        meaning = meaning_of(words, (), len(words))
        headed = item.words and not set(_tags(item.words)) <= {"train", "eval"}
        if headed or meaning.field not in ("step", "epoch") or meaning.scope is not None:
            return False
        item.words, item.tail, item.name = words, len(words), self.tokens[behind].text
        item.separator = "after"
        return True

    def _starts_anew(self, behind: int) -> bool:
        """Whether the word glued to a number begins the next print instead of belonging to the number."""
        token = self.tokens[behind]
        if token.text.startswith(_LEVELS):
            return True
        if behind + 1 < len(self.tokens) and self.tokens[behind + 1].text in ":=":
            return meaning_of(split_identifier(token.text), (), 1).field is not None
        return False

    def _place(self, item: Item, position: int, behind: int, before: Token | None) -> int:
        """Decide whether the number is an item, a nameless counter, or waits for the words behind it."""
        items = self.result.items
        if self.void:
            self.void = False
            return behind
        if item.words:
            if self._is_followed_by_its_value(item, behind):
                return behind
            found = meaning_of(item.words, item.aside, item.tail)
            heads = isinstance(item.number.value, int) and set(_tags(item.words)) <= {"train", "eval"}
            if found.field in ("epoch", "step") or item.total is not None or item.separator == "#" or heads:
                self._note_phase(item.words)
                item.phase = self.phase
            items.append(item)
            return behind
        opened = before is not None and before.text in ("[", "(")
        closed = behind < len(self.tokens) and self.tokens[behind].text in ("]", ")")
        if item.total is not None:
            item.chained = bool(items)
            items.append(item)
        elif item.unit is not None:
            items.append(item)
        elif opened and isinstance(item.number.value, int) and (more := self._continues_list(position, behind, closed)):
            item.chained = True
            items.append(item)
            if isinstance(more, Item):
                items.append(more)
                return behind + 2
        else:
            self.orphan = item
        return behind

    def _continues_list(self, position: int, behind: int, closed: bool) -> bool | Item:
        """``[3]`` behind a counter, or the first of ``[3, 100]`` and ``[3: 10/90]``."""
        previous = self._peek_at(position - 2)
        if closed:
            return previous is not None and previous.text in ("]", ")") and self.last is not None
        if behind + 1 >= len(self.tokens):
            return False
        mark, other = self.tokens[behind], self.tokens[behind + 1]
        if mark.text not in (",", ":") or other.kind != NUMBER or not isinstance(other.value, int):
            return False
        end = self._peek_at(behind + 2)
        if mark.text == "," and end is not None and end.text in ("]", ")"):
            second = Item((), 0, "", other)
            second.chained = True
            self.at = behind + 2
            return second
        return mark.text == ":"

    def _peek_at(self, position: int) -> Token | None:
        return self.tokens[position] if 0 <= position < len(self.tokens) else None

    def _is_followed_by_its_value(self, item: Item, behind: int) -> bool:
        """``loss 120 0.53`` and ``loss 120: 0.53``: the step is printed between the name and its value."""
        step = item.number.value
        if item.words[-1] != "loss" or item.separator or not isinstance(step, int) or item.unit is not None:
            return False
        following, value = self._peek_at(behind), self._peek_at(behind + 1)
        if following is None or step < 20:
            return False
        if following.text == ":":
            following = value
        if following is None or not isinstance(following.value, float) or following.gap == 0:
            return False
        item.words, item.tail, item.name = ("step",), 1, "step"
        self.result.items.append(item)
        self.result.fragile = True
        self.pending, self.awaiting = self.spent, True
        return True


def _words_of(label: list[Token]) -> tuple[str, ...]:
    if len(label) == 1:
        return split_identifier(label[0].text)
    words: list[str] = []
    for token in label:
        words.extend(("/",) if token.text == "/" else split_identifier(token.text))
    return tuple(words)
