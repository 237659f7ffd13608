"""The documents for contributors name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "CONTRIBUTING.md", DOCS / "architecture.md", *sorted((DOCS / "contributing").glob("*.md"))]
EXAMPLES = re.compile(r"lenet|/devices|devices_screen|where|deterministic|<|…|\*")
"""Files of the examples, and names with a part to fill in."""

_FILE = re.compile(r"`((?:console|engines|profiles|tests|bench|docs)/[^`\s]*)`")
_SOURCE = re.compile(r"\b(?:console|engines|tests|bench)/[\w/]+\.py\b")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    files = {*_FILE.findall(text), *_SOURCE.findall(text)}
    named = [ROOT / path for path in sorted(files) if not EXAMPLES.search(path)]
    linked = [page.parent / path for path in _LINK.findall(text)]
    assert [str(path) for path in (*named, *linked) if not path.exists()] == []


def test_the_index_lists_every_page() -> None:
    folder = DOCS / "contributing"
    linked = set(_LINK.findall((folder / "README.md").read_text("utf-8")))
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} <= linked
