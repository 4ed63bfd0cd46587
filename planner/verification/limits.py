"""Limits that the plan says it uses up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.plan import QUALITY, SPARE_QUALITY, Binding, Plan, Violation
from planner.domain.workload import TrainingRun
from planner.performance.power import node_idle_w
from planner.units import WATTS_PER_KW
from planner.verification.exact import TOLERANCE, exact
from planner.verification.facts import Facts
from planner.verification.holdings import Holding, nodes_by_pool
from planner.verification.mix import mean_quality, portions
from planner.verification.sites import peak_kw
from planner.verification.violations import Expected, broken, differences
from planner.verification.work import Work, works_by_workload


@dataclass(frozen=True)
class Limit:
    """A limit, what the plan uses of it, and the least that anything more would use."""

    used: Fraction
    limit: Fraction
    unit: str
    smallest: Fraction

    @property
    def spare(self) -> Fraction:
        """What is left."""
        return self.limit - self.used

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more fits, beyond doubt."""
        return self.used > 0 and self.spare < self.smallest * (1 - 2 * TOLERANCE)

    @property
    def has_room(self) -> bool:
        """Whether something more fits, beyond doubt."""
        return self.used <= 0 or self.spare > self.smallest * (1 + TOLERANCE)


class Floor(Limit):
    """A limit from below: what is used is at least the limit."""

    @property
    def spare(self) -> Fraction:
        """What is above it."""
        return self.used - self.limit


def limit_faults(
    plan: Plan, holdings: Sequence[Holding], works: Sequence[Work], facts: Facts
) -> Iterator[Violation]:
    """Rows that speak of no limit, of one that is not used up, or that are missing."""
    limits = {
        **_node_limits(holdings, facts),
        **_power_limits(holdings, facts),
        **_quality_limits(works, facts),
    }
    stated = [row.resource for row in plan.binding]
    for row, binding in enumerate(plan.binding):
        if binding.resource in stated[:row]:
            yield broken(f"binding.{row}", f"{binding.resource} has a row already")
        yield from _row_faults(f"binding.{row}", binding, limits)
    for name, limit in limits.items():
        if limit.is_used_up and name not in stated:
            yield broken("binding", f"{name} is used up and not listed", limit.used, limit.limit)


def _row_faults(where: str, row: Binding, limits: Mapping[str, Limit]) -> Iterator[Violation]:
    limit = limits.get(row.resource)
    if limit is None:
        yield broken(where, f"the scenario has no limit called {row.resource}")
        return
    expected: dict[str, Expected] = {
        "used": limit.used,
        "limit": limit.limit,
        "unit": limit.unit,
    }
    yield from differences(where, row, expected)
    if limit.has_room:
        yield broken(where, f"{row.resource} is not used up", limit.used, limit.limit)
    if row.worth_usd_per_unit is not None and row.worth_usd_per_unit < 0:
        rule = "more of anything cannot cost"
        yield broken(f"{where}.worth_usd_per_unit", rule, row.worth_usd_per_unit)


def _node_limits(holdings: Sequence[Holding], facts: Facts) -> dict[str, Limit]:
    nodes = nodes_by_pool(holdings, facts)
    return {
        f"nodes of {' / '.join(key)}{facts.suffix}": Limit(
            used=Fraction(nodes.get(key, 0)),
            limit=Fraction(pool.terms.available_nodes),
            unit="nodes",
            smallest=Fraction(1),
        )
        for key, pool in facts.pools.items()
        if pool.terms.available_nodes is not None and pool.terms.contract is None
    }


def _quality_limits(works: Sequence[Work], facts: Facts) -> dict[str, Limit]:
    """Minimum qualities: what is above one is what is left of it, as if it were a capacity."""
    limits: dict[str, Limit] = {}
    by_workload = works_by_workload(works)
    for workload in facts.workloads.values():
        if isinstance(workload, TrainingRun) or workload.minimum_quality is None:
            continue
        mean = mean_quality(portions(workload, by_workload.get(workload.name, ())))
        least = exact(workload.minimum_quality)
        if mean is not None:
            limits[f"quality of {workload.name}{facts.suffix}"] = Floor(
                used=mean, limit=least, unit=QUALITY, smallest=least * exact(SPARE_QUALITY)
            )
    return limits


def _power_limits(holdings: Sequence[Holding], facts: Facts) -> dict[str, Limit]:
    """The smallest thing that draws more is a node that idles."""
    limits = {}
    for place in facts.places.values():
        draws = [
            exact(node_idle_w(pool.node_type, pool.accelerator)) / WATTS_PER_KW
            for pool in facts.pools.values()
            if pool.place == place and pool.accelerator.tdp_w is not None
        ]
        if place.it_power_limit_kw is not None and draws:
            limits[f"IT power at {place.name}{facts.suffix}"] = Limit(
                used=peak_kw(place, holdings, facts),
                limit=exact(place.it_power_limit_kw),
                unit="kW",
                smallest=min(draws),
            )
    return limits
