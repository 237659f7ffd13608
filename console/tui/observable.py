"""Values and moments that several widgets follow, without knowing of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

Leave = Callable[[], None]
"""Ends a subscription; harmless when called again."""


class Listeners(Generic[Value]):
    """The subscribers of one thing; they are called on the event loop, in the order they came."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Value], object]] = []

    def listen(self, listener: Callable[[Value], object]) -> Leave:
        """Call ``listener`` at every :meth:`tell`. Returns the function that ends it."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    def tell(self, value: Value) -> None:
        """Hand ``value`` to every listener."""
        for listener in tuple(self._listeners):
            listener(value)


class Observable(Listeners[Value]):
    """One value; setting it to another one tells the listeners."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self._value = value

    @property
    def value(self) -> Value:
        """The value as it stands."""
        return self._value

    @value.setter
    def value(self, value: Value) -> None:
        if value != self._value:
            self._value = value
            self.tell(value)
