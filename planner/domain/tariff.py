"""What electricity costs at a site."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.domain.horizon import UTC, TimeZone
from planner.domain.record import NonNegative, Record, none_or_not_tiny
from planner.domain.series import TimeSeries

HIGHEST_USD_PER_KWH: Final = 100.0
UsdPerKwh = Annotated[
    float,
    Field(ge=-HIGHEST_USD_PER_KWH, le=HIGHEST_USD_PER_KWH),
    AfterValidator(none_or_not_tiny),
]
"""Wholesale prices fall below 0, and have risen to 15 USD per kWh for an hour."""
SATURDAY: Final = 5
Month = Annotated[int, Field(ge=1, le=12)]


class Hours(Record):
    """Some hours of some days."""

    from_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """First hour of the day; with a later one than `to_hour` it goes on over midnight."""
    to_hour: Annotated[int, Field(ge=1, le=24)] = 24
    """The first hour that is no longer among them."""
    days: Literal["all", "workdays", "weekends"] = "all"
    """That the hour itself is of: over midnight, the hours after it are of the day after."""
    months: Annotated[tuple[Month, ...], Field(min_length=1)] | None = None
    """1 to 12; omitted: all."""

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour == self.to_hour:
            raise ValueError("from_hour and to_hour must differ: 0 and 24 are the whole day")
        return self

    def holds(self, month: int, weekday: int, hour: int) -> bool:
        """Whether an hour is among them; weekday 0 is Monday."""
        if self.months is not None and month not in self.months:
            return False
        if self.days != "all" and (self.days == "weekends") != (weekday >= SATURDAY):
            return False
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return hour >= self.from_hour or hour < self.to_hour


class TimeOfUse(Hours):
    """A price at some hours of some days."""

    usd_per_kwh: UsdPerKwh


class Tariff(Record):
    """Prices of a kWh at the facility's meter, and of its highest draw."""

    usd_per_kwh: UsdPerKwh | None = None
    """At all times, or whenever no time of use holds."""
    times: tuple[TimeOfUse, ...] = ()
    """Prices by time of use; the first that holds counts."""
    time_zone: TimeZone = UTC
    """Of the times of use."""
    series: TimeSeries | None = None
    """Prices of every hour instead, for instance day-ahead ones; they may be below 0."""
    adder_usd_per_kwh: NonNegative = 0.0
    """Network, levies and the supplier's margin, on top of every kWh."""
    demand_charge_usd_per_kw_month: NonNegative = 0.0
    """For the highest mean draw of any slice of a billing month, at the facility's meter."""

    @model_validator(mode="after")
    def _prices_every_hour(self) -> Self:
        if (self.usd_per_kwh is None) == (self.series is None):
            raise ValueError(
                "state what a kWh costs in one way: usd_per_kwh (with or without times), or series"
            )
        if self.times and self.series is not None:
            raise ValueError("times go with usd_per_kwh, not with a series")
        return self
