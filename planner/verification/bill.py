"""Money, energy and carbon of every purchase line and of the work behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from planner.domain.option import Pool
from planner.domain.plan import Violation
from planner.domain.pricing import ROUNDING
from planner.domain.workload import BatchInference
from planner.performance.power import idle_w, node_idle_w
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WH_PER_MWH
from planner.verification.exact import exact, quotient, total
from planner.verification.facts import Facts
from planner.verification.holdings import Holding
from planner.verification.violations import Expected, differences
from planner.verification.work import Work


@dataclass(frozen=True)
class Charge:
    """What something costs, draws at the facility's meter, and emits."""

    node_hours: Fraction
    """That are paid for."""
    capacity_usd: Fraction
    licence_usd: Fraction
    electricity_usd: Fraction
    energy_mwh: Fraction
    carbon_tonnes: Fraction

    @property
    def cost_usd(self) -> Fraction:
        """Capacity, software and electricity."""
        return self.capacity_usd + self.licence_usd + self.electricity_usd


@dataclass(frozen=True)
class Item:
    """A holding and the charge of each work behind it."""

    holding: Holding
    charges: tuple[Charge, ...]

    @property
    def charge(self) -> Charge:
        """Of the whole line."""
        return added(self.charges)


def billed(holdings: Iterable[Holding], facts: Facts) -> tuple[Item, ...]:
    """Every holding with its charges."""
    return tuple(
        Item(each, _shared(each) if each.is_standing else (_job(each, each.works[0], facts),))
        for each in holdings
    )


def is_given_back(job: Work, facts: Facts) -> bool:
    """Whether a job gives its nodes back one by one, as it runs out of work."""
    workload = job.placed.workload
    return isinstance(workload, BatchInference) and not facts.is_ordered(workload.name)


def paid_hours(pool: Pool, hours: Fraction) -> Fraction:
    """Hours rounded up to the units that the seller bills."""
    if pool.terms.billing_hours == 0:
        return hours
    unit = exact(pool.terms.billing_hours)
    return ceil(hours / unit - exact(ROUNDING)) * unit


def added(charges: Sequence[Charge]) -> Charge:
    """Charges together."""
    return Charge(
        node_hours=total(each.node_hours for each in charges),
        capacity_usd=total(each.capacity_usd for each in charges),
        licence_usd=total(each.licence_usd for each in charges),
        electricity_usd=total(each.electricity_usd for each in charges),
        energy_mwh=total(each.energy_mwh for each in charges),
        carbon_tonnes=total(each.carbon_tonnes for each in charges),
    )


def bill_faults(items: Sequence[Item]) -> Iterator[Violation]:
    """Lines, and allocations, that state other sums."""
    for item in items:
        holding = item.holding
        yield from differences(holding.where, holding.stated, _line(item))
        for work, charge in zip(holding.works, item.charges, strict=True):
            sums: dict[str, Expected] = {
                "cost_usd": charge.cost_usd,
                "energy_mwh": charge.energy_mwh,
                "carbon_tonnes": charge.carbon_tonnes,
            }
            yield from differences(work.placed.where, work.placed.stated, sums)


def _shared(holding: Holding) -> tuple[Charge, ...]:
    """Each pays for nodes and their idle draw by accelerators held, and for its own work's draw."""
    pool, hours = holding.pool, holding.works[0].hours
    node_hours = holding.stated.nodes * hours
    idle_wh = node_hours * exact(node_idle_w(pool.node_type, pool.accelerator))
    used = holding.accelerators_used
    charges = []
    for work in holding.works:
        part = quotient(work.placed.accelerators, used)
        idle_while_busy_wh = work.busy_accelerator_hours * exact(idle_w(pool.accelerator))
        it_wh = part * idle_wh + work.busy_wh - idle_while_busy_wh
        paid = part * holding.stated.nodes * paid_hours(pool, hours)
        charges.append(_charge(pool, paid, it_wh))
    return tuple(charges)


def _job(holding: Holding, job: Work, facts: Facts) -> Charge:
    """A job pays for its nodes while it runs; time that interruptions cost is powered, too."""
    pool = holding.pool
    node_hours = holding.stated.nodes * job.hours
    held = holding.stated.nodes * pool.node_type.accelerators_per_node
    idle_hours = (held - holding.accelerators_used) * job.hours
    it_wh = (
        node_hours * exact(pool.node_type.host_power_w)
        + job.powered_wh
        + idle_hours * exact(idle_w(pool.accelerator))
    )
    if is_given_back(job, facts):
        return _charge(pool, paid_hours(pool, node_hours), it_wh)
    return _charge(pool, holding.stated.nodes * paid_hours(pool, job.hours), it_wh)


def _charge(pool: Pool, node_hours: Fraction, it_wh: Fraction) -> Charge:
    energy_mwh = it_wh * exact(pool.place.pue) / WH_PER_MWH
    tariff = pool.place.electricity_usd_per_kwh if pool.terms.pays_electricity else 0
    energy_kwh = energy_mwh * KWH_PER_MWH
    return Charge(
        node_hours=node_hours,
        licence_usd=node_hours * exact(pool.licence_usd_per_node_hour),
        capacity_usd=node_hours * exact(pool.terms.usd_per_node_hour),
        electricity_usd=energy_kwh * exact(tariff or 0),
        energy_mwh=energy_mwh,
        carbon_tonnes=energy_kwh * exact(pool.place.carbon_g_per_kwh) / GRAMS_PER_TONNE,
    )


def _line(item: Item) -> dict[str, Expected]:
    holding, charge = item.holding, item.charge
    pool, nodes = holding.pool, holding.stated.nodes
    accelerators = nodes * pool.node_type.accelerators_per_node
    return {
        "accelerator": pool.accelerator.name,
        "accelerators": accelerators,
        "accelerators_used": holding.accelerators_used,
        "hours": holding.works[0].hours,
        "billed_node_hours": charge.node_hours,
        "usd_per_node_hour": exact(pool.terms.usd_per_node_hour),
        "price_as_of": pool.terms.price_as_of,
        "capacity_usd": charge.capacity_usd,
        "licence_usd": charge.licence_usd,
        "electricity_usd": charge.electricity_usd,
        "energy_mwh": charge.energy_mwh,
        "carbon_tonnes": charge.carbon_tonnes,
        "utilisation": quotient(_busy(holding), accelerators),
    }


def _busy(holding: Holding) -> Fraction:
    """Accelerators at work, in time average."""
    return total(work.busy_replicas * work.placed.replica_accelerators for work in holding.works)
