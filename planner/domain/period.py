"""Slices of time that a plan is made of."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from planner.units import HOURS_PER_YEAR

Window = Literal["period", "year", "horizon"]
"""Time over which charges are added up: every period, 365.25 days from the start on, all of it."""
PeriodNumber = Annotated[int, Field(ge=1, le=1000)]
ONLY_PERIOD: Final = "horizon"
"""Name of the period where there is only one."""
SAME_TIME: Final = 1e-9
"""Points in time nearer than this, relatively, are the same."""


@dataclass(frozen=True)
class Period:
    """A slice of the horizon in which demand and prices do not change."""

    name: str
    start_hours: float
    """After the beginning of the horizon."""
    hours: float

    @property
    def is_part(self) -> bool:
        """Whether there are other periods."""
        return self.name != ONLY_PERIOD

    @property
    def end_hours(self) -> float:
        """After the beginning of the horizon."""
        return self.start_hours + self.hours

    def is_within(self, start_hours: float, end_hours: float) -> bool:
        """Whether all of it lies in a stretch of time, beyond rounding."""
        slack = SAME_TIME * max(self.end_hours, 1.0)
        return start_hours <= self.start_hours + slack and self.end_hours <= end_hours + slack


def window_of(window: Window, number: int, period: Period) -> int:
    """Number of the window that a period belongs to."""
    match window:
        case "period":
            return number
        case "year":
            return int(period.start_hours / HOURS_PER_YEAR + SAME_TIME)
        case "horizon":
            return 0
