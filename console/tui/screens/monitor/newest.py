"""The newest samples of a run's own store, NaN and infinite ones included, which no chart can show."""

from __future__ import annotations

from pathlib import Path

from console.errors import UserError
from console.metrics.model import Sample
from console.metrics.store import SampleStore


class NewestSamples:
    """Answers nothing while there is no store yet; opens it anew when the file has been replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: SampleStore | None = None
        self._inode: int | None = None

    def lowest_rank(self, name: str) -> Sample | None:
        """The newest sample of a metric on the lowest rank that states it."""
        store = self._opened()
        ranks = store.ranks(name) if store else []
        return self.of(name, ranks[0]) if ranks else None

    def of(self, name: str, rank: int) -> Sample | None:
        """The newest sample of a metric on one rank."""
        store = self._opened()
        return store.last(name, rank) if store else None

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()

    def _opened(self) -> SampleStore | None:
        try:
            inode = self._path.stat().st_ino
            if inode != self._inode:
                opened = SampleStore.open(self._path, readonly=True)
                self.close()
                self._store, self._inode = opened, inode
        except (OSError, UserError):
            return self._store
        return self._store
