"""Where output goes: the answer to stdout in one piece, progress to a terminal's stderr."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console, RenderableType
from rich.progress import Progress as ProgressDisplay
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from planner.domain.progress import Progress, Tell
from planner.errors import OutputError

NARROWEST: Final = 80
"""Columns that a report needs; a narrower terminal wraps its lines rather than lose a number."""
WIDTH_WITHOUT_TERMINAL: Final = 100


def show(answer: RenderableType) -> None:
    """Print text or tables, as wide as the terminal; in colour only on one.

    Raises:
        OutputError: standard output cannot be written to.
    """
    console = Console(width=_width(), highlight=False)
    with _refusals_told(), console.capture() as capture:
        console.print(answer)
    text = "\n".join(line.rstrip() for line in capture.get().removesuffix("\n").split("\n"))
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    _write(f"{text}\n".encode(encoding, errors="replace"))


def show_json(document: str) -> None:
    """Print one JSON document: UTF-8, whatever the terminal speaks (RFC 8259, section 8.1).

    Raises:
        OutputError: standard output cannot be written to.
    """
    _write(f"{document}\n".encode())


def warn(line: str) -> None:
    """Print a line on stderr."""
    click.echo(line, err=True)


@contextmanager
def progress_line() -> Iterator[Tell]:
    """A line on stderr that says what is being done and since when; only on a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    is_watched = sys.stderr.isatty() and not console.is_dumb_terminal
    with ProgressDisplay(
        *columns, console=console, transient=True, disable=not is_watched
    ) as display:
        line = display.add_task("read")

        def tell(progress: Progress) -> None:
            display.update(line, description=f"{progress.step} {progress.detail}".rstrip())

        yield tell


def _width() -> int:
    if sys.stdout is not None and sys.stdout.isatty():
        return max(NARROWEST, Console().width)
    columns = os.environ.get("COLUMNS", "")
    return max(NARROWEST, int(columns)) if columns.isdecimal() else WIDTH_WITHOUT_TERMINAL


def _write(data: bytes) -> None:
    if sys.stdout is None:
        raise OutputError("standard output: is closed")
    stream = sys.stdout.buffer
    rest = memoryview(data)
    with _refusals_told():
        while rest:  # without buffering (PYTHONUNBUFFERED) a write may take a part only
            rest = rest[stream.write(rest) :]
        stream.flush()


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Turn what the system refuses into our error; a reader that has left is none.

    Raises:
        OutputError: the system refused.
    """
    try:
        yield
    except OSError as error:
        # what is still in the buffer must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputError(f"standard output: {error.strerror}") from error
