"""ascend-console: launch, watch and keep training runs on Ascend 910 hosts and on CPU."""


def read_version() -> str:
    """The installed distribution's version, or ``unknown`` when run from a bare source tree."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ascend-console")
    except PackageNotFoundError:
        return "unknown"
