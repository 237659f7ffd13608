"""A text that is not yet in any language: a key of the message tables and the values to fill in."""

from __future__ import annotations

from dataclasses import dataclass

from console.i18n.tables import t


@dataclass(frozen=True, slots=True)
class Message:
    """A message key and its values, rendered in the current language by ``str()``.

    Findings, errors and events carry a ``Message`` so that the same fact can be shown in either
    language, and so that tests can ask for the key and not for the wording.
    """

    key: str
    values: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, key: str, /, **values: object) -> Message:
        """Build a message from keyword values, in a stable order."""
        return cls(key, tuple(sorted(values.items())))

    def __str__(self) -> str:
        return t(self.key, **dict(self.values))
