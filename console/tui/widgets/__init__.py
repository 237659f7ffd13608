"""Widgets of the screens: each takes plain immutable data and owns no input or output."""
