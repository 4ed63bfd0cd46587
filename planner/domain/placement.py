"""Where work may run, and where its users are."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from planner.domain.horizon import TimeZone
from planner.domain.network import Country
from planner.domain.record import Name, PositiveShare, Record, Sentence, Share


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


class Failure(Record):
    """Sites that fail together."""

    name: Name
    sites: Annotated[tuple[Name, ...], Field(min_length=1)]


class ShareLimit(Record):
    """How much of all accelerator hours some of them may be, or must be."""

    name: Name
    sites: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    vendors: Annotated[tuple[Sentence, ...], Field(min_length=1)] | None = None
    """Of accelerators, as the catalog spells them."""
    purchases: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    max_share: PositiveShare = 1.0
    min_share: Share = 0.0

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.sites is None and self.vendors is None and self.purchases is None:
            raise ValueError("state sites, vendors or purchases that it is about")
        if self.min_share > self.max_share:
            raise ValueError("min_share must be at most max_share")
        return self

    def covers(self, site: str, vendor: str, purchase: str) -> bool:
        """Whether it is about an offer."""
        wanted = ((self.sites, site), (self.vendors, vendor), (self.purchases, purchase))
        return all(each in names for names, each in wanted if names is not None)


class UserShare(Record):
    """Users of a workload in one part of the world."""

    region: Name
    """User region of the catalog or of the scenario."""
    share: PositiveShare
    """Of the requests; shares add up to 1."""
    time_zone: TimeZone | None = None
    """In whose clock the demand's `by_hour` is for them; omitted: that of the series."""
