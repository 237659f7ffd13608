"""What an engine tells the shared trainer about its network and recipe."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Sequence, Tuple

from engines.common.data.sharding import Shard
from engines.common.data.tfrecords import RecordReader
from engines.common.flags.settings import Settings
from engines.common.job import Job
from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.eager.layers import Layers
from engines.training.step_plan import StepPlan


class Images(NamedTuple):
    """One set of images: its size, and a reader unless it is synthetic."""

    count: int
    reader: Optional[RecordReader]


class Schedule(NamedTuple):
    """How long a training takes and when it looks at itself.

    ``period`` is the steps between evaluations, ``patience`` how many evaluations without a new best one it
    bears.
    """

    plan: StepPlan
    learning_rate: Callable[[int], float]
    period: int
    patience: Optional[int]


class Network:
    """One engine's network and recipe; the trainer asks, the engine answers."""

    name = ""
    """The engine's name, as on the command line."""

    draws = 0
    """How many random numbers :meth:`training_image` takes for one image."""

    def __init__(self, options: Settings) -> None:
        self.options = options

    def open_images(self, job: Job, split: str) -> Optional[Images]:
        """The images of ``split``, ``train`` or ``validation``; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def settle(self, images: Images) -> None:
        """Take a look at the data on which the rest depends; comes before all that follows."""

    def schedule(self, images: Images, world_size: int) -> Schedule:
        """The training on ``images``."""
        raise NotImplementedError

    def input_size(self, training: bool) -> int:
        """Side of the square input."""
        raise NotImplementedError

    def logits(self, layers: Layers, images: Any) -> Any:
        """Class scores ``[batch, classes]`` of ``images`` as :meth:`training_image` makes them."""
        raise NotImplementedError

    def trains(self, variable: str) -> bool:
        """Whether the variable of that name learns."""
        return True

    def mix_weight(self, step: int) -> float:
        """The weight of each image in the mixture with another at the 0-based ``step``; 1 is no mixture."""
        return 1.0

    def mix(self, images: Any, targets: Any, weight: Any) -> Tuple[Any, Any]:
        """Mixtures of the batch's ``images`` and one-hot ``targets``."""
        return images, targets

    def training_image(self, payload: Any, draws: Any) -> Tuple[Any, Any]:
        """Image and label of one record for training; ``draws`` are :attr:`draws` numbers in [0, 1)."""
        raise NotImplementedError

    def evaluation_image(self, payload: Any) -> Tuple[Any, Any]:
        """Image and label of one record for evaluation."""
        raise NotImplementedError

    def from_unit_range(self, images: Any) -> Any:
        """``images`` in [0, 1], as an exported network takes them, in the form :meth:`logits` does."""
        raise NotImplementedError

    def training_line(self, numbers: StepNumbers) -> str:
        """The metric line."""
        raise NotImplementedError

    def evaluation_lines(self, progress: "Progress", scores: Scores) -> Sequence[str]:
        """What is printed of an evaluation; the first is the metric line."""
        raise NotImplementedError


class Progress(NamedTuple):
    """Where a training stands at an evaluation: means since the last one, ``seconds`` since then, and the
    ``period`` of how many, of how many steps each. All but ``step`` and ``epoch`` are ``None`` where no
    training was."""

    step: int
    epoch: float
    loss: Optional[float] = None
    top1: Optional[float] = None
    seconds: Optional[float] = None
    period: Optional[int] = None
    periods: Optional[int] = None
    steps: Optional[int] = None


def batch_shard(job: Job, training: bool) -> Shard:
    """This rank's part of every batch."""
    options = job.options
    return Shard(
        job.ranks.rank, job.ranks.world_size, options.batch_size if training else options.batch_size_eval
    )
