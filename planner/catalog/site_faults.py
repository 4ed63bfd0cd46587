"""Sites, failures and shares of which what is asked cannot be, or would change nothing."""

from collections.abc import Collection, Iterator
from math import fsum, inf

from planner.catalog.calendar import calendar_of
from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.record_faults import choice_hint
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.site_power import SitePower
from planner.domain.workload import Serving
from planner.errors import Fault
from planner.units import KWH_PER_MWH

WHOLE = 1 - 1e-9
"""Shares that add up to as much are all."""


def rule_faults(scenario: Scenario, catalog: Catalog) -> Iterator[Fault]:
    """What a scenario says of its sites, failures and shares, without what offers cost."""
    for row, site in enumerate(scenario.sites):
        yield from _life_faults(scenario, f"sites.{row}.capacity", site)
        yield from _limit_faults(scenario, f"sites.{row}", site, site.power or SitePower())
    yield from _limits_faults(scenario)
    yield from _spread_faults(scenario)
    yield from _share_faults(scenario, catalog)


def supply_faults(scenario: Scenario, paying: Collection[str]) -> Iterator[Fault]:
    """Power of sites none of whose capacity pays for its electricity; `paying` are the others."""
    for row, site in enumerate(scenario.sites):
        for name in ("on_site", "curtailment", "clean_energy"):
            if site.name not in paying and getattr(site.power or SitePower(), name):
                rule = (
                    "is for capacity that pays for its electricity, and the price of all that"
                    f" {site.name} offers includes it: leave it out"
                )
                yield Fault(scenario.scenario, rule, field=f"sites.{row}.power.{name}")


def _life_faults(scenario: Scenario, field: str, site: ScenarioSite) -> Iterator[Fault]:
    for row, offer in enumerate(site.capacity):
        if offer.from_days >= (inf if offer.until_days is None else offer.until_days):
            rule = "must be after from_days, when it arrives"
            value = shown(offer.until_days)
            yield Fault(scenario.scenario, rule, field=f"{field}.{row}.until_days", value=value)


def _limit_faults(
    scenario: Scenario, field: str, site: ScenarioSite, power: SitePower
) -> Iterator[Fault]:
    """Power that depends on a limit which is not there, or would break one."""
    is_limited = bool(site.phases) or not (
        site.it_power_limit_kw is None and power.facility_limit_kw is None
    )
    for name, is_stated in (
        ("oversubscription", power.oversubscription > 1),
        ("curtailment", bool(power.curtailment)),
    ):
        if is_stated and not is_limited:
            rule = "needs a limit of the site's power: state it_power_limit_kw"
            yield Fault(scenario.scenario, rule, field=f"{field}.power.{name}")
    if not site.phases or power.facility_limit_kw is None:
        return
    it_kw = (site.it_power_limit_kw or 0.0) + fsum(each.it_power_kw for each in site.phases)
    most_kw = it_kw * (site.pue or 1.0) + power.fixed_overhead_kw
    if most_kw > power.facility_limit_kw:
        rule = f"must be at least {most_kw:.6g}, what the meter may show when all phases are built"
        value = shown(power.facility_limit_kw)
        where = f"{field}.power.facility_limit_kw"
        yield Fault(scenario.scenario, rule, field=where, value=value)


def _limits_faults(scenario: Scenario) -> Iterator[Fault]:
    """A limit of energy that is exceeded when nothing runs."""
    hours = fsum(each.hours for each in calendar_of(scenario.horizon).periods)
    overhead_kw = fsum((each.power or SitePower()).fixed_overhead_kw for each in scenario.sites)
    least, most = overhead_kw * hours / KWH_PER_MWH, scenario.limits.energy_mwh
    if most is not None and least > most:
        rule = f"must be at least {least:.6g}, what fixed_overhead_kw of the sites comes to"
        yield Fault(scenario.scenario, rule, field="limits.energy_mwh", value=shown(most))


def _spread_faults(scenario: Scenario) -> Iterator[Fault]:
    """Serving that too few sites can have."""
    everywhere = {site.name for site in scenario.sites}
    for row, workload in enumerate(scenario.workloads):
        if not isinstance(workload, Serving):
            continue
        sites = everywhere if workload.sites is None else everywhere & set(workload.sites)
        for case in scenario.failure_cases if workload.protected_share else ():
            if sites and sites <= set(case.sites):
                rule = f"cannot be met: the failure of {case.name} leaves no site that may run it"
                field = f"workloads.{row}.protected_share"
                yield Fault(
                    scenario.scenario, rule, field=field, value=shown(workload.protected_share)
                )
                break
        most = workload.max_site_share * len(sites)
        if sites and most < WHOLE and workload.unmet_penalty_usd is None:
            rule = (
                f"must be at least {1 / len(sites):.6g}: it may run at {len(sites)} sites, and all"
                " of it must be served"
            )
            field, value = f"workloads.{row}.max_site_share", shown(workload.max_site_share)
            yield Fault(scenario.scenario, rule, field=field, value=value)


def _share_faults(scenario: Scenario, catalog: Catalog) -> Iterator[Fault]:
    """Vendors and offers that nobody knows."""
    vendors = {each.vendor for each in (*catalog.accelerators.values(), *scenario.accelerators)}
    offers = {offer.label for site in scenario.sites for offer in site.capacity}
    for row, limit in enumerate(scenario.share_limits):
        for name, what, stated, known in (
            ("vendors", "vendor of accelerators", limit.vendors, vendors),
            ("purchases", "offer of this scenario", limit.purchases, offers),
        ):
            for number, each in enumerate(stated or ()):
                if each not in known:
                    yield Fault(
                        scenario.scenario,
                        f"unknown {what}",
                        field=f"share_limits.{row}.{name}.{number}",
                        value=shown(each),
                        hint=choice_hint(each, known),
                    )
