"""Finding the word somebody meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``; ``None`` when none is like it."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return close[0] if close else None


def nearest_or_all(word: str, known: Iterable[str]) -> str:
    """The nearest known word, or every known word in a row where none is near."""
    words = list(known)
    return nearest(word, words) or ", ".join(words)
