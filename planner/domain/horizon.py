"""The time that a plan covers, and how finely it is planned."""

from calendar import monthrange
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate, pairwise
from math import ceil
from typing import Annotated, Final, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from planner.domain.record import Record, not_tiny
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY, MONTHS_PER_QUARTER, SECONDS_PER_HOUR

MOST_DAYS: Final = 36_525
MOST_PERIODS: Final = 10_000
"""Slices of all periods together; a year of single hours has 8,784."""
SHORTEST_HOURS: Final = 1 / 60
"""Of one period of many: what is shorter drowns in the rounding of a century."""
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
"""Of a start, and of times in series."""
UTC: Final = "UTC"
SOME_MONDAY: Final = date(2001, 1, 1)
"""Where no start is stated, the horizon begins on a Monday."""

Day = TypeVar("Day", bound=date)
CalendarUnit = Literal["days", "months", "quarters"]
MONTHS: Final[dict[CalendarUnit, int]] = {"months": 1, "quarters": MONTHS_PER_QUARTER}


def zone_of(name: str) -> tzinfo:
    """The zone of a name; UTC needs no time zone database.

    Raises:
        ZoneInfoNotFoundError, ValueError, OSError: there is none.
    """
    return UTC_ZONE if name == UTC else ZoneInfo(name)


def _known_zone(name: str) -> str:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError(
            "time_zone", "Input should be a time zone like Europe/Berlin or UTC"
        ) from error
    return name


def _divides_a_day(hours: int) -> int:
    if HOURS_PER_DAY % hours:
        raise PydanticCustomError("part_of_a_day", "Input should be 1, 2, 3, 4, 6, 8, 12 or 24")
    return hours


