"""A scenario of many periods as one scenario for each of them.

What holds periods together is what is bought for longer than one of them, and agreements about
them. Work does not: demand is served when it comes, and a job whose time is longer than a period
does its part in each, at an even pace.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.catalog.document import shown
from planner.domain.period import SAME_TIME, Period
from planner.domain.scenario import Horizon, StagedScenario
from planner.domain.workload import Job, Serving, Workload
from planner.errors import Fault
from planner.network.precedence import pipelines
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY


@dataclass(frozen=True)
class PeriodScenario:
    """What is asked for in one period, as a scenario that begins with it."""

    number: int
    period: Period
    scenario: StagedScenario
    begin_hours: Mapping[str, float]
    """When its jobs may begin, after the beginning of the whole horizon."""

    @property
    def suffix(self) -> str:
        """What tells names of limits from those of other periods; empty where there is one."""
        return f" in {self.period.name}" if self.period.is_part else ""


def by_period(scenario: StagedScenario) -> tuple[PeriodScenario, ...]:
    """The scenario of every period; of one period it is the scenario itself, but for late jobs."""
    return tuple(
        _in_period(scenario, number, period)
        for number, period in enumerate(scenario.horizon.slices)
    )


def growth(workload: Serving, period: Period) -> float:
    """Demand in a period over that in the first: compound from month to month."""
    months = period.start_hours / (DAYS_PER_MONTH * HOURS_PER_DAY)
    return float((1 + workload.growth_per_month) ** months)


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
        together = [jobs[name] for name in pipeline.jobs]
        starts = {job.start_days for _, job in together}
        row, last = max(together, key=lambda each: each[1].deadline_days)
        if len(starts) > 1:
            rule = f"must be the same for jobs that wait for each other: {pipeline.jobs[0]}, ..."
            yield Fault(scenario, rule, field=f"workloads.{row}.start_days")
        elif not _fits(last, horizon):
            rule = (
                "jobs that wait for each other must begin and end within one period: state"
                " start_days and deadline_days so, or plan in fewer periods"
            )
            value = shown(last.deadline_days)
            yield Fault(scenario, rule, field=f"workloads.{row}.deadline_days", value=value)


def _fits(job: Job, horizon: Horizon) -> bool:
    """Whether the time of a job lies in one period."""
    start, end = _window_hours(job, horizon)
    return sum(_overlap(start, end, period) > 0 for period in horizon.slices) == 1


def _in_period(scenario: StagedScenario, number: int, period: Period) -> PeriodScenario:
    horizon = scenario.horizon
    begins: dict[str, float] = {}
    workloads: list[Workload] = []
    for each in scenario.workloads:
        if isinstance(each, Serving):
            workloads.append(_served(each, period, horizon))
            continue
        start, end = _window_hours(each, horizon)
        if (hours := _overlap(start, end, period)) > 0:
            workloads.append(_part(each, hours, end - start))
            begins[each.name] = max(start, period.start_hours)
    part = Horizon(days=period.hours / HOURS_PER_DAY)
    if horizon.periods == 1:
        part = horizon
    if horizon.periods == 1 and tuple(workloads) == scenario.workloads:
        return PeriodScenario(number, period, scenario, begins)
    update = {"horizon": part, "workloads": tuple(workloads)}
    return PeriodScenario(number, period, scenario.model_copy(update=update), begins)


def _window_hours(job: Job, horizon: Horizon) -> tuple[float, float]:
    end_days = min(job.deadline_days, horizon.length_days)
    return job.start_days * HOURS_PER_DAY, end_days * HOURS_PER_DAY


def _overlap(start: float, end: float, period: Period) -> float:
    """Hours of a stretch of time that lie in a period; less than rounding is nothing."""
    hours = min(end, period.end_hours) - max(start, period.start_hours)
    return hours if hours > SAME_TIME * max(end, 1.0) else 0.0


def _served(workload: Serving, period: Period, horizon: Horizon) -> Serving:
    """The demand of a period; a penalty is for the demand of the whole horizon."""
    if horizon.periods == 1:
        return workload
    factor = growth(workload, period)
    update: dict[str, object] = {
        "requests_per_s": (workload.requests_per_s or 0.0) * factor,
        "growth_per_month": 0.0,
    }
    if workload.unmet_penalty_usd is not None:
        everything = sum(growth(workload, each) * each.hours for each in horizon.slices)
        part = factor * period.hours / everything
        update["unmet_penalty_usd"] = workload.unmet_penalty_usd * part
    return workload.model_copy(update=update)


def _part(job: Workload, hours: float, window_hours: float) -> Workload:
    """What a job does in some hours of its window, which begin with the period's plan."""
    if isinstance(job, Serving):
        raise TypeError(f"{job.name} is no job")
    share = hours / window_hours
    if share >= 1 and job.start_days == 0:
        return job
    update: dict[str, object] = {"start_days": 0.0, "deadline_days": hours / HOURS_PER_DAY}
    if share < 1:
        update["tokens_b"] = job.tokens_b * share
        if job.unmet_penalty_usd is not None:
            update["unmet_penalty_usd"] = job.unmet_penalty_usd * share
    return job.model_copy(update=update)
