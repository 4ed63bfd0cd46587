"""Meters of sites: what they must show, what is paid for it, and whether limits hold."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from planner.catalog.supplies import BillingMonth, Supply, metered
from planner.domain.option import Place
from planner.domain.period import SAME_TIME, Period
from planner.domain.plan import Plan, Violation
from planner.domain.record import Record
from planner.performance.power import node_idle_w
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, WATTS_PER_KW
from planner.verification.charges import PeriodItems
from planner.verification.contracts import Signed, nodes_there
from planner.verification.exact import TOLERANCE, exact, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.violations import Expected, broken, differences

NOTHING = Fraction(0)


@dataclass
class MeterBook:
    """What meters add to the books, by period, and what is wrong with what is stated of them."""

    usd: defaultdict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    usd_size: defaultdict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    """Of the sums whose difference it is, which is as exact as they are."""
    energy_mwh: defaultdict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    carbon_tonnes: defaultdict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    carbon_size: defaultdict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    matched_tonnes: Fraction = NOTHING
    has_contracts: bool = False
    """For clean energy."""
    faults: list[Violation] = field(default_factory=list)

    def pays(self, number: int, usd: Fraction) -> None:
        """In a period; below 0 it earns."""
        self.usd[number] += usd
        self.usd_size[number] += abs(usd)

    def emits(self, number: int, tonnes: Fraction) -> None:
        """In a period; below 0 it saves."""
        self.carbon_tonnes[number] += tonnes
        self.carbon_size[number] += abs(tonnes)


def meters_of(
    plan: Plan,
    parts: Sequence[PeriodItems],
    signed: Sequence[Signed],
    base: Facts,
    periods: Sequence[Period],
) -> MeterBook:
    """Every meter from what the plan holds and decides, against what the plan states."""
    known = metered(base.scenario)
    book = MeterBook()
    rows = _Rows(plan)
    for supply in known.supplies:
        site = _Site(supply, parts, signed, periods, rows)
        site.read(book)
        if supply.demand_charge_usd_per_kw_month:
            site.charge(book, known.months)
        site.match(book)
        book.faults += site.ramp_faults()
    book.faults += rows.leftovers()
    return book


class _Rows:
    """Rows of a plan's meters by what they are about; each is looked for once."""

    TABLES = ("meters", "on_site", "curtailment", "demand_charges", "clean_energy")

    def __init__(self, plan: Plan) -> None:
        self.rows: dict[tuple[str, ...], tuple[str, Record]] = {}
        self.twice: list[Violation] = []
        for table in self.TABLES:
            for number, row in enumerate(getattr(plan, table)):
                key = (table, *(str(getattr(row, name)) for name in _KEYS[table]))
                if key in self.rows:
                    self.twice.append(broken(f"{table}.{number}", "has a row already"))
                self.rows[key] = (f"{table}.{number}", row)

    def take(self, *key: str) -> tuple[str, Record] | None:
        """The row about something."""
        return self.rows.pop(key, None)

    def leftovers(self) -> Iterator[Violation]:
        """Rows about nothing that there is."""
        yield from self.twice
        for where, _ in self.rows.values():
            yield broken(where, "the scenario has nothing that it could be about")


_KEYS: Mapping[str, tuple[str, ...]] = {
    "meters": ("site", "period"),
    "on_site": ("site", "source", "period"),
    "curtailment": ("site", "offer", "period"),
    "demand_charges": ("site", "first_period"),
    "clean_energy": ("site", "contract"),
}


