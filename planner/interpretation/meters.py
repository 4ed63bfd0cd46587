"""What the meters of sites show, what that costs, and what is paid for it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from planner.candidates.layout import Program
from planner.catalog.supplies import Supply
from planner.domain.option import Pool
from planner.domain.period import SAME_TIME
from planner.domain.plan import PurchaseLine
from planner.domain.site_power import CleanEnergy
from planner.domain.statement import (
    CleanEnergyUse,
    CurtailmentLine,
    DemandCharge,
    MeterLine,
    OnSiteUse,
)
from planner.interpretation.contracts import SignedContract
from planner.interpretation.period import PeriodRows
from planner.performance.power import node_idle_w
from planner.problem.solution import Solution
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WATTS_PER_KW


@dataclass(frozen=True)
class Metering:
    """Rows of all meters."""

    meters: tuple[MeterLine, ...] = ()
    on_site: tuple[OnSiteUse, ...] = ()
    curtailment: tuple[CurtailmentLine, ...] = ()
    demand_charges: tuple[DemandCharge, ...] = ()
    clean_energy: tuple[CleanEnergyUse, ...] = ()

    def usd(self, period: str, last: str) -> float:
        """What they add to the bill of a period; certificates fall due in the `last` one."""
        certificates = [each.paid_usd for each in self.clean_energy if period == last]
        return fsum((*self._changes[period], *certificates))

    def energy_mwh(self, period: str) -> float:
        """That no work draws."""
        mine = self._meters[period]
        return fsum(mwh for each in mine for mwh in (each.idle_mwh, each.overhead_mwh))

    def carbon_tonnes(self, period: str) -> float:
        """What is not in the carbon of work."""
        own = (each.carbon_change_tonnes for each in self._on_site[period])
        return fsum((*(each.extra_carbon_tonnes for each in self._meters[period]), *own))

    @cached_property
    def _meters(self) -> defaultdict[str, list[MeterLine]]:
        found: defaultdict[str, list[MeterLine]] = defaultdict(list)
        for each in self.meters:
            found[each.period].append(each)
        return found

    @cached_property
    def _on_site(self) -> defaultdict[str, list[OnSiteUse]]:
        found: defaultdict[str, list[OnSiteUse]] = defaultdict(list)
        for each in self.on_site:
            found[each.period].append(each)
        return found

    @cached_property
    def _changes(self) -> defaultdict[str, list[float]]:
        """USD by period, certificates left out."""
        found: defaultdict[str, list[float]] = defaultdict(list)
        for meter in self.meters:
            found[meter.period].append(meter.extra_usd)
        for use in self.on_site:
            found[use.period].append(use.change_usd)
        for line in self.curtailment:
            found[line.period].append(-line.earned_usd)
        for charge in self.demand_charges:
            found[charge.last_period].append(charge.charge_usd)
        return found


def metering(
    program: Program, solution: Solution, rows: Sequence[PeriodRows], held: Sequence[Sequence[int]]
) -> Metering:
    """Rows of every site that has a meter; `held[n][p]` are nodes that pool p has in period n."""
    found = [_Site(program, solution, rows, held, supply) for supply in program.metered.supplies]
    return Metering(
        meters=tuple(line for site in found for line in site.lines),
        on_site=tuple(use for site in found for use in site.on_site),
        curtailment=tuple(line for site in found for line in site.curtailment),
        demand_charges=tuple(charge for site in found for charge in site.demand_charges()),
        clean_energy=tuple(use for site in found for use in site.clean_energy()),
    )


class _Site:
    """A site in all periods."""

    def __init__(
        self,
        program: Program,
        solution: Solution,
        rows: Sequence[PeriodRows],
        held: Sequence[Sequence[int]],
        supply: Supply,
    ) -> None:
        self.program, self.supply, self.held = program, supply, held
        self.periods = [part.asked.period for part in program.parts]
        self.places = [part.candidates.places[supply.row] for part in program.parts]
        self.amounts = {
            (each.kind, each.index, each.period): float(solution.choice.blocks[each.block])
            for each in program.meters
            if each.row == supply.row
        }
        self.lines: list[MeterLine] = []
        self.on_site: list[OnSiteUse] = []
        self.curtailment: list[CurtailmentLine] = []
        for number, mine in enumerate(rows):
            self._read(number, mine)

    def _read(self, number: int, rows: PeriodRows) -> None:
        place, period = self.places[number], self.periods[number]
        pools = rows.part.candidates.pools
        metered = {
            (pool.node_type.name, pool.purchase): row
            for row, pool in enumerate(pools)
            if pool.place.name == place.name and pool.terms.pays_electricity
        }
        lines = [
            each
            for each in rows.purchases
            if each.site == place.name and (each.node_type, each.purchase) in metered
        ]
        worked = fsum(each.energy_mwh for each in lines)
        idle = fsum(self._idle_mwh(row, pools[row], number, lines) for row in metered.values())
        overhead = self.supply.power.fixed_overhead_kw * period.hours / KWH_PER_MWH
        everything = fsum((worked, idle, overhead))
        used = self._own(number, everything)
        self.on_site += used
        price = place.electricity_usd_per_kwh
        line = MeterLine(
            site=place.name,
            period=period.name,
            mean_kw=everything * KWH_PER_MWH / period.hours,
            energy_mwh=everything,
            idle_mwh=idle,
            overhead_mwh=overhead,
            grid_mwh=beyond_rounding(everything - fsum(each.used_mwh for each in used), everything),
            electricity_usd_per_kwh=price,
            carbon_g_per_kwh=place.carbon_g_per_kwh,
            extra_usd=(idle + overhead) * KWH_PER_MWH * (price or 0.0),
            extra_carbon_tonnes=_tonnes(idle + overhead, place.carbon_g_per_kwh),
        )
        self.lines.append(line)
        self.curtailment += self._below(number, line.grid_mwh * KWH_PER_MWH / period.hours)

    def _idle_mwh(self, row: int, pool: Pool, number: int, lines: Sequence[PurchaseLine]) -> float:
        """Of nodes that are there and not up."""
        unlimited = pool.terms.available_nodes is None and pool.terms.contract is None
        if self.supply.power.unused_nodes == "off" or unlimited:
            return 0.0
        period = self.periods[number]
        up = [e for e in lines if (e.node_type, e.purchase) == (pool.node_type.name, pool.purchase)]
        up_hours = fsum(line.nodes * line.hours for line in up)
        held_hours = self.held[number][row] * period.hours
        idle_hours = beyond_rounding(held_hours - up_hours, held_hours)
        idle_w = node_idle_w(pool.node_type, pool.accelerator)
        return idle_hours * idle_w * pool.place.pue / WATTS_PER_KW / KWH_PER_MWH

    def _own(self, number: int, left_mwh: float) -> list[OnSiteUse]:
        """Own generation, no more than what there is and what is drawn."""
        place, hours = self.places[number], self.periods[number].hours
        found = []
        for index, source in enumerate(self.supply.power.on_site):
            there = max(self.supply.on_site_kwh[index][number], 0.0) / KWH_PER_MWH
            wanted = self.amounts.get(("on_site", index, number), 0.0) * hours / KWH_PER_MWH
            used = min(max(wanted, 0.0), there, left_mwh)
            left_mwh = max(left_mwh - used, 0.0)
            cheaper = source.usd_per_kwh - (place.electricity_usd_per_kwh or 0.0)
            cleaner = source.carbon_g_per_kwh - place.carbon_g_per_kwh
            found.append(
                OnSiteUse(
                    site=place.name,
                    source=source.name,
                    period=self.periods[number].name,
                    available_mwh=there,
                    used_mwh=used,
                    change_usd=used * KWH_PER_MWH * cheaper,
                    carbon_change_tonnes=_tonnes(used, cleaner),
                )
            )
        return found

    def _below(self, number: int, grid_kw: float) -> Iterator[CurtailmentLine]:
        """What is paid for as much as the site stays below a baseline."""
        for index, offer in enumerate(self.supply.power.curtailment):
            called = self.supply.called_hours[index][number]
            below = min(max(offer.baseline_kw - grid_kw, 0.0), offer.most_kw)
            if called > 0:
                yield CurtailmentLine(
                    site=self.places[number].name,
                    offer=offer.name,
                    period=self.periods[number].name,
                    below_kw=below,
                    hours=called,
                    earned_usd=below * called * offer.usd_per_kwh,
                )

    def demand_charges(self) -> Iterator[DemandCharge]:
        """A row for every billing month."""
        charge = self.supply.demand_charge_usd_per_kw_month
        for month in self.program.metered.months if charge else ():
            peak = max(
                self.lines[number].grid_mwh * KWH_PER_MWH / self.periods[number].hours
                for number in month.periods
            )
            yield DemandCharge(
                site=self.places[0].name,
                first_period=self.periods[month.periods[0]].name,
                last_period=self.periods[month.periods[-1]].name,
                peak_kw=peak,
                months=month.months,
                charge_usd=charge * month.months * peak,
            )

    def clean_energy(self) -> Iterator[CleanEnergyUse]:
        """Contracts against what is bought from the grid, one after the other."""
        grid = [line.grid_mwh for line in self.lines]
        left = grid
        for contract, kwh in zip(
            self.supply.power.clean_energy, self.supply.clean_kwh, strict=True
        ):
            made = [max(each, 0.0) / KWH_PER_MWH for each in kwh]
            matched = matched_mwh(contract, made, left)
            left = [
                beyond_rounding(one - other, size)
                for one, other, size in zip(left, matched, grid, strict=True)
            ]
            yield CleanEnergyUse(
                site=self.places[0].name,
                contract=contract.name,
                contracted_mwh=fsum(made),
                matched_mwh=fsum(matched),
                carbon_tonnes=fsum(
                    _tonnes(mwh, place.carbon_g_per_kwh)
                    for mwh, place in zip(matched, self.places, strict=True)
                ),
                paid_usd=contract.usd_per_kwh * fsum(kwh),
            )


def beyond_rounding(difference: float, size: float) -> float:
    """A difference of numbers of a size, which is not below 0 and nothing within rounding."""
    return difference if difference > SAME_TIME * size else 0.0


def matched_mwh(contract: CleanEnergy, made: Sequence[float], left: Sequence[float]) -> list[float]:
    """What of a contract counts in each period: in its own hours, or by the mix of all of them."""
    if contract.matching == "hourly":
        return [min(one, other) for one, other in zip(made, left, strict=True)]
    everything = fsum(left)
    part = min(fsum(made) / everything, 1.0) if everything > 0 else 0.0
    return [part * each for each in left]


def _tonnes(mwh: float, g_per_kwh: float) -> float:
    return mwh * KWH_PER_MWH * g_per_kwh / GRAMS_PER_TONNE


def held_nodes(program: Program, signed: Sequence[SignedContract]) -> tuple[tuple[int, ...], ...]:
    """Nodes that every pool has in every period, in use or not."""
    contracted: defaultdict[tuple[int, int], int] = defaultdict(int)
    for each in signed:
        for number in each.term.periods:
            contracted[each.pool, number] += each.nodes
    return tuple(
        tuple(
            contracted[row, number]
            if pool.terms.contract is not None
            else pool.terms.available_nodes or 0
            for row, pool in enumerate(part.candidates.pools)
        )
        for number, part in enumerate(program.parts)
    )
