"""Reading the profiles: those shipped with the console, then the user's own, which come first in a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console import locations
from console.catalog.build import build_profile
from console.catalog.document import DocumentError, Node, Scalar, Table, read_document
from console.catalog.inherit import find, inherit
from console.catalog.nearest import nearest_or_all
from console.catalog.problems import Problems, ProfileProblem
from console.catalog.profile import Profile
from console.errors import ExitCode, user_error
from console.i18n import Message

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Catalog:
    """The good profiles by name, and what is wrong with the others."""

    profiles: Mapping[str, Profile]
    problems: tuple[ProfileProblem, ...]

    def get(self, name: str) -> Profile:
        """The profile called ``name``. Raises :class:`~console.errors.UserError` with the way out."""
        profile = self.profiles.get(name)
        if profile is not None:
            return profile
        problem = next((one for one in self.problems if one.file.stem == name), None)
        if problem is not None:
            raise user_error("catalog.broken_profile", name=name, problem=problem)
        close = nearest_or_all(name, self.profiles)
        raise user_error("catalog.unknown_profile", ExitCode.NOT_FOUND, name=name, nearest=close)


def load_catalog(folders: Sequence[Path] | None = None) -> Catalog:
    """Read every profile of the folders; one in a later folder replaces one of the same name before it.

    Default: the built-in profiles, then the user's. A file with a mistake is left out and reported; it
    neither hides another file nor replaces a good profile of the same name.
    """
    loader = _Loader(_default_folders() if folders is None else folders)
    profiles: dict[str, Profile] = {}
    for source in loader.sources:
        profile = loader.profile(source)
        if profile is not None:
            profiles[profile.name] = profile
    return Catalog(profiles, tuple(loader.problems))


def check_file(
    path: Path, folders: Sequence[Path] | None = None
) -> tuple[Profile | None, tuple[ProfileProblem, ...]]:
    """Read one file as if it lay in the user's folder: its profile, or what is wrong with it."""
    loader = _Loader(_default_folders() if folders is None else folders)
    loader.problems.clear()
    source = loader.add(path, layer=len(loader.layers))
    profile = loader.profile(source) if source else None
    return profile, tuple(one for one in loader.problems if one.file == path)


def _default_folders() -> tuple[Path, ...]:
    return (locations.profiles_dir(), locations.user_profiles_dir())


@dataclass(frozen=True, slots=True)
class _Source:
    """One readable file; ``layer`` is the number of its folder, ``name`` the profile's where it gives one."""

    path: Path
    layer: int
    name: str | None
    document: Table


class _Loader:
    """Reads the files of the folders and builds each profile once, parents before children."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.layers: list[dict[str, _Source]] = [{} for _ in folders]
        self.sources: list[_Source] = []
        self.problems: list[ProfileProblem] = []
        self._built: dict[Path, Profile | None] = {}
        self._documents: dict[Path, Table] = {}
        for layer, folder in enumerate(folders):
            for path in _profile_files(folder):
                source = self.add(path, layer)
                if source:
                    self.sources.append(source)

    def add(self, path: Path, layer: int) -> _Source | None:
        """Read a file; ``None`` after noting why it cannot be."""
        problems = Problems(path)
        try:
            document = read_document(path)
        except DocumentError as error:
            problems.add(error.place, "", error.message)
            self.problems += problems.found
            return None
        name = find(document, "name")
        source = _Source(path, layer, name.text if isinstance(name, Scalar) else None, document)
        if layer < len(self.layers) and source.name is not None:
            first = self.layers[layer].setdefault(source.name, source)
            if first is not source:
                problems.add(
                    document.place,
                    "name",
                    Message.of("catalog.name_twice", name=source.name, file=first.path),
                )
                self.problems += problems.found
                return None
        return source

    def profile(self, source: _Source) -> Profile | None:
        """The profile of a file; ``None`` after noting what is wrong with it."""
        if source.path not in self._built:
            self._built[source.path] = None  # A file met again while it is being built extends itself.
            extends = find(source.document, "extends")
            problems = Problems(source.path, extends.place.line if extends else 1)
            document = self._complete(source, extends, problems) if extends else source.document
            if document is not None:
                self._documents[source.path] = document
                self._built[source.path] = build_profile(document, source.path, problems)
            self.problems += sorted(problems.found, key=lambda problem: problem.line)
        return self._built[source.path]

    def _complete(self, source: _Source, extends: Node, problems: Problems) -> Table | None:
        """The document of a file that extends another, filled up from it."""
        if not isinstance(extends, Scalar):
            problems.add(extends.place, "extends", Message.of("catalog.not_a_single_value"))
            return None
        candidates = self._candidates(source, extends.text)
        for parent in candidates:
            if self.profile(parent) is not None:
                return inherit(source.document, self._documents[parent.path])
        if candidates:
            message = Message.of("catalog.broken_parent", name=extends.text, file=candidates[0].path)
        else:
            known = {name for layer in self.layers for name in layer if name != source.name}
            close = nearest_or_all(extends.text, sorted(known))
            message = Message.of("catalog.unknown_parent", name=extends.text, nearest=close)
        problems.add(extends.place, "extends", message)
        return None

    def _candidates(self, source: _Source, name: str) -> list[_Source]:
        """The files that ``extends: name`` may mean, best first; for a file's own name, those it replaces."""
        layers = self.layers[: source.layer] if name == source.name else self.layers
        return [layer[name] for layer in reversed(layers) if name in layer]


def _profile_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    except OSError:
        return []