def of_our_time(day: Day) -> Day:
    """A day, or a moment, of the years that the calendar is good for."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError(
            "year",
            "Input should be in a year from {first} to {last}",
            {"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return day


TimeZone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_known_zone)]
"""A name of the IANA time zone database: `Europe/Berlin`, `UTC`."""
LengthDays = Annotated[float, Field(gt=0, le=MOST_DAYS), AfterValidator(not_tiny)]


class RepresentativeDays(Record):
    """Hours of a period that are alike are planned as one slice, which stands for all of them."""

    slice_hours: Annotated[int, Field(ge=1, le=24), AfterValidator(_divides_a_day)] = 1
    """Of the day, in the time zone of the horizon."""
    day_types: Literal["one", "workday_weekend"] = "one"
    """Whether Saturday and Sunday are a day of their own."""


class Horizon(Record):
    """The time the plan covers, from its first hour on."""

    days: LengthDays | None = None
    """Length; instead of `months` or `period_days`."""
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """Length in mean months of 30.4375 days; with `periods_by` in those of the calendar."""
    periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)] = 1
    """Equal parts that it is planned in: 36 for 36 months, month by month."""
    periods_by: CalendarUnit | None = None
    """Parts of the calendar that it is planned in instead, from `start` on: `months`, `quarters` or
    `days`; the first and the last may be shorter."""
    period_days: (
        Annotated[tuple[LengthDays, ...], Field(min_length=1, max_length=MOST_PERIODS)] | None
    ) = None
    """Lengths of the periods that it is planned in, where they differ; they are its length."""
    start: Annotated[date, AfterValidator(of_our_time)] | None = None
    """First day; needed by what goes by the calendar: its periods, and series of values."""
    time_zone: TimeZone = UTC
    """In which days begin."""
    representative_days: RepresentativeDays | None = None
    """Omitted: demand and prices of a period are its means."""

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        listed = self.period_days is not None
        if (self.days is not None) + (self.months is not None) + listed != 1:
            raise ValueError("state how long it is in exactly one way: days, months or period_days")
        if (self.periods > 1) + (self.periods_by is not None) + listed > 1:
            raise ValueError("state its periods in one way: periods, periods_by or period_days")
        if sum(self.period_days or ()) > MOST_DAYS:
            raise ValueError(f"period_days must add up to at most {MOST_DAYS:,}")
        if self.periods_by is not None and self.start is None:
            raise ValueError("periods_by needs the start")
        if len(self.edges_hours) > MOST_PERIODS + 1:
            raise ValueError(f"has more than {MOST_PERIODS:,} periods")
        lengths = [end - begin for begin, end in pairwise(self.edges_hours)]
        if len(lengths) > 1 and min(lengths) < SHORTEST_HOURS:
            raise ValueError("every period must be a minute or longer")
        if self._most_slices() > MOST_PERIODS:
            raise ValueError(
                f"representative_days make more than {MOST_PERIODS:,} slices of its periods: state"
                " longer slice_hours or fewer periods"
            )
        return self

    def _most_slices(self) -> int:
        """Of all periods: those of the kinds of a day, or of all its days where it has fewer."""
        days = self.representative_days
        if days is None:
            return len(self.edges_hours) - 1
        kinds = 1 if days.day_types == "one" else 2
        most = kinds * HOURS_PER_DAY // days.slice_hours
        return sum(
            min(ceil((end - begin) / days.slice_hours) + 1, most)
            for begin, end in pairwise(self.edges_hours)
        )

    @property
    def length_days(self) -> float:
        """How long it is."""
        return self.edges_hours[-1] / HOURS_PER_DAY

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return _midnight(self.start or SOME_MONDAY, self.time_zone)

    @cached_property
    def edges_hours(self) -> tuple[float, ...]:
        """Beginning and end of every period, after the beginning of the horizon."""
        if self.periods_by is not None:
            return self._calendar_hours(self.periods_by)
        if self.period_days is not None:
            ends = accumulate(self.period_days)
            return (0.0, *(self._hours_until(each) for each in ends))
        length = self._mean_hours()
        hours = length / self.periods
        return (*(row * hours for row in range(self.periods)), length)

    def _mean_hours(self) -> float:
        """Its length where months are mean ones."""
        if self.days is not None:
            return self._hours_until(self.days)
        return (self.months or 0) * DAYS_PER_MONTH * HOURS_PER_DAY

    def _hours_until(self, days: float) -> float:
        """Hours from the start to the end of so many days, clock changes included.

        A part of a day is that part of its hours, be they 23, 24 or 25.
        """
        if self.start is None or self.time_zone == UTC:
            return days * HOURS_PER_DAY
        last = self.start + timedelta(days=int(days))
        until = _midnight(last, self.time_zone)
        rest = (days - int(days)) * _hours(until, _midnight(_next_day(last), self.time_zone))
        return _hours(self.begin, until) + rest

    def _calendar_hours(self, unit: CalendarUnit) -> tuple[float, ...]:
        first = self.start or SOME_MONDAY
        end = _hours(self.begin, _midnight(_later(first, self.months), self.time_zone))
        if self.months is None:
            end = self._hours_until(self.days or 0.0)
        edges, day = [0.0], first
        while edges[-1] < end:
            day = _next_day(day) if unit == "days" else _next_first(day, MONTHS[unit])
            edge = min(_hours(self.begin, _midnight(day, self.time_zone)), end)
            if edge > edges[-1]:  # Samoa had no 30 December 2011
                edges.append(edge)
        return tuple(edges)


def _midnight(day: date, time_zone: str) -> datetime:
    """The first moment of a day, also where clocks skip midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(time_zone))


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _hours(begin: datetime, end: datetime) -> float:
    """Between two moments; differences of times of one zone would pass over clock changes."""
    return (end.timestamp() - begin.timestamp()) / SECONDS_PER_HOUR


def _later(day: date, months: int | None) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + (months or 0), 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _next_first(day: date, months: int) -> date:
    """The next first day of a month, or of a quarter."""
    count = day.year * 12 + day.month - 1
    year, month = divmod((count // months + 1) * months, 12)
    return date(year, month + 1, 1)
