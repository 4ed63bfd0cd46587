"""Where work may run, and where its users are."""

from typing import Self

from pydantic import Field, model_validator

from planner.domain.horizon import TimeZone
from planner.domain.network import Country
from planner.domain.record import Name, PositiveShare, Record


class Residency(Record):
    """Where data may lie; a site must meet all that is stated."""

    countries: tuple[Country, ...] | None = Field(default=None, min_length=1)
    """ISO 3166-1 alpha-2."""
    site_classes: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """As sites of the scenario state theirs."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.countries is None and self.site_classes is None:
            raise ValueError("state countries, site_classes, or both")
        return self


class UserShare(Record):
    """Users of a workload in one part of the world."""

    region: Name
    """User region of the catalog or of the scenario."""
    share: PositiveShare
    """Of the requests; shares add up to 1."""
    time_zone: TimeZone | None = None
    """In whose clock the demand's `by_hour` is for them; omitted: that of the series."""
