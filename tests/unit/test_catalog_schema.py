"""One schema for the loader, for editors and for the documentation, and the profiles that come with us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from console.catalog.loader import check_file, load_catalog
from console.catalog.profile import Backend, ToggleName
from console.catalog.schema import json_schema, schema_markdown
from console.i18n import Language, set_language
from console.launch.parameters import default_values
from console.locations import profiles_dir

DOCS = Path(__file__).parents[2] / "docs"
BUILT_IN = sorted(profiles_dir().glob("*.yaml"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_the_published_schema_is_the_one_that_is_checked() -> None:
    published = json.loads((DOCS / "profile.schema.json").read_text("utf-8"))
    assert published == json_schema(), "run: ascend-console profiles schema > docs/profile.schema.json"
    jsonschema.Draft202012Validator.check_schema(published)


def test_the_documented_table_is_the_one_that_is_checked() -> None:
    assert schema_markdown() in (DOCS / "profiles.md").read_text("utf-8"), (
        "put the output of `ascend-console profiles schema --markdown` into docs/profiles.md"
    )


def test_the_example_of_the_documentation_is_a_right_profile(tmp_path: Path) -> None:
    text = (DOCS / "profiles.md").read_text("utf-8")
    examples = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    assert len(examples) >= 2
    for number, example in enumerate(examples):
        file = tmp_path / f"{number}.yaml"
        file.write_text(example, "utf-8")
        assert [str(problem) for problem in check_file(file)[1]] == []
        jsonschema.validate(yaml.safe_load(example), json_schema())


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_a_built_in_profile_is_right(path: Path) -> None:
    catalog = load_catalog([profiles_dir()])
    assert [str(problem) for problem in catalog.problems] == []
    assert catalog.get(path.stem).source == path
    jsonschema.validate(read(path), json_schema())


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_a_built_in_profile_speaks_both_languages(path: Path) -> None:
    profile = load_catalog([profiles_dir()]).get(path.stem)
    texts = [profile.summary, *(parameter.help for parameter in profile.parameters)]
    assert all(text.english and text.chinese and text.english != text.chinese for text in texts)
    set_language(Language.CHINESE)
    assert str(profile.summary) == profile.summary.chinese
    set_language(Language.ENGLISH)


def test_alexnet_holds_the_recipe() -> None:
    profile = load_catalog([profiles_dir()]).get("alexnet")
    on_eight = default_values(profile, "imagenet", 8)
    assert {name: on_eight[name] for name in ("batch_size", "lr", "max_epochs", "warmup_epochs")} == {
        "batch_size": 128,
        "lr": 0.06,
        "max_epochs": 150,
        "warmup_epochs": 5,
    }
    for devices in profile.devices:
        values = default_values(profile, "imagenet", devices)
        assert values["lr"] == pytest.approx(0.06 / 1024 * float(values["batch_size"] or 0) * devices)
    digits = default_values(profile, "digits", 2)
    assert (digits["num_classes"], digits["random_flip"]) == (10, False)
    assert (profile.default_dataset, profile.default_devices) == ("digits", 2)
    assert profile.default_task == "train_and_evaluate"
    assert {result.metric: result.value for result in profile.published} == {
        "top1": 0.6012,
        "top5": 0.8206,
        "throughput": 33500,
    }
    npu_only = {toggle.name for toggle in profile.toggles if toggle.backends == {Backend.NPU}}
    assert npu_only == {ToggleName.MIXLIST, ToggleName.FUSION_OFF}


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        ({}, True),
        ({"frame": 1}, False),
        ({"devices": ["two"]}, False),
        ({"devices": [1, 1]}, False),
        ({"backends": ["gpu"]}, False),
        ({"toggles": {"overflow_dumb": None}}, False),
        ({"engine": None, "command": {"argv": ["a"]}}, True),
        ({"command": {"argv": ["a"]}}, False),
        ({"title": None}, False),
        ({"parameters": {"lr": {"type": "float"}}}, False),
        ({"parameters": {"lr": 0.1}}, False),
        ({"extends": "base", "title": None, "parameters": {"lr": 0.1}}, True),
        ({"extends": "base", "parameters": {"lr": {"default": 0.1}}}, True),
        ({"name": "a b"}, False),
    ],
)
def test_an_editor_is_told_the_same_as_the_loader(
    tmp_path: Path, change: dict[str, Any], is_right: bool
) -> None:
    base = {
        "name": "base",
        "title": "Base",
        "framework": "tensorflow",
        "engine": "alexnet",
        "datasets": {"digits": None},
        "devices": [1],
        "backends": ["cpu"],
        "parameters": {"lr": {"type": "float", "help": "Rate."}},
    }
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(base), "utf-8")
    merged = {**base, "name": "mine", **change}
    document = {key: value for key, value in merged.items() if value is not None}
    file = tmp_path / "mine.new"
    file.write_text(yaml.safe_dump(document), "utf-8")
    assert (check_file(file, [tmp_path])[0] is not None) == is_right
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(document) == is_right
