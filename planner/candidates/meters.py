"""Meters of sites as rows and blocks: peaks, own generation, ramps, curtailment, and limits of all.

The objective has every kWh at the grid's price already; blocks here add the difference that own
generation, a peak or an offer makes, as agreements do with charges.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import fsum
from typing import Final

from planner.candidates.charges import Amount, Charges
from planner.candidates.energy import weight_usd_per_kwh
from planner.candidates.layout import ContractBlock, MeterBlock, Part, PhaseBlock
from planner.candidates.rows import Rows
from planner.catalog.supplies import BillingMonth, Metered, Supply
from planner.domain.option import Place, Pool
from planner.domain.placement import ShareLimit
from planner.performance.power import node_idle_w
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WATTS_PER_KW

CANCELLED: Final = 1e-12
"""What is left of equal numbers, relatively, when one is taken from the other."""


class Meters:
    """Meters while they are turned into rows and blocks."""

    def __init__(
        self,
        parts: Sequence[Part],
        contracts: Sequence[ContractBlock],
        phases: Sequence[PhaseBlock],
        rows: Rows,
        charges: Charges,
        option_cost: list[float],
    ) -> None:
        """Begin with none; `option_cost` are the weights of options so far, and change."""
        self.parts, self.rows, self.charges = parts, rows, charges
        self.phases, self.option_cost = phases, option_cost
        self.contracted: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        """Blocks of contracts by pool and by period in which their nodes are there."""
        for each in contracts:
            for period in each.periods:
                self.contracted[each.pool, period].append(each.block)
        self.objective = charges.objective
        self.periods = [part.asked.period for part in parts]
        self.blocks: list[MeterBlock] = []
        self.saved_grams: list[tuple[int, float]] = []
        """Blocks, and what a kWh of each emits less than the grid."""

    def keep(self, metered: Metered) -> tuple[MeterBlock, ...]:
        """Add all meters and limits; the blocks of what is decided about them."""
        for supply in metered.supplies:
            self._pay_clean(supply)
            draws = [self._draw(supply, number) for number in range(len(self.parts))]
            for number, draw in enumerate(draws):
                self._supply(supply, number, draw)
            self._ramps(supply, draws)
            if supply.demand_charge_usd_per_kw_month:
                self._peaks(supply, draws, metered.months)
        self._limit(metered)
        for limit in metered.share_limits:
            self._share(limit)
        return tuple(self.blocks)

    def _place(self, supply: Supply, number: int) -> Place:
        return self.parts[number].candidates.places[supply.row]

    def _pools(self, supply: Supply, number: int) -> Iterator[tuple[int, Pool]]:
        """Offers of a site that pay for their electricity: those behind its meter."""
        place = self._place(supply, number)
        for row, pool in enumerate(self.parts[number].candidates.pools):
            if pool.place.name == place.name and pool.terms.pays_electricity:
                yield row, pool

    def _draw(self, supply: Supply, number: int) -> Amount:
        """KWh at the meter of a site in a period, before own generation."""
        overhead = supply.power.fixed_overhead_kw * self.periods[number].hours
        draw, place = Amount(constant=overhead), self._place(supply, number)
        if overhead:
            cost = overhead * self._weight_usd_per_kwh(place)
            self.rows.constant(f"overhead at {place.name}{self._in(number)}", cost)
        for row, pool in self._pools(supply, number):
            if supply.power.unused_nodes == "idle":
                self._idle(row, pool, number)
            if (row, number) in self.charges.kwh:
                draw.add(self.charges.kwh[row, number])
        return draw

    def _weight_usd_per_kwh(self, place: Place) -> float:
        """What a kWh at the meter adds to the objective."""
        return weight_usd_per_kwh(place.electricity_usd_per_kwh or 0.0, place, self.objective)

    def _idle(self, row: int, pool: Pool, number: int) -> None:
        """Nodes that are there draw what idle ones do, but for the hours that they are up."""
        there, hours = pool.terms.available_nodes, self.periods[number].hours
        if pool.terms.contract is None and there is None:
            return
        kwh = node_idle_w(pool.node_type, pool.accelerator) / WATTS_PER_KW * hours * pool.place.pue
        idle = Amount(constant=0.0 if pool.terms.contract else kwh * float(there or 0))
        for block in self.contracted.get((row, number), ()):
            idle.blocks[block] = kwh
        idle.add(self.charges.up[row, number], -kwh / hours)
        weight, known = self._weight_usd_per_kwh(pool.place), self.charges.kwh[row, number]
        for costs, mine, more in (
            (self.option_cost, known.columns, idle.columns),
            (self.rows.block_cost, known.blocks, idle.blocks),
        ):
            for each, extra in more.items():
                costs[each] = _added(costs[each], weight * extra)
                mine[each] = _added(mine.get(each, 0.0), extra)
        known.constant += idle.constant
        if idle.constant:
            name = f"nodes of {pool.key} when idle{self._in(number)}"
            self.rows.constant(name, idle.constant * weight)

    def _supply(self, supply: Supply, number: int, draw: Amount) -> None:
        """The limit of the mean draw, own generation and curtailment, in one period."""
        place, hours = self._place(supply, number), self.periods[number].hours
        if place.mean_limit_kw is not None:
            self._keep_mean(supply, number, draw, place.mean_limit_kw)
        used: list[int] = []
        for index, (source, kwh) in enumerate(
            zip(supply.power.on_site, supply.on_site_kwh, strict=True)
        ):
            saved_g = place.carbon_g_per_kwh - source.carbon_g_per_kwh
            worth = self.objective.cost_weight * (
                (place.electricity_usd_per_kwh or 0.0) - source.usd_per_kwh
            )
            worth += self.objective.carbon_usd_per_tonne * saved_g / GRAMS_PER_TONNE
            block = self.rows.amount(-worth * hours, max(kwh[number], 0.0) / hours)
            self.saved_grams.append((block, saved_g * hours))
            used.append(block)
            self.blocks.append(MeterBlock("on_site", supply.row, index, number, block))
        if used:
            name = f"own generation at {place.name} used{self._in(number)}"
            row = self._row(name, 0.0, draw, -hours)
            for block in used:
                self.rows.block_use.add(row, block, 1.0)
        for block in used:  # from here on the draw is that from the grid
            draw.blocks[block] = draw.blocks.get(block, 0.0) - hours
        for index, called in enumerate(supply.called_hours):
            if called[number] > 0:
                self._curtail(supply, index, number, draw)

    def _keep_mean(self, supply: Supply, number: int, draw: Amount, limit_kw: float) -> None:
        """The mean of what servers draw, with what is built for more."""
        place = self._place(supply, number)
        limit = limit_kw * place.pue + supply.power.fixed_overhead_kw
        name = f"mean power at {place.name}{self._in(number)}"
        row = self._row(name, limit, draw, self.periods[number].hours)
        steps = self.parts[number].asked.scenario.sites[supply.row].phases
        for each in self.phases:
            if each.site == supply.row and number in each.term.periods:
                more_kw = steps[each.phase].it_power_kw * place.pue
                self.rows.block_use.add(row, each.block, -more_kw)

    def _most_kw(self, supply: Supply, number: int, draw: Amount) -> float:
        """No less than the mean draw of a site can be that wastes nothing."""
        place = self._place(supply, number)
        pools = 1 + sum(pool.terms.contract is not None for _, pool in self._pools(supply, number))
        there = draw.constant / self.periods[number].hours
        return (place.most_power_kw or 0.0) * place.pue * pools + there

    def _curtail(self, supply: Supply, index: int, number: int, draw: Amount) -> None:
        """KW below the baseline that are paid for, where the site stays below it."""
        offer, called = supply.power.curtailment[index], supply.called_hours[index][number]
        place, hours = self._place(supply, number), self.periods[number].hours
        name = f"{offer.name} at {place.name}{self._in(number)}"
        paid = self.rows.amount(-self.objective.cost_weight * offer.usd_per_kwh * called)
        below = self.rows.block(0.0, 1.0)
        most = self.rows.limit(f"{name}: most", 0.0)
        self.rows.block_use.add(most, paid, 1.0)
        self.rows.block_use.add(most, below, -offer.most_kw)
        room = max(self._most_kw(supply, number, draw) - offer.baseline_kw, 0.0)
        row = self._row(f"{name}: below the baseline", offer.baseline_kw + room, draw, hours)
        self.rows.block_use.add(row, paid, 1.0)
        self.rows.block_use.add(row, below, room)
        self.blocks.append(MeterBlock("curtailment", supply.row, index, number, paid))

    def _pay_clean(self, supply: Supply) -> None:
        """Contracted clean energy is paid for whatever is drawn."""
        for contract, kwh in zip(supply.power.clean_energy, supply.clean_kwh, strict=True):
            if contract.usd_per_kwh:
                cost = self.objective.cost_weight * contract.usd_per_kwh * fsum(kwh)
                name = f"{contract.name} at {self._place(supply, 0).name}"
                self.rows.constant(name, cost)

    def _ramps(self, supply: Supply, draws: Sequence[Amount]) -> None:
        """The mean draw changes no faster than it may."""
        ramp = supply.power.ramp_kw_per_hour
        for number, period in enumerate(self.periods):
            if ramp is None or period.before is None or period.before == number:
                continue
            before = self.periods[period.before]
            apart = ((period.run_hours or period.hours) + (before.run_hours or before.hours)) / 2
            name = f"ramp at {self._place(supply, number).name}{self._in(number)}"
            for way, side in ((" up", 1.0), (" down", -1.0)):
                row = self._row(f"{name}{way}", ramp * apart, draws[number], side * period.hours)
                self.rows.capacity[row] += draws[period.before].constant / (side * before.hours)
                self._add(row, draws[period.before], -side * before.hours)

    def _peaks(
        self, supply: Supply, draws: Sequence[Amount], months: Sequence[BillingMonth]
    ) -> None:
        """A block of kW for the highest mean draw of every billing month."""
        charge = self.objective.cost_weight * supply.demand_charge_usd_per_kw_month
        for month in months:
            peak = self.rows.amount(charge * month.months)
            for number in month.periods:
                name = f"peak at {self._place(supply, number).name}{self._in(number)}"
                row = self._row(name, 0.0, draws[number], self.periods[number].hours)
                self.rows.block_use.add(row, peak, -1.0)

    def _limit(self, metered: Metered) -> None:
        """What the whole plan may use."""
        limits = metered.limits
        if limits.energy_mwh is not None:
            energy = self._weighted(metered.supplies, lambda _: 1.0)
            self._whole("energy of the plan", limits.energy_mwh * KWH_PER_MWH, energy)
        if limits.carbon_tonnes is not None:
            carbon = self._weighted(metered.supplies, lambda place: place.carbon_g_per_kwh)
            for block, grams in self.saved_grams:
                carbon.blocks[block] = carbon.blocks.get(block, 0.0) - grams
            self._whole("carbon of the plan", limits.carbon_tonnes * GRAMS_PER_TONNE, carbon)

    def _whole(self, name: str, most: float, amount: Amount) -> None:
        """Row: an amount over its limit, so that solvers keep it as exactly as any other."""
        self._row(name, 1.0 if most else 0.0, amount, most or KWH_PER_MWH)

    def _share(self, limit: ShareLimit) -> None:
        """Accelerator hours of some offers against all of them."""
        mine, everything = Amount(), Amount()
        for (row, number), hours in self.charges.up.items():
            pool = self.parts[number].candidates.pools[row]
            accelerators = float(pool.node_type.accelerators_per_node)
            everything.add(hours, accelerators)
            if limit.covers(pool.place.name, pool.accelerator.vendor, pool.purchase):
                mine.add(hours, accelerators)
        unit = fsum(period.hours for period in self.periods)
        sides = [(limit.max_share, "at most", 1.0)] if limit.max_share < 1 else []
        sides += [(limit.min_share, "at least", -1.0)] if limit.min_share > 0 else []
        for share, word, side in sides:
            name = f"{word} {share:g} of accelerator hours: {limit.name}"
            row = self._row(name, 0.0, mine, side * unit)
            self._add(row, everything, -side * unit / share)

    def _weighted(self, supplies: Sequence[Supply], weigh: Callable[[Place], float]) -> Amount:
        """KWh at all meters, each times a weight."""
        amount = Amount()
        for (row, number), kwh in self.charges.kwh.items():
            amount.add(kwh, weigh(self.parts[number].candidates.pools[row].place))
        for supply in supplies:
            for number, period in enumerate(self.periods):
                overhead = supply.power.fixed_overhead_kw * period.hours
                amount.constant += overhead * weigh(self._place(supply, number))
        return amount

    def _row(self, name: str, most: float, amount: Amount, per_unit: float) -> int:
        """Row: an amount is at most so many units; in negative ones, at least."""
        row = self.rows.limit(name, most - amount.constant / per_unit)
        self._add(row, amount, per_unit)
        return row

    def _add(self, row: int, amount: Amount, per_unit: float) -> None:
        for column, value in amount.columns.items():
            self.rows.option_use.add(row, column, value / per_unit)
        for block, value in amount.blocks.items():
            self.rows.block_use.add(row, block, value / per_unit)

    def _in(self, number: int) -> str:
        return self.parts[number].asked.suffix


def _added(one: float, other: float) -> float:
    """The sum; nothing where they cancel but for rounding."""
    both = one + other
    return 0.0 if abs(both) <= CANCELLED * abs(one) else both
