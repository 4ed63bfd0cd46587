"""Serving that is spread: no site has too much of a workload, and the loss of one is survived.

When sites fail, what is protected of a workload must fit on its replicas elsewhere, which stand
there already: each takes requests in the mix in which they come. For a workload w and a failure f:

    protected share x served share  <=  sum over replicas outside f of (their share of the demand)
"""

from collections.abc import Sequence
from typing import Final

from planner.candidates.demand import planned_over_mean, requests_by_class
from planner.candidates.layout import Layout, Part
from planner.candidates.rows import NO_ROW, Rows
from planner.candidates.sizing import nodes_of
from planner.domain.deployment import ServingDeployment
from planner.domain.option import Pool
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Serving
from planner.units import SECONDS_PER_HOUR

LEAST_BUSY: Final = 1e-3
"""Of its throughput, that a replica is used at whose being up counts: all of them answer some
requests at all times, for what is never used is not known to work, and is not in a plan."""


class Spread:
    """Rows of one period while they are being collected."""

    def __init__(self, scenario: StagedScenario, rows: Rows) -> None:
        """Add the rows of every protected workload, and of each that a site may have a part of."""
        self.scenario, self.rows = scenario, rows
        self.survived: dict[str, dict[str, int]] = {}
        """By workload and failure."""
        self.at_site: dict[tuple[str, str], int] = {}
        self.counts = being_up_counts(scenario)
        for each in scenario.workloads:
            if isinstance(each, Serving):
                self._begin(each)

    def survives(
        self, workload: Serving, deployment: ServingDeployment, pool: Pool, replicas: int
    ) -> None:
        """What a replica bears of its workload when sites fail of which its own is none."""
        share = bearable_share(workload, deployment, pool, self.scenario)
        for case in self.scenario.failure_cases if workload.name in self.survived else ():
            if pool.place.name not in case.sites and share > 0:
                row = self.survived[workload.name][case.name]
                self.rows.block_use.add(row, replicas, -share)

    def in_use(self, workload: Serving, pool: Pool, replicas: int) -> int:
        """Row: replicas that are counted on answer some requests."""
        if workload.name not in self.survived and not self.counts:
            return NO_ROW
        row = self.rows.limit(f"replicas of {workload.name} in {pool.key} in use", 0.0)
        self.rows.block_use.add(row, replicas, LEAST_BUSY)
        return row

    def serves(self, workload: Serving, pool: Pool, column: int, weight: float) -> None:
        """An option that serves a class of requests, which are so much of all."""
        for row in self.survived.get(workload.name, {}).values():
            self.rows.option_use.add(row, column, weight * workload.protected_share)
        row = self.at_site.get((workload.name, pool.place.name), NO_ROW)
        self.rows.option_use.add(row, column, weight)

    def _begin(self, workload: Serving) -> None:
        if workload.protected_share > 0:
            self.survived[workload.name] = {
                case.name: self.rows.limit(f"{workload.name} without {case.name}", 0.0)
                for case in self.scenario.failure_cases
            }
        if workload.max_site_share < 1:
            for site in self.scenario.sites:
                name = f"at most {workload.max_site_share:g} of {workload.name} at {site.name}"
                self.at_site[workload.name, site.name] = self.rows.limit(
                    name, workload.max_site_share
                )


def being_up_counts(scenario: StagedScenario) -> bool:
    """Whether there is more in nodes that are up than the work that they do."""
    return bool(scenario.share_limits) or any(
        (site.electricity_usd_per_kwh or 0.0) < 0
        or (site.power is not None and site.power.ramp_kw_per_hour is not None)
        for site in scenario.sites
    )


def limit_standing(parts: Sequence[Part], layouts: Sequence[Layout], rows: Rows) -> None:
    """Where being up counts, nodes stand no more than replicas need that have a node each."""
    for part, layout in zip(parts, layouts, strict=True):
        if not being_up_counts(part.asked.scenario):
            continue
        pools, row_of = part.candidates.pools, {}
        for pool, block in enumerate(layout.standing_block.tolist()):
            if block == NO_ROW:
                continue
            family = int(layout.sibling_pool[pool])
            if family not in row_of:
                name = f"standing {pools[family].key} that have replicas{part.asked.suffix}"
                row_of[family] = rows.limit(name, 0.0)
            rows.block_use.add(row_of[family], block, 1.0)
        for option, block in enumerate(layout.replica_block.tolist()):
            each = part.candidates.options[option]
            if block != NO_ROW and isinstance(each.deployment, ServingDeployment):
                size = pools[each.pool].node_type.accelerators_per_node
                row = row_of[int(layout.sibling_pool[each.pool])]
                rows.block_use.add(row, block, -float(nodes_of(each.deployment, size)))


def bearable_share(
    workload: Serving, deployment: ServingDeployment, pool: Pool, scenario: StagedScenario
) -> float:
    """Of a workload's planned demand, what a replica bears in a failure.

    Nothing where it cannot answer requests of every size.
    """
    busy_hours = 0.0
    demand = requests_by_class(workload, scenario)
    for rate, requests in zip(deployment.rates, demand, strict=True):
        if rate is None:
            return 0.0
        busy_hours += requests / rate.requests_per_s / SECONDS_PER_HOUR
    planned_hours = busy_hours * planned_over_mean(workload)
    utilisation = workload.failover_utilisation or workload.target_utilisation
    return utilisation * pool.terms.goodput * scenario.hours / planned_hours
