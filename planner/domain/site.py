"""Data centers and cloud regions."""

from typing import Annotated

from pydantic import Field

from planner.domain.record import Name, NonNegative, Record, Sentence

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Pue = Annotated[float, Field(ge=1, le=5)]


class Site(Record):
    """A data center or cloud region: where it is and what its energy costs and emits."""

    name: Name
    """Catalog id: `provider/region` for a cloud."""
    title: Sentence
    provider: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    latitude: Latitude
    longitude: Longitude
    time_zone: Name | None = None
    """IANA name, for instance `Europe/Berlin`: whose working hours the load there follows."""
    pue: Pue
    """Power usage effectiveness: facility energy over IT energy (ISO/IEC 30134-2)."""
    pue_basis: Sentence
    """`measured YEAR`, or that it is the provider's mean."""
    wue_l_per_kwh: NonNegative | None = None
    """Water usage effectiveness: litres that the site consumes per kWh of IT energy (ISO/IEC
    30134-9), mostly to cool; not the water of power stations. None where none is published."""
    wue_basis: str | None = None
    """As `pue_basis`."""
    electricity_usd_per_kwh: NonNegative | None = None
    """What a large customer pays there; None where no figure was found."""
    electricity_basis: str | None = None
    carbon_g_per_kwh: NonNegative
    """Location-based average grid intensity, CO2-equivalent."""
    carbon_basis: Sentence
    grid_zone: str | None = None
    source: Sentence
    notes: str | None = None
