"""``python -m bench.mutation [PATH …] [--sample N] [--seed S] [--workers W]``: which mutants no test notices.

Mutants are drawn from the files below the paths, tried in a copy of the working tree and told of at once, a
survivor with its diff; a table of the rooms follows. A survivor is either a test that is missing or a change
that makes no difference.
"""

from __future__ import annotations

import argparse
import difflib
import queue
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bench.mutation.operators import Mutant, mutants_of
from bench.mutation.rooms import DEFAULT_ROOMS, TESTS_OF_ROOM, files_of_tier, room_of
from bench.mutation.trial import Copy, Verdict

ROOT = Path(__file__).resolve().parents[2]


class Placed(NamedTuple):
    """A mutant with its file, relative to the checkout, and the room whose tests answer for it."""

    path: str
    room: str
    mutant: Mutant


def all_mutants(root: Path, paths: Sequence[str]) -> list[Placed]:
    """The mutants of all Python files below ``paths``; raises ``ValueError`` for a path without tests or files."""
    placed = []
    for path in paths:
        place = root / path
        files = [place] if place.is_file() else sorted(place.rglob("*.py"))
        if not files:
            raise ValueError(f"{path}: there is no Python file")
        for file in files:
            name = file.relative_to(root).as_posix()
            room = room_of(name)
            if room is None:
                raise ValueError(f"{name}: bench/mutation/rooms.py names no tests for it")
            placed += [Placed(name, room, mutant) for mutant in mutants_of(file.read_text("utf-8"))]
    return placed


def diff(root: Path, one: Placed) -> str:
    """The change of a mutant as a unified diff without context."""
    before = (root / one.path).read_text("utf-8").splitlines()
    lines = difflib.unified_diff(
        before, one.mutant.source.splitlines(), one.path, one.mutant.operator, n=0, lineterm=""
    )
    return "\n".join(lines)


def table(verdicts: Sequence[tuple[Placed, Verdict]], paths: Sequence[str]) -> str:
    """Mutants tried and noticed, a row for each of the paths."""
    rows = ["| below | tried | caught | hung | survived | noticed |", "|---|---|---|---|---|---|"]
    for path in paths:
        count = Counter(
            verdict for one, verdict in verdicts if one.path == path or one.path.startswith(f"{path}/")
        )
        tried = sum(count.values())
        share = f"{100 * (tried - count[Verdict.SURVIVED]) / tried:.0f} %" if tried else "–"
        cells = [str(count[verdict]) for verdict in Verdict]
        rows.append("| " + " | ".join([path, str(tried), cells[0], cells[1], cells[2], share]) + " |")
    return "\n".join(rows)


def try_all(root: Path, chosen: Sequence[Placed], workers: int) -> list[tuple[Placed, Verdict]]:
    """Try each mutant, in one copy of ``root`` per worker; tells of each as it is judged."""
    with tempfile.TemporaryDirectory(prefix="ascend-console-mutation-") as folder:
        copies: queue.Queue[Copy] = queue.Queue()
        Path(folder).chmod(0o755)  # some tests go on as another user, who has to read the code too
        for number in range(workers):
            copies.put(Copy(root, Path(folder) / str(number)))

        def judge(one: Placed) -> Verdict:
            copy = copies.get()
            try:
                tiers = [files_of_tier(tier, copy.folder) for tier in TESTS_OF_ROOM[one.room]]
                verdict = copy.judge(one.path, one.mutant, tiers)
            finally:
                copies.put(copy)
            print(f"{verdict.value:9}{one.path}:{one.mutant.line} {one.mutant.operator}", flush=True)
            if verdict is Verdict.SURVIVED:
                print(f"{diff(root, one)}\n", flush=True)
            return verdict

        with ThreadPoolExecutor(workers) as pool:
            return list(zip(chosen, pool.map(judge, chosen), strict=True))


def main(words: list[str]) -> int:
    """Draw, try and tell; returns 2 for a path that cannot be mutated."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("paths", nargs="*", default=list(DEFAULT_ROOMS), metavar="PATH")
    parser.add_argument("--sample", type=int, default=20, help="mutants drawn below each path; 0 takes all")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    parser.add_argument("--workers", type=int, default=1, help="mutants tried at a time")
    given = parser.parse_args(words)
    paths = [path.rstrip("/") for path in given.paths]
    chosen = []
    for path in paths:
        try:
            found = all_mutants(ROOT, [path])
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        draw = random.Random(f"{given.seed} {path}").sample(
            found, min(given.sample or len(found), len(found))
        )
        print(f"{path}: {len(found)} mutants, {len(draw)} drawn", flush=True)
        chosen += sorted(draw, key=lambda one: (one.path, one.mutant.line))
    started = time.monotonic()
    verdicts = try_all(ROOT, chosen, given.workers)
    print(f"\n{table(verdicts, paths)}\n\n{time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
