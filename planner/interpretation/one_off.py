"""Phases that are built, work and data that move, as rows, and what they add to the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from planner.candidates.layout import Program
from planner.domain.period import Period
from planner.domain.plan import Allocation
from planner.domain.scenario import StagedScenario
from planner.domain.statement import BuildOut, Move, Transfer
from planner.domain.term import Term, accrued_usd_per_hour, depreciation_usd_per_hour
from planner.domain.workload import DataJob, Serving
from planner.interpretation.period import PeriodRows
from planner.problem.solution import Solution
from planner.units import HOURS_PER_DAY


@dataclass(frozen=True)
class OneOff:
    """Rows of what is done once."""

    build_out: tuple[BuildOut, ...] = ()
    moves: tuple[Move, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    terms: tuple[Term, ...] = ()
    """Of the phases, in their order."""

    def accrued_usd(self, period: Period) -> float:
        """Instalments of a period."""
        return fsum(
            accrued_usd_per_hour(term.contract) * term.hours_in(period) for term in self.terms
        )

    def wear_usd(self, period: Period) -> float:
        """Of what is built, in a period."""
        return fsum(
            depreciation_usd_per_hour(term.contract, term.contract.asset) * term.hours_in(period)
            for term in self.terms
            if term.contract.asset is not None
        )

    def capex_usd(self, number: int) -> float:
        """Due in a period for what is ordered in it."""
        return fsum(t.contract.upfront_usd_per_node for t in self.terms if t.signed == number)

    def moves_usd(self, number: int) -> float:
        """Paid in a period for moves: in the first."""
        return fsum(each.cost_usd for each in self.moves) if number == 0 else 0.0

    def transfers_usd(self, period: Period) -> float:
        """Paid in a period for moving datasets."""
        return fsum(each.cost_usd for each in self.transfers if each.period == period.name)


def built(program: Program, solution: Solution) -> OneOff:
    """What the solution builds."""
    periods = [part.asked.period for part in program.parts]
    sites = program.parts[0].asked.scenario.sites
    rows: list[BuildOut] = []
    terms: list[Term] = []
    for each in program.phases:
        if solution.choice.blocks[each.block] < 1 / 2:
            continue
        phase, term = sites[each.site].phases[each.phase], each.term
        terms.append(term)
        hours = fsum(term.hours_in(period) for period in periods)
        asset = term.contract.asset
        wear = 0.0 if asset is None else depreciation_usd_per_hour(term.contract, asset)
        rows.append(
            BuildOut(
                site=sites[each.site].name,
                phase=phase.name,
                period=periods[term.signed].name,
                start_days=term.start_hours / HOURS_PER_DAY,
                it_power_kw=phase.it_power_kw,
                cost_usd=phase.cost_usd,
                accrued_usd=accrued_usd_per_hour(term.contract) * hours,
                depreciation_usd=wear * hours,
            )
        )
    return OneOff(build_out=tuple(rows), terms=tuple(terms))


def moved(program: Program, rows: Sequence[PeriodRows]) -> tuple[Move, ...]:
    """Work that is where there was none of it, in the first stretch of time."""
    start = program.parts[0].asked.period.start_hours
    first = [each for each in rows if each.part.asked.period.start_hours == start]
    found: list[Move] = []
    for workload in program.parts[0].asked.scenario.workloads:
        if not isinstance(workload, Serving) or workload.runs_today is None:
            continue
        for place in program.parts[0].candidates.places:
            there = sum(e.accelerators for e in workload.runs_today if e.site == place.name)
            most = max(_held(each.allocations, workload.name, place.name) for each in first)
            if most > there:
                found.append(
                    Move(
                        workload=workload.name,
                        site=place.name,
                        accelerators=most - there,
                        cost_usd=(most - there) * workload.moving_usd_per_accelerator,
                    )
                )
    return tuple(found)


def transferred(scenario: StagedScenario, rows: Sequence[PeriodRows]) -> tuple[Transfer, ...]:
    """Datasets of jobs that run where these do not lie, each with the first period there."""
    first: dict[tuple[str, str], str] = {}
    for each in (allocation for period in rows for allocation in period.allocations):
        first.setdefault((each.workload, each.site), each.period)
    jobs = {each.name: each for each in scenario.workloads if isinstance(each, DataJob)}
    found: list[Transfer] = []
    for haul in scenario.hauls:
        job, period = jobs[haul.workload], first.get((haul.workload, haul.site))
        if period is None or job.dataset_gb is None or job.dataset_site is None:
            continue
        found.append(
            Transfer(
                workload=job.name,
                from_site=job.dataset_site,
                to_site=haul.site,
                period=period,
                dataset_gb=job.dataset_gb,
                usd_per_gb=haul.usd_per_gb,
                hours=haul.hours_of(job.dataset_gb),
                cost_usd=job.dataset_gb * haul.usd_per_gb,
            )
        )
    return tuple(found)


def _held(rows: Sequence[Allocation], workload: str, site: str) -> int:
    return sum(e.accelerators for e in rows if (e.workload, e.site) == (workload, site))
