"""How the demand of a serving workload changes with time."""

from typing import Self

from pydantic import model_validator

from planner.domain.record import PositiveShare, Record
from planner.domain.series import TimeSeries


class Demand(Record):
    """Requests per second from hour to hour, and which of them to be ready for."""

    series: TimeSeries | None = None
    """Requests per second; where the workload states `requests_per_s`, the shape only: values are
    scaled so that their mean is that."""
    plan_for: PositiveShare | None = None
    """Share of the time whose demand capacity is planned for: 0.95 for P95 of the values that fall
    into a slice. Omitted: the mean of each slice. Energy and revenue count the mean in any case."""
    extrapolated: bool = False
    """Whether the series is a history that goes on with its trend and its seasons, and not one
    that is repeated. `plan_for` then counts also what each hour may turn out as."""

    def scaled(self, share: float) -> Self:
        """A share of it."""
        if self.series is None:
            return self
        series = self.series.model_copy(update={"scale": self.series.scale * share})
        return self.model_copy(update={"series": series})

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.series is None and (self.extrapolated or self.plan_for is not None):
            raise ValueError("plan_for and extrapolated need a series")
        if self.extrapolated and self.plan_for == 1:
            raise ValueError(
                "plan_for must be below 1 with extrapolated: there is no largest value"
            )
        if self.extrapolated and self.series is not None and self.series.by_hour is not None:
            raise ValueError("extrapolated needs a history, from a file or values")
        return self
