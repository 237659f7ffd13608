"""What stands behind a number: its unit, the words that say what it counts, signs that it is no number."""

from __future__ import annotations

from typing import NamedTuple

from console.metrics.reader.items import tells_only_phase, words_of
from console.metrics.reader.meaning import meaning_of
from console.metrics.reader.tokens import END, MARK, NUMBER, WORD, Token
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


class Counting(NamedTuple):
    """The words that say what a number counts, up to the token at ``end``."""

    label: list[Token]
    end: int


def token_at(tokens: list[Token], position: int) -> Token:
    """The token at ``position``, :data:`END` outside the line."""
    return tokens[position] if 0 <= position < len(tokens) else END


def is_torn(tokens: list[Token], position: int) -> bool:
    """``0.[WARNING]``: the point of the number at ``position`` stands, but the digits behind it were lost."""
    point, rest = token_at(tokens, position + 1), token_at(tokens, position + 2)
    return point.text == "." and point.gap == 0 and rest.gap == 0 and "." not in tokens[position].text


def has_decimal_comma(tokens: list[Token], position: int) -> bool:
    """``0,5312`` outside brackets: nobody can say whether this is one number or two."""
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


def suffix_behind(tokens: list[Token], position: int) -> Suffix | None:
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
    if unit is not None or token.gap or _begins_a_print(tokens, position):
        return Suffix(unit, 1.0, end)
    return None


def _multiple(tokens: list[Token], position: int) -> Suffix:
    letter = tokens[position].text
    behind = suffix_behind(tokens, position + 1)
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
        return FOREIGN, best_end + 2  # so much time for so many steps
    names_the_next = rest.text in (":", "=") or (rest.kind == NUMBER and rest.gap < 2)
    names_the_next = names_the_next or (rest.text == "(" and tokens[position].text.lower() in RATES)
    if best is not None and tokens[position].gap and names_the_next:
        return None, position
    return best, best_end


def _begins_a_print(tokens: list[Token], position: int) -> bool:
    """Whether the word glued to a number begins the next print instead of belonging to the number."""
    token = tokens[position]
    if token.text.startswith(_LEVELS):
        return True
    is_name = token_at(tokens, position + 1).text in (":", "=")
    return is_name and meaning_of(split_identifier(token.text), (), 1).field is not None


def is_named_behind(tokens: list[Token], position: int) -> bool:
    """``2epoch`` and ``120it``: the word glued to a number says that it is a counter."""
    token = token_at(tokens, position)
    if token.kind != WORD or token.gap:
        return False
    words = split_identifier(token.text)
    meaning = meaning_of(words, (), len(words))
    return meaning.field in ("step", "epoch") and meaning.scope is None


def counting_behind(tokens: list[Token], position: int) -> Counting | None:
    """The words at ``position`` if they say what a number counts: ``training step(s)``, ``个 epoch``."""
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
        if meaning_of(words, (), 1).field in ("step", "epoch"):
            plural = [token_at(tokens, position + distance).text for distance in range(3)] == ["(", "s", ")"]
            return Counting(label, position + 3 if plural else position)
        if not tells_only_phase(words):
            return None
    return None


def names_metric(label: list[Token]) -> bool:
    """Whether ``label`` is the name of something measured, not of a counter."""
    return meaning_of(words_of(label), (), 1).field not in (
        None,
        "step",
        "epoch",
        "total_steps",
        "total_epochs",
    )
