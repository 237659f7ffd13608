"""The table of verbs: where each one's code lives and what it does in one line."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """A verb's module, the name of its click command there, and the message key of its summary."""

    module: str
    attribute: str
    summary: str


VERBS: dict[str, Verb] = {
    "run": Verb("console.cli.run", "run", "cli.run_summary"),
    "runs": Verb("console.cli.runs", "runs", "cli.runs_summary"),
    "show": Verb("console.cli.show", "show", "cli.show_summary"),
    "logs": Verb("console.cli.logs", "logs", "cli.logs_summary"),
    "stop": Verb("console.cli.control", "stop", "cli.stop_summary"),
    "kill": Verb("console.cli.control", "kill", "cli.kill_summary"),
    "resume": Verb("console.cli.resume", "resume", "cli.resume_summary"),
    "evaluate": Verb("console.cli.reuse", "evaluate", "cli.evaluate_summary"),
    "export": Verb("console.cli.reuse", "export", "cli.export_summary"),
    "checkpoint": Verb("console.cli.control", "checkpoint", "cli.checkpoint_summary"),
    "trace": Verb("console.cli.control", "trace", "cli.trace_summary"),
    "dump": Verb("console.cli.control", "dump", "cli.dump_summary"),
    "profiles": Verb("console.cli.profiles", "profiles", "cli.profiles_summary"),
    "data": Verb("console.cli.data", "data", "cli.data_summary"),
    "runtimes": Verb("console.cli.runtimes", "runtimes", "cli.runtimes_summary"),
    "parse": Verb("console.cli.parse", "parse", "cli.parse_summary"),
    "adopt": Verb("console.cli.upkeep", "adopt", "cli.adopt_summary"),
    "reindex": Verb("console.cli.upkeep", "reindex", "cli.reindex_summary"),
    "delete": Verb("console.cli.upkeep", "delete", "cli.delete_summary"),
    "completion": Verb("console.cli.completion", "completion", "cli.completion_summary"),
}
