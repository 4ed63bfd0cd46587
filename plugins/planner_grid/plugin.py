"""Hooks of the built-in places: cloud regions, user regions, and the ways between them."""

from collections.abc import Iterable
from importlib.resources import files

from planner.catalog.tables import read_table
from planner.domain.network import Link, UserRegion
from planner.domain.site import Site
from planner.extension import hookimpl


@hookimpl
def planner_sites() -> Iterable[Site]:
    """Every row of the table of sites."""
    return read_table(files("planner_catalogs").joinpath("sites.csv"), Site)


@hookimpl
def planner_user_regions() -> Iterable[UserRegion]:
    """Every row of the table of user regions."""
    return read_table(files("planner_catalogs").joinpath("user_regions.csv"), UserRegion)


@hookimpl
def planner_links() -> Iterable[Link]:
    """Every row of the table of links."""
    return read_table(files("planner_catalogs").joinpath("links.csv"), Link)
