"""Names of losses and accuracies."""

from __future__ import annotations

from console.metrics.reader.label import FALLBACK, GUESS, NOTHING, Label, Meaning
from console.metrics.reader.vocabulary import HEADS, QUANTITIES, TAGS, word_set

_LOSS, _ACCURACY = HEADS["loss"], HEADS["accuracy"]
_CLASSES = frozenset(("class", "classes", "cls"))
_RANKED = frozenset(("top", "accuracy", "precision"))
_PARTS = word_set("loss_parts")
_FIELDS = {"1": "top1", "5": "top5"}


def is_accuracy(label: Label) -> bool:
    """Whether the name has a word for accuracy; ``precision`` is one only together with a rank."""
    ranked = "1" in label.words or "5" in label.words
    return label.has("top", "accuracy") or (label.has("precision") and ranked)


def accuracy(label: Label) -> Meaning:
    """``acc@1``, ``top_5_accuracy``, ``val_acc``; that of a class, a task or a part is another number."""
    of_classes = label.has("average") and not _CLASSES.isdisjoint(label.words)
    field = _FIELDS.get(_rank(label))
    of_labels = label.has("precision") and label.has("top")  # prec@top5 of several labels
    if label.is_inert(_ACCURACY) or of_classes or of_labels or field is None:
        return NOTHING
    qualifiers = [word for word in label.qualifiers(_ACCURACY) if word != "k" or not label.has("top")]
    percent = "@" in label.words and label.words[0] in ("acc", "prec")
    if qualifiers:
        guessed = field == "top1" and not label.has("of", "precision")
        return Meaning(field, GUESS, percent=percent) if guessed else NOTHING
    order = 0 if label.has("top") or "1" in label.words or "5" in label.words else 1
    average = label.has("average")
    return Meaning(field, order + 3 * (average or label.has("epoch")), average=average, percent=percent)


def _rank(label: Label) -> str:
    """The k of top-k; 1 where the name is that of an accuracy without rank."""
    aside = next((word for word in label.aside if word in _FIELDS), None)
    if aside is not None:
        return aside
    for before, word in zip(("", *label.words), label.words, strict=False):
        if word.isdigit():
            return word if before == "@" or TAGS.get(before) in _RANKED else ""
    if label.has("top"):
        return "5" if "k" in label.words else "1" if label.has("accuracy") else ""
    return "1"


def loss(label: Label) -> Meaning:
    """``loss``, ``total_loss``, ``train loss``; one with another qualifier counts if it is the only one."""
    if label.is_inert(_LOSS) or label.words[0] in ("value", "values"):
        return NOTHING
    per_token = "/" in label.words
    parts = [
        word
        for word in label.qualifiers(_LOSS)
        if not (per_token and QUANTITIES.get(word) in ("tokens", "words"))
    ]
    average = label.has("average")
    if any(word.isdigit() for word in label.words):
        return NOTHING
    if parts:
        return NOTHING if average or not _PARTS.isdisjoint(parts) else Meaning("loss", GUESS)
    if label.has("total") and not average:
        return Meaning("total_loss", 1)
    if average or label.has("epoch"):
        return Meaning("loss", FALLBACK, average=True)
    if label.has("batch") or "lm" in label.words:
        return Meaning("loss", 2)
    return Meaning("loss", 1 if label.has("step", "iteration") else 0)
