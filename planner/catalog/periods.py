"""A scenario of many periods as one scenario for each of them.

Demand is served when it comes. A job whose time lies in one period is planned there; one that has
several is asked for in each of them, as a whole: the optimizer decides how much of it is done when.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from planner.catalog.calendar import Calendar, calendar_of
from planner.catalog.demands import Rates, rates
from planner.catalog.document import shown
from planner.catalog.site_series import sites_by_period
from planner.domain.dataset import Haul
from planner.domain.horizon import Horizon
from planner.domain.period import SAME_TIME, Period
from planner.domain.scenario import ScenarioSite, StagedScenario
from planner.domain.workload import DataJob, Job, Serving, Workload
from planner.errors import Fault
from planner.network.precedence import pipelines
from planner.units import HOURS_PER_DAY

SMALLEST_RATE = 1e-12
"""Of the mean: a workload of which no more arrives in a period is not asked for in it."""


@dataclass(frozen=True)
class PeriodScenario:
    """What is asked for in one period, as a scenario that begins with it."""

    number: int
    period: Period
    scenario: StagedScenario
    begin_hours: Mapping[str, float]
    """When its jobs may begin, after the beginning of the whole horizon."""
    paced_hours: Mapping[str, float] = field(default_factory=dict)
    """Jobs that other periods ask for, too: the hours that all of them have for each."""
    settled: frozenset[str] = frozenset()
    """Those of them that no later period asks for."""

    @property
    def suffix(self) -> str:
        """What tells names of limits from those of other periods; empty where there is one."""
        return f" in {self.period.name}" if self.period.is_part else ""


def by_period(scenario: StagedScenario) -> tuple[PeriodScenario, ...]:
    """The scenario of every period; of one period without changes it is the scenario itself."""
    calendar = calendar_of(scenario.horizon)
    arrivals = {
        each.name: rates(each, calendar) for each in scenario.workloads if isinstance(each, Serving)
    }
    asked = _Asked(scenario, calendar, arrivals, _paced_jobs(scenario, calendar.periods))
    return tuple(
        _in_period(asked, number, sites) for number, sites in enumerate(sites_by_period(scenario))
    )


def period_faults(
    scenario: str, horizon: Horizon, work: Sequence[tuple[int, Workload]]
) -> Iterator[Fault]:
    """Jobs that begin too late, and orders of jobs that do not fit in one period.

    `work` are workloads with the row of the scenario's that asked for each.
    """
    after = {each.name: each.after for _, each in work if isinstance(each, Job)}
    jobs = {each.name: (row, each) for row, each in work if isinstance(each, Job)}
    for row, job in jobs.values():
        if job.start_days >= min(job.deadline_days, horizon.length_days):
            rule = "must be before its deadline and the end of the horizon"
            field, value = f"workloads.{row}.start_days", shown(job.start_days)
            yield Fault(scenario, rule, field=field, value=value)
    known = {name: [each for each in first if each in jobs] for name, first in after.items()}
    for pipeline in pipelines(known):
        yield from _pipeline_faults(scenario, horizon, [jobs[name] for name in pipeline.jobs])


def _pipeline_faults(
    scenario: str, horizon: Horizon, together: Sequence[tuple[int, Job]]
) -> Iterator[Fault]:
    """Jobs that wait for each other and cannot: slices of one stretch have no order."""
    periods = calendar_of(horizon).periods
    row, last = max(together, key=lambda each: each[1].deadline_days)
    numbers = sorted({n for _, job in together for n in _hours_by_period(job, horizon, periods)})
    stretches = {periods[number].start_hours for number in numbers}
    if len(numbers) <= 1 and len({job.start_days for _, job in together}) > 1:
        rule = f"must be the same for jobs that wait for each other: {together[0][1].name}, ..."
        yield Fault(scenario, rule, field=f"workloads.{row}.start_days")
    elif len(stretches) == 1 and len(numbers) > 1:
        rule = (
            "jobs that wait for each other take turns from period to period, and here they have"
            " only one: plan in more periods, or without representative_days"
        )
        yield Fault(scenario, rule, field=f"workloads.{row}.after", value=shown(last.name))


@dataclass(frozen=True)
class _Asked:
    """A whole scenario, with what its periods have in common."""

    scenario: StagedScenario
    calendar: Calendar
    arrivals: Mapping[str, Rates]
    paced: Mapping[str, Mapping[int, float]]
    """Hours that jobs of several periods have, by period."""


def _in_period(asked: _Asked, number: int, sites: tuple[ScenarioSite, ...]) -> PeriodScenario:
    scenario, period = asked.scenario, asked.calendar.periods[number]
    horizon = scenario.horizon
    begins: dict[str, float] = {}
    workloads: list[Workload] = []
    for each in scenario.workloads:
        if isinstance(each, Serving):
            workloads += _served(each, asked, number)
            continue
        start, end = _window_hours(each, horizon)
        if (hours := _overlap(start, end, period)) > 0:
            workloads.append(_job(each, hours, end - start, is_paced=each.name in asked.paced))
            begins[each.name] = max(start, period.start_hours)
    here = {name: each for name, each in asked.paced.items() if number in each}
    paced = {name: fsum(each.values()) for name, each in here.items()}
    settled = frozenset(name for name, each in here.items() if number == max(each))
    update: dict[str, object] = {
        "workloads": tuple(workloads),
        "sites": sites,
        "hauls": tuple(_hauls(scenario, period)),
    }
    if not period.is_part and all(getattr(scenario, name) == update[name] for name in update):
        return PeriodScenario(number, period, scenario, begins)
    update["horizon"] = (
        horizon if not period.is_part else Horizon(days=period.hours / HOURS_PER_DAY)
    )
    part_of = scenario.model_copy(update=update)
    return PeriodScenario(number, period, part_of, begins, paced, settled)


def _hauls(scenario: StagedScenario, period: Period) -> Iterator[Haul]:
    """Every way of a dataset with the hours of its job's time in a period that it takes."""
    jobs = {each.name: each for each in scenario.workloads if isinstance(each, DataJob)}
    for each in scenario.hauls:
        job = jobs[each.workload]
        start, end = _window_hours(job, scenario.horizon)
        there = min(start + each.hours_of(job.dataset_gb or 0.0), end)
        yield each.model_copy(update={"hours": _overlap(start, there, period)})