class _Site:
    """A site in all periods."""

    def __init__(
        self,
        supply: Supply,
        parts: Sequence[PeriodItems],
        signed: Sequence[Signed],
        periods: Sequence[Period],
        rows: _Rows,
    ) -> None:
        self.supply, self.parts, self.signed = supply, parts, signed
        self.periods, self.rows = periods, rows
        self.places = [list(part.facts.places.values())[supply.row] for part in parts]
        self.name = self.places[0].name
        self.grid: list[Fraction] = []
        """MWh from the grid, by period."""
        self.drawn_kw: list[Fraction] = []
        """On average, own generation not taken off, by period."""

    def _check(
        self, book: MeterBook, key: tuple[str, ...], expected: Mapping[str, Expected]
    ) -> Record | None:
        found = self.rows.take(*key)
        if found is None:
            book.faults.append(broken(key[0], f"must have a row for {' / '.join(key[1:])}"))
            return None
        where, row = found
        book.faults += differences(where, row, expected)
        return row

    def read(self, book: MeterBook) -> None:
        """All periods, one by one."""
        for number, (place, period) in enumerate(zip(self.places, self.periods, strict=True)):
            worked, idle = self._worked_mwh(number), self._idle_mwh(number)
            hours = exact(period.hours)
            overhead = exact(self.supply.power.fixed_overhead_kw) * hours / KWH_PER_MWH
            everything = worked + idle + overhead
            used = self._own(book, number, everything)
            grid = _beyond_rounding(everything - used, everything)
            self.grid.append(grid)
            self.drawn_kw.append(everything * KWH_PER_MWH / hours)
            extra, stated_price = idle + overhead, place.electricity_usd_per_kwh
            price = exact(stated_price or 0)
            extra_usd, tonnes = extra * KWH_PER_MWH * price, _tonnes(extra, place)
            book.pays(number, extra_usd)
            book.energy_mwh[number] += extra
            book.emits(number, tonnes)
            row = self._check(
                book,
                ("meters", self.name, period.name),
                {
                    "electricity_usd_per_kwh": None if stated_price is None else price,
                    "mean_kw": everything * KWH_PER_MWH / hours,
                    "energy_mwh": everything,
                    "idle_mwh": idle,
                    "overhead_mwh": overhead,
                    "carbon_g_per_kwh": exact(place.carbon_g_per_kwh),
                    "extra_usd": extra_usd,
                    "extra_carbon_tonnes": tonnes,
                },
            )
            if row is not None:
                book.faults += _apart(row, "grid_mwh", grid, everything, f"meters {self.name}")
            book.faults += self._mean_faults(number, everything)
            self._curtail(book, number, grid * KWH_PER_MWH / hours)

    def _worked_mwh(self, number: int) -> Fraction:
        return total(
            item.charge.energy_mwh
            for item in self.parts[number].items
            if item.holding.pool.place.name == self.name
            and item.holding.pool.terms.pays_electricity
        )

    def _idle_mwh(self, number: int) -> Fraction:
        """Of nodes that are there and that no line holds."""
        if self.supply.power.unused_nodes == "off":
            return NOTHING
        part, idle = self.parts[number], NOTHING
        for row, (key, pool) in enumerate(part.facts.pools.items()):
            if pool.place.name != self.name or not pool.terms.pays_electricity:
                continue
            there = pool.terms.available_nodes
            if pool.terms.contract is not None:
                there = nodes_there(self.signed, row, number)
            up = total(
                item.holding.stated.nodes * item.holding.works[0].hours
                for item in part.items
                if (item.holding.stated.site, item.holding.stated.node_type,
                    item.holding.stated.purchase) == key
            )  # fmt: skip
            if there is None:
                continue
            held = there * exact(self.periods[number].hours)
            unused = _beyond_rounding(held - up, held)
            watts = exact(node_idle_w(pool.node_type, pool.accelerator)) * exact(pool.place.pue)
            idle += unused * watts / (WATTS_PER_KW * KWH_PER_MWH)
        return idle

    def _own(self, book: MeterBook, number: int, everything: Fraction) -> Fraction:
        """MWh of own generation that is used, as far as there is any and it is drawn."""
        place, used, slack = self.places[number], NOTHING, TOLERANCE * everything
        for index, source in enumerate(self.supply.power.on_site):
            there = exact(max(self.supply.on_site_kwh[index][number], 0.0)) / KWH_PER_MWH
            key = ("on_site", self.name, source.name, self.periods[number].name)
            row = self._check(book, key, {"available_mwh": there})
            if row is None:
                continue
            mwh = exact(getattr(row, "used_mwh"))  # noqa: B009  a row of a table found by name
            left = everything - used
            if mwh < 0 or not is_within(mwh, there) or mwh > left + slack:
                rule = "uses more than there is, or than is drawn, MWh"
                book.faults.append(broken(" / ".join(key), rule, mwh, min(there, left)))
            cheaper = exact(source.usd_per_kwh) - exact(place.electricity_usd_per_kwh or 0)
            cleaner = exact(source.carbon_g_per_kwh) - exact(place.carbon_g_per_kwh)
            usd = mwh * KWH_PER_MWH * cheaper
            tonnes = mwh * KWH_PER_MWH * cleaner / GRAMS_PER_TONNE
            sums: dict[str, Expected] = {"change_usd": usd, "carbon_change_tonnes": tonnes}
            book.faults += differences(" / ".join(key), row, sums)
            book.pays(number, usd)
            book.emits(number, tonnes)
            used += mwh
        return used

    def _mean_faults(self, number: int, everything_mwh: Fraction) -> Iterator[Violation]:
        place, limit = self.places[number], self.places[number].mean_limit_kw
        if limit is None:
            return
        most = exact(limit) * exact(place.pue) + exact(self.supply.power.fixed_overhead_kw)
        mean = everything_mwh * KWH_PER_MWH / exact(self.periods[number].hours)
        if not is_within(mean, most):
            where = f"site {self.name} in {self.periods[number].name}"
            yield broken(where, "draws more on average than its limit, kW", mean, most)

    def _curtail(self, book: MeterBook, number: int, grid_kw: Fraction) -> None:
        for index, offer in enumerate(self.supply.power.curtailment):
            called = exact(self.supply.called_hours[index][number])
            if called <= 0:
                continue
            room = max(exact(offer.baseline_kw) - grid_kw, NOTHING)
            below = min(room, exact(offer.most_kw))
            earned = below * called * exact(offer.usd_per_kwh)
            key = ("curtailment", self.name, offer.name, self.periods[number].name)
            row = self._check(book, key, {"hours": called})
            if row is not None:
                where, baseline = " / ".join(key), exact(offer.baseline_kw)
                worth = called * exact(offer.usd_per_kwh)
                book.faults += _apart(row, "below_kw", below, baseline, where)
                book.faults += _apart(row, "earned_usd", earned, baseline * worth, where)
            book.pays(number, -earned)

    def charge(self, book: MeterBook, months: Sequence[BillingMonth]) -> None:
        """The highest mean draw of every billing month."""
        for month in months:
            peak = max(
                self.grid[number] * KWH_PER_MWH / exact(self.periods[number].hours)
                for number in month.periods
            )
            rate = exact(self.supply.demand_charge_usd_per_kw_month) * exact(month.months)
            first, last = (self.periods[month.periods[end]].name for end in (0, -1))
            expected: dict[str, Expected] = {"last_period": last, "months": exact(month.months)}
            key = ("demand_charges", self.name, first)
            row, size = self._check(book, key, expected), max(self.drawn_kw)
            if row is not None:
                book.faults += _apart(row, "peak_kw", peak, size, " / ".join(key))
                book.faults += _apart(row, "charge_usd", rate * peak, rate * size, " / ".join(key))
            book.pays(month.periods[-1], rate * peak)

    def match(self, book: MeterBook) -> None:
        """Contracts for clean energy, one after the other."""
        left = list(self.grid)
        for contract, kwh in zip(
            self.supply.power.clean_energy, self.supply.clean_kwh, strict=True
        ):
            made = [exact(max(each, 0.0)) / KWH_PER_MWH for each in kwh]
            part = min(quotient(total(made), total(left)), Fraction(1)) if total(left) else NOTHING
            matched = [
                min(one, other) if contract.matching == "hourly" else part * other
                for one, other in zip(made, left, strict=True)
            ]
            left = [
                _beyond_rounding(one - other, size)
                for one, other, size in zip(left, matched, self.grid, strict=True)
            ]
            tonnes = total(
                _tonnes(mwh, place) for mwh, place in zip(matched, self.places, strict=True)
            )
            paid = exact(contract.usd_per_kwh) * total(exact(each) for each in kwh)
            expected: dict[str, Expected] = {
                "contracted_mwh": total(made),
                "matched_mwh": total(matched),
                "carbon_tonnes": tonnes,
                "paid_usd": paid,
            }
            self._check(book, ("clean_energy", self.name, contract.name), expected)
            book.pays(len(self.periods) - 1, paid)
            book.matched_tonnes += tonnes
            book.has_contracts = True

    def ramp_faults(self) -> Iterator[Violation]:
        """Draws that change faster than they may."""
        ramp = self.supply.power.ramp_kw_per_hour
        for number, period in enumerate(self.periods):
            if ramp is None or period.before is None or period.before == number:
                continue
            before = self.periods[period.before]
            apart = ((period.run_hours or period.hours) + (before.run_hours or before.hours)) / 2
            one, other = (
                self.grid[n] * KWH_PER_MWH / exact(self.periods[n].hours)
                for n in (number, period.before)
            )
            if not is_within(abs(one - other), exact(ramp) * exact(apart)):
                where = f"site {self.name} in {period.name}"
                rule = "its draw changes faster than it may, kW"
                yield broken(where, rule, abs(one - other), exact(ramp) * exact(apart))


def _beyond_rounding(difference: Fraction, size: Fraction) -> Fraction:
    """A difference of numbers of a size, which is not below 0 and nothing within rounding."""
    return difference if difference > exact(SAME_TIME) * size else NOTHING


def _apart(
    row: Record, name: str, value: Fraction, size: Fraction, where: str
) -> Iterator[Violation]:
    """A difference of numbers of a size, which is as exact as they are."""
    stated = exact(getattr(row, name))
    if abs(stated - value) > TOLERANCE * size:
        yield broken(f"{where}: {name}", "does not follow from the scenario", stated, value)


def _tonnes(mwh: Fraction, place: Place) -> Fraction:
    return mwh * KWH_PER_MWH * exact(place.carbon_g_per_kwh) / GRAMS_PER_TONNE
