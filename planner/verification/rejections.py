"""Reasons that are given for what is not in the plan, and those that are due."""

from collections.abc import Iterator
from fractions import Fraction

from planner.domain.option import Pool
from planner.domain.plan import Plan, Violation
from planner.domain.rejection import Reason, Rejection
from planner.domain.workload import DataJob, Serving, Workload
from planner.units import SECONDS_PER_HOUR
from planner.verification.exact import exact, is_same, is_within
from planner.verification.facts import Facts, pool_key
from planner.verification.placement import bears_interruptions, keeps_residency
from planner.verification.violations import broken


def rejection_faults(plan: Plan, facts: Facts) -> Iterator[Violation]:
    """Rejections of things that the scenario does not know, for a reason it does not give, or none.

    The numbers of the physics behind a rejection are not repeated here: nothing in the plan
    depends on them.
    """
    for row, rejection in enumerate(plan.rejections):
        where = f"rejections.{row}"
        workload = facts.workloads.get(rejection.workload)
        pools = [pool for pool in facts.pools.values() if _speaks_of(rejection, pool)]
        if workload is None:
            yield broken(where, f"there is no workload {rejection.workload}")
        elif _is_device(rejection, workload):
            continue
        elif not pools:
            named = (rejection.site, rejection.node_type, rejection.purchase)
            offer = " / ".join(each for each in named if each)
            yield broken(where, f"the scenario does not offer {offer}")
        elif rejection.reason == "capacity" and _is_gone(rejection, facts):
            continue
        elif not any(_holds(rejection, workload, pool, facts) for pool in pools):
            offer = " / ".join(pool_key(pools[0]))
            rule = f"{rejection.reason} keeps {workload.name} out of {offer} no longer"
            yield broken(where, rule, rejection.needed, rejection.available)
    yield from _missing(plan, facts)


def _is_gone(rejection: Rejection, facts: Facts) -> bool:
    """Whether it speaks of capacity that has not arrived, or has retired."""
    offers = (
        offer
        for site in facts.scenario.sites
        if site.name == rejection.site
        for offer in site.capacity
        if (offer.node_type, offer.label) == (rejection.node_type, rejection.purchase)
    )
    lives = any(offer.from_days or offer.until_days is not None for offer in offers)
    return lives and rejection.available == 0


def _missing(plan: Plan, facts: Facts) -> Iterator[Violation]:
    """Offers that a rule of the scenario keeps a workload out of, of which nothing is said."""
    told = {(e.workload, e.site, e.node_type, e.purchase, e.reason) for e in plan.rejections}
    for workload in facts.workloads.values():
        for key, pool in facts.pools.items():
            reason = _barring(workload, pool, facts)
            if reason is not None and (workload.name, *key, reason) not in told:
                offer = " / ".join(key)
                yield broken(
                    "rejections", f"must say: {reason} keeps {workload.name} out of {offer}"
                )


def _barring(workload: Workload, pool: Pool, facts: Facts) -> Reason | None:
    """Which rule of the scenario keeps a workload out of an offer."""
    if workload.sites is not None and pool.place.name not in workload.sites:
        return "site"
    if not keeps_residency(workload, pool.place):
        return "residency"
    if pool.terms.is_interruptible and not bears_interruptions(workload):
        return "interruptible"
    return "route" if _has_no_route(workload, pool, facts) else None


def _has_no_route(workload: Workload, pool: Pool, facts: Facts) -> bool:
    """Whether no way leads the dataset of a workload to an offer."""
    lies_at = workload.dataset_site if isinstance(workload, DataJob) else None
    site = pool.place.name
    return lies_at not in (None, site) and facts.scenario.haul(workload.name, site) is None


def _takes_too_long(rejection: Rejection, hours: Fraction) -> bool:
    """Whether it says that so many hours are all that there are, and more."""
    needed, available = rejection.needed, rejection.available
    if needed is None or available is None or not hours:
        return False
    return is_same(exact(needed), hours) and is_within(exact(available), exact(needed))


def _takes_hours(workload: Workload, pool: Pool, facts: Facts) -> Fraction:
    """How long the dataset of a workload is under way to an offer."""
    haul = facts.scenario.haul(workload.name, pool.place.name)
    if haul is None or haul.gb_per_s is None or not isinstance(workload, DataJob):
        return Fraction(0)
    return exact(workload.dataset_gb or 0) / exact(haul.gb_per_s) / SECONDS_PER_HOUR


def _is_device(rejection: Rejection, workload: Workload) -> bool:
    """Whether it speaks of what users own."""
    asked = workload.on_device if isinstance(workload, Serving) else None
    devices = {each.node_type for each in asked.devices} if asked else set()
    return rejection.site is None and rejection.node_type in devices


def _speaks_of(rejection: Rejection, pool: Pool) -> bool:
    return (
        rejection.node_type == pool.node_type.name
        and rejection.site in (None, pool.place.name)
        and rejection.purchase in (None, pool.purchase)
    )


def _holds(rejection: Rejection, workload: Workload, pool: Pool, facts: Facts) -> bool:
    """Whether the scenario's own rules give the reason; those of the physics are believed."""
    holds = True
    match rejection.reason:
        case "site":
            holds = workload.sites is not None and pool.place.name not in workload.sites
        case "residency":
            holds = not keeps_residency(workload, pool.place)
        case "interruptible":
            holds = pool.terms.is_interruptible and not bears_interruptions(workload)
        case "route":
            holds = _has_no_route(workload, pool, facts)
        case "transfer":
            holds = _takes_too_long(rejection, _takes_hours(workload, pool, facts))
        case "capacity" if rejection.site is not None:
            holds = _exceeds(rejection, pool.terms.available_nodes)
        case "power_limit":
            holds = _exceeds(rejection, pool.place.most_power_kw)
    return holds


def _exceeds(rejection: Rejection, limit: float | None) -> bool:
    """Whether it says that a limit is less than what is needed."""
    needed, available = rejection.needed, rejection.available
    return available is not None and available == limit and needed is not None and needed > limit
