"""Hook of the built-in sites: cloud regions with their place, PUE, electricity and grid carbon."""

from collections.abc import Iterable
from importlib.resources import files

from planner.catalog.tables import read_table
from planner.domain.site import Site
from planner.extension import hookimpl


@hookimpl
def planner_sites() -> Iterable[Site]:
    """Every row of the table of sites."""
    return read_table(files("planner_catalogs").joinpath("sites.csv"), Site)
