"""How the program ends: one line on stderr for every fault, and an exit code."""

import signal
from enum import IntEnum
from typing import NoReturn

import click

from planner.cli.lazy_group import LazyGroup
from planner.errors import InputError, PlannerError


class ExitCode(IntEnum):
    """What the exit codes mean."""

    DONE = 0
    NO = 1
    """The answer is no: infeasible, or a plan that fails its check."""
    BAD_INPUT = 2
    FAILED = 3
    """Could not write or solve."""
    INTERRUPTED = 128 + signal.SIGINT
    """As a shell reports a program that was ended by this signal."""
    BROKEN_PIPE = 128 + signal.SIGPIPE


def exit_code_of(error: PlannerError) -> ExitCode:
    """Bad input is the caller's to mend, everything else is not."""
    return ExitCode.BAD_INPUT if isinstance(error, InputError) else ExitCode.FAILED


def error_lines(error: PlannerError) -> list[str]:
    """One line per fault."""
    faults = error.faults if isinstance(error, InputError) else (error,)
    return [f"error: {' '.join(str(each).splitlines())}" for each in faults]


class EndingGroup(LazyGroup):
    """The outermost group: errors raised on purpose end in an exit code, bugs in a traceback."""

    def invoke(self, ctx: click.Context) -> NoReturn:
        """Run the command that is called; what it returns is the exit code."""
        try:
            ctx.exit(super().invoke(ctx) or ExitCode.DONE)
        except PlannerError as error:
            for line in error_lines(error):
                click.echo(line, err=True)
            ctx.exit(exit_code_of(error))
        except KeyboardInterrupt:
            ctx.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(ExitCode.BROKEN_PIPE)
