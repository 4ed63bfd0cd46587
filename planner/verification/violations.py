"""How a disagreement is told."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from planner.domain.plan import Violation
from planner.domain.record import Record
from planner.verification.exact import exact, is_same

Expected = str | int | Fraction | None
"""A `Fraction` is a real number and has a tolerance; names and whole numbers have none."""


def broken(
    where: str,
    rule: str,
    stated: Fraction | float | None = None,
    limit: Fraction | float | None = None,
) -> Violation:
    """A rule that does not hold at `where`, with what is stated and what it should be."""
    return Violation(where=where, rule=rule, stated=_shown(stated), recomputed=_shown(limit))


def differences(where: str, row: Record, expected: Mapping[str, Expected]) -> Iterator[Violation]:
    """The fields of a row that are not what they have to be."""
    for field, value in expected.items():
        stated = getattr(row, field)
        if not _agree(stated, value):
            yield _difference(f"{where}.{field}", stated, value)


def _agree(stated: object, expected: Expected) -> bool:
    if isinstance(expected, Fraction):
        return isinstance(stated, int | float) and is_same(exact(stated), expected)
    return stated == expected


def _difference(where: str, stated: object, expected: Expected) -> Violation:
    numbers = (
        stated if isinstance(stated, int | float) else None,
        expected if isinstance(expected, int | Fraction) else None,
    )
    if None not in numbers:
        return broken(where, "does not follow from the scenario", *numbers)
    wanted = float(expected) if isinstance(expected, Fraction) else expected
    return broken(where, f"must be {_told(wanted)}, not {_told(stated)}", *numbers)


def _told(value: object) -> str:
    return "left out" if value is None else str(value)


def _shown(value: Fraction | float | None) -> float | None:
    """As a float; None where it is too large for one."""
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None
