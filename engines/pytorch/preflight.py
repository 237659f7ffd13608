"""The needs of a PyTorch run of its environment, checked before the framework is imported."""

from __future__ import annotations

import os

from engines.common.devices.processor import computes_in_bfloat16
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.flags.toggles import Toggles

RENDEZVOUS = ("MASTER_ADDR", "MASTER_PORT")


def check_backend(backend: str, toggles: Toggles, ranks: RankEnvironment) -> None:
    """Raise :class:`UsageError` for a switch that does nothing on ``backend`` and for ranks that cannot meet.

    Also has compute threads wait asleep, which they only do when told before the framework is imported. By
    default they spin at the end of every loop, and where other processes want the cores too, such as other
    ranks, they take them from the thread that all wait for: a step of ResNet-50 took ten times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for path, flag in ((toggles.mixlist, "--use_mixlist"), (toggles.fusion_off, "--fusion_off_flag")):
        if path is not None:
            raise UsageError(
                "{} works on NPU under TensorFlow alone: PyTorch's adapter has no such switch.".format(flag)
            )
    if backend == "cpu" and toggles.precision_mode not in (None, "O0") and not computes_in_bfloat16():
        raise UsageError(
            "--precision_mode {} computes in bfloat16 on CPU, and this CPU has no instructions for it "
            "(no avx512_bf16, amx_bf16 or ARM bf16): use O0.".format(toggles.precision_mode)
        )
    if ranks.world_size > 1:
        _check_rendezvous(ranks)


def _check_rendezvous(ranks: RankEnvironment) -> None:
    missing = [name for name in RENDEZVOUS if not os.environ.get(name)]
    if missing:
        raise UsageError(
            "RANK_SIZE is {}, so {} must be set for the ranks to meet.".format(
                ranks.world_size, " and ".join(missing)
            )
        )
    if not os.environ["MASTER_PORT"].isdigit():
        raise UsageError("MASTER_PORT is '{}', but must be a port.".format(os.environ["MASTER_PORT"]))
    for name, wanted in (("RANK", ranks.rank), ("WORLD_SIZE", ranks.world_size)):
        if os.environ.get(name, str(wanted)) != str(wanted):
            raise UsageError(
                "{} is {}, but RANK_ID and RANK_SIZE say {}.".format(name, os.environ[name], wanted)
            )
