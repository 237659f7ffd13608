"""A command line that is strict: no abbreviations, no unknown flags, booleans as True or False."""

from __future__ import annotations

import argparse
import difflib
from types import MappingProxyType
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from engines.common.errors import UsageError
from engines.common.flags.declaration import DeclaredFlag, declared_flags
from engines.common.flags.leftovers import NO_LEFTOVERS, LeftoverFlags

SeedNames = Mapping[str, Tuple[str, ...]]
"""The names that an engine's seed has for some flags, by ours, such as ``{"run_dir": ("--model_dir",)}``."""

NO_SEED_NAMES: SeedNames = MappingProxyType({})


class FlagValues(Dict[str, Any]):
    """The values of all flags by field, ``None`` where a flag was left out and its default is derived."""

    def fill(self, **derived: object) -> None:
        """Set those of ``derived`` that no flag has set."""
        for name, value in derived.items():
            if self[name] is None:
                self[name] = value


class FlagParser(argparse.ArgumentParser):
    """Reads the flags that a settings class declares, and the leftovers of the engine's seed.

    Raises :class:`UsageError` for what it does not understand, and names the nearest flag for an unknown one.
    """

    def __init__(
        self,
        engine: str,
        description: str,
        settings: type,
        seed_names: SeedNames = NO_SEED_NAMES,
        leftovers: LeftoverFlags = NO_LEFTOVERS,
    ) -> None:
        super().__init__(
            prog="engines " + engine,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        self._leftovers = leftovers
        groups: Dict[str, argparse._ArgumentGroup] = {}
        for one in declared_flags(settings):
            title = one.flag.group.title
            if title not in groups:
                groups[title] = self.add_argument_group(title)
            _add(groups[title], one, seed_names.get(one.field, ()))
        leftovers.add_to(self)

    def parse(self, arguments: List[str]) -> FlagValues:
        """The values of the flags, and as ``notices`` the sentences about those given in vain."""
        options, unknown = self.parse_known_args(arguments)
        for word in unknown:
            if word.startswith("-"):
                flag = word.split("=", 1)[0]
                raise UsageError(
                    "Unknown flag '{}'{}".format(flag, nearest(flag, self._option_string_actions))
                )
        if unknown:
            raise UsageError("'{}' stands alone: every value follows a flag.".format(unknown[0]))
        values = FlagValues(vars(options))
        values["notices"] = self._leftovers.take(values)
        return values

    def error(self, message: str) -> None:  # type: ignore[override]
        """Turn argparse's complaint into one sentence."""
        text = message.replace("argument ", "Flag ", 1)
        raise UsageError(text[0].upper() + text[1:] + ("" if text.endswith(".") else "."))


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The end of a sentence about the unknown ``word``: a suggestion, or just the full stop."""
    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return "; did you mean '{}'?".format(close[0]) if close else "."


def _add(group: argparse._ArgumentGroup, declared: DeclaredFlag, seed_names: Iterable[str]) -> None:
    flag, default = declared.flag, declared.default
    spellings = ["--" + declared.field, *flag.aliases, *seed_names]
    if flag.switch:
        group.add_argument(
            *spellings, dest=declared.field, action="store_true", default=default, help=flag.text
        )
        return
    if isinstance(default, tuple):
        default = ",".join(str(item) for item in default)  # read by the flag's kind, as a text of the user is
    group.add_argument(
        *spellings,
        dest=declared.field,
        type=declared.kind,
        default=default,
        choices=flag.choices,
        metavar=flag.metavar,
        help=flag.text,
    )
