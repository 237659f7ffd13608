"""Numbers: each becomes an item with the label before it and the suffix behind it."""

from __future__ import annotations

from console.metrics.reader.lexer import NUMBER, WORD, Token, token_at
from console.metrics.reader.names import match_name
from console.metrics.reader.parser.items import Item, names_only_phase, words_of
from console.metrics.reader.parser.state import ParserState
from console.metrics.reader.parser.suffixes import (
    counted_noun_at,
    has_decimal_comma,
    is_cut_off,
    names_metric,
    parse_suffix,
    parse_total,
)
from console.metrics.reader.vocabulary import TAGS

_ORDINALS = ("第", "#", "No", "no", "After", "after")
_LEAST_STEP = 20


def parse_number(state: ParserState, token: Token) -> None:
    """Parse the number at the current position, with its label and its suffix, to an item."""
    position = state.position
    if token.value is None or is_cut_off(state.tokens, position) or has_decimal_comma(state.tokens, position):
        _skip_number(state, position + 1)
        return
    glued = state.peek(-1).kind == WORD and token.gap == 0 and not state.separator
    if glued and match_name(words_of(state.label), state.qualifier, 1).field is None:
        _skip_number(state, position + 1)
        return
    item, behind = _named_item(state, token)
    if _parse_pair(state, item):
        return
    behind = parse_total(state.tokens, item, behind)
    if item.total is not None and not item.words and (noun := counted_noun_at(state.tokens, behind)):
        item.rename(noun.label)
        behind, item.separator = noun.end, "after"
    behind = parse_suffix(state.tokens, item, behind)
    if behind < 0:
        _skip_number(state, -behind)
        return
    if state.bar_open and item.total is not None:
        item.bar, state.bar_open = True, False
    state.position = behind
    item.in_list = token_at(state.tokens, position - 1).text in ("[", "(") and _list_continues(state)
    _keep(state, item, position)
    state.last_item, state.last_item_end = item, state.position


def _skip_number(state: ParserState, behind: int) -> None:
    """Skip a number that is not a plain decimal number, with the letters glued to it."""
    while token_at(state.tokens, behind).gap == 0 and token_at(state.tokens, behind).kind in (WORD, NUMBER):
        behind += 1
    state.clear_label()
    state.unnamed = None
    state.last_item, state.last_item_end = None, -1
    state.position = behind


# -- the label ----------------------------------------------------------------------------------


def _named_item(state: ParserState, token: Token) -> tuple[Item, int]:
    """An item of the number and its label, and the position behind the number and the noun it counts."""
    if not state.label and state.expects_value:
        state.label, state.pending_label, state.separator = state.pending_label, [], ":"
    state.expects_value = False
    label, behind = _label_of_number(state)
    item = Item.labelled(label, token)
    item.separator = state.separator if behind == state.position + 1 else "after"
    item.qualifier, item.negative, item.phase = state.qualifier, state.negative, state.phase
    item.words_before = len(state.line.words) - len(state.label)
    if state.record_key is not None and item.words[-1:] == ("value",):
        item.rename([state.record_key])
    state.clear_label()
    return item, behind


def _label_of_number(state: ParserState) -> tuple[list[Token], int]:
    """The label of the number, and the position behind the number and the noun it counts.

    In ``loss at step 300: 0.5`` the label is that of the step, that of the loss is left pending; the label of
    ``after 300 iterations`` is the noun behind the number.
    """
    label, behind = state.label, state.position + 1
    if not label:
        return label, behind
    noun = counted_noun_at(state.tokens, behind)
    if noun and label[-1].text in _ORDINALS and (len(label) == 1 or label[-1].text == "第"):
        return noun.label, noun.end
    place = next((i for i in range(len(label) - 1, 0, -1) if TAGS.get(label[i].text.lower()) == "of"), 0)
    if state.separator:
        if state.pending_label and match_name(words_of(label), (), 1).field is None:
            label, state.pending_label = [*state.pending_label, *label], []
        return label, behind
    if not place or not names_metric(label[:place]):
        return label, behind
    state.note_heading(words_of(label[:place]))
    counter = label[place + 1 :]
    if not counter and noun and match_name(words_of(label), (), 1).field != "step_time":
        counter, behind = noun.label, noun.end
    if counter and match_name(words_of(counter), (), 9).field in ("step", "epoch"):
        state.pending_label = label[:place]
        return counter, behind
    state.pending_label = label
    return [], behind


