"""What has to hold before PyTorch is imported."""

from __future__ import annotations

from engines.autoaugment.data.opening import check_data
from engines.common.job import Checks
from engines.pytorch.preflight import check_backend

CHECKS = Checks(data=check_data, backend=check_backend)
