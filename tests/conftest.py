"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# A busy machine is no defect: property tests are judged by what they find, not by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Tests that are started in the background may have these ignored, and with them all processes they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