def _parse_pair(state: ParserState, item: Item) -> bool:
    """Parse ``"step": [3, 120]``, which holds epoch and step; false if the number is no such list."""
    comma, other = state.peek(1), state.peek(2)
    in_list = item.words == ("step",) and item.separator and state.is_mark(-1, "[", "(") and comma.text == ","
    if not in_list or not isinstance(other.value, int):
        return False
    step = Item(other)
    step.words, step.identifier_length, step.name = item.words, item.identifier_length, item.name
    item.words, item.name = ("epoch",), "epoch"
    step.separator, step.phase, step.words_before = item.separator, item.phase, item.words_before
    state.line.items += [item, step]
    state.position += 3
    return True


# -- the item -----------------------------------------------------------------------------------


def _keep(state: ParserState, item: Item, position: int) -> None:
    """Add the item to the line, or keep it as ``unnamed`` for the words behind it."""
    items = state.line.items
    if state.interleaved:
        state.interleaved = False
    elif item.words:
        if not _parse_step_before_value(state, item):
            _note_phase(state, item)
            items.append(item)
    elif item.total is not None or item.unit is not None or item.bar:
        item.follows_bracket = bool(items)
        items.append(item)
    elif isinstance(item.number.value, int) and token_at(state.tokens, position - 1).text in ("[", "("):
        _keep_bracketed(state, item, position)
    else:
        state.unnamed = item


def _note_phase(state: ParserState, item: Item) -> None:
    """Take the phase of the line from the name of a counter: ``Train Epoch: 3``, ``Test: [10/30]``."""
    counts = match_name(item.words, item.qualifier, item.identifier_length).field in ("epoch", "step")
    bare = isinstance(item.number.value, int) and names_only_phase(item.words)
    if counts or bare or item.total is not None or item.separator == "#":
        state.note_heading(item.words)
        item.phase = state.phase


def _list_continues(state: ParserState) -> bool:
    """Whether more numbers of a list follow."""
    return state.peek(0).kind == NUMBER or (state.is_mark(0, ",") and state.is_value(1))


def _keep_bracketed(state: ParserState, item: Item, position: int) -> None:
    """Keep the ``[3]`` behind a counter, both counters of ``[3, 100]`` and the first of ``[3: 10/90]``."""
    mark, other, end = state.peek(0), state.peek(1), state.peek(2)
    if mark.text in ("]", ")"):
        item.follows_bracket = state.last_item is not None and token_at(state.tokens, position - 2).text in (
            "]",
            ")",
        )
    elif isinstance(other.value, int) and mark.text == ":":
        item.follows_bracket = True
    elif isinstance(other.value, int) and mark.text == "," and end.text in ("]", ")"):
        second = Item(other)
        item.follows_bracket = second.follows_bracket = True
        state.line.items += [item, second]
        state.position += 2
        return
    if item.follows_bracket:
        state.line.items.append(item)
    else:
        state.unnamed = item


def _parse_step_before_value(state: ParserState, item: Item) -> bool:
    """Take ``item`` for the step in ``loss 120 0.53`` and ``loss 120: 0.53``; false if it is the loss itself."""
    step = item.number.value
    if item.words[-1] != "loss" or item.separator or item.unit is not None or not isinstance(step, int):
        return False
    value = state.peek(1) if state.is_mark(0, ":") else state.peek(0)
    if step < _LEAST_STEP or not isinstance(value.value, float) or value.gap == 0:
        return False
    state.pending_label, state.expects_value = _label_tokens(item), True
    item.rename([Token(WORD, "step", 0, 0, 0)])
    state.line.items.append(item)
    state.line.value_dependent = True
    return True


def _label_tokens(item: Item) -> list[Token]:
    return [Token(WORD, word, 0, 0, 1) for word in item.name.split()]
