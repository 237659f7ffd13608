"""The names of metrics: the words of a printed name → the canonical field they stand for.

:func:`match_name` asks the families in turn: accuracies, losses, learning rates, rates of work, times,
and counters last, because ``step_time`` is a time and ``epoch loss`` a loss.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from console.metrics.reader.units import RATES, Unit, find_unit, parse_unit
from console.metrics.reader.vocabulary import HEADS, MEASURES, QUANTITIES, TAGS, HeadWord, word_set

FALLBACK = 10
"""From this priority on a name counts only if the line has nothing better: averages, parts."""

GUESS = 15
"""From this priority on a name counts only if it is the one of its kind on the line."""


class NameMatch(NamedTuple):
    """The canonical ``field`` a name stands for, ``None`` for any other number.

    Of several numbers for one field the one with the lowest ``priority`` counts. ``unscoped`` marks a time that
    may be that of a step or of anything else, ``percent`` an accuracy that is printed in percent, ``measure``
    a number worth keeping although not canonical. ``scope`` is ``epoch`` for a step within the epoch,
    ``total``, ``plural`` or ``epochs`` for a counter that may as well be a total, ``train`` for a whole step's
    time.
    """

    field: str | None
    priority: int = 0
    phase: str | None = None
    average: bool = False
    unit: Unit | None = None
    unscoped: bool = False
    measure: bool = False
    percent: bool = False
    scope: str | None = None


NO_MATCH = NameMatch(None)


class Name(NamedTuple):
    """The ``words`` of a printed name with their tags, its ``qualifier`` in parentheses, and its unit."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    qualifier: tuple[str, ...]
    unit: Unit | None

    @classmethod
    def of(cls, words: tuple[str, ...], qualifier: tuple[str, ...]) -> Name:
        """The name made of ``words`` and ``qualifier``; its unit may stand in either."""
        unit = parse_unit(qualifier) if qualifier else None
        if unit is None or (unit.kind == "duration" and "/" in words):
            unit = find_unit(words) or unit
        if unit is None and len(words) == 1:
            unit = parse_unit(words)
        return cls(words, tuple(TAGS.get(word, "") for word in words), qualifier, unit)

    def last(self, count: int) -> Name:
        """The name made of the last ``count`` words."""
        return self._replace(words=self.words[-count:], tags=self.tags[-count:])

    def has(self, *tags: str) -> bool:
        """Whether the name has a word with one of these tags."""
        return any(tag in self.tags for tag in tags)

    def is_disqualified(self, head: HeadWord) -> bool:
        """Whether a word makes the name that of something else: a setting, a limit, a count."""
        return not (
            head.disqualifying.isdisjoint(self.words) and head.disqualifying_tags.isdisjoint(self.tags)
        )

    def modifiers(self, head: HeadWord) -> list[str]:
        """The words that are neither part of the head nor leave it as it is."""
        return [
            word
            for word, tag in zip(self.words, self.tags, strict=True)
            if tag not in head.tags and word not in head.neutral and word not in "/@" and not word.isdigit()
        ]


@lru_cache(maxsize=4096)
def match_name(
    words: tuple[str, ...], qualifier: tuple[str, ...] = (), identifier_length: int = 0
) -> NameMatch:
    """The field that a name of ``words`` stands for; ``qualifier`` are words in parentheses behind them.

    ``identifier_length`` is the number of words in the last identifier of the name (0: all are): a counter is
    recognised by that alone, whatever sentence stands before it.
    """
    name = Name.of(words, qualifier)
    phase = _phase(name.tags) or _phase(tuple(TAGS.get(word, "") for word in qualifier))
    measure = not MEASURES.isdisjoint(words) or "".join(words[-2:]) in MEASURES
    return _classify(name, identifier_length or len(words))._replace(phase=phase, measure=measure)


def _classify(name: Name, identifier_length: int) -> NameMatch:
    """The first family that knows the name; counters are last."""
    if name.unit is not None and name.unit.kind == "foreign":
        return NameMatch(None, unit=name.unit)
    if _is_accuracy(name):
        return _accuracy(name)
    if name.has("loss"):
        return _loss(name)
    if _is_learning_rate(name):
        return _learning_rate(name)
    if _is_throughput(name):
        return _throughput(name)
    if _is_time(name):
        return _time(name)
    return _counter(name, identifier_length)


def _phase(tags: tuple[str, ...]) -> str | None:
    train, evaluation = "train" in tags, "eval" in tags
    if train == evaluation:
        return None
    return "train" if train else "eval"


