"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no defect: property tests are judged by what they find, not by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
