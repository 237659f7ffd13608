"""Verbs that ask something of a live run: stop, kill, checkpoint, trace, dump."""

from __future__ import annotations

import time

import click

from console.cli.follow import POLL_SECONDS
from console.cli.naming import run_argument
from console.cli.output import say
from console.cli.summary import end_sentence
from console.errors import ExitCode
from console.i18n import t
from console.launch.options.profiling import read_step_range
from console.runs import control
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder

wait_option = click.option("--no-wait", is_flag=True, help=t("cli.no_wait_help"))


@click.command(help=t("cli.stop_help"))
@run_argument()
@wait_option
def stop(folder: RunFolder, no_wait: bool) -> int:
    """Ask every rank to finish its step, save a checkpoint and leave."""
    control.stop(folder)
    return _wait_for_end(folder, no_wait)


@click.command(help=t("cli.kill_help"))
@run_argument()
@wait_option
def kill(folder: RunFolder, no_wait: bool) -> int:
    """End every rank at once, without a checkpoint."""
    control.kill(folder)
    return _wait_for_end(folder, no_wait)


@click.command(help=t("cli.checkpoint_help"))
@run_argument()
def checkpoint(folder: RunFolder) -> int:
    """Ask the engine for a checkpoint now and tell its answer."""
    return _wait_for_answer(folder, control.request_checkpoint(folder))


@click.command(help=t("cli.trace_help"))
@run_argument()
@click.argument("steps", metavar="A-B")
def trace(folder: RunFolder, steps: str) -> int:
    """Ask the engine to record a trace of the given steps and tell its answer."""
    wanted = read_step_range("A-B", steps)
    assert wanted is not None
    return _wait_for_answer(folder, control.request_profile(folder, wanted.first, wanted.last))


@click.command(help=t("cli.dump_help"))
@run_argument()
@click.argument("steps", metavar="STEPS")
def dump(folder: RunFolder, steps: str) -> int:
    """Ask the engine to write the tensors of the given steps and tell its answer."""
    return _wait_for_answer(folder, control.request_dump(folder, steps))


def _wait_for_end(folder: RunFolder, no_wait: bool) -> int:
    if no_wait:
        return ExitCode.OK
    while not observed_state(folder).phase.final:
        time.sleep(POLL_SECONDS)
    say(end_sentence(folder))
    return ExitCode.OK


def _wait_for_answer(folder: RunFolder, request: str) -> int:
    """Wait until the request is answered; a refusal is a failure, and so is a run that ends without an answer."""
    while True:
        state = observed_state(folder)
        answer = state.acknowledged.get(request)
        if answer is not None:
            click.echo(answer)
            return ExitCode.FAILED if request in state.refused else ExitCode.OK
        if state.phase.final:
            say(t("cli.ended_unanswered", run=folder.run_id))
            return ExitCode.FAILED
        time.sleep(POLL_SECONDS)
