"""Parameters of a rule as what they are."""

from typing import TypeVar

from planner.domain.record import Record

Own = TypeVar("Own", bound=Record)


def own(parameters: Record, expected: type[Own]) -> Own:
    """The parameters, which planner has checked against the rule's record.

    Raises:
        TypeError: they are another rule's.
    """
    if not isinstance(parameters, expected):
        raise TypeError(f"must be {expected.__name__}, not {type(parameters).__name__}")
    return parameters
