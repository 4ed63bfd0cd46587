"""The bill by period: use, contracts, agreements, and what is paid when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from planner.domain.agreement import Cell
from planner.domain.invoice import ChargeKind
from planner.domain.period import Period
from planner.domain.statement import PeriodResult
from planner.interpretation.contracts import SignedContract
from planner.interpretation.meters import Metering
from planner.interpretation.one_off import OneOff
from planner.interpretation.period import PeriodRows
from planner.units import HOURS_PER_DAY

ROUNDING: Final = 1e-12
"""Of a sum in double precision."""


@dataclass(frozen=True)
class Added:
    """What is no use and no contract."""

    agreements_usd: Mapping[int, float]
    """By period."""
    meters: Metering
    once: OneOff


def period_results(
    rows: Sequence[PeriodRows],
    charged: Mapping[Cell, float],
    signed: Sequence[SignedContract],
    added: Added,
    periods: Sequence[Period],
) -> tuple[PeriodResult, ...]:
    """A row for every period; `charged` is all that is paid before agreements."""
    results: list[PeriodResult] = []
    cumulative = 0.0
    paid_by_period = _by_period(charged)
    for number, (period, mine) in enumerate(zip(periods, rows, strict=True)):
        by_kind = paid_by_period.get(number, {})
        usage, licence = by_kind.get("usage", 0.0), by_kind.get("licence", 0.0)
        electricity = by_kind.get("electricity", 0.0)
        contracts = fsum(each.accrued_usd(period) for each in signed)
        used = fsum(line.capacity_usd for line in mine.purchases) - usage
        bound = (each.capital_cost_usd(period) for each in signed)
        penalty = fsum(each.penalty_usd for each in mine.unmet)
        change = added.agreements_usd.get(number, 0.0)
        site = added.meters.usd(period.name, periods[-1].name)
        moves = added.once.moves_usd(number)
        one_off = added.once.accrued_usd(period) + moves
        transfer = added.once.transfers_usd(period)
        hardware = by_kind.get("capital", 0.0)
        capex = hardware + added.once.capex_usd(number)
        opex = fsum(by_kind.values()) - hardware + change + site + moves + transfer
        revenue = fsum(each.revenue_usd or 0.0 for each in mine.workloads)
        cumulative += revenue - opex - capex
        results.append(
            PeriodResult(
                period=period.name,
                start_days=period.start_hours / HOURS_PER_DAY,
                days=period.hours / HOURS_PER_DAY,
                usage_usd=usage,
                contract_usd=contracts,
                idle_usd=_above_rounding(contracts - used, contracts),
                licence_usd=licence,
                electricity_usd=electricity,
                site_usd=site,
                one_off_usd=one_off,
                transfer_usd=transfer,
                agreements_usd=change,
                unmet_penalty_usd=penalty,
                cost_usd=fsum(
                    (
                        *(usage, contracts, licence, electricity, site, one_off),
                        *(transfer, change, penalty),
                    )
                ),
                capital_cost_usd=fsum((*bound, one_off - moves - added.once.wear_usd(period))),
                opex_usd=opex,
                capex_usd=capex,
                revenue_usd=revenue,
                free_cash_flow_usd=revenue - opex - capex,
                cumulative_cash_flow_usd=cumulative,
                energy_mwh=_energy_mwh(mine, added.meters),
                carbon_tonnes=_carbon_tonnes(mine, added.meters),
            )
        )
    return tuple(results)


def _energy_mwh(rows: PeriodRows, meters: Metering) -> float:
    """Of the work of a period, and of what no work draws."""
    drawn = (line.energy_mwh for line in rows.purchases)
    return fsum((*drawn, meters.energy_mwh(rows.part.asked.period.name)))


def _carbon_tonnes(rows: PeriodRows, meters: Metering) -> float:
    """The same of its carbon."""
    emitted = (line.carbon_tonnes for line in rows.purchases)
    return fsum((*emitted, meters.carbon_tonnes(rows.part.asked.period.name)))


def _above_rounding(usd: float, of_usd: float) -> float:
    """A difference that is more than a sum's rounding, or nothing."""
    return usd if usd > ROUNDING * of_usd else 0.0


def _by_period(charged: Mapping[Cell, float]) -> dict[int, dict[ChargeKind, float]]:
    """What is paid in every period, by kind."""
    sums: defaultdict[int, defaultdict[ChargeKind, list[float]]]
    sums = defaultdict(lambda: defaultdict(list))
    for cell, usd in charged.items():
        sums[cell.period][cell.kind].append(usd)
    return {
        number: {kind: fsum(values) for kind, values in kinds.items()}
        for number, kinds in sums.items()
    }
