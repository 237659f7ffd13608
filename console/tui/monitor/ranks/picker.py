"""The choice of the rank that charts and log are about."""

from __future__ import annotations

from console.i18n import t
from console.tui.dialogs.picker import Choice, PickerDialog

ALL_RANKS = "all"


def rank_words(rank: int | None) -> str:
    """The name of a rank, or (``None``) of all ranks."""
    return t("monitor.all_ranks") if rank is None else t("monitor.one_rank", rank=rank)


def rank_picker(world_size: int, current: int | None) -> PickerDialog:
    """A dialog that answers the number of a rank, or :data:`ALL_RANKS`."""
    choices = [Choice(ALL_RANKS, rank_words(None))]
    choices += [Choice(str(rank), rank_words(rank)) for rank in range(world_size)]
    return PickerDialog(t("monitor.choose_rank"), choices, ALL_RANKS if current is None else str(current))
