"""Verbs that ask something of a run which has ended: one answer, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.cli.verbs.control import checkpoint, dump, kill, stop, trace
from console.errors import UserError
from console.runs import adoption
from console.runs.files import plain, write_json
from console.runs.folder import RunFolder
from console.runs.state import Phase, starting_state


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        (stop, {"no_wait": True}),
        (kill, {"no_wait": True}),
        (checkpoint, {}),
        (trace, {"steps": "10-20"}),
        (dump, {"steps": "10"}),
    ],
)
def test_an_ended_run_is_asked_nothing_and_adopted_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: object, arguments: dict[str, object]
) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    ended = plain(starting_state("run", 1.0)) | {"phase": Phase.FINISHED.value}
    write_json(folder.state_path, ended)
    monkeypatch.setattr(adoption, "launch_supervisor", lambda *_, **__: pytest.fail("adopted"))
    with pytest.raises(UserError) as refusal:
        verb.callback(folder=folder, **arguments)  # type: ignore[attr-defined]
    assert refusal.value.message.key == "runs.already_ended"
    assert not folder.control_path.exists()
