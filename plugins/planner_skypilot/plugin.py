"""Hook of the reader of SkyPilot's catalogs."""

from collections.abc import Iterable

from planner.domain.importing import PriceImporter
from planner.extension import hookimpl
from planner_skypilot.catalogs import SkyPilotCatalogs


@hookimpl
def planner_price_importers() -> Iterable[PriceImporter]:
    """The catalogs that SkyPilot keeps of clouds' virtual machines."""
    return (SkyPilotCatalogs(),)
