"""The table of verbs: the module of each, imported when the verb is used, and its one-line summary."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """A verb's module, the name of its click command there, and the message key of its summary."""

    module: str
    attribute: str
    summary: str


VERBS: dict[str, Verb] = {
    "run": Verb("console.cli.verbs.run", "run", "cli.run_summary"),
    "runs": Verb("console.cli.verbs.runs", "runs", "cli.runs_summary"),
    "show": Verb("console.cli.verbs.show", "show", "cli.show_summary"),
    "logs": Verb("console.cli.verbs.logs", "logs", "cli.logs_summary"),
    "stop": Verb("console.cli.verbs.control", "stop", "cli.stop_summary"),
    "kill": Verb("console.cli.verbs.control", "kill", "cli.kill_summary"),
    "resume": Verb("console.cli.verbs.resume", "resume", "cli.resume_summary"),
    "evaluate": Verb("console.cli.verbs.resume", "evaluate", "cli.evaluate_summary"),
    "export": Verb("console.cli.verbs.resume", "export", "cli.export_summary"),
    "checkpoint": Verb("console.cli.verbs.control", "checkpoint", "cli.checkpoint_summary"),
    "trace": Verb("console.cli.verbs.control", "trace", "cli.trace_summary"),
    "dump": Verb("console.cli.verbs.control", "dump", "cli.dump_summary"),
    "profiles": Verb("console.cli.verbs.profiles", "profiles", "cli.profiles_summary"),
    "data": Verb("console.cli.verbs.data", "data", "cli.data_summary"),
    "runtimes": Verb("console.cli.verbs.runtimes", "runtimes", "cli.runtimes_summary"),
    "parse": Verb("console.cli.verbs.parse", "parse", "cli.parse_summary"),
    "adopt": Verb("console.cli.verbs.upkeep", "adopt", "cli.adopt_summary"),
    "reindex": Verb("console.cli.verbs.upkeep", "reindex", "cli.reindex_summary"),
    "delete": Verb("console.cli.verbs.upkeep", "delete", "cli.delete_summary"),
    "completion": Verb("console.cli.verbs.completion", "completion", "cli.completion_summary"),
}