def _paced_jobs(scenario: StagedScenario, periods: Sequence[Period]) -> dict[str, dict[int, float]]:
    """Jobs that have time in several periods, and those that hang together with one by order."""
    jobs = {each.name: each for each in scenario.workloads if not isinstance(each, Serving)}
    hours = {name: _hours_by_period(each, scenario.horizon, periods) for name, each in jobs.items()}
    together = [each.jobs for each in pipelines({name: each.after for name, each in jobs.items()})]
    found = {name for name, each in hours.items() if len(each) > 1}
    for pipeline in together:
        if len({number for name in pipeline for number in hours[name]}) > 1:
            found.update(pipeline)
    return {name: hours[name] for name in jobs if name in found}


def _hours_by_period(job: Job, horizon: Horizon, periods: Sequence[Period]) -> dict[int, float]:
    """Of a job's time, in the periods that have any of it, by their numbers."""
    start, end = _window_hours(job, horizon)
    return {
        number: hours
        for number, each in enumerate(periods)
        if (hours := _overlap(start, end, each)) > 0
    }


def _window_hours(job: Job, horizon: Horizon) -> tuple[float, float]:
    end_days = min(job.deadline_days, horizon.length_days)
    return job.start_days * HOURS_PER_DAY, end_days * HOURS_PER_DAY


def _overlap(start: float, end: float, period: Period) -> float:
    """Hours of a period that lie in a stretch of time; less than rounding is nothing."""
    hours = period.hours_within(start, end)
    return hours if hours > SAME_TIME * max(end, 1.0) else 0.0


def _served(workload: Serving, asked: _Asked, number: int) -> Iterator[Serving]:
    """The workload with the demand of a period; a penalty is for that of the whole horizon."""
    known, periods = asked.arrivals[workload.name], asked.calendar.periods
    mean, planned = float(known.mean[number]), float(known.planned[number])
    if len(periods) == 1 and workload.demand is None:
        yield workload
        return
    if mean <= SMALLEST_RATE * known.mean.max(initial=0.0):
        return
    update: dict[str, object] = {
        "requests_per_s": mean,
        "planned_requests_per_s": planned if planned > mean else None,
        "growth_per_month": 0.0,
        "demand": None,
    }
    if workload.unmet_penalty_usd is not None:
        everything = fsum(
            rate * each.hours for rate, each in zip(known.mean.tolist(), periods, strict=True)
        )
        part = mean * periods[number].hours / everything
        update["unmet_penalty_usd"] = workload.unmet_penalty_usd * part
    yield workload.model_copy(update=update)


def _job(job: Workload, hours: float, window_hours: float, *, is_paced: bool) -> Workload:
    """A job with the time that it has in a period, from the beginning of it on."""
    if isinstance(job, Serving):
        raise TypeError(f"{job.name} is no job")
    if job.start_days == 0 and hours >= window_hours and not is_paced:
        return job
    update: dict[str, object] = {"start_days": 0.0, "deadline_days": hours / HOURS_PER_DAY}
    if is_paced:
        update["after"] = ()  # what holds between periods is kept for all of them together
    return job.model_copy(update=update)
