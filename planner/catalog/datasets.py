"""Datasets of jobs: where they lie, and which ways lead them to other sites."""

from collections.abc import Iterator, Sequence
from math import isinf

from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.reach import has_place, network_at, place_name
from planner.domain.dataset import Haul
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import DataJob, Training, Workload
from planner.errors import Fault
from planner.network.transfer import passage
from planner.units import HOURS_PER_DAY

NO_PLACE = "has no place: state catalog, or latitude and longitude"


def hauls_of(scenario: Scenario, work: Sequence[Workload], catalog: Catalog) -> tuple[Haul, ...]:
    """The way of every dataset to every site that it may and can be moved to; of checked names."""
    jobs = [each for each in work if isinstance(each, DataJob) and _sites_to(each, scenario)]
    if not jobs:
        return ()
    network = network_at(scenario, catalog)
    places = {site.name: place_name(site) for site in scenario.sites}
    found: list[Haul] = []
    for job in jobs:
        for site in _sites_to(job, scenario):
            way = passage(network, places[job.dataset_site or ""], places[site.name])
            if way is not None:
                haul = Haul(
                    workload=job.name,
                    site=site.name,
                    usd_per_gb=way.usd_per_gb,
                    gb_per_s=None if isinf(way.gb_per_s) else way.gb_per_s,
                )
                hours = min(haul.hours_of(job.dataset_gb or 0.0), scenario.hours)
                ready = job.start_days * HOURS_PER_DAY + hours
                found.append(haul.model_copy(update={"hours": hours, "ready_hours": ready}))
    return tuple(found)


def dataset_faults(scenario: Scenario) -> Iterator[Fault]:
    """Sites whose place nobody knows, from or to which a dataset may have to be moved."""
    rows = {site.name: row for row, site in enumerate(scenario.sites)}
    told: set[str] = set()
    for job in scenario.workloads:
        if isinstance(job, Training) or not isinstance(job, DataJob):
            continue
        ends = [each.name for each in _sites_to(job, scenario)]
        for name in (job.dataset_site, *ends) if ends else ():
            if name not in rows or has_place(scenario.sites[rows[name]]) or name in told:
                continue
            told.add(name)
            rule = f"{NO_PLACE}, for the dataset of {job.name}"
            yield Fault(scenario.scenario, rule, field=f"sites.{rows[name]}")
    for row, link in enumerate(scenario.links):
        for field in ("from_place", "to_place"):
            name = getattr(link, field)
            if name in rows and not has_place(scenario.sites[rows[name]]) and name not in told:
                where = f"links.{row}.{field}"
                yield Fault(scenario.scenario, f"site {NO_PLACE}", field=where, value=shown(name))


def _sites_to(job: DataJob, scenario: Scenario) -> list[ScenarioSite]:
    """Sites that a job's dataset may be moved to."""
    if job.dataset_site is None:
        return []
    allowed = {site.name for site in scenario.sites} if job.sites is None else {*job.sites}
    return [site for site in scenario.sites if site.name in allowed - {job.dataset_site}]
