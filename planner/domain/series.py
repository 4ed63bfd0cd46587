"""Quantities that change with time: shapes of a day, and series of values."""

from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from planner.domain.horizon import UTC, TimeZone, of_our_time
from planner.domain.record import LARGEST, Positive, Record, Sentence, none_or_not_tiny
from planner.units import HOURS_PER_DAY, MINUTES_PER_HOUR

MOST_VALUES: Final = 2_000_000
"""Minutes of nearly four years."""
LONGEST_STEP_MINUTES: Final = 366 * HOURS_PER_DAY * MINUTES_PER_HOUR

Value = Annotated[float, Field(ge=-LARGEST, le=LARGEST), AfterValidator(none_or_not_tiny)]
DayShape = Annotated[tuple[Value, ...], Field(min_length=HOURS_PER_DAY, max_length=HOURS_PER_DAY)]


class TimeSeries(Record):
    """Values by the hour of the day, or one after the other from a moment on.

    A series that does not reach is repeated: 52 weeks earlier or later the weekday and the hour are
    the same; a series of less than that is repeated by its whole weeks, else by its whole days.
    """

    by_hour: DayShape | None = None
    """Value of each hour of a day, from midnight on."""
    weekend_by_hour: DayShape | None = None
    """Of Saturdays and Sundays; omitted: every day is alike."""
    file: Sentence | None = None
    """CSV or Parquet file of a series, a path relative to the scenario file."""
    column: Sentence | None = None
    """Of the file; omitted: the only one beside that of the times."""
    time_column: Sentence | None = None
    """Begin of each value, ISO 8601, evenly spaced; omitted: the first column."""
    time_zone: TimeZone = UTC
    """Of `by_hour`, and of times in the file without an offset. Hours of the horizon begin on its
    own hours: where zones are half an hour apart, each has the value at its middle."""
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=MOST_VALUES)] | None = None
    """The series itself, instead of a file."""
    start: Annotated[datetime, AfterValidator(of_our_time)] | None = None
    """Begin of the first of `values`, with its offset from UTC."""
    step_minutes: Positive = 60.0
    """Between `values`."""
    scale: Value = 1.0
    """Every value is multiplied by it: 0.001 makes USD per kWh of USD per MWh."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        ways = (self.by_hour, self.file, self.values)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("state the values in exactly one way: by_hour, file, or values")
        if self.weekend_by_hour is not None and self.by_hour is None:
            raise ValueError("weekend_by_hour needs by_hour, which is that of the other days")
        if self.file is None and (self.column or self.time_column):
            raise ValueError("column and time_column are those of a file")
        if self.values is None:
            if self.start is not None or self.step_minutes != MINUTES_PER_HOUR:
                raise ValueError("start and step_minutes are those of values")
            return self
        if self.start is None or self.start.tzinfo is None:
            raise ValueError("values need a start with its offset: 2024-01-01T00:00Z")
        if self.length_hours < 1:
            raise ValueError("values must reach over an hour or more")
        if self.step_minutes > LONGEST_STEP_MINUTES:
            raise ValueError("step_minutes must be those of 366 days or less")
        return self

    @property
    def length_hours(self) -> float:
        """How long the values reach; 0 where they are none."""
        return len(self.values or ()) * self.step_minutes / MINUTES_PER_HOUR
