"""The command line in Chinese: also what the library that parses it says."""

from __future__ import annotations

import re

import pytest

from .conftest import Console


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run"], "缺少参数 'PROFILE'（"),
        (["runs", "--nope"], "没有选项 '--nope'（"),
        (["runs", "--limi=3"], "没有选项 '--limi'"),
        (["runs", "--limit=x"], "'--limit' 取值无效：'x' 不是有效的数值"),
        (["runs", "--limit"], "选项 '--limit' 需要一个值（"),
        (["runs", "--limit=0"], "'--limit' 取值无效：0 不在范围 x>=1 内（"),
        (["runs", "--json=1"], "选项 '--json' 不带值（"),
        (["data", "check", "--layout=x", "/x"], "'x' 不在可选值之列：'auto', 'slim-tfrecord'"),
        (["data", "nope"], "没有命令 'nope'（"),
        (["parse", "/a", "/b"], "多余的参数（/b）"),
        (["--lang=zh", "show"], ""),
    ],
)
def test_a_mistake_is_told_in_chinese(console: Console, words: list[str], sentence: str) -> None:
    done = console(*words, ASCEND_CONSOLE_LANG="zh")
    assert sentence in done.stderr
    prose = re.sub(r"'[^']*'|（参见[^）]*）|（integer range）|ascend-console|PROFILE", "", done.stderr)
    assert not re.search(r"[A-Za-z]{4,} [a-z]", prose), prose


def test_help_has_chinese_headings(console: Console) -> None:
    for words in (["--help"], ["data"], ["data", "check", "--help"], ["run", "-h"]):
        done = console("--lang=zh", *words)
        text = done.stdout + done.stderr
        assert text.startswith("用法: ascend-console")
        assert "选项:" in text
        assert "显示本帮助并退出。" in text
        assert not re.search(r"Usage|Options|Commands|Show this", text)


def test_help_in_english_is_as_it_was(console: Console) -> None:
    done = console("data")
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: ascend-console data")
    assert "Commands:" in done.stderr
    assert (
        console("run").stderr
        == "ascend-console: Missing argument 'PROFILE' (see ascend-console run --help)\n"
    )
