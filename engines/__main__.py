"""Entry of ``python <engines folder> <engine> [flags]``, for any interpreter from Python 3.7 on."""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

USAGE = """\
usage: python {folder} <engine> [flags]

engines: {engines}

`python {folder} <engine> --help` lists the flags of one engine.
"""


def register_package() -> None:
    """Make this folder importable as ``engines``, wherever it lies, and keep it off ``sys.path``.

    Python puts the folder it is asked to run first on the path; ``common`` and the like would then be
    importable as top-level modules and could shadow installed ones.
    """
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    spec = importlib.util.spec_from_file_location(
        "engines", str(FOLDER / "__init__.py"), submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["engines"] = package
    spec.loader.exec_module(package)


def run_engine(arguments: "list[str]") -> int:
    """Train or evaluate as ``arguments`` say and return the exit code.

    Stop signals are caught before the framework is imported, and flags are checked before that too:
    the import takes seconds, in which a stop must not be lost and a typing error not be waited for.
    """
    from engines.common.devices.processor import keep_freed_memory
    from engines.common.errors import EngineError, UsageError
    from engines.common.flags.parser import nearest
    from engines.common.job import prepare_job
    from engines.common.stop_flag import StopFlag
    from engines.registry import ENGINES

    usage = USAGE.format(folder=FOLDER, engines=", ".join(ENGINES))
    if arguments and arguments[0] in ("-h", "--help"):
        sys.stdout.write(usage)
        return 0
    try:
        if not arguments:
            raise UsageError("No engine named; the engines are: {}.".format(", ".join(ENGINES)))
        engine = arguments[0]
        if engine not in ENGINES:
            raise UsageError("There is no engine '{}'{}".format(engine, nearest(engine, ENGINES)))
        keep_freed_memory()
        stop = StopFlag.listen()
        recipe = importlib.import_module("engines.{}.recipe".format(engine))
        checks = getattr(recipe, "CHECKS", None)
        job = prepare_job(engine, recipe.parse(arguments[1:]), stop, checks)
        if job.ranks.rank == 0:
            for sentence in job.options.notices:
                job.reporter.say(sentence)
        code: int = importlib.import_module("engines.{}.train".format(engine)).run(job)
        return code
    except UsageError as error:
        sys.stderr.write("{}\n".format(error))
        return 2
    except EngineError as error:
        sys.stderr.write("{}\n".format(error))
        return 1


def main() -> None:
    """Run, then leave at once: the framework's threads must neither outlive nor crash the interpreter.

    What adapters have registered for the end of the process still happens.
    """
    try:
        code = run_engine(sys.argv[1:])
    except SystemExit as request:
        code = request.code if isinstance(request.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    if not __package__:
        register_package()
    main()