# -- accuracies and losses ------------------------------------------------------------------------

_LOSS, _ACCURACY = HEADS["loss"], HEADS["accuracy"]
_CLASSES = frozenset(("class", "classes", "cls"))
_RANKED = frozenset(("top", "accuracy", "precision"))
_PARTS = word_set("loss_parts")
_FIELDS = {"1": "top1", "5": "top5"}


def _is_accuracy(name: Name) -> bool:
    """Whether the name has a word for accuracy; ``precision`` is one only together with a rank."""
    ranked = "1" in name.words or "5" in name.words
    return name.has("top", "accuracy") or (name.has("precision") and ranked)


def _accuracy(name: Name) -> NameMatch:
    """Match ``acc@1``, ``top_5_accuracy``, ``val_acc``; that of a class, a task or a part is another number."""
    of_classes = name.has("average") and not _CLASSES.isdisjoint(name.words)
    field = _FIELDS.get(_rank(name))
    of_labels = name.has("precision") and name.has("top")  # prec@top5 of several labels
    if name.is_disqualified(_ACCURACY) or of_classes or of_labels or field is None:
        return NO_MATCH
    modifiers = [word for word in name.modifiers(_ACCURACY) if word != "k" or not name.has("top")]
    percent = "@" in name.words and name.words[0] in ("acc", "prec")
    if modifiers:
        guessed = field == "top1" and not name.has("of", "precision")
        return NameMatch(field, GUESS, percent=percent) if guessed else NO_MATCH
    priority = 0 if name.has("top") or "1" in name.words or "5" in name.words else 1
    average = name.has("average")
    return NameMatch(field, priority + 3 * (average or name.has("epoch")), average=average, percent=percent)


def _rank(name: Name) -> str:
    """The k of top-k; 1 for an accuracy without rank."""
    qualifier = next((word for word in name.qualifier if word in _FIELDS), None)
    if qualifier is not None:
        return qualifier
    for before, word in zip(("", *name.words), name.words, strict=False):
        if word.isdigit():
            return word if before == "@" or TAGS.get(before) in _RANKED else ""
    if name.has("top"):
        return "5" if "k" in name.words else "1" if name.has("accuracy") else ""
    return "1"


def _loss(name: Name) -> NameMatch:
    """Match ``loss``, ``total_loss``, ``train loss``; one with another modifier counts if it is the only one."""
    if name.is_disqualified(_LOSS) or name.words[0] in ("value", "values"):
        return NO_MATCH
    per_token = "/" in name.words
    parts = [
        word
        for word in name.modifiers(_LOSS)
        if not (per_token and QUANTITIES.get(word) in ("tokens", "words"))
    ]
    average = name.has("average")
    if any(word.isdigit() for word in name.words):
        return NO_MATCH
    if parts:
        return NO_MATCH if average or not _PARTS.isdisjoint(parts) else NameMatch("loss", GUESS)
    if name.has("total") and not average:
        return NameMatch("total_loss", 1)
    if average or name.has("epoch"):
        return NameMatch("loss", FALLBACK, average=True)
    if name.has("batch") or "lm" in name.words:
        return NameMatch("loss", 2)
    return NameMatch("loss", 1 if name.has("step", "iteration") else 0)


# -- learning rates, rates of work, times ---------------------------------------------------------

_LR, _SPEED, _TIME = HEADS["lr"], HEADS["speed"], HEADS["time"]
_SECONDS = (("seconds",), ("secs",))
_COSTS = (("cost",), ("costs",))


def _is_learning_rate(name: Name) -> bool:
    """Whether the name is that of a learning rate or one of its parameters."""
    return name.has("lr") or (name.has("learning") and name.has("rate")) or name.words == ("l", "r")


def _learning_rate(name: Name) -> NameMatch:
    """Match ``lr``, ``cur_lr``, ``learning rate``; that of a part of the network counts if there is no other."""
    if name.is_disqualified(_LR):
        return NO_MATCH
    return NameMatch("lr", FALLBACK if any(word not in "lr" for word in name.modifiers(_LR)) else 0)


def _is_throughput(name: Name) -> bool:
    """Whether the name is that of a rate of work: by its unit, or a word such as ``fps``."""
    if name.unit is not None and name.unit.kind != "duration":
        return name.unit.kind == "rate" and not name.has("time")
    bare_rate = "rate" in name.words and set(name.words) <= {"rate", "global"}
    return (name.has("speed", "rates_of_steps") or bare_rate) and not name.has("time")


