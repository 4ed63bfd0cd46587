"""Meters of sites as rows and blocks: peaks, own generation, ramps, curtailment, and limits of all.

The objective has every kWh at the grid's price already; blocks here add the difference that own
generation, a peak or an offer makes, as agreements do with charges.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import fsum

from planner.candidates.charges import Amount, Charges
from planner.candidates.layout import ContractBlock, MeterBlock, Part
from planner.candidates.rows import Rows
from planner.catalog.supplies import BillingMonth, Metered, Supply
from planner.domain.option import Place, Pool
from planner.domain.placement import ShareLimit
from planner.performance.power import node_idle_w
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WATTS_PER_KW


class Meters:
    """Meters while they are turned into rows and blocks."""

    def __init__(
        self,
        parts: Sequence[Part],
        contracts: Sequence[ContractBlock],
        rows: Rows,
        charges: Charges,
    ) -> None:
        """Begin with none."""
        self.parts, self.rows, self.charges = parts, rows, charges
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
        draw = Amount(constant=supply.power.fixed_overhead_kw * self.periods[number].hours)
        for row, pool in self._pools(supply, number):
            if supply.power.unused_nodes == "idle":
                self._idle(row, pool, number)
            if (row, number) in self.charges.kwh:
                draw.add(self.charges.kwh[row, number])
        if draw.constant:
            place = self._place(supply, number)
            cost = draw.constant * self._weight_usd_per_kwh(place)
            self.rows.constant(f"overhead at {place.name}{self._in(number)}", cost)
        return draw

    def _weight_usd_per_kwh(self, place: Place) -> float:
        """What a kWh at the meter adds to the objective."""
        return (
            self.objective.cost_weight * (place.electricity_usd_per_kwh or 0.0)
            + self.objective.energy_usd_per_mwh / KWH_PER_MWH
            + self.objective.carbon_usd_per_tonne * place.carbon_g_per_kwh / GRAMS_PER_TONNE
        )

    def _idle(self, row: int, pool: Pool, number: int) -> None:
        """Nodes that are there and not up draw what idle ones do."""
        there, hours = pool.terms.available_nodes, self.periods[number].hours
        nodes = Amount(constant=0.0 if pool.terms.contract else float(there or 0))
        if pool.terms.contract is None and there is None:
            return
        for block in self.contracted.get((row, number), ()):
            nodes.blocks[block] = 1.0
        nodes.add(self.charges.up[row, number], -1 / hours)
        kwh = node_idle_w(pool.node_type, pool.accelerator) / WATTS_PER_KW * hours * pool.place.pue
        idle = self.rows.amount(kwh * self._weight_usd_per_kwh(pool.place))
        name = f"nodes of {pool.key} that are up or idle{self._in(number)}"
        self.rows.block_use.add(self._row(name, 0.0, nodes, 1.0), idle, -1.0)
        self.charges.kwh[row, number].blocks[idle] = kwh

    def _supply(self, supply: Supply, number: int, draw: Amount) -> None:
        """Own generation, the limit of the mean draw, and curtailment, in one period."""
        place, hours = self._place(supply, number), self.periods[number].hours
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
        if place.mean_limit_kw is not None:
            limit = place.mean_limit_kw * place.pue + supply.power.fixed_overhead_kw
            self._row(f"mean power at {place.name}{self._in(number)}", limit, draw, hours)
        for index, called in enumerate(supply.called_hours):
            if called[number] > 0:
                self._curtail(supply, index, number, draw)

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
        limit_kw = (place.it_power_limit_kw or 0.0) * place.pue + supply.power.fixed_overhead_kw
        room = max(limit_kw - offer.baseline_kw, 0.0)
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
            self._row("energy of the plan", limits.energy_mwh, energy, KWH_PER_MWH)
        if limits.carbon_tonnes is not None:
            carbon = self._weighted(metered.supplies, lambda place: place.carbon_g_per_kwh)
            for block, grams in self.saved_grams:
                carbon.blocks[block] = carbon.blocks.get(block, 0.0) - grams
            self._row("carbon of the plan", limits.carbon_tonnes, carbon, GRAMS_PER_TONNE)

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
