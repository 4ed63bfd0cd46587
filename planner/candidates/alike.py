"""Periods that have the same candidates: they differ in how much is asked for and at what price."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Final

from planner.candidates.enumeration import Sizes, enumerate_candidates
from planner.catalog.agreements import licensed, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.periods import PeriodScenario
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.option import Candidates, Pool
from planner.domain.workload import Serving

QUANTITIES: Final[dict[str, object]] = {
    "requests_per_s": None,
    "planned_requests_per_s": None,
    "unmet_penalty_usd": None,
    "demand": None,
    "revenue": None,
    "growth_per_month": 0.0,
}
"""Of a serving workload: its candidates do not depend on them."""


class Enumerated:
    """Candidates of the periods that have been asked for, found once for all that are alike."""

    def __init__(self, catalog: Catalog) -> None:
        """Begin with none."""
        self.catalog = catalog
        self.sizes: Sizes = {}
        self.known: dict[Hashable, Candidates] = {}

    def candidates(self, asked: PeriodScenario) -> Candidates:
        """Of a period, at its own prices."""
        scenario = asked.scenario
        places = resolve_places(scenario, self.catalog)
        agreed = resolve_agreements(scenario, self.catalog)
        pools = licensed(resolve_pools(scenario, places, self.catalog), agreed)
        key = (_work(asked), tuple(map(_kind, pools)))
        if key not in self.known:
            self.known[key] = enumerate_candidates(
                scenario, self.catalog, self.sizes, asked.paced_hours
            )
        return replace(self.known[key], places=places, pools=pools)


def _work(asked: PeriodScenario) -> Hashable:
    """All that candidates depend on of what must run."""
    return (
        tuple(
            each.model_copy(update=QUANTITIES) if isinstance(each, Serving) else each
            for each in asked.scenario.workloads
        ),
        None if not asked.begin_hours else asked.scenario.hours,
        tuple(asked.paced_hours.items()),
        asked.scenario.hauls,
    )


def _kind(pool: Pool) -> Hashable:
    """All that candidates depend on of an offer."""
    return (
        replace(pool.place, pue=1.0, carbon_g_per_kwh=0.0, electricity_usd_per_kwh=None),
        pool.node_type.name,
        pool.accelerator.power_cap_w,
        pool.purchase,
        pool.terms.available_nodes,
        pool.terms.goodput,
        pool.terms.is_interruptible,
    )
