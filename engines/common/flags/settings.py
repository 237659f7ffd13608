"""The settings of a training that every engine has: its flags, read once and not changed after.

An engine's recipe derives its own class from :class:`Settings`; trainers read the fields that stand here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Dict, Optional, Tuple, Type, TypeVar

from engines.common.flags.declaration import CADENCE, DERIVED, IMAGES, OPTIMISATION, RUN, STEPS, fixed
from engines.common.flags.toggles import ToggleSettings
from engines.common.flags.values import dropped_share, fraction, names, natural_int

S = TypeVar("S", bound="Settings")

BACKENDS = ("auto", "npu", "cpu")
MODES = ("train", "evaluate", "train_and_evaluate", "export")

_OTHER_WORDS = {"eval": "evaluate", "train_and_eval": "train_and_evaluate"}


def _mode(word: str) -> str:
    """A mode, also by the word that some seeds have for it."""
    return _OTHER_WORDS.get(word, word)


@dataclass(frozen=True)
class RunSettings:
    """The place of the run, its start and its task."""

    data_dir: Path = RUN.flag(Path("path/to/data"), "folder of the data set")
    run_dir: Path = RUN.flag(
        Path("model_1p"), "folder for checkpoints, dumps, traces, events and result.json", "--log_dir"
    )
    mode: str = RUN.flag("train_and_evaluate", "what to do", kind=_mode, choices=MODES)
    export_dir: Optional[Path] = RUN.flag(
        None,
        "new folder for mode export, which takes the checkpoint of --restore_path, or else the best of "
        "RUN_DIR; default: RUN_DIR/export",
    )
    backend: str = RUN.flag(
        "auto",
        "where to compute; auto is npu where adapter and device are there, else cpu",
        choices=BACKENDS,
    )
    resume_from: Optional[Path] = RUN.flag(
        None,
        "checkpoint to go on from: weights, optimizer and step; a folder means its newest",
        metavar="CKPT",
    )
    restore_path: Optional[Path] = RUN.flag(
        None, "checkpoint to take weights alone from, for training on other data", metavar="CKPT"
    )
    restore_exclude: Tuple[str, ...] = RUN.flag(
        DERIVED,
        "comma-separated scopes that --restore_path leaves as initialised",
        kind=names,
        metavar="SCOPES",
    )
    num_classes: int = RUN.flag(DERIVED, "number of classes", kind=int)
    image_size: int = RUN.flag(DERIVED, "side of the square network input", kind=int)
    seed: int = RUN.flag(5, "seed of initial weights, data order, augmentation and dropout", kind=natural_int)
    synthetic: bool = RUN.flag(False, "train on a made-up batch instead of --data_dir, to measure speed")
    threads: int = RUN.flag(
        0,
        "compute threads of this rank on CPU; 0 shares the usable cores among the ranks",
        kind=natural_int,
    )
    device_id: Optional[int] = fixed(None)
    """The NPU; ``None`` is the one that the environment names."""
    name: str = fixed("")
    """The run's name in its log."""
    notices: Tuple[str, ...] = fixed(())
    """Sentences about flags that were given in vain."""

    @property
    def trains(self) -> bool:
        """Whether the mode includes training."""
        return self.mode in ("train", "train_and_evaluate")

    @property
    def evaluates(self) -> bool:
        """Whether the mode includes evaluation."""
        return self.mode in ("evaluate", "train_and_evaluate")

    @property
    def exports(self) -> bool:
        """Whether the mode is to write the network of a checkpoint in a form for use."""
        return self.mode == "export"


