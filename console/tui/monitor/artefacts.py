"""The artefacts of a run on disk: checkpoints, dumps and traces, and whether each debug toggle took effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.catalog.profile import ToggleName
from console.i18n import t
from console.i18n.sizes import bytes_text
from console.runs.artefacts import Evidence, toggle_evidence
from console.runs.checkpoints import Checkpoint, list_checkpoints
from console.runs.folder import RunFolder
from console.tui.cells import pad
from console.tui.dialogs.base import Dialog
from console.tui.monitor.ages import ago_text
from console.tui.widgets.chart.scale import group_digits
from console.tui.wording import UNKNOWN

NAME_WIDTH = 24
MOST_CHECKPOINTS = 8


class Artefacts(NamedTuple):
    """The finds in the run folder. ``toggles`` are those that were on at the launch."""

    folder: RunFolder
    toggles: frozenset[str]
    evidence: Mapping[ToggleName, Evidence]
    checkpoints: tuple[Checkpoint, ...]


def find_artefacts(folder: RunFolder) -> Artefacts:
    """Look into the run folder; walks its folders, so not for a thread that draws."""
    switches = folder.spec().get("toggles")
    on = {name for name, value in switches.items() if value} if isinstance(switches, dict) else set()
    return Artefacts(folder, frozenset(on), toggle_evidence(folder), tuple(list_checkpoints(folder)))


class ArtefactsDialog(Dialog[None]):
    """Shows :class:`Artefacts` as they were when it was opened."""

    DEFAULT_CSS = """
    ArtefactsDialog {
        & > .frame { width: 96; }
        & VerticalScroll { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,a", "cancel", show=False)]

    def __init__(self, artefacts: Artefacts, now: float) -> None:
        super().__init__(
            t("monitor.artefacts_title", run=artefacts.folder.run_id), t("monitor.artefacts_keys")
        )
        self._artefacts = artefacts
        self._now = now

    def compose_body(self) -> Iterator[Widget]:
        """The lists."""
        scroll = VerticalScroll(Static(Content("\n").join(artefact_lines(self._artefacts, self._now))))
        scroll.can_focus = True
        yield scroll


def artefact_lines(artefacts: Artefacts, now: float) -> Iterator[Content]:
    """Checkpoints, then every toggle with what its files say, then where all of it lies."""
    yield Content.styled(t("monitor.checkpoints"), "bold $primary")
    for checkpoint in artefacts.checkpoints[: -MOST_CHECKPOINTS - 1 : -1]:
        step = (
            UNKNOWN
            if checkpoint.step is None
            else t("monitor.checkpoint_step", step=group_digits(checkpoint.step))
        )
        age = ago_text(now - checkpoint.time)
        yield _line(step, f"{bytes_text(checkpoint.size)}   {age}   {checkpoint.path.name}")
    if not artefacts.checkpoints:
        yield _line("", t("monitor.no_checkpoint"))
    yield Content("")
    yield Content.styled(t("monitor.toggles"), "bold $primary")
    for toggle in ToggleName:
        on = toggle.value in artefacts.toggles
        found = artefacts.evidence.get(toggle)
        yield _line(
            t(f"monitor.toggle_{toggle.value}"),
            _toggle_words(on, found, now),
            found_files=bool(found and found.files),
        )
    if (traces := artefacts.evidence.get(ToggleName.PROFILING)) and traces.files:
        yield Content("  ") + Content(t("monitor.open_trace", path=artefacts.folder.path / "profiles"))
    yield Content("")
    yield Content.assemble((f"{t('monitor.folder')}  ", "$muted"), str(artefacts.folder.path))


def _line(name: str, words: str, found_files: bool = False) -> Content:
    return Content.assemble(
        f"  {pad(name, NAME_WIDTH)}", (words, "$success" if found_files else "$foreground")
    )


def _toggle_words(on: bool, evidence: Evidence | None, now: float) -> str:
    launched = t("monitor.toggle_on") if on else t("monitor.toggle_off")
    if evidence is None:
        return launched
    if not evidence.files or evidence.newest is None:
        return f"{launched} · {t('monitor.no_evidence')}"
    words = t(
        "monitor.evidence",
        count=evidence.files,
        size=bytes_text(evidence.bytes),
        ago=ago_text(now - evidence.newest),
    )
    return f"✓ {words} · {launched}"
