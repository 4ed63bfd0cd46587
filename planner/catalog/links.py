"""Links of the catalog, by the two places between which they lead."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from planner.catalog.nearest import suggestion
from planner.domain.contribution import Contribution, Origin
from planner.domain.network import INTERNET, Link
from planner.errors import Fault, PluginError

LinkKey = tuple[str, str]
"""From, to."""


def index_links(
    contributions: Iterable[Contribution[Any]], places: Collection[str]
) -> Mapping[LinkKey, Link]:
    """Every link, sorted by from where to where it leads.

    Raises:
        PluginError: an answer is no `Link`, leads to or from a place that is neither one of
            `places` nor the internet, or says what another link says; the message names both.
    """
    found: dict[LinkKey, Contribution[Link]] = {}
    for each in contributions:
        link = each.record
        if not isinstance(link, Link):
            raise _refused(each.origin, "planner_links must answer with Link", repr(link)[:80])
        for place in (link.from_place, link.to_place):
            if place not in places and place != INTERNET:
                raise _lost(place, each.origin, places)
        key = (link.from_place, link.to_place)
        if key in found:
            rule = f"links already has {' / '.join(key)}, from {found[key].origin}"
            raise _refused(each.origin, rule)
        _check_way_back(each, found)
        found[key] = each
    return MappingProxyType({key: found[key].record for key in sorted(found)})


def check_names(origins: Mapping[tuple[str, str], Origin]) -> None:
    """No user region has the name of a site: links tell places by their names.

    Raises:
        PluginError: one has; the message names both plugins.
    """
    for (table, name), origin in origins.items():
        site = origins.get(("sites", name))
        if table == "user_regions" and site is not None:
            raise _refused(origin, f"user region has the name of a site, from {site}", name)


def _check_way_back(
    contribution: Contribution[Link], found: Mapping[LinkKey, Contribution[Link]]
) -> None:
    """A round trip is of both directions, so only one of them may state it."""
    link = contribution.record
    back = found.get((link.to_place, link.from_place))
    if back is None or back.record.round_trip_ms is None or link.round_trip_ms is None:
        return
    key = f"{link.to_place} / {link.from_place}"
    rule = f"round_trip_ms is stated already by the way back, {key}, from {back.origin}"
    raise _refused(contribution.origin, rule, f"{link.from_place} / {link.to_place}")


def _lost(place: str, origin: Origin, places: Collection[str]) -> PluginError:
    rule = "a link leads to or from a place that is no site, no user region and not the internet"
    return PluginError((Fault(str(origin), rule, value=place, hint=suggestion(place, places)),))


def _refused(origin: Origin, rule: str, value: str | None = None) -> PluginError:
    return PluginError((Fault(str(origin), rule, value=value),))
