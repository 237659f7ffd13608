"""ascend-console: launch, watch and keep training runs on Ascend 910 hosts and on CPU."""

from importlib.metadata import PackageNotFoundError, version


def read_version() -> str:
    """The installed distribution's version, or ``unknown`` when run from a bare source tree."""
    try:
        return version("ascend-console")
    except PackageNotFoundError:
        return "unknown"
