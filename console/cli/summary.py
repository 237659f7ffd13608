"""One run in words and in JSON."""

from __future__ import annotations

from console.cli.output import duration, number
from console.i18n import t
from console.runs.adoption import observed_state
from console.runs.curves.gaps import recorded_gaps
from console.runs.folder import RunFolder


def describe_run(folder: RunFolder) -> dict[str, object]:
    """Everything known of a run: its frozen plan, its state, gaps in its record and, once it has ended, its
    result."""
    return {
        "run_id": folder.run_id,
        "folder": folder.path,
        "state": observed_state(folder),
        "gaps": [str(gap.message) for gap in recorded_gaps(folder)],
        "result": folder.result(),
        "spec": folder.spec(),
    }


def end_sentence(folder: RunFolder) -> str:
    """One sentence on a run's end, with the figures that matter."""
    state = observed_state(folder)
    result = folder.result() or {}
    sentence = t(f"cli.end_{state.phase.value}", run=folder.run_id)
    if state.cause and state.cause.line:
        sentence += " " + t("cli.end_cause", rank=state.cause.rank, line=state.cause.line)
    top1 = result.get("top1")
    if isinstance(top1, float):
        sentence += " " + t("cli.end_top1", top1=f"{top1 * 100:.2f}", images=result.get("eval_images"))
    if folder.export_card.is_file():
        sentence += " " + t("cli.end_export", folder=folder.export_card.parent)
    seconds = state.ended - state.started if state.ended and state.started else None
    return sentence + " " + t("cli.end_time", time=duration(seconds), step=number(result.get("step"), 12))
