"""What each option in use costs, draws and emits, and the nodes that are held for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from planner.candidates.energy import electricity_usd_per_kwh
from planner.catalog.periods import PeriodScenario
from planner.domain.option import Pool
from planner.domain.plan import PurchaseLine
from planner.domain.scenario import StagedScenario
from planner.interpretation.chosen import Batch, Chosen, Gang, Served
from planner.performance.power import idle_w, node_idle_w
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WATTS_PER_KW


@dataclass(frozen=True)
class Charge:
    """Money, energy at the facility's meter, and carbon."""

    node_hours: float
    """That are paid for."""
    capacity_usd: float
    licence_usd: float
    facility_kwh: float
    electricity_usd: float
    carbon_tonnes: float

    @property
    def cost_usd(self) -> float:
        """Capacity, software and electricity."""
        return self.capacity_usd + self.licence_usd + self.electricity_usd

    @property
    def energy_mwh(self) -> float:
        """At the meter."""
        return self.facility_kwh / KWH_PER_MWH


@dataclass(frozen=True)
class Bill:
    """A charge for every option in use, and what was bought for it."""

    charges: tuple[Charge, ...]
    """One per chosen option."""
    purchases: tuple[PurchaseLine, ...]


def billed(
    asked: PeriodScenario,
    pools: Sequence[Pool],
    chosen: Sequence[Chosen],
    standing_nodes: Sequence[int],
) -> Bill:
    """Charges and purchases of a period.

    `standing_nodes[p]` are the nodes that pool p's serving shares.
    """
    charges: dict[int, Charge] = {}
    purchases: list[PurchaseLine] = []
    for row, pool in enumerate(pools):
        served = {
            i: each
            for i, each in enumerate(chosen)
            if isinstance(each, Served) and each.pool == row
        }
        if served:
            mine, nodes = list(served.values()), standing_nodes[row]
            shared = _shared_charges(asked.scenario, pool, mine, nodes)
            charges.update(zip(served, shared, strict=True))
            purchases.append(_standing_line(asked, pool, mine, nodes, shared))
        for i, each in enumerate(chosen):
            if isinstance(each, Batch | Gang) and each.pool == row:
                charges[i] = _charge(pool, billed_node_hours(each, pool), each.use.it_kwh)
                purchases.append(_job_line(asked, pool, each, charges[i]))
    return Bill(tuple(charges[i] for i in range(len(chosen))), tuple(purchases))


def billed_node_hours(job: Batch | Gang, pool: Pool) -> float:
    """Node hours that a job pays for.

    A divisible heap gives its nodes back one by one; all others keep theirs to the end.
    """
    if isinstance(job, Batch) and job.deployment.nodes is None:
        return pool.terms.billed(job.use.node_hours)
    return job.nodes * pool.terms.billed(job.hours)


def _charge(pool: Pool, node_hours: float, it_kwh: float) -> Charge:
    facility_kwh = it_kwh * pool.place.pue
    return Charge(
        node_hours=node_hours,
        capacity_usd=node_hours * pool.terms.usd_per_node_hour,
        licence_usd=node_hours * pool.licence_usd_per_node_hour,
        facility_kwh=facility_kwh,
        electricity_usd=facility_kwh * electricity_usd_per_kwh(pool),
        carbon_tonnes=facility_kwh * pool.place.carbon_g_per_kwh / GRAMS_PER_TONNE,
    )


def _shared_charges(
    scenario: StagedScenario, pool: Pool, served: Sequence[Served], nodes: int
) -> list[Charge]:
    """Nodes and their idle draw by accelerators held, what work draws on top by who works."""
    node_hours = nodes * scenario.hours
    idle_kwh = node_hours * node_idle_w(pool.node_type, pool.accelerator) / WATTS_PER_KW
    held = sum(each.accelerators for each in served)
    charges = []
    for each in served:
        part = each.accelerators / held
        busy_kwh = _busy_kwh_above_idle(each, pool)
        paid_hours = part * nodes * pool.terms.billed(scenario.hours)
        charges.append(_charge(pool, paid_hours, part * idle_kwh + busy_kwh))
    return charges


def _busy_kwh_above_idle(served: Served, pool: Pool) -> float:
    idle = idle_w(pool.accelerator)
    return fsum(
        share.replica_hours
        * served.deployment.accelerators
        * (share.rate.accelerator_power_w - idle)
        / WATTS_PER_KW
        for share in served.shares
    )


def _standing_line(
    asked: PeriodScenario,
    pool: Pool,
    served: Sequence[Served],
    nodes: int,
    charges: Sequence[Charge],
) -> PurchaseLine:
    held = nodes * pool.node_type.accelerators_per_node
    busy_hours = fsum(
        share.replica_hours * each.deployment.accelerators
        for each in served
        for share in each.shares
    )
    return _line(
        asked,
        pool,
        charges,
        workload=None,
        nodes=nodes,
        hours=asked.scenario.hours,
        accelerators_used=sum(each.accelerators for each in served),
        utilisation=busy_hours / asked.scenario.hours / held,
    )


def _job_line(asked: PeriodScenario, pool: Pool, job: Batch | Gang, charge: Charge) -> PurchaseLine:
    used = job.accelerators(pool)
    return _line(
        asked,
        pool,
        [charge],
        workload=job.workload.name,
        nodes=job.nodes,
        hours=job.hours,
        accelerators_used=used,
        utilisation=used / (job.nodes * pool.node_type.accelerators_per_node),
    )


def _line(  # noqa: PLR0913  the fields of one row
    asked: PeriodScenario,
    pool: Pool,
    charges: Sequence[Charge],
    *,
    workload: str | None,
    nodes: int,
    hours: float,
    accelerators_used: int,
    utilisation: float,
) -> PurchaseLine:
    return PurchaseLine(
        site=pool.place.name,
        node_type=pool.node_type.name,
        accelerator=pool.accelerator.name,
        purchase=pool.purchase,
        period=asked.period.name,
        workload=workload,
        nodes=nodes,
        accelerators=nodes * pool.node_type.accelerators_per_node,
        accelerators_used=accelerators_used,
        hours=hours,
        billed_node_hours=fsum(each.node_hours for each in charges),
        usd_per_node_hour=pool.terms.usd_per_node_hour,
        price_as_of=pool.terms.price_as_of,
        capacity_usd=fsum(each.capacity_usd for each in charges),
        licence_usd=fsum(each.licence_usd for each in charges),
        electricity_usd=fsum(each.electricity_usd for each in charges),
        energy_mwh=fsum(each.energy_mwh for each in charges),
        carbon_tonnes=fsum(each.carbon_tonnes for each in charges),
        utilisation=utilisation,
    )
