"""The commands of a plan as text that a POSIX shell understands: what is shown is what is executed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from console.i18n import t
from console.launch.plan import LaunchPlan, RankCommand


def preview_lines(plan: LaunchPlan) -> list[str]:
    """Folder, environment additions and command of rank 0, then what differs for the other ranks.

    All of it together is one command for a shell, since the remarks stand behind ``#``. Empty while the plan
    is blocked.
    """
    if not plan.ranks:
        return []
    first, *others = plan.ranks
    lines = [*_remarks(first, len(plan.ranks)), f"cd {shlex.quote(str(plan.cwd))} &&", "env \\"]
    lines += [f"  {shlex.quote(f'{name}={value}')} \\" for name, value in first.env.items()]
    program, flags = _split_flags(first.argv)
    lines.append(shlex.join(program) + (" \\" if flags else ""))
    lines += [f"  {shlex.quote(flag)} \\" for flag in flags[:-1]]
    lines += [f"  {shlex.quote(flag)}" for flag in flags[-1:]]
    for other in others:
        differences = " ".join(_differences(first, other)).replace("\n", "\\n")
        lines.append(f"# {t('launch.preview_rank', rank=other.rank)} {differences}")
    return lines


def preview_text(plan: LaunchPlan) -> str:
    """:func:`preview_lines` as one text to copy."""
    return "\n".join(preview_lines(plan))


def _remarks(first: RankCommand, world_size: int) -> Iterator[str]:
    if world_size > 1:
        yield f"# {t('launch.preview_first', count=world_size)}"
    if first.cpu_ids:
        yield f"# {t('launch.preview_cores', cores=_spans(first.cpu_ids))}"


def _split_flags(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The program with its leading words, and everything from the first flag on."""
    start = next((index for index, word in enumerate(argv) if word.startswith("-")), len(argv))
    return argv[:start], argv[start:]


def _differences(first: RankCommand, other: RankCommand) -> Iterator[str]:
    for name, value in other.env.items():
        if first.env.get(name) != value:
            yield shlex.quote(f"{name}={value}")
    for here, there in zip(first.argv, other.argv, strict=True):
        if here != there:
            yield shlex.quote(there)
    if other.cpu_ids != first.cpu_ids:
        yield t("launch.preview_cores", cores=_spans(other.cpu_ids))


def _spans(numbers: Sequence[int]) -> str:
    """``0-3,8`` for 0, 1, 2, 3, 8."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return ",".join("-".join(map(str, span)) for span in spans)
