"""Rows that keep jobs in their order.

A job begins when all that it comes after are done. Hours of a chain of jobs add up and must end by
the deadline of its last one. Jobs that follow each other can use the same nodes and power, so a
pipeline counts in a limit with the most that any antichain of it uses.
"""

from collections.abc import Iterator

from planner.candidates.demand import window_hours
from planner.candidates.rows import NO_ROW, Rows, integers
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Job
from planner.network.precedence import Pipeline, pipelines
from planner.problem.columns import Integers


def order_of(scenario: StagedScenario) -> dict[str, tuple[str, ...]]:
    """What each job comes after."""
    return {each.name: each.after for each in scenario.workloads if isinstance(each, Job)}


def latest_hours(scenario: StagedScenario) -> dict[str, float]:
    """When each ordered job must be done at the latest, so that what comes after it can be."""
    latest: dict[str, float] = {}
    for chain, hours in timed_chains(scenario):
        for job in chain:
            latest[job] = min(hours, latest.get(job, hours))
    return latest


def timed_chains(scenario: StagedScenario) -> Iterator[tuple[tuple[str, ...], float]]:
    """Chains of jobs, and the hours within which the last of each must be done.

    A part of a chain is one of its own where its last job has the earlier deadline, or its first
    one may have to wait for its data.
    """
    window = {
        each.name: window_hours(each, scenario)
        for each in scenario.workloads
        if isinstance(each, Job)
    }
    late = {each.workload for each in scenario.hauls if each.hours}
    found: dict[tuple[str, ...], float] = {}
    for pipeline in pipelines(order_of(scenario)):
        for chain in pipeline.chains:
            shortest = float("inf")
            for end in range(len(chain), 0, -1):
                hours = window[chain[end - 1]]
                if hours < shortest:
                    found[chain[:end]] = shortest = hours
                    for first in range(1, end - 1):
                        if chain[first] in late:
                            found[chain[first:end]] = hours
    return iter(found.items())


class Order:
    """The order of a scenario's jobs as rows of a problem that is being collected."""

    def __init__(self, scenario: StagedScenario, rows: Rows) -> None:
        """Add the rows of time."""
        self.rows = rows
        after = order_of(scenario)
        self.pipeline: dict[str, Pipeline] = {
            job: each for each in pipelines(after) for job in each.jobs
        }
        self.held: dict[tuple[int, str], tuple[int, dict[tuple[str, ...], int]]] = {}
        self.added: dict[str, list[tuple[int, float]]] = {job: [] for job in self.pipeline}
        self.hours: dict[str, list[int]] = {job: [] for job in self.pipeline}
        self.begins: dict[str, list[int]] = {job: [] for job in self.pipeline}
        for chain, hours in timed_chains(scenario):
            row = rows.limit(f"hours of {' > '.join(chain)}", hours)
            self.begins[chain[0]].append(row)
            for job in chain:
                self.hours[job].append(row)
        skippable = {each.name for each in scenario.workloads if each.unmet_penalty_usd is not None}
        for job, before in after.items():
            for first in (each for each in before if each in skippable):
                row = rows.limit(f"{job} only if {first} is done", 0.0)
                self.added[job].append((row, 1.0))
                self.added[first].append((row, -1.0))

    def is_ordered(self, job: str) -> bool:
        """Whether it comes after another, or before one."""
        return job in self.pipeline

    def keep(self, job: str, column: int, hours: float, late_hours: float) -> None:
        """An option that does all of a job in so many hours waits its turn.

        Chains that begin with it wait for its data, too, if it comes late.
        """
        for row in self.hours.get(job, ()):
            begins = row in self.begins[job]
            self.rows.option_use.add(row, column, hours + (late_hours if begins else 0.0))
        for row, amount in self.added.get(job, ()):
            self.rows.option_use.add(row, column, amount)

    def use(self, limit: int, job: str, column: int, amount: float) -> None:
        """What an option that does all of a job uses of a limit while it runs."""
        if limit == NO_ROW or job not in self.pipeline:
            self.rows.option_use.add(limit, column, amount)
            return
        for antichain, row in self._shared(limit, self.pipeline[job]).items():
            if job in antichain:
                self.rows.option_use.add(row, column, amount)

    def holdings(self) -> tuple[tuple[int, Integers], ...]:
        """Blocks that pipelines hold of limits, each with the rows that it has to cover."""
        return tuple((block, integers([*rows.values()])) for block, rows in self.held.values())

    def _shared(self, limit: int, pipeline: Pipeline) -> dict[tuple[str, ...], int]:
        """A row for every antichain: it uses no more than what the pipeline holds of the limit."""
        key = (limit, pipeline.jobs[0])
        if key not in self.held:
            block, name = self.rows.amount(), self.rows.name[limit]
            self.rows.block_use.add(limit, block, 1.0)
            rows = {
                antichain: self.rows.limit(f"{name} for {' and '.join(antichain)}", 0.0)
                for antichain in pipeline.antichains
            }
            for row in rows.values():
                self.rows.block_use.add(row, block, -1.0)
            self.held[key] = (block, rows)
        return self.held[key][1]
