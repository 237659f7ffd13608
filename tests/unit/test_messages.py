"""The message tables: complete in both languages, no key missing, none left over."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator

import pytest

from console.i18n import Language, Message, set_language, t
from console.i18n.tables import MESSAGES_DIR, language_of_environment

CONSOLE = MESSAGES_DIR.parents[1]
TABLES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(MESSAGES_DIR.glob("*.json"))}
KEYS = {f"{room}.{name}" for room, table in TABLES.items() for name in table}
KEY = re.compile(rf"(?:{'|'.join(TABLES)})\.(?!json$|sqlite$|tcss$|yaml$|py$)[a-z0-9_]+")


NEVER_ONE = {"launch.profiling_long", "launch.steps_too_many", "launch.rank_table_complete"}
"""Texts that are only told of many."""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts_of_source() -> Iterator[tuple[str, bool]]:
    """Every string of the source, with whether it is only the constant beginning of a longer one."""
    for path in CONSOLE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in formatted for part in node.values}
        for node in formatted:
            if node.values and isinstance(node.values[0], ast.Constant):
                yield str(node.values[0].value), True
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                yield node.value, False


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_message_stands_in_both_languages_with_the_same_fields(key: str) -> None:
    room, name = key.split(".")
    texts = TABLES[room][name]
    assert set(texts) - {"en_one"} == {"en", "zh"}
    assert texts["en"].strip() and texts["zh"].strip()
    assert fields(texts["en"]) == fields(texts["zh"])


@pytest.mark.parametrize(
    "key", sorted(key for key in KEYS if "en_one" in TABLES[key.split(".")[0]][key.split(".")[1]])
)
def test_a_singular_has_the_fields_of_its_plural(key: str) -> None:
    room, name = key.split(".")
    assert "count" in fields(TABLES[room][name]["en"])
    assert fields(TABLES[room][name]["en_one"]) == fields(TABLES[room][name]["en"])


def test_one_thing_is_told_in_the_singular() -> None:
    assert t("launch.ranks", count=1) == "1 rank"
    assert t("launch.ranks", count=2) == "2 ranks"
    set_language(Language.CHINESE)
    assert t("launch.ranks", count=1) == "1 个进程"


def test_every_english_plural_behind_a_count_has_a_singular() -> None:
    plural = re.compile(r"\{count\} (?:more )?[a-zA-Z]+s\b")
    bare = {
        f"{room}.{name}"
        for room, table in TABLES.items()
        for name, texts in table.items()
        if plural.search(texts["en"]) and "en_one" not in texts
    }
    assert bare == NEVER_ONE


def test_every_key_of_the_source_is_in_a_table() -> None:
    used = {text for text, dynamic in texts_of_source() if not dynamic and KEY.fullmatch(text)}
    assert used, "the source uses message keys"
    assert used - KEYS == set()


def test_no_message_is_left_over() -> None:
    used = {text for text, dynamic in texts_of_source() if not dynamic}
    prefixes = tuple(text for text, dynamic in texts_of_source() if dynamic and "." in text)
    rooms_by_name = tuple(f"{text}." for text in used if text in TABLES)
    unused = {key for key in KEYS - used if not key.startswith(prefixes + rooms_by_name)}
    assert unused == set()


def test_a_message_follows_the_language() -> None:
    message = Message.of("cli.reindexed", run="r1")
    assert str(message) == "Rebuilt the samples of r1."
    set_language(Language.CHINESE)
    assert str(message) == "已重建 r1 的采样数据。"


def test_an_unknown_key_is_a_defect() -> None:
    with pytest.raises(KeyError):
        t("cli.no_such_text")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "zh_CN.UTF-8"}, Language.CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Language.ENGLISH),
        ({"LANG": "de_DE.UTF-8"}, Language.ENGLISH),
        ({"LANG": "en_US.UTF-8", "ASCEND_CONSOLE_LANG": "zh"}, Language.CHINESE),
    ],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], language: Language) -> None:
    assert language_of_environment(environment) is language
