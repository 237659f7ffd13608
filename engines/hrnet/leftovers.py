"""Flags of the seed's scripts that have nothing to set here."""

from __future__ import annotations

from engines.common.flags.leftovers import LeftoverFlags

_THREADS = "images are read and prepared in parallel by the threads of --threads"
_SHUFFLE = "every epoch is shuffled as a whole"
_COPY = "a folder on this host by --data_path"

LEFTOVERS = LeftoverFlags(
    superseded={
        "cycle_length": _THREADS,
        "nb_threads": _THREADS,
        "buffer_size": _SHUFFLE,
        "prefetch_size": "two batches are prepared ahead",
        "nb_smpls_val": "the images of the evaluation set are counted",
        "random_remove": "the original code does nothing with it",
        "autotune": "the original code does nothing with it",
    },
    elsewhere={
        "data_disk": _COPY,
        "data_hdfs_host": _COPY,
        "data_dir_local": _COPY,
        "data_dir_hdfs": _COPY,
    },
)
