"""From the named numbers of a line to the plan of its reading, if it is a metric line at all."""

from __future__ import annotations

from console.metrics.reader.choice import choose
from console.metrics.reader.claims import Claim, Other, claims_of
from console.metrics.reader.items import Item, ParsedLine
from console.metrics.reader.label import FALLBACK
from console.metrics.reader.slots import Plan, plan_of
from console.metrics.reader.vocabulary import word_set

_MEASURED = frozenset(("loss", "total_loss", "throughput", "step_time", "top1", "top5"))
_SEPARATORS = frozenset((":", "=", "|", "is"))
_BYSTANDER_BARS, _BYSTANDER_VERBS = word_set("bystander_bars"), word_set("bystander_verbs")
_CONFIG_WORDS = word_set("config_words")
_MOST_LEADING_WORDS = 3


def resolve(line: ParsedLine) -> Plan | None:
    """The plan of the reading; ``None`` where ``line`` states no metric."""
    if line.bar_words is not None and not _BYSTANDER_BARS.isdisjoint(line.bar_words):
        return None
    claims, others = claims_of(line)
    chosen = choose(line, claims, others)
    return plan_of(chosen, claims, others) if _is_metric_line(line, chosen, others) else None


def _is_metric_line(line: ParsedLine, chosen: dict[str, Claim], others: list[Other]) -> bool:
    """Whether the line reports; a setting, a remark on a checkpoint or a mere count does not."""
    if not _MEASURED.isdisjoint(chosen):
        return True
    if line.settings:
        return False
    if "lr" in chosen:
        rate = chosen["lr"]
        told = bool(rate.item.separator) or "step" in chosen
        return rate.order < FALLBACK and told and _CONFIG_WORDS.isdisjoint(line.words)
    if not _BYSTANDER_VERBS.isdisjoint(line.words):
        return False
    counters = [chosen[field].item for field in ("step", "epoch") if field in chosen]
    if counters:
        return not line.alarm and _is_progress(counters, "epoch" in chosen)
    measured = any(other.meaning.measure and other.item.separator in _SEPARATORS for other in others)
    return measured and _CONFIG_WORDS.isdisjoint(line.words)


def _is_progress(counters: list[Item], has_epoch: bool) -> bool:
    """Whether a line with mere counters tells of progress: ``Epoch 3/90``, a bar, not ``see step 3``."""
    first = min(counters, key=lambda item: item.number.start)
    if first.bar:
        return True
    if first.separator == "after" or first.leading > _MOST_LEADING_WORDS:
        return False
    counted = first.total is not None or bool(first.words and first.separator)
    return counted or (bool(first.words) and (has_epoch or first.leading == 0))
