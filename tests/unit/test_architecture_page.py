"""The page on the architecture names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
FILE = re.compile(r"\b(?:console|engines|tests|bench)/[\w/]+\.py\b")


def test_every_file_that_the_architecture_page_names_exists() -> None:
    named = set(FILE.findall(PAGE.read_text("utf-8")))
    assert named, "the page names files by their paths"
    assert {path for path in named if not (ROOT / path).exists()} == set()
