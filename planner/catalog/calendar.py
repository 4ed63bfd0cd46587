"""A horizon as periods, and every hour of it as a part of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from math import ceil, floor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.domain.horizon import Horizon, RepresentativeDays, zone_of
from planner.domain.period import ONLY_PERIOD, SAME_TIME, Period
from planner.domain.tariff import SATURDAY

LONGEST_DAY_HOURS: Final = 25
"""When clocks go back in autumn."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class ClockTime(NamedTuple):
    """What clocks show somewhere."""

    month: int
    weekday: int
    """0 on Mondays."""
    hour: int


class _Label(NamedTuple):
    """A slice of a day."""

    day: str
    first_hour: int
    last_hour: int

    def __str__(self) -> str:
        hours = f"h{self.first_hour:02}"
        if self.last_hour > self.first_hour:
            hours = f"{hours}-{self.last_hour:02}"
        return f"{self.day}{hours}"


@dataclass(frozen=True)
class Cells:
    """Hours of the horizon, or the parts of them that lie in one period; arrays go together."""

    start_hours: Floats
    """After the beginning of the horizon."""
    hours: Floats
    """Up to 1."""
    period: Integers
    """Row of the period."""


@dataclass(frozen=True)
class Calendar:
    """Periods of a horizon and the hours that they are made of."""

    begin: datetime
    periods: tuple[Period, ...]
    cells: Cells

    def means(self, values: Floats) -> Floats:
        """Of values by cell, for every period."""
        weighted = np.bincount(
            self.cells.period, values * self.cells.hours, minlength=len(self.periods)
        )
        mean: Floats = weighted / np.array([each.hours for each in self.periods])
        return mean

    def clock(self, time_zone: str) -> tuple[ClockTime, ...]:
        """What clocks show in the middle of every cell."""
        middle = self.cells.start_hours + self.cells.hours / 2
        return tuple(_clock_times(self.begin, tuple(middle.tolist()), time_zone))

    @cached_property
    def cells_of(self) -> tuple[Integers, ...]:
        """Cells of every period, by their rows."""
        order = np.argsort(self.cells.period, kind="stable")
        count = np.bincount(self.cells.period, minlength=len(self.periods))
        return tuple(np.split(order, np.cumsum(count)[:-1]))


@lru_cache(maxsize=64)
def calendar_of(horizon: Horizon) -> Calendar:
    """The periods of a horizon, in time, slices of a day from midnight on.

    A slice weighs as many hours as there are of it: a day on which clocks change has 23 or 25, and
    all slices of a period add up to its length.
    """
    begin = horizon.begin.astimezone(UTC)
    edges = horizon.edges_hours
    cells = [each for number, ends in enumerate(pairwise(edges)) for each in _cells(number, *ends)]
    start, hours, stretch = (np.array(column) for column in zip(*cells, strict=True))
    names = _names(horizon)
    if horizon.representative_days is None:
        periods = tuple(
            Period(name, first, last - first, before=number - 1 if number else None)
            for number, (name, (first, last)) in enumerate(zip(names, pairwise(edges), strict=True))
        )
        return Calendar(begin, periods, Cells(start, hours, stretch.astype(np.int64)))
    middle = tuple((start + hours / 2).tolist())
    clock = _clock_times(begin, middle, horizon.time_zone)
    labels = [_label(each, horizon.representative_days) for each in clock]
    return _sliced(horizon, names, Cells(start, hours, stretch.astype(np.int64)), labels)


