"""Suffixes of a number: its unit, the noun it counts, and signs that it is no plain number."""

from __future__ import annotations

from typing import NamedTuple

from console.metrics.reader.lexer import MARK, NUMBER, WORD, Token, token_at
from console.metrics.reader.names import match_name
from console.metrics.reader.parser.items import Item, names_only_phase, words_of
from console.metrics.reader.units import FOREIGN, RATES, Unit, parse_unit
from console.metrics.reader.vocabulary import split_identifier

_LEVELS = ("INFO", "WARN", "ERROR", "DEBUG")
_MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6}
_LONGEST_UNIT = 5


class Suffix(NamedTuple):
    """A unit and the factor of a k or M, both optional, up to the token at ``end``."""

    unit: Unit | None
    factor: float
    end: int


class CountedNoun(NamedTuple):
    """The noun a number counts, ``training step(s)``, up to the token at ``end``."""

    label: list[Token]
    end: int


def parse_total(tokens: list[Token], item: Item, behind: int) -> int:
    """Take the n of ``i/n`` and ``i of n`` or the end of a range ``0-20`` into ``item``; the position behind it."""
    sign, other = token_at(tokens, behind), token_at(tokens, behind + 1)
    if sign.text == "/" and other.text == "Unknown" and not item.words:
        item.bar = True  # Keras does not know the total during the first epoch
        return behind + 2
    if sign.text == "out" and other.text == "of":
        behind += 1
        sign, other = other, token_at(tokens, behind + 1)
    if other.kind != NUMBER:
        return behind
    if sign.text in ("/", "of"):
        again = token_at(tokens, behind + 2)
        if again.text == "/" and again.gap == 0 and token_at(tokens, behind + 3).kind == NUMBER:
            item.unit = FOREIGN  # a date
        elif (
            isinstance(item.number.value, int)
            or match_name(item.words, (), item.identifier_length).field == "epoch"
        ):
            item.total = other
        return behind + 2
    if sign.text == "-" and sign.gap == other.gap == 0 and isinstance(item.number.value, int):
        item.number = other
        return behind + 2
    if sign.text == "and" and item.words[-2:-1] == ("between",):
        item.number, item.words, item.identifier_length = other, ("step",), 1
        return behind + 2
    return behind


def parse_suffix(tokens: list[Token], item: Item, behind: int) -> int:
    """Take unit, k or M and percent sign into ``item``; the position behind them, negative if it is no number."""
    if is_counter_noun(tokens, behind) and names_only_phase(item.words):
        item.rename(tokens[behind : behind + 1])
        item.separator = "after"
        return behind + 1
    suffix = suffix_at(tokens, behind)
    if suffix is None:
        return -behind
    item.unit, item.factor = item.unit or suffix.unit, suffix.factor
    item.percent = token_at(tokens, suffix.end).text == "%"
    return suffix.end + item.percent


def is_cut_off(tokens: list[Token], position: int) -> bool:
    """Whether the digits behind the point of the number at ``position`` were lost, as in ``0.[WARNING]``."""
    point, rest = token_at(tokens, position + 1), token_at(tokens, position + 2)
    return point.text == "." and point.gap == 0 and rest.gap == 0 and "." not in tokens[position].text


def has_decimal_comma(tokens: list[Token], position: int) -> bool:
    """Whether the number at ``position`` is half of ``0,5312`` outside brackets: one number or two, nobody can say."""
    for left in (position, position - 2):
        number, comma, other = (token_at(tokens, left + distance) for distance in range(3))
        glued = comma.text == "," and comma.gap == 0 and other.gap == 0
        if glued and number.kind == NUMBER and other.kind == NUMBER:
            return not _is_inside_bracket(tokens, position)
    return False


def _is_inside_bracket(tokens: list[Token], position: int) -> bool:
    for index in range(position - 1, max(-1, position - 20), -1):
        token = tokens[index]
        if token.kind == MARK and token.text in ("[", "("):
            return True
        if token.kind == WORD or (token.kind == MARK and token.text in ("]", ")")):
            return False
    return False


