"""Secrets are executed but never written down: recognised by the name of their
variable or flag, and masked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

MASK = "********"

_WORDS = frozenset(
    {"password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "apikey"}
)
_PAIRS = frozenset(
    {("api", "key"), ("access", "key"), ("private", "key"), ("auth", "key"), ("encryption", "key")}
)
_SEPARATOR = re.compile(r"[^a-z0-9]+")
_LOGIN_IN_URL = re.compile(r"\w://[^/\s:@]+:[^/\s@]+@")


def looks_secret(name: str) -> bool:
    """True for names such as ``WANDB_API_KEY``, ``--auth-token`` and
    ``db.password``; not for ``--max_tokens``."""
    words = [word for word in _SEPARATOR.split(name.lower()) if word]
    return not _WORDS.isdisjoint(words) or not _PAIRS.isdisjoint(pairwise(words))


def mask_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with secret values masked."""
    return {name: MASK if _hides(name, value) else value for name, value in environment.items()}


def mask_command(argv: Sequence[str]) -> list[str]:
    """The command with the values of secret flags masked, both ``--flag value`` and ``--flag=value``."""
    masked: list[str] = []
    flag = ""
    for argument in argv:
        name, equals, value = argument.partition("=")
        if argument.startswith("-") and equals:
            masked.append(f"{name}={MASK}" if _hides(name, value) else argument)
            flag = ""
        elif argument.startswith("-") and not flag:
            masked.append(argument)
            flag = name if looks_secret(name) else ""
        else:
            masked.append(MASK if _hides(flag, argument) else argument)
            flag = ""
    return masked


def is_masked(text: str) -> bool:
    """True when ``text`` stands for a value that was not written down."""
    return MASK in text


def _hides(name: str, value: str) -> bool:
    return looks_secret(name) or _LOGIN_IN_URL.search(value) is not None
