"""Labels of images: which are allowed, and which of a file's are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checks.checker import RecordProblems


@dataclass(frozen=True, slots=True)
class LabelRange:
    """The labels that are allowed, both ends included; ``last`` is ``None`` when it is not known."""

    first: int
    last: int | None

    @classmethod
    def of(cls, first: int, num_classes: int | None) -> LabelRange:
        """The labels of so many classes, the first of them being ``first``."""
        return cls(first, None if num_classes is None else first + num_classes - 1)

    def __contains__(self, label: int) -> bool:
        return self.first <= label and (self.last is None or label <= self.last)

    def __str__(self) -> str:
        return f"{self.first}…{'' if self.last is None else self.last}"


def image_labels(path: Path, labels: LabelRange, found: Iterable[tuple[int, object]]) -> RecordProblems:
    """Check ``found``, pairs of an image's number in the file and its label."""
    problems = RecordProblems(path)
    for image, label in found:
        if not isinstance(label, int) or label not in labels:
            shown = label if isinstance(label, int) else -1
            problems.add("data.image_label_out_of_range", image=image, label=shown, range=str(labels))
    return problems
