"""Opening the screens from the command line; the one place where the command line touches Textual."""

from __future__ import annotations

import gc


def open_console() -> int:
    """Run the Textual app until the user leaves it; returns its exit code."""
    # Starting makes objects by the hundred thousand and hardly any garbage; the app collects once it is up.
    gc.disable()
    from console.tui.app import run_app

    return run_app()
