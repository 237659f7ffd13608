"""The run folder was removed while the run went on.

Nothing can be recorded any more and no request can come, so the supervisor leaves. The ranks are left alone:
nobody asked to end them. A note beside the place where the folder was names their processes.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from console.i18n import t
from console.runs.folder import RunFolder
from console.runs.supervisor.ranks import Ranks


def is_gone(folder: RunFolder) -> bool:
    """True when the folder this process works in no longer lies at its place."""
    try:
        return not os.path.samestat(folder.path.stat(), Path().stat())
    except OSError:
        return True


def leave_note(folder: RunFolder, ranks: Ranks) -> None:
    """Write which processes go on, if any do, into ``<run id>.orphaned.txt`` in the runs folder."""
    pids = [rank.process.pid for rank in ranks.all if rank.is_live and rank.process is not None]
    if not pids:
        return
    text = t("runs.orphaned", run=folder.run_id, pids=" ".join(map(str, pids)))
    with contextlib.suppress(OSError):
        folder.path.with_name(f"{folder.run_id}.orphaned.txt").write_text(text + "\n", "utf-8")
