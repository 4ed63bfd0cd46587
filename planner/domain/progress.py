"""What a long computation says while it runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A step that has begun, in words for the person who waits."""

    step: str
    detail: str = ""


Tell = Callable[[Progress], None]
"""Who listens to progress."""


def silent(progress: Progress) -> None:
    """Nobody listens."""
    del progress
