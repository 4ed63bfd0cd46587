"""Exact arithmetic on the numbers of a plan, and what counts as equal.

A float is the fraction it stands for, so nothing here rounds but `quotient`, far below the
tolerance.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

TOLERANCE: Final = Fraction(1, 10**6)
"""Real numbers nearer than this, relatively, are the same. Whole numbers have none."""
_GRID: Final = 2**128
"""Quotients are multiples of 1 / this: sums of thousands of them keep a short denominator."""


def exact(value: float) -> Fraction:
    """The number that a float stands for."""
    return Fraction(value)


def quotient(dividend: Fraction | int, divisor: Fraction | int) -> Fraction:
    """Dividend by divisor within 2^-129; 0 where the divisor is 0.

    A divisor of 0 is always a violation of its own (no replica, no node, no request).
    """
    if divisor == 0:
        return Fraction(0)
    return Fraction(round(Fraction(dividend) / divisor * _GRID), _GRID)


def total(values: Iterable[Fraction]) -> Fraction:
    """The sum; 0 of nothing."""
    return sum(values, Fraction(0))


def is_same(one: Fraction, other: Fraction) -> bool:
    """Whether two real numbers agree."""
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other))


def is_within(used: Fraction, limit: Fraction) -> bool:
    """Whether a use keeps a limit."""
    return used <= limit or is_same(used, limit)