@dataclass(frozen=True)
class StepSettings:
    """Images per step, and how many steps and epochs; ``max_epochs`` is 0 where steps alone set the length."""

    rank_size: Optional[int] = STEPS.flag(
        None, "number of ranks; only checked against RANK_SIZE, which sets it"
    )
    batch_size: int = STEPS.flag(128, "images per rank and step")
    max_epochs: int = STEPS.flag(DERIVED, "length of training in epochs")
    max_train_steps: Optional[int] = STEPS.flag(
        None, "stop after this many steps, whatever --max_epochs says"
    )
    iterations_per_loop: int = STEPS.flag(1, "steps per host call")
    batch_size_eval: int = IMAGES.flag(DERIVED, "images per rank and evaluation step; left out: --batch_size")
    synthetic_train_images: int = IMAGES.flag(
        1281167, "images that --synthetic stands for in the training set; those of a real one are counted"
    )
    synthetic_eval_images: int = IMAGES.flag(
        50000, "images that --synthetic stands for in the evaluation set; those of a real one are counted"
    )
    random_flip: bool = IMAGES.flag(True, "mirror every other image; not for digits")


@dataclass(frozen=True)
class OptimisationSettings:
    """Learning rate, optimizer and loss. What an engine has no flag for has its neutral value."""

    lr: Optional[float] = OPTIMISATION.flag(None, "learning rate at the end of the warm-up")
    warmup_epochs: int = OPTIMISATION.flag(0, "epochs of rising learning rate", kind=natural_int)
    momentum: float = OPTIMISATION.flag(0.9, "momentum")
    use_nesterov: bool = OPTIMISATION.flag(False, "Nesterov's form of momentum")
    weight_decay: float = OPTIMISATION.flag(1e-4, "factor of half the squared weights")
    label_smoothing: float = OPTIMISATION.flag(0.0, "share of the target spread over classes", kind=fraction)
    dropout: float = OPTIMISATION.flag(
        0.0, "share dropped before the last layer in training", kind=dropped_share
    )
    loss_scale: float = OPTIMISATION.flag(1024.0, "factor on the loss under mixed precision (NPU); 1 is none")


@dataclass(frozen=True)
class CadenceSettings:
    """The steps between lines, scores and checkpoints; ``save_checkpoints_steps`` of 0 is once an epoch."""

    display_every: int = CADENCE.flag(1, "steps between metric lines")
    log_name: Optional[str] = CADENCE.flag(None, "also append the metric lines to this file in RUN_DIR")
    save_summary_steps: int = CADENCE.flag(100, "steps between TensorBoard points")
    do_checkpoint: bool = CADENCE.flag(True, "write checkpoints")
    save_checkpoints_steps: int = CADENCE.flag(1000, "steps between checkpoints")
    max_checkpoint_to_save: int = CADENCE.flag(5, "newest checkpoints to keep")
    epochs_between_evals: int = CADENCE.flag(5, "epochs between evaluations in mode train_and_evaluate")
    checkpoint_dir: Optional[Path] = CADENCE.flag(
        None, "folder whose checkpoints mode evaluate scores; left out: RUN_DIR/checkpoints"
    )


@dataclass(frozen=True)
class Settings(RunSettings, StepSettings, OptimisationSettings, CadenceSettings, ToggleSettings):
    """All that a trainer reads of an engine's flags."""

    @classmethod
    def of(cls: Type[S], settings: "Settings") -> S:
        """``settings`` as those of the engine whose recipe made them."""
        if not isinstance(settings, cls):
            raise TypeError("{} are no {}".format(type(settings).__name__, cls.__name__))
        return settings

    def listed(self) -> Dict[str, str]:
        """The values as text by name; ``None`` is left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "notices"}
        return {name: str(value) for name, value in sorted(values.items()) if value is not None}


@dataclass(frozen=True)
class CropSettings:
    """The part of a photo that the network sees."""

    random_crop: bool = IMAGES.flag(True, "train on random parts of the images, stretched to the input size")
    min_crop_area: float = IMAGES.flag(0.08, "smallest part, as a share of the image", kind=fraction)
    eval_crop: float = IMAGES.flag(
        0.875,
        "side of the central square that is evaluated, as a share of the shorter side",
        kind=fraction,
    )
