"""The TFRecord files of a data folder, indexed once per run and shared by its ranks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Optional

from engines.common.data.tfrecords import (
    RecordIndex,
    build_index,
    find_files,
    fingerprint,
    load_index,
    save_index,
)
from engines.common.devices.ranks import RankEnvironment
from engines.training.stop_flag import StopFlag


def open_record_set(
    folder: Path, prefix: str, cache: Path, ranks: RankEnvironment, stop: StopFlag
) -> Optional[RecordIndex]:
    """The index of ``<prefix>-*`` in ``folder``, as rank 0 builds it and keeps it in ``cache`` for the others
    and for later starts on the same files.

    ``None`` when rank 0 was asked to stop. The others wait even then: rank 0 may not have been asked, and
    tells them once the index is there.
    """
    files = find_files(folder, prefix)
    digest = fingerprint(files)
    while True:
        index = load_index(cache, digest)
        if index is not None:
            return index
        if ranks.rank == 0:
            index = build_index(files, stop)
            if index is not None:
                save_index(cache, index, digest)
            return index
        time.sleep(0.1)
