"""All options of a plan in outline: what each takes when nodes and replicas divide at will.

A year of slices at a dozen sites has millions of options, and few of them matter. In outline an
option is one column: its share of the standing nodes, their electricity, what it draws. Replicas
and nodes in whole numbers are left out, so the optimum of the outline is no dearer than that of the
program, and what the outline does not use is hardly worth a column there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.candidates.energy import weight_usd_per_kwh
from planner.candidates.items import DIVISIBLE, Items
from planner.candidates.layout import NOT_A_CLASS, Part
from planner.candidates.outline_columns import (
    Limited,
    Taken,
    Work,
    offers_of,
    taken,
    work_of,
)
from planner.candidates.rows import NO_ROW, Rows, integers
from planner.candidates.work_columns import power_rows
from planner.catalog.supplies import Metered, Supply, metered
from planner.domain.scenario import Limits, StagedScenario
from planner.domain.workload import BatchInference, TrainingRun, Workload
from planner.problem.columns import AllocationProblem, Integers, Options, Uses


@dataclass(frozen=True)
class Outline:
    """The relaxed problem, and which option of which period each of its options is."""

    problem: AllocationProblem
    """Its items divide at will, and so do its blocks."""
    period: Integers
    """Of every option, ascending."""
    option: Integers
    """Of every option: index into the candidates' options of its period."""


def has_outline(scenario: StagedScenario, parts: Sequence[Part]) -> bool:
    """Whether the outline has all that decides where work runs.

    What it does not know of: contracts and agreements, own generation and other offers of power,
    limits of the whole plan, spare capacity, rules that tie workloads together, order, datasets,
    devices.
    """
    power = metered(scenario)
    return (
        not scenario.agreements
        and not scenario.hauls
        and not power.share_limits
        and power.limits == Limits()
        and not any(site.phases for site in scenario.sites)
        and all(map(_is_plain_supply, power.supplies))
        and all(map(_is_plain, scenario.workloads))
        and all(map(_is_plain_part, parts))
    )


def outline_of(scenario: StagedScenario, parts: Sequence[Part]) -> Outline:
    """The outline of a scenario that has one."""
    collected = _Collected(scenario, metered(scenario))
    for part in parts:
        collected.add(part)
    return collected.outline()


def _is_plain(workload: Workload) -> bool:
    """Whether nothing but its own demand ties a workload to anything."""
    is_tied = bool(workload.together_with or workload.apart_from)
    if isinstance(workload, TrainingRun):
        return not (is_tied or workload.after)
    is_mixed = workload.minimum_quality is not None
    is_mixed |= any(each.max_share < 1 for each in workload.variants)
    if isinstance(workload, BatchInference):
        return not (is_tied or is_mixed or workload.after)
    return not (
        is_tied
        or is_mixed
        or workload.on_device
        or workload.runs_today
        or workload.minimum_stable_share
        or workload.protected_share
        or workload.max_site_share < 1
    )


def _is_plain_supply(supply: Supply) -> bool:
    return not (
        supply.on_site_kwh
        or supply.called_hours
        or supply.clean_kwh
        or supply.power.ramp_kw_per_hour is not None
        or supply.power.unused_nodes == "idle"
    )


def _is_plain_part(part: Part) -> bool:
    """Whether no offer is a contract, and nothing earns by drawing power."""
    return not part.candidates.offloads and all(
        pool.terms.contract is None and (pool.place.electricity_usd_per_kwh or 0.0) >= 0
        for pool in part.candidates.pools
    )