def suffix_at(tokens: list[Token], position: int) -> Suffix | None:
    """Unit and factor at ``position``, right behind a number; ``None`` if the number is part of a name."""
    token = token_at(tokens, position)
    if token.text == "/":
        unit = parse_unit(("/", *split_identifier(token_at(tokens, position + 1).text)))
        return Suffix(unit, 1.0, position + 2) if unit is not None else Suffix(None, 1.0, position)
    if token.kind != WORD or token.gap > 2:
        return Suffix(None, 1.0, position)
    if token.gap == 0 and token.text in _MULTIPLES:
        return _multiple(tokens, position)
    unit, end = _spelled_unit(tokens, position)
    if unit is not None or token.gap or _begins_next_message(tokens, position):
        return Suffix(unit, 1.0, end)
    return None


def _multiple(tokens: list[Token], position: int) -> Suffix:
    letter = tokens[position].text
    behind = suffix_at(tokens, position + 1)
    if behind is not None and (letter != "M" or (behind.unit is not None and behind.unit.kind == "rate")):
        return Suffix(behind.unit, _MULTIPLES[letter], behind.end)
    return Suffix(FOREIGN, 1.0, position + 1)


def _spelled_unit(tokens: list[Token], position: int) -> tuple[Unit | None, int]:
    """The longest unit spelled from ``position`` on, unless it is the name of the next number."""
    best, best_end = None, position
    words: list[str] = []
    for end in range(position, min(position + _LONGEST_UNIT, len(tokens))):
        token = tokens[end]
        if (token.kind != WORD and token.text != "/") or (token.gap > 1 and end > position):
            break
        words.extend(("/",) if token.text == "/" else split_identifier(token.text))
        unit = parse_unit(words)
        if unit is not None:
            best, best_end = unit, end + 1
    rest = token_at(tokens, best_end)
    if best is not None and rest.text == "/" and token_at(tokens, best_end + 1).kind == NUMBER:
        return FOREIGN, best_end + 2  # the time of several steps
    names_the_next = rest.text in (":", "=") or (rest.kind == NUMBER and rest.gap < 2)
    names_the_next = names_the_next or (rest.text == "(" and tokens[position].text.lower() in RATES)
    if best is not None and tokens[position].gap and names_the_next:
        return None, position
    return best, best_end


def _begins_next_message(tokens: list[Token], position: int) -> bool:
    """Whether the word glued to a number begins the next message instead of belonging to the number."""
    token = tokens[position]
    if token.text.startswith(_LEVELS):
        return True
    is_name = token_at(tokens, position + 1).text in (":", "=")
    return is_name and match_name(split_identifier(token.text), (), 1).field is not None


def is_counter_noun(tokens: list[Token], position: int) -> bool:
    """Whether the word glued to a number makes it a counter: ``2epoch``, ``120it``."""
    token = token_at(tokens, position)
    if token.kind != WORD or token.gap:
        return False
    words = split_identifier(token.text)
    match = match_name(words, (), len(words))
    return match.field in ("step", "epoch") and match.scope is None


def counted_noun_at(tokens: list[Token], position: int) -> CountedNoun | None:
    """The noun at ``position`` that a number before it counts: ``training step(s)``, ``个 epoch``."""
    label: list[Token] = []
    while len(label) < 2:
        token = token_at(tokens, position)
        if token.kind != WORD:
            return None
        position += 1
        if token.text == "个":
            continue
        label.append(token)
        words = split_identifier(token.text)
        if match_name(words, (), 1).field in ("step", "epoch"):
            plural = [token_at(tokens, position + distance).text for distance in range(3)] == ["(", "s", ")"]
            return CountedNoun(label, position + 3 if plural else position)
        if not names_only_phase(words):
            return None
    return None


def names_metric(label: list[Token]) -> bool:
    """Whether ``label`` names something measured, not a counter."""
    return match_name(words_of(label), (), 1).field not in (
        None,
        "step",
        "epoch",
        "total_steps",
        "total_epochs",
    )
