"""Opening the screens from the command line; the one place where the command line touches Textual."""

from __future__ import annotations


def open_console() -> int:
    """Run the Textual app until the user leaves it; returns its exit code."""
    from console.tui.app import run_app

    return run_app()
