"""What every workload gets and what that costs."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from planner.domain.deployment import ServingRate
from planner.domain.period import Period
from planner.domain.plan import Plan, Violation
from planner.domain.workload import Serving, TrainingRun, Workload
from planner.units import HOURS_PER_DAY, TOKENS_PER_BILLION, TOKENS_PER_MILLION
from planner.verification.bill import Charge, Item, added
from planner.verification.exact import exact, quotient, total
from planner.verification.facts import Facts
from planner.verification.mix import mean_quality, portions
from planner.verification.offloads import Answered
from planner.verification.revenue import earnings
from planner.verification.violations import Expected, broken, differences
from planner.verification.work import Work, works_by_workload


def workload_faults(
    plan: Plan,
    works: Sequence[Work],
    answered: Sequence[Answered],
    items: Sequence[Item],
    facts: Facts,
    base: Facts,
) -> Iterator[Violation]:
    """Rows that are missing, or are not the sum of the workload's allocations."""
    stated = [row.workload for row in plan.workloads]
    if stated != list(facts.workloads):
        order = ", ".join(facts.workloads)
        yield broken("workloads", f"must be {order}, not {', '.join(stated)}")
    charges = {
        work.placed.row: charge
        for item in items
        for work, charge in zip(item.holding.works, item.charges, strict=True)
    }
    by_workload = works_by_workload(works)
    for row, result in enumerate(plan.workloads):
        workload = facts.workloads.get(result.workload)
        if workload is not None:
            mine = by_workload.get(workload.name, ())
            devices = [each for each in answered if each.workload == workload]
            expected = _result(workload, mine, devices, charges, facts.asked.period)
            expected |= earnings(base.workloads[workload.name], mine, devices, facts)
            yield from differences(f"workloads.{row}", result, expected)


def _result(
    workload: Workload,
    mine: Sequence[Work],
    devices: Sequence[Answered],
    charges: Mapping[int, Charge],
    period: Period,
) -> dict[str, Expected]:
    charge = added([charges[work.placed.row] for work in mine if work.placed.row in charges])
    answers: list[Work | Answered] = [*mine, *devices]
    tokens = total(each.tokens for each in answers)
    price = quotient(charge.cost_usd * TOKENS_PER_MILLION, tokens) if tokens else None
    return {
        "kind": workload.kind,
        "architecture": _architectures(workload, mine),
        "met_share": total(each.share for each in answers),
        "accelerators": sum(work.placed.accelerators for work in mine),
        "cost_usd": charge.cost_usd,
        "energy_mwh": charge.energy_mwh,
        "carbon_tonnes": charge.carbon_tonnes,
        "tokens_b": tokens / TOKENS_PER_BILLION,
        "usd_per_million_tokens": price,
        **_latencies(workload, mine, devices),
        "days": _days(workload, mine, period),
        "quality": _quality(workload, mine),
    }


def _architectures(workload: Workload, mine: Sequence[Work]) -> str:
    if isinstance(workload, TrainingRun):
        return workload.architecture
    used = [each.variant for each in portions(workload, mine)] or workload.variants
    return " + ".join(dict.fromkeys(each.architecture for each in used))


def _quality(workload: Workload, mine: Sequence[Work]) -> Fraction | None:
    """Only where all choices state one: else the mean would be of another mix each time."""
    if isinstance(workload, TrainingRun) or any(e.quality is None for e in workload.variants):
        return None
    return mean_quality(portions(workload, mine))


def _latencies(
    workload: Workload, mine: Sequence[Work], devices: Sequence[Answered]
) -> dict[str, Expected]:
    """The worst of any of its requests; nobody waits for a job's."""
    rates = [
        part.rate for work in mine for part in work.parts if isinstance(part.rate, ServingRate)
    ]
    rates += [rate for each in devices for _, rate in each.parts]
    if not isinstance(workload, Serving) or not rates:
        return {"ttft_ms": None, "tpot_ms": None}
    return {
        "ttft_ms": exact(max(rate.ttft_ms for rate in rates)),
        "tpot_ms": exact(max(rate.tpot_ms for rate in rates)),
    }


def _days(workload: Workload, mine: Sequence[Work], period: Period) -> Expected:
    """Until the last part of a job is done, or the last of the days of which it is a slice."""
    if isinstance(workload, Serving) or not mine:
        return None
    if not period.is_all:
        return exact(period.end_hours) / HOURS_PER_DAY
    return max(work.end_hours for work in mine) / HOURS_PER_DAY
