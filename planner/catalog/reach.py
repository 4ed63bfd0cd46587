"""Sites with what the network says of them, and workloads as the regions of their users ask."""

from collections.abc import Iterator
from math import ceil
from typing import Final, TypeVar

from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.domain.network import UserRegion
from planner.domain.option import Place
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.work import PART
from planner.domain.workload import Serving, Workload
from planner.errors import Fault
from planner.network.distance import Located
from planner.network.latency import round_trip
from planner.network.topology import Network, Point, network_of

STEP_MS: Final = 5.0
"""Round trips count in whole ones of these, rounded up: they vary by more from hour to hour."""
SAME_SHARE: Final = 1e-6

Asked = TypeVar("Asked", bound=Workload)


def by_region(workload: Workload) -> Iterator[Workload]:
    """The workload once for every region of its users, with its part of everything; or itself."""
    if not isinstance(workload, Serving) or workload.users is None or len(workload.users) == 1:
        yield workload
        return
    for each in workload.users:
        yield workload.model_copy(
            update={
                "name": f"{workload.name}{PART}{each.region}",
                "users": (each.model_copy(update={"share": 1.0}),),
                **_part(workload, each.share),
            }
        ).with_clock(each.time_zone)


def located_sites(scenario: Scenario, catalog: Catalog) -> tuple[ScenarioSite, ...]:
    """Sites with country and, where users have regions, round trips to all of them.

    What a site states goes before what the catalog knows.
    """
    regions = _regions(scenario)
    network = network_at(scenario, catalog) if regions else None
    return tuple(_located(site, regions, network, catalog) for site in scenario.sites)


def reach_faults(scenario: Scenario) -> Iterator[Fault]:
    """Shares of users that are none, and sites whose place nobody knows."""
    for row, workload in enumerate(scenario.workloads):
        users = getattr(workload, "users", None) or ()
        total = sum(each.share for each in users)
        if users and abs(total - 1) > SAME_SHARE:
            field = f"workloads.{row}.users"
            rule = "shares must add up to 1"
            yield Fault(scenario.scenario, rule, field=field, value=f"{total:g}")
        if len({each.region for each in users}) < len(users):
            yield Fault(scenario.scenario, "names a region twice", field=f"workloads.{row}.users")
    regions = _regions(scenario)
    for row, site in enumerate(scenario.sites):
        for strange in (each for each in site.round_trip_ms if each not in regions):
            field = f"sites.{row}.round_trip_ms"
            rule = "is to a region that no users are in"
            yield Fault(scenario.scenario, rule, field=field, value=shown(strange))
        unknown = [each for each in regions if each not in site.round_trip_ms]
        if unknown and not has_place(site):
            rule = (
                "has no place: state catalog, latitude and longitude, or round_trip_ms to"
                f" {', '.join(unknown)}"
            )
            yield Fault(scenario.scenario, rule, field=f"sites.{row}")


def has_place(site: ScenarioSite) -> bool:
    """Whether anybody knows where a site is."""
    return site.catalog is not None or site.latitude is not None


def place_name(site: ScenarioSite) -> str:
    """By which the network knows a site: its own place where it states one."""
    return site.name if site.latitude is not None else site.catalog or site.name


def network_at(scenario: Scenario, catalog: Catalog) -> Network:
    """Places and links of the catalog and of a scenario, which may call sites by its own names."""
    own = {each.name: each for each in scenario.user_regions}
    regions: dict[str, UserRegion] = {**catalog.user_regions, **own}
    points = [
        Point(site.name, site.latitude, site.longitude)
        for site in scenario.sites
        if site.latitude is not None and site.longitude is not None
    ]
    places: list[Located] = [*catalog.sites.values(), *regions.values(), *points]
    known = {each.name for each in places}
    aliases = {
        site.name: site.catalog
        for site in scenario.sites
        if site.catalog is not None and site.name not in known
    }
    return network_of(places, (*catalog.links.values(), *scenario.links), aliases)


def under_way_ms(workload: Workload, place: Place) -> float:
    """How long requests of a workload are under way to a place and back."""
    if not isinstance(workload, Serving) or workload.users is None:
        return 0.0
    trips = dict(place.round_trip_ms)
    farthest = max(trips[each.region] for each in workload.users)
    return ceil(farthest / STEP_MS - 1e-9) * STEP_MS


def at_place(workload: Asked, place: Place) -> Asked:
    """The workload with the time that its requests are under way to a place."""
    if not isinstance(workload, Serving) or not (under_way := under_way_ms(workload, place)):
        return workload
    return workload.model_copy(update={"network_ms": workload.network_ms + under_way})


def _part(workload: Serving, share: float) -> dict[str, object]:
    """What of a workload a share of its users ask for."""

    def part(value: float | None) -> float | None:
        return None if value is None else value * share

    update: dict[str, object] = {
        "requests_per_s": part(workload.requests_per_s),
        "planned_requests_per_s": part(workload.planned_requests_per_s),
        "unmet_penalty_usd": part(workload.unmet_penalty_usd),
    }
    if workload.requests_per_s is None and workload.demand is not None:
        update["demand"] = workload.demand.scaled(share)
    if workload.on_device is not None:
        users = max(round(workload.on_device.users * share), 1)
        update["on_device"] = workload.on_device.model_copy(update={"users": users})
    if workload.revenue is not None and workload.revenue.monthly_active_users is not None:
        users_there = workload.revenue.monthly_active_users * share
        revenue = workload.revenue.model_copy(update={"monthly_active_users": users_there})
        update["revenue"] = revenue
    return update


def _regions(scenario: Scenario) -> tuple[str, ...]:
    """That users of the scenario are in."""
    users = (getattr(each, "users", None) or () for each in scenario.workloads)
    return tuple(dict.fromkeys(each.region for mine in users for each in mine))


def _located(
    site: ScenarioSite, regions: tuple[str, ...], network: Network | None, catalog: Catalog
) -> ScenarioSite:
    listed = catalog.sites.get(site.catalog or "")
    update: dict[str, object] = {}
    if site.country is None and listed is not None:
        update["country"] = listed.country
    missing = [each for each in regions if each not in site.round_trip_ms]
    if network is not None and missing:
        found = {each: round_trip(network, place_name(site), each).ms for each in missing}
        update["round_trip_ms"] = {**site.round_trip_ms, **found}
    return site.model_copy(update=update) if update else site
