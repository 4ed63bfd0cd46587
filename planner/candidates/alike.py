"""Periods that have the same candidates: they differ in how much is asked for and at what price."""

from collections.abc import Container, Hashable
from dataclasses import replace
from typing import Final

from planner.candidates.enumeration import enumerate_candidates
from planner.candidates.sizing import Sizes
from planner.catalog.agreements import licensed, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.periods import PeriodScenario
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.option import Candidates, Place, Pool
from planner.domain.workload import Serving, Workload

QUANTITIES: Final[dict[str, object]] = {
    "requests_per_s": None,
    "planned_requests_per_s": None,
    "unmet_penalty_usd": None,
    "demand": None,
    "revenue": None,
    "growth_per_month": 0.0,
}
"""Of a serving workload: its candidates do not depend on them."""
OWN_WINDOW: Final[dict[str, object]] = {"deadline_days": 0.0}
"""Of a job of several periods: it is sized for the hours that it has in all of them."""


class Enumerated:
    """Candidates of the periods that have been asked for, found once for all that are alike."""

    def __init__(self, catalog: Catalog) -> None:
        """Begin with none."""
        self.catalog = catalog
        self.sizes = Sizes()
        self.known: dict[Hashable, Candidates] = {}

    def candidates(self, asked: PeriodScenario) -> Candidates:
        """Of a period, at its own prices."""
        scenario = asked.scenario
        places = resolve_places(scenario, self.catalog)
        agreed = resolve_agreements(scenario, self.catalog)
        pools = licensed(resolve_pools(scenario, places, self.catalog), agreed)
        key = (_work(asked), tuple(map(_site, places)), tuple(map(_kind, pools)))
        if key not in self.known:
            self.known[key] = enumerate_candidates(
                scenario, self.catalog, self.sizes, asked.paced_hours
            )
        return replace(self.known[key], places=places, pools=pools)


def _work(asked: PeriodScenario) -> Hashable:
    """All that candidates depend on of what must run."""
    has_windows = any(name not in asked.paced_hours for name in asked.begin_hours)
    return (
        tuple(_sized_as(each, asked.paced_hours) for each in asked.scenario.workloads),
        asked.scenario.hours if has_windows else None,
        tuple(asked.paced_hours.items()),
        asked.scenario.hauls,
    )


def _sized_as(workload: Workload, paced: Container[str]) -> Workload:
    """The workload without what its candidates do not depend on."""
    if isinstance(workload, Serving):
        return workload.model_copy(update=QUANTITIES)
    return workload.model_copy(update=OWN_WINDOW) if workload.name in paced else workload


def _site(place: Place) -> Hashable:
    """All that candidates depend on of a site."""
    return replace(place, pue=1.0, carbon_g_per_kwh=0.0, electricity_usd_per_kwh=None)


def _kind(pool: Pool) -> Hashable:
    """All that candidates depend on of an offer, its site left aside."""
    return (
        pool.place.name,
        pool.node_type.name,
        pool.accelerator.power_cap_w,
        pool.purchase,
        pool.terms.available_nodes,
        pool.terms.goodput,
        pool.terms.is_interruptible,
    )
