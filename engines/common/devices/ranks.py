"""This process among those of the run, from the environment that the launcher sets."""

from __future__ import annotations

import json
from typing import List, Mapping, NamedTuple, Tuple

from engines.common.errors import UsageError


class RankEnvironment(NamedTuple):
    """``rank`` of ``world_size`` processes; ``peers`` are their ``host:port`` addresses on CPU, by rank."""

    rank: int
    world_size: int
    peers: Tuple[str, ...] = ()


def read_rank_environment(environ: Mapping[str, str]) -> RankEnvironment:
    """Read ``RANK_ID``, ``RANK_SIZE`` and ``TF_CONFIG``. Raises :class:`UsageError` for nonsense."""
    world_size = _whole_number(environ, "RANK_SIZE", 1)
    if world_size < 1:
        raise UsageError("RANK_SIZE is {}, but a run has at least one rank.".format(world_size))
    rank = _whole_number(environ, "RANK_ID", 0)
    if not 0 <= rank < world_size:
        raise UsageError(
            "RANK_ID is {}, but must be from 0 to {} as RANK_SIZE is {}.".format(
                rank, world_size - 1, world_size
            )
        )
    peers = _cluster(environ["TF_CONFIG"], rank, world_size) if environ.get("TF_CONFIG") else []
    return RankEnvironment(rank, world_size, tuple(peers))


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise UsageError("{} is '{}', but must be a whole number.".format(name, text)) from None


def _cluster(text: str, rank: int, world_size: int) -> List[str]:
    try:
        config = json.loads(text)
        workers = [str(address) for address in config["cluster"]["worker"]]
        index = int(config["task"]["index"])
    except (ValueError, KeyError, TypeError):
        raise UsageError("TF_CONFIG does not describe a cluster of workers with a task index.") from None
    if len(workers) != world_size or index != rank:
        raise UsageError(
            "TF_CONFIG names worker {} of {}, but RANK_ID is {} and RANK_SIZE is {}.".format(
                index, len(workers), rank, world_size
            )
        )
    return workers
