"""The clock of the training loop, as every engine measures."""

from engines.common.clock import StepClock as StepClock
