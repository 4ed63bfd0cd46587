"""Where requests come from, and what is known of the way between two places."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.domain.record import Name, NonNegative, Positive, Record, Sentence, not_tiny
from planner.domain.site import Latitude, Longitude

INTERNET: Final = "internet"
"""Place that a link may lead to or come from: whatever is not linked directly.

A price to it is what a provider takes for traffic that leaves its own network.
"""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Milliseconds = Annotated[float, Field(gt=0, le=10_000), AfterValidator(not_tiny)]
RoundTripBasis = Literal["measured", "nearby", "path", "distance"]
"""How a round trip is known, best first: measured between the two places; measured between places
close to them; added up along measured links; estimated from the distance."""


class UserRegion(Record):
    """A part of the world that requests come from, thought of as one point."""

    name: Name
    """Catalog id: `continent/metropolis`, `us/state or metropolis`."""
    title: Sentence
    country: Country | None = None
    """ISO 3166-1 alpha-2; omitted: users of several countries."""
    latitude: Latitude
    longitude: Longitude
    source: Sentence
    """Of the coordinates."""


class Link(Record):
    """What is known of the way from one place to another: sites, user regions, `internet`.

    A round trip goes there and back: it belongs to both directions and is stated with one of them.
    Bandwidth and price are of this direction only; the way back is a link of its own.
    """

    from_place: Name
    to_place: Name
    round_trip_ms: Milliseconds | None = None
    """Median, without the time at either end."""
    round_trip_basis: Literal["measured", "nearby"] = "measured"
    """`nearby`: measured between other places, each less than 150 km from the one it stands for."""
    gb_per_s: Positive | None = None
    """Bandwidth, 10^9 bytes per second."""
    usd_per_gb: NonNegative | None = None
    """Price of what leaves `from_place` this way, per 10^9 bytes; omitted: not known."""
    source: Sentence

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.from_place == self.to_place:
            raise ValueError("from_place and to_place must be two places")
        if self.round_trip_ms is None and self.gb_per_s is None and self.usd_per_gb is None:
            raise ValueError("round_trip_ms, gb_per_s or usd_per_gb is needed")
        if self.round_trip_ms is not None and INTERNET in (self.from_place, self.to_place):
            raise ValueError(f"round_trip_ms must be left out: the {INTERNET} is everywhere")
        return self
