"""Committed spend in time, and who it pays for."""

from collections.abc import Sequence

from planner.domain.agreement import SpendCommitment
from planner.domain.period import Period


def committed_hours(terms: SpendCommitment, signed: Period, period: Period) -> float:
    """Hours of a period in which a commitment signed at the beginning of another holds."""
    return period.hours_within(signed.start_hours, signed.start_hours + terms.term_hours)


def hours_beyond(terms: SpendCommitment, signed: Period, periods: Sequence[Period]) -> float:
    """Hours of a commitment after the horizon."""
    return max(signed.start_hours + terms.term_hours - periods[-1].end_hours, 0.0)
