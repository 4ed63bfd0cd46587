"""Whether protected workloads survive failures, and sites have no more than they may."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.deployment import ServingRate
from planner.domain.plan import Plan, Violation
from planner.domain.workload import Serving
from planner.units import SECONDS_PER_HOUR
from planner.verification.bill import Item
from planner.verification.charges import PeriodItems
from planner.verification.demand import class_requests
from planner.verification.exact import TOLERANCE, exact, is_same, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.rates import request_rates
from planner.verification.violations import Expected, broken, differences
from planner.verification.work import Work, planned_over_mean, works_by_workload


def resilience_faults(works: Sequence[Work], facts: Facts) -> Iterator[Violation]:
    """Failures that leave too few replicas, and sites that serve too large a share."""
    for name, mine in works_by_workload(works).items():
        workload = facts.workloads[name]
        if not isinstance(workload, Serving):
            continue
        for site in facts.places:
            share = total(each.share for each in mine if each.placed.pool.place.name == site)
            if not is_within(share, exact(workload.max_site_share)):
                rule = f"has more of it at {site} than it may"
                yield broken(f"workload {name}", rule, share, workload.max_site_share)
        if workload.protected_share == 0:
            continue
        needed = exact(workload.protected_share) * total(each.share for each in mine)
        for case, left in _left(workload, mine, facts).items():
            if not is_within(needed, left):
                rule = f"does not survive the failure of {case}"
                yield broken(f"workload {name}", rule, left, needed)


def survival_faults(plan: Plan, items: Sequence[Item], facts: Facts) -> Iterator[Violation]:
    """Rows of protected workloads that are missing, or state what is not so."""
    costs: defaultdict[str, list[tuple[Work, Fraction]]] = defaultdict(list)
    for item in items:
        for work, charge in zip(item.holding.works, item.charges, strict=True):
            costs[work.placed.workload.name].append((work, charge.cost_usd))
    protected = [
        each
        for each in facts.workloads.values()
        if isinstance(each, Serving) and each.protected_share and costs[each.name]
    ]
    if [row.workload for row in plan.survivals] != [each.name for each in protected]:
        yield broken("survivals", "must have a row for every protected workload that is served")
        return
    for row, (stated, workload) in enumerate(zip(plan.survivals, protected, strict=True)):
        mine = [work for work, _ in costs[workload.name]]
        left = _left(workload, mine, facts)
        if stated.worst_failure not in left:
            yield broken(f"survivals.{row}", f"there is no failure {stated.worst_failure}")
            continue
        spare = [(_spare_share(work, workload), work, usd) for work, usd in costs[workload.name]]
        expected: dict[str, Expected] = {
            "needed_share": exact(workload.protected_share) * total(each.share for each in mine),
            "bearable_share": min(left.values()),
        }
        yield from differences(f"survivals.{row}", stated, expected)
        # what is left of a difference is as exact as what it is of
        for name, wanted, size in (
            (
                "spare_accelerators",
                total(part * work.placed.accelerators for part, work, _ in spare),
                total(Fraction(work.placed.accelerators) for _, work, _ in spare),
            ),
            (
                "spare_usd",
                total(part * usd for part, _, usd in spare),
                total(abs(usd) for _, _, usd in spare),
            ),
        ):
            if abs(exact(getattr(stated, name)) - wanted) > TOLERANCE * size:
                where = f"survivals.{row}.{name}"
                yield broken(where, "is not what is spare", getattr(stated, name), wanted)
        if not is_same(left[stated.worst_failure], min(left.values())):
            yield broken(f"survivals.{row}.worst_failure", "is not the worst")


def _left(workload: Serving, mine: Sequence[Work], facts: Facts) -> dict[str, Fraction]:
    """Share of the demand that is borne after each failure."""
    return {
        case.name: total(
            _bears(each, workload, facts)
            for each in mine
            if each.placed.pool.place.name not in case.sites
        )
        for case in facts.scenario.failure_cases
    }


def _spare_share(work: Work, workload: Serving) -> Fraction:
    """Of replicas, what their work does not need at the target utilisation."""
    able = work.placed.stated.replicas * exact(workload.target_utilisation)
    able *= exact(work.placed.pool.terms.goodput)
    return max(1 - quotient(work.busy_replicas * planned_over_mean(workload), able), Fraction(0))


def _bears(work: Work, workload: Serving, facts: Facts) -> Fraction:
    """Share of the planned demand that the replicas of an allocation bear in its own mix."""
    rates = request_rates(work.placed, workload, facts)
    if not isinstance(rates, tuple):
        return Fraction(0)
    busy = Fraction(0)
    for rate, requests in zip(rates, class_requests(workload, facts), strict=True):
        if not isinstance(rate, ServingRate):
            return Fraction(0)
        busy += quotient(requests, exact(rate.requests_per_s)) / SECONDS_PER_HOUR
    utilisation = exact(workload.failover_utilisation or workload.target_utilisation)
    replicas = work.placed.stated.replicas * exact(work.placed.pool.terms.goodput)
    return quotient(utilisation * replicas * facts.hours, busy * planned_over_mean(workload))


def share_faults(parts: Sequence[PeriodItems], facts: Facts) -> Iterator[Violation]:
    """Sites, vendors or offers that have more, or less, of all accelerator hours than they may."""
    held = [
        (item.holding.pool, item.holding.stated.nodes * item.holding.works[0].hours
         * item.holding.pool.node_type.accelerators_per_node)
        for part in parts
        for item in part.items
    ]  # fmt: skip
    everything = total(hours for _, hours in held)
    for limit in facts.scenario.share_limits:
        mine = total(
            hours
            for pool, hours in held
            if limit.covers(pool.place.name, pool.accelerator.vendor, pool.purchase)
        )
        if not is_within(mine, exact(limit.max_share) * everything):
            yield broken(f"share limit {limit.name}", "is exceeded", mine, limit.max_share)
        if not is_within(exact(limit.min_share) * everything, mine):
            yield broken(f"share limit {limit.name}", "is not reached", mine, limit.min_share)
