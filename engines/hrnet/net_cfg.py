"""Network cfg files in the seed's format: which there are, what they say, what is wrong with them.

INI sections COMMON, NET, FRONT, S2, S3 … and HEAD; see ``cfgs/w18.cfg``.
"""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Tuple

from engines.common.errors import UsageError
from engines.common.flags.parser import nearest

SHIPPED = Path(__file__).resolve().parent / "cfgs"

HEAD = "dense"
"""The scope of the layer whose width is the number of classes."""

EXPANSION = 4
"""A bottleneck's output has this many times the channels of its inner convolutions."""


class Stage(NamedTuple):
    """One stage: ``modules`` modules of ``branches`` branches with ``blocks`` basic blocks each."""

    modules: int
    blocks: int
    branches: int


class NetShape(NamedTuple):
    """All that counts for the network's layers but the number of classes.

    ``channels`` is the width of the finest branch, doubled from each branch to the next. ``front_channels``
    is the stem's, ``bottleneck_channels`` the output's of the ``front_blocks`` blocks after it.
    ``stages`` are the second and later ones. ``head_channels`` is what the head makes of the finest branch,
    also doubled from each to the next, ``final_channels`` the width that is averaged over the image.
    """

    channels: int
    front_channels: int
    bottleneck_channels: int
    front_blocks: int
    stages: Tuple[Stage, ...]
    head_channels: int
    final_channels: int


class NetCfg(NamedTuple):
    """A whole file: the network, and what it sets for the training unless a flag does.

    ``remarks`` are sentences about what the file says and nobody reads.
    """

    shape: NetShape
    num_classes: int
    base_lr: float
    momentum: float
    weight_decay: float
    summary_step: int
    save_step: int
    remarks: Tuple[str, ...]


def read_net_cfg(name: str) -> NetCfg:
    """The cfg at the path ``name``, or the shipped one of that name. Raises :class:`UsageError`."""
    path = find_net_cfg(name)
    cfg = _File(path)
    stages = tuple(_stage(cfg, number + 2) for number in range(cfg.count("NET", "num_stages")))
    channels = cfg.count("NET", "num_channels")
    shape = NetShape(
        channels=channels,
        front_channels=cfg.count("FRONT", "num_channels"),
        bottleneck_channels=cfg.count("FRONT", "bottlenect_channels", "bottleneck_channels"),
        front_blocks=cfg.count("FRONT", "num_blocks"),
        stages=stages,
        head_channels=cfg.count("HEAD", "base_channel"),
        final_channels=cfg.count("HEAD", "fc_channel"),
    )
    _check(cfg, shape)
    return NetCfg(
        shape=shape,
        num_classes=cfg.count("HEAD", "cls_num"),
        base_lr=cfg.number("COMMON", "lr_rate_init", "0.1"),
        momentum=cfg.number("COMMON", "momentum", "0.9"),
        weight_decay=cfg.number("NET", "weight_l2_scale", "1e-4"),
        summary_step=cfg.count("COMMON", "summary_step", default="100"),
        save_step=cfg.count("COMMON", "save_step", default="10000"),
        remarks=tuple(cfg.remarks()),
    )


def find_net_cfg(name: str) -> Path:
    """The file that ``name`` means. Raises :class:`UsageError` naming what is shipped."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = shipped_names()
    if name in shipped:
        return SHIPPED / (name + ".cfg")
    raise UsageError(
        "--net_cfg {} is neither a file nor a network that comes with the engine ({}){}".format(
            name, ", ".join(shipped), nearest(path.stem, shipped)
        )
    )


def shipped_names() -> List[str]:
    """The networks that come with the engine."""
    return sorted(path.stem for path in SHIPPED.glob("*.cfg"))


class _File:
    """The values of one file; what was asked for is remembered, the rest is remarked upon."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked: List[Tuple[str, str]] = []
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#", ";"))
        try:
            parser.read_string(path.read_text(encoding="utf-8"))
        except (configparser.Error, UnicodeDecodeError, OSError) as error:
            raise UsageError(
                "--net_cfg {} cannot be read: {}.".format(path, " ".join(str(error).split()).rstrip("."))
            ) from None
        self._values: Dict[Tuple[str, str], str] = {
            (section.upper(), key): value
            for section in parser.sections()
            for key, value in parser.items(section)
        }

    def count(self, section: str, *spellings: str, default: str = "") -> int:
        """The whole number from 1 up under one of the ``spellings`` of a key."""
        return int(self._value(section, spellings, default, int, 1, "a whole number from 1 up"))

    def number(self, section: str, key: str, default: str) -> float:
        """The number from 0 up at ``key``."""
        return self._value(section, (key,), default, float, 0, "a number from 0 up")

    def refuse(self, section: str, key: str, what: str) -> UsageError:
        """The error that the value of ``key`` is wrong because of ``what``."""
        return UsageError("--net_cfg {}: [{}] {} {}.".format(self._path, section, key, what))

    def remarks(self) -> List[str]:
        """The remarks about values that nothing reads."""
        return [
            "{}: [{}] {} has no effect.".format(self._path.name, section, key)
            for section, key in self._values
            if (section, key) not in self._asked
        ]

    def _value(
        self,
        section: str,
        spellings: Tuple[str, ...],
        default: str,
        read: Callable[[str], float],
        minimum: int,
        kind: str,
    ) -> float:
        self._asked += [(section, key) for key in spellings]
        text = next(
            (self._values[section, key] for key in spellings if (section, key) in self._values), default
        )
        if not text:
            raise self.refuse(section, spellings[0], "is missing")
        try:
            value = read(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value < float("inf"):
            raise self.refuse(section, spellings[0], "is '{}', but must be {}".format(text, kind))
        return value


def _stage(cfg: _File, number: int) -> Stage:
    section = "S{}".format(number)
    return Stage(
        cfg.count(section, "num_modules"),
        cfg.count(section, "num_blocks"),
        cfg.count(section, "num_branches"),
    )


def _check(cfg: _File, shape: NetShape) -> None:
    """Raise where the sections contradict each other."""
    if cfg.count("FRONT", "output_channels") != shape.channels:
        raise cfg.refuse("FRONT", "output_channels", "must be [NET] num_channels, {}".format(shape.channels))
    if shape.bottleneck_channels % EXPANSION:
        raise cfg.refuse("FRONT", "bottlenect_channels", "must be a multiple of {}".format(EXPANSION))
    if shape.head_channels % EXPANSION:
        raise cfg.refuse("HEAD", "base_channel", "must be a multiple of {}".format(EXPANSION))
    before = 1
    for number, stage in enumerate(shape.stages, 2):
        if stage.branches < before:
            message = "is {}, but a stage has at least the {} of the one before".format(
                stage.branches, before
            )
            raise cfg.refuse("S{}".format(number), "num_branches", message)
        before = stage.branches
    if cfg.count("HEAD", "num_branches") != before:
        raise cfg.refuse("HEAD", "num_branches", "must be the {} of the last stage".format(before))