def _sliced(
    horizon: Horizon, names: tuple[str, ...], cells: Cells, labels: list[_Label]
) -> Calendar:
    """Cells of a stretch with the same label are one period; `cells.period` are stretches."""
    keys = sorted(set(zip(cells.period.tolist(), labels, strict=True)))
    row = {key: number for number, key in enumerate(keys)}
    period = np.array([row[key] for key in zip(cells.period.tolist(), labels, strict=True)])
    hours = np.bincount(period, cells.hours, minlength=len(keys)).tolist()
    edges = horizon.edges_hours
    run_hours = horizon.representative_days.slice_hours if horizon.representative_days else 1
    first = dict(zip(reversed(cells.period.tolist()), reversed(labels), strict=True))
    days = {
        stretch
        for stretch, label in first.items()
        if label.first_hour == 0 and edges[stretch + 1] - edges[stretch] <= LONGEST_DAY_HOURS
    }
    before = _before(keys, days)
    periods = tuple(
        Period(
            name=f"{label}" if names[0] == ONLY_PERIOD else f"{names[stretch]}/{label}",
            start_hours=edges[stretch],
            hours=hours[number],
            stretch_hours=edges[stretch + 1] - edges[stretch],
            is_first=number == 0 or keys[number - 1][0] != stretch,
            before=before[number],
            run_hours=min(float(run_hours), hours[number]),
        )
        for number, (stretch, label) in enumerate(keys)
    )
    begin = horizon.begin.astimezone(UTC)
    return Calendar(begin, periods, Cells(cells.start_hours, cells.hours, period))


def _before(keys: Sequence[tuple[int, _Label]], single: set[int]) -> list[int | None]:
    """The slice before each on a day like its own; before the first one comes the last one.

    Of stretches that are `single` days, the slice before the first one is the day before's last.
    """
    days = [(stretch, label.day) for stretch, label in keys]
    last = {day: number for number, day in enumerate(days)}
    found: list[int | None] = []
    for number, day in enumerate(days):
        if number and days[number - 1] == day:
            found.append(number - 1)
        elif day[0] in single:
            found.append(number - 1 if day[0] - 1 in single else None)
        else:
            found.append(last[day])
    return found


def _cells(stretch: int, first: float, last: float) -> Iterator[tuple[float, float, int]]:
    """Start and length of the hours of a stretch, cut at its ends."""
    slack = SAME_TIME * max(last, 1.0)
    begin = floor(first + slack)
    for hour in range(begin, max(ceil(last - slack), begin + 1)):
        start, end = max(first, float(hour)), min(last, hour + 1.0)
        yield start, end - start, stretch


def _label(clock: ClockTime, days: RepresentativeDays) -> _Label:
    """Which slice of a day an hour is in."""
    first = clock.hour // days.slice_hours * days.slice_hours
    is_weekend = days.day_types == "workday_weekend" and clock.weekday >= SATURDAY
    day = "" if days.day_types == "one" else "weekend-" if is_weekend else "workday-"
    return _Label(day, first, first + days.slice_hours - 1)


@lru_cache(maxsize=64)
def _clock_times(
    begin: datetime, hours: tuple[float, ...], time_zone: str
) -> tuple[ClockTime, ...]:
    zone = zone_of(time_zone)
    local = ((begin + timedelta(hours=each)).astimezone(zone) for each in hours)
    return tuple(ClockTime(each.month, each.weekday(), each.hour) for each in local)


def _names(horizon: Horizon) -> tuple[str, ...]:
    """Of every stretch."""
    count = len(horizon.edges_hours) - 1
    if count == 1:
        return (ONLY_PERIOD,)
    if horizon.periods_by is not None:
        zone = zone_of(horizon.time_zone)
        begins = [
            (horizon.begin.astimezone(UTC) + timedelta(hours=each)).astimezone(zone)
            for each in horizon.edges_hours[:-1]
        ]
        match horizon.periods_by:
            case "months":
                return tuple(f"{each:%Y-%m}" for each in begins)
            case "quarters":
                return tuple(f"{each.year}-q{(each.month + 2) // 3}" for each in begins)
            case "days":
                return tuple(f"{each:%Y-%m-%d}" for each in begins)
    width = len(str(count))
    return tuple(f"p{row + 1:0{width}}" for row in range(count))
