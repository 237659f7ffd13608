"""Every kind of event has a reader: an alert, a mark on the charts, or a reason why neither is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from console.cli.verbs.show import show
from console.metrics.events import EventKind, parse_event
from console.metrics.ingest import RankIngest
from console.metrics.samples import Event
from console.metrics.store import SampleStore, XAxis
from console.runs.folder import RunFolder
from console.tui.monitor.alerts import alerts_of
from console.tui.monitor.charts.drawing import Timeline, marks_of
from console.tui.monitor.snapshot import Severity

SILENT: Mapping[EventKind, str] = {
    EventKind.START: "its totals stand in the head and place the other events on the axis of epochs",
    EventKind.DUMP: "the artefacts panel finds the files themselves",
    EventKind.PROFILE: "the artefacts panel finds the files themselves",
    EventKind.EVALUATION: "its metric line is drawn as a curve",
    EventKind.EXPORT: "the head names the folder of a finished export",
    EventKind.ACK: "the answer is announced, and a refusal is an alert, from the state",
    EventKind.STOP: "the head tells how the run ended, from the state",
    EventKind.RESULT: "the head shows the result file itself",
    EventKind.RESUMED_PROGRESS: "the alert of the stall changes its words, from the state",
    EventKind.ADOPTED: "a repair after which nothing is missing",
}
"""The kinds that neither alerts nor charts show, and why that hides nothing."""

DETAIL = {"exit_code": 1, "signal": None, "count": 3, "error": "a defect", "seconds": 65.0, "attempt": 2}


def is_shown(kind: str) -> bool:
    event = Event(0, 7, 1.0, kind, DETAIL)
    return bool(alerts_of(None, [event], (), {}) or marks_of([event], XAxis.STEP, Timeline()))


@pytest.mark.parametrize("kind", EventKind)
def test_a_kind_of_event_is_shown_or_silent_for_a_reason(kind: EventKind) -> None:
    assert is_shown(kind) != (kind in SILENT), "show it by an alert or a mark, or give the reason in SILENT"


def test_kinds_are_listed_as_they_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8")
    engines_part = {
        str(json.loads(line.removeprefix("@event "))["kind"])
        for line in text.splitlines()
        if line.startswith("@event ")
    }
    own_part = next(
        line for line in text.splitlines() if "The supervisor adds events of its own kinds" in line
    )
    own = {kind for kind in EventKind if f"`{kind}`" in own_part}
    assert engines_part | own == set(EventKind) and not engines_part & own


def test_a_kind_nobody_knows_is_kept_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "rank-0.log"
    log.write_bytes(b'@event {"kind": "coffee", "step": 7, "cups": 2}\n')
    events = RankIngest(0, log).poll().events
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([], events, {0: 0})
        stored = [event for _, event in store.events()]
    assert [(event.kind, event.step, event.detail["cups"]) for event in stored] == [("coffee", 7, 2)]
    assert not is_shown("coffee")


def test_a_kind_reads_as_its_word_everywhere(tmp_path: Path) -> None:
    kind = EventKind.DISK_FULL
    assert (f"{kind}", str(kind), json.dumps(kind)) == ("disk_full", "disk_full", '"disk_full"')
    assert parse_event(b'@event {"kind": "disk_full"}') == {"kind": kind}
    with SampleStore.open(tmp_path / "metrics.sqlite") as store:
        store.append([], [Event(0, -1, 1.0, kind, {})], {})
        assert [type(event.kind) for _, event in store.events()] == [str]


def test_what_could_not_be_read_is_an_alert_with_a_remedy() -> None:
    damaged = [
        Event(rank, 7, 1.0, "damaged_events", {"count": count}) for rank, count in ((1, 1), (1, 2), (3, 4))
    ]
    (alert,) = alerts_of(None, damaged, (), {})
    assert alert.severity is Severity.WARNING
    assert (
        "6 or more" in str(alert.message) and "rank 1" in str(alert.message) and "@event" in str(alert.remedy)
    )
    (alert,) = alerts_of(None, [Event(2, 7, 1.0, "log_unreadable", {"error": "a defect"})], (), {})
    assert "rank 2" in str(alert.message) and "a defect" in str(alert.message)
    assert "supervisor.log" in str(alert.remedy)


def test_show_tells_what_could_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    callback = show.callback
    assert callback is not None
    callback(folder=folder, as_json=False)
    assert "not recorded" not in capsys.readouterr().out
    with SampleStore.open(folder.store_path) as store:
        store.append([], [Event(0, -1, 1.0, "damaged_events", {"count": 5})], {})
    callback(folder=folder, as_json=False)
    assert "not recorded  Event lines that cannot be read: 5 or more" in " ".join(
        capsys.readouterr().out.split(" ")
    )
    callback(folder=folder, as_json=True)
    assert "5 or more" in json.loads(capsys.readouterr().out)["gaps"][0]
