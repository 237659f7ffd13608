"""Messages by which a screen asks the app for another screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from console.launch.options.choices import Choices
    from console.runs.folder import RunFolder


class OpenRun(Message):
    """Watch the run in ``folder``."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self.folder = folder


class FillLaunchForm(Message):
    """Go to the launch screen with ``choices`` in its form."""

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self.choices = choices
