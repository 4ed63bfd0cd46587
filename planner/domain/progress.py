"""What a long computation says while it runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A step that has begun, in words for the person who waits."""

    step: str
    detail: str = ""
