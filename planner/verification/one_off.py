"""Phases that are built, work and data that move: whether they may, and what they cost."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from planner.domain.period import Period
from planner.domain.plan import Plan, Violation
from planner.domain.scenario import ScenarioSite
from planner.domain.term import Term, terms_of
from planner.domain.workload import DataJob, Serving
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from planner.verification.contracts import hourly_usd
from planner.verification.exact import exact, total
from planner.verification.facts import Facts
from planner.verification.violations import Expected, broken, differences

NOTHING = Fraction(0)


@dataclass
class OneOffBook:
    """What is built and moved, and what is wrong with what is stated of it."""

    terms: list[tuple[str, Term, Fraction]] = field(default_factory=list)
    """Site, time, and kW that all servers may draw more at full power."""
    moves_usd: Fraction = NOTHING
    transfers_usd: dict[str, Fraction] = field(default_factory=dict)
    """Of datasets, by the period in which they are paid."""
    faults: list[Violation] = field(default_factory=list)

    def built_kw(self, site: str, number: int) -> Fraction:
        """That a site has more in a period."""
        return total(kw for name, term, kw in self.terms if name == site and number in term.periods)

    def accrued_usd(self, period: Period) -> Fraction:
        """Instalments of a period."""
        return total(
            hourly_usd(term.contract) * exact(term.hours_in(period)) for _, term, _ in self.terms
        )

    def interest_usd(self, period: Period) -> Fraction:
        """The part of them that is not wear."""
        worn = total(_wear_usd(term, period) for _, term, _ in self.terms)
        return self.accrued_usd(period) - worn

    def capex_usd(self, number: int) -> Fraction:
        """Due for what is ordered in a period."""
        return total(
            exact(term.contract.upfront_usd_per_node)
            for _, term, _ in self.terms
            if term.signed == number
        )


def one_off_of(plan: Plan, facts: Facts, periods: Sequence[Period]) -> OneOffBook:
    """What the plan builds, as far as the scenario allows it."""
    book = OneOffBook()
    sites = {site.name: site for site in facts.scenario.sites}
    signed: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row, line in enumerate(plan.build_out):
        where, site = f"build_out.{row}", sites.get(line.site)
        phases = [each.name for each in site.phases] if site else []
        if site is None or line.phase not in phases:
            book.faults.append(broken(where, f"{line.site} has no phase {line.phase}"))
            continue
        number = phases.index(line.phase)
        contract = site.phases[number].contract
        terms = [t for t in terms_of(contract, periods) if periods[t.signed].name == line.period]
        if not terms or number in signed[site.name]:
            book.faults.append(broken(where, f"cannot be ordered in {line.period}"))
            continue
        (term,) = terms
        signed[site.name][number] = term.signed
        book.terms.append((site.name, term, exact(site.full_power_kw(site.phases[number]))))
        book.faults += differences(where, line, _line(site, term, number, periods))
    for name, ordered in signed.items():
        book.faults += _turns(name, ordered)
    book.faults += _move_faults(plan, facts, periods, book)
    book.faults += _transfer_faults(plan, facts, periods, book)
    return book


def _line(
    site: ScenarioSite, term: Term, number: int, periods: Sequence[Period]
) -> dict[str, Expected]:
    phase = site.phases[number]
    hours = total(exact(term.hours_in(each)) for each in periods)
    return {
        "start_days": exact(term.start_hours) / HOURS_PER_DAY,
        "it_power_kw": exact(phase.it_power_kw),
        "cost_usd": exact(phase.cost_usd),
        "accrued_usd": hourly_usd(term.contract) * hours,
        "depreciation_usd": total(_wear_usd(term, each) for each in periods),
    }


def _wear_usd(term: Term, period: Period) -> Fraction:
    hours = exact(term.hours_in(period))
    return exact(term.contract.upfront_usd_per_node) * hours / exact(term.contract.term_hours)


def _turns(site: str, ordered: dict[int, int]) -> Iterator[Violation]:
    """Phases come one after the other, none left out."""
    for number, signed in ordered.items():
        if number and ordered.get(number - 1, signed + 1) > signed:
            yield broken(f"site {site}", "is built out of turn", number + 1)


def _move_faults(
    plan: Plan, facts: Facts, periods: Sequence[Period], book: OneOffBook
) -> Iterator[Violation]:
    """Moves that are not those from today to the first stretch of time."""
    first = {each.name for each in periods if each.start_hours == periods[0].start_hours}
    wanted: dict[tuple[str, str], int] = {}
    cost: dict[tuple[str, str], Fraction] = {}
    for workload in facts.scenario.workloads:
        if not isinstance(workload, Serving) or workload.runs_today is None:
            continue
        for site in facts.places:
            held: defaultdict[str, int] = defaultdict(int)
            for each in plan.allocations:
                if (each.workload, each.site) == (workload.name, site) and each.period in first:
                    held[each.period] += each.accelerators
            there = sum(each.accelerators for each in workload.runs_today if each.site == site)
            new = max(held.values(), default=0) - there
            if new > 0:
                wanted[workload.name, site] = new
                cost[workload.name, site] = new * exact(workload.moving_usd_per_accelerator)
    stated = {(each.workload, each.site): each for each in plan.moves}
    if list(stated) != list(wanted) or len(stated) != len(plan.moves):
        yield broken("moves", "must have one row for every place where work is new")
    for key, new in wanted.items():
        if key in stated:
            expected: dict[str, Expected] = {"accelerators": new, "cost_usd": cost[key]}
            yield from differences(f"moves {' / '.join(key)}", stated[key], expected)
    book.moves_usd = total(cost.values())


def _transfer_faults(
    plan: Plan, facts: Facts, periods: Sequence[Period], book: OneOffBook
) -> Iterator[Violation]:
    """Datasets that are moved otherwise than to where their jobs run, once, when they first do."""
    jobs = {each.name: each for each in facts.scenario.workloads if isinstance(each, DataJob)}
    number = {period.name: row for row, period in enumerate(periods)}
    first: dict[tuple[str, str], str] = {}
    for each in sorted(plan.allocations, key=lambda row: number.get(row.period, len(number))):
        job = jobs.get(each.workload)
        if job is not None and job.dataset_site not in (None, each.site):
            first.setdefault((each.workload, each.site), each.period)
    stated = {(each.workload, each.to_site): each for each in plan.transfers}
    if stated.keys() != first.keys() or len(stated) != len(plan.transfers):
        yield broken("transfers", "must have one row for every site that a dataset is moved to")
    for key, period in first.items():
        expected = _transfer(facts, jobs[key[0]], key[1])
        if expected is None:
            yield broken("transfers", f"no way leads the dataset of {key[0]} to {key[1]}")
            continue
        usd = book.transfers_usd.get(period, NOTHING)
        book.transfers_usd[period] = usd + expected["cost_usd"]
        if key in stated:
            where, ends = f"transfers {' / '.join(key)}", {"from_site": jobs[key[0]].dataset_site}
            yield from differences(where, stated[key], {"period": period, **ends, **expected})


def _transfer(facts: Facts, job: DataJob, site: str) -> dict[str, Fraction] | None:
    """Quantities of a move; None where there is no way."""
    haul = facts.scenario.haul(job.name, site)
    if haul is None:
        return None
    dataset_gb, usd_per_gb = exact(job.dataset_gb or 0), exact(haul.usd_per_gb)
    seconds = NOTHING if haul.gb_per_s is None else dataset_gb / exact(haul.gb_per_s)
    return {
        "dataset_gb": dataset_gb,
        "usd_per_gb": usd_per_gb,
        "hours": seconds / SECONDS_PER_HOUR,
        "cost_usd": dataset_gb * usd_per_gb,
    }