class _Collected:
    """An outline while it is being collected, period by period."""

    def __init__(self, scenario: StagedScenario, power: Metered) -> None:
        self.scenario, self.power = scenario, power
        self.rows, self.items = Rows(), Items()
        self.item: dict[tuple[str, int], int] = {}
        """Of jobs of several periods."""
        self.works: dict[int, Work] = {}
        """By the candidates' options, which like periods share."""
        self.columns: list[Taken] = []
        self.item_of: list[Integers] = []
        self.period: list[Integers] = []
        self.peak_of = {
            (supply.row, number): block
            for supply in power.supplies
            if supply.demand_charge_usd_per_kw_month
            for month in power.months
            for block in [self._peak(supply, month.months)]
            for number in month.periods
        }
        """Block of the peak of a site's month, by row and period."""

    def add(self, part: Part) -> None:
        """All options of a period."""
        options = part.candidates.options
        if id(options) not in self.works:
            self.works[id(options)] = work_of(part)
        work = self.works[id(options)]
        offers = offers_of(part, self._limits(part))
        columns = taken(work, offers, part.asked)
        self.columns.append(columns)
        self.item_of.append(self._items(part)[work.workload, work.request_class])
        self.period.append(np.full(len(work.option), part.asked.number))

    def outline(self) -> Outline:
        """All periods together."""
        start = np.cumsum([0, *(len(each.cost) for each in self.columns)])
        column = np.concatenate(
            [each.column + first for each, first in zip(self.columns, start[:-1], strict=True)]
        )
        use = Uses(
            np.concatenate([each.resource for each in self.columns]),
            column,
            np.concatenate([each.amount for each in self.columns]),
        )
        item = np.concatenate(self.item_of)
        cost = np.concatenate([each.cost for each in self.columns])
        return Outline(
            problem=self.items.with_options(Options(item, cost, use), self.rows),
            period=np.concatenate(self.period),
            option=np.concatenate([each.option for each in self.columns]),
        )

    def _items(self, part: Part) -> Integers:
        """Number of the item of each workload and request class; jobs without classes have one."""
        workloads = part.asked.scenario.workloads
        most = max(len(_classes(each)) for each in workloads)
        found = np.full((len(workloads), most + 1), NO_ROW)
        for row, each in enumerate(workloads):
            for request_class in _classes(each):
                found[row, request_class] = self._item(part, each, request_class)
        return found

    def _item(self, part: Part, workload: Workload, request_class: int) -> int:
        key = (workload.name, request_class)
        if workload.name not in part.asked.paced_hours:
            return self.items.add(workload, request_class, part.asked.suffix, DIVISIBLE)
        if key not in self.item:
            self.item[key] = self.items.add(workload, request_class, "", DIVISIBLE)
        return self.item[key]

    def _limits(self, part: Part) -> Limited:
        """Rows of a period's nodes and power."""
        places, rows = part.candidates.places, self.rows
        rows.suffix = part.asked.suffix
        nodes = [
            rows.limit(f"nodes of {pool.key}", pool.terms.available_nodes)
            for pool in part.candidates.pools
        ]
        supplies = {supply.row: supply for supply in self.power.supplies}
        drawn = [
            tuple(self._drawn(supplies[row], part)) if row in supplies else ()
            for row in range(len(places))
        ]
        return Limited(integers(nodes), integers(power_rows(rows, places)), drawn)

    def _drawn(self, supply: Supply, part: Part) -> Iterator[int]:
        """Rows of the mean draw of a site, kW."""
        place, rows, number = part.candidates.places[supply.row], self.rows, part.asked.number
        overhead_kw = supply.power.fixed_overhead_kw
        if overhead_kw:
            usd_per_kwh = place.electricity_usd_per_kwh or 0.0
            weight = weight_usd_per_kwh(usd_per_kwh, place, self.scenario.objective)
            kwh = overhead_kw * part.asked.period.hours
            rows.constant(f"overhead at {place.name}", kwh * weight)
        if place.mean_limit_kw is not None:
            yield rows.limit(f"mean power at {place.name}", place.mean_limit_kw * place.pue)
        if (supply.row, number) in self.peak_of:
            row = rows.limit(f"peak at {place.name}", -overhead_kw)
            rows.block_use.add(row, self.peak_of[supply.row, number], -1.0)
            yield row

    def _peak(self, supply: Supply, months: float) -> int:
        charge = self.scenario.objective.cost_weight * supply.demand_charge_usd_per_kw_month
        return self.rows.amount(charge * months)


def _classes(workload: Workload) -> Sequence[int]:
    if isinstance(workload, TrainingRun):
        return (NOT_A_CLASS,)
    return range(len(workload.classes))
