"""Whether protected workloads survive failures, and sites have no more than they may."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.deployment import ServingRate
from planner.domain.plan import Violation
from planner.domain.workload import Serving
from planner.units import SECONDS_PER_HOUR
from planner.verification.charges import PeriodItems
from planner.verification.demand import class_requests
from planner.verification.exact import exact, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.rates import request_rates
from planner.verification.violations import broken
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
        for case in facts.scenario.failure_cases:
            left = total(
                _bears(each, workload, facts)
                for each in mine
                if each.placed.pool.place.name not in case.sites
            )
            if not is_within(needed, left):
                rule = f"does not survive the failure of {case.name}"
                yield broken(f"workload {name}", rule, left, needed)


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