def _throughput(name: Name) -> NameMatch:
    """Match ``samples/sec``, ``fps``, ``speed``; rates of steps count if no rate of samples is printed."""
    if name.is_disqualified(_SPEED):
        return NO_MATCH
    average = name.has("average") or name.words == ("global", "rate")
    unit = name.unit
    if unit is None or unit.kind != "rate":
        names = [RATES[word] for word in name.words if word in RATES]
        unit = Unit("rate", 1.0, names[0] if names else None)
    priority = FALLBACK if average else 0
    priority += any(word not in QUANTITIES for word in name.modifiers(_SPEED))
    priority += 2 * (unit.name in ("steps/s", "it/s"))
    return NameMatch("throughput", priority, average=average, unit=unit)


def _is_time(name: Name) -> bool:
    """Whether the name is that of a time."""
    of_something = name.unit is not None and name.unit.kind in ("step_time", "item_time", "epoch_time")
    return of_something or name.has("time") or name.words in _SECONDS


def _time(name: Name) -> NameMatch:
    """Match ``batch_time``, ``sec/step``, ``time``; that of an epoch or of a part of a step is another number."""
    unit = name.unit
    average = name.has("average")
    if unit is not None and unit.kind in ("step_time", "item_time", "epoch_time"):
        if unit.kind != "step_time" or not _TIME.disqualifying.isdisjoint(name.words):
            return NameMatch(None, unit=unit)
        return NameMatch("step_time", FALLBACK if average else 0, average=average, unit=unit)
    per_step = name.has("step", "iteration", "batch")
    without_elapsed = name._replace(
        words=tuple(word for word in name.words if not (per_step and word == "elapsed"))
    )
    if without_elapsed.is_disqualified(_TIME) or (name.has("eval") and not per_step):
        return NameMatch(None, unit=unit)
    if per_step:
        return NameMatch("step_time", 1 if average else 0, average=average, unit=unit)
    if name.modifiers(_TIME) or (name.words in _COSTS and unit is None):
        return NameMatch(None, unit=unit)
    unscoped = name.words not in _SECONDS
    scope = "train" if name.has("train") else None
    return NameMatch(
        "step_time", 4 if average else 3, average=average, unit=unit, unscoped=unscoped, scope=scope
    )


# -- counters: epochs and steps -------------------------------------------------------------------

_EPOCH, _STEP = HEADS["epoch"], HEADS["step"]
_PRIORITY = {"step": 1, "iteration": 2, "batch": 4, "steps": 6}
_NEAR = 3
_NAMESPACES = ("train", "eval", "global", "")


def _counter(name: Name, identifier_length: int) -> NameMatch:
    """Match ``epoch``, ``global_step``, ``iter`` by the last identifier and the words near it."""
    last = _last_identifier(name, identifier_length)
    near = name.last(_NEAR)
    if last.has("epochs"):
        return _epochs(last, near)
    if last.has("epoch"):
        if last.has(*_PRIORITY):
            return NameMatch("step", 5, scope="epoch")
        return NameMatch("epoch") if _is_counter(last, near, _EPOCH) else NO_MATCH
    return _step(last, near) if last.has(*_PRIORITY) else NO_MATCH


def _last_identifier(name: Name, identifier_length: int) -> Name:
    if identifier_length == 1 and name.tags[-1:] in (("number",), ("index",)):
        return name.last(2)
    last = name.last(identifier_length)
    if "/" in last.words and last.tags[last.words.index("/") - 1] in _NAMESPACES:
        return last.last(len(last.words) - last.words.index("/") - 1)
    return last


def _is_counter(last: Name, near: Name, head: HeadWord) -> bool:
    return not (near.is_disqualified(head) or "/" in last.words or last.modifiers(head))


def _epochs(last: Name, near: Name) -> NameMatch:
    if not _is_counter(last, near, _EPOCH):
        return NO_MATCH
    if last.has("total", "number"):
        return NameMatch("total_epochs")
    return NameMatch("epoch", 5, scope="epochs")


def _step(last: Name, near: Name) -> NameMatch:
    if not _is_counter(last, near, _STEP):
        return NO_MATCH
    if last.has("total"):
        return NameMatch("step", 7, scope="total")
    if last.has("global") or last.words[-2:] == ("num", "updates"):
        return NameMatch("step", 0)
    if last.has("steps") and last.has("number"):
        return NO_MATCH
    plural = not last.has("step", "iteration", "batch")
    return NameMatch(
        "step",
        min(_PRIORITY[tag] for tag in last.tags if tag in _PRIORITY),
        scope="plural" if plural else None,
    )
