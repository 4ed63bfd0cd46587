"""Slices of time that a plan is made of."""

from dataclasses import dataclass
from typing import Final, Literal

from planner.units import HOURS_PER_YEAR

Window = Literal["period", "year", "horizon"]
"""Time over which charges are added up: every period, 365.25 days from the start on, all of it."""
ONLY_PERIOD: Final = "horizon"
"""Name of the period where there is only one."""
SAME_TIME: Final = 1e-9
"""Points in time nearer than this, relatively, are the same."""
COMES_AGAIN: Final = 1e-6
"""Periods that come more than once come more often than this, beyond the once."""


@dataclass(frozen=True)
class Period:
    """A slice of the horizon in which demand and prices do not change.

    It is a stretch of time, or those hours of a stretch that are alike: 14:00 to 15:00 of all its
    workdays. What is bought begins with a stretch and holds for whole ones.
    """

    name: str
    start_hours: float
    """Of its stretch, after the beginning of the horizon."""
    hours: float
    """That it stands for."""
    stretch_hours: float | None = None
    """Length of its stretch; None: it is all of it."""
    is_first: bool = True
    """Of its stretch: what is signed is signed in it."""
    before: int | None = None
    """Number of the period that ends when it begins: of its own day, or the stretch before."""
    run_hours: float | None = None
    """Hours of it that follow each other; None: all."""

    @property
    def is_part(self) -> bool:
        """Whether there are other periods."""
        return self.name != ONLY_PERIOD

    @property
    def is_all(self) -> bool:
        """Whether it is all of its stretch."""
        return self.stretch_hours is None or self.stretch_hours == self.hours

    @property
    def runs(self) -> float:
        """How often it comes."""
        return 1.0 if self.run_hours is None else self.hours / self.run_hours

    @property
    def comes_once(self) -> bool:
        """Whether it is one stretch of time, beyond rounding."""
        return self.runs <= 1 + COMES_AGAIN

    @property
    def end_hours(self) -> float:
        """Of its stretch, after the beginning of the horizon."""
        return self.start_hours + (self.hours if self.stretch_hours is None else self.stretch_hours)

    def is_within(self, start_hours: float, end_hours: float) -> bool:
        """Whether all of it lies in some time, beyond rounding."""
        slack = SAME_TIME * max(self.end_hours, 1.0)
        return start_hours <= self.start_hours + slack and self.end_hours <= end_hours + slack

    def hours_within(self, start_hours: float, end_hours: float) -> float:
        """Hours of it that lie in some time: of a part of its stretch, the same part of them."""
        length = self.end_hours - self.start_hours
        shared = max(min(end_hours, self.end_hours) - max(start_hours, self.start_hours), 0.0)
        return shared if self.is_all else self.hours * (shared / length)


def window_of(window: Window, period: Period) -> float:
    """What tells the window that a period belongs to from all others."""
    match window:
        case "period":
            return period.start_hours
        case "year":
            return int(period.start_hours / HOURS_PER_YEAR + SAME_TIME)
        case "horizon":
            return 0
