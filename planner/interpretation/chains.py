"""Chains of jobs that cannot be done in time."""

from collections.abc import Iterable, Iterator
from functools import partial

from planner.candidates.demand import requests_by_class, training_tokens
from planner.candidates.job import heap_nodes, heap_use, training_hours
from planner.domain.deployment import TrainingDeployment
from planner.domain.option import Candidates, Option
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, TrainingRun


def slow_chains(
    chains: Iterable[tuple[tuple[str, ...], float]],
    scenario: StagedScenario,
    candidates: Candidates,
    job: str,
) -> Iterator[str]:
    """What keeps a job from its deadline: all that comes before it, each at its fastest.

    `chains` are all of the scenario's, each with the hours by which its last job must be done.
    Where every chain is fast enough, one of them may still not be where its jobs share nodes.
    """
    for chain, limit in chains:
        if job not in chain:
            continue
        fastest = [
            _fastest_hours(scenario, candidates, each, begins=each == chain[0]) for each in chain
        ]
        if None in fastest:
            continue
        needed = sum(hours for hours in fastest if hours is not None)
        if needed > limit:
            yield f"{' then '.join(chain)}: {needed:,.4g} hours at the fastest, {limit:,.4g} there"


def _fastest_hours(
    scenario: StagedScenario, candidates: Candidates, job: str, *, begins: bool
) -> float | None:
    """Of all its options; None where it has none. One that begins a chain waits for its data."""
    (workload,) = (each for each in scenario.workloads if each.name == job)
    options = (each for each in candidates.options if each.deployment.workload == job)
    match workload:
        case TrainingRun():
            hours = partial(_gang_hours, workload, candidates)
        case BatchInference():
            hours = partial(_heap_hours, workload, scenario, candidates)
        case _:
            raise TypeError(f"{job} is no job")
    waits = partial(_late_hours, scenario, candidates) if begins else _not_at_all
    return min((hours(each) + waits(each) for each in options), default=None)


def _late_hours(scenario: StagedScenario, candidates: Candidates, option: Option) -> float:
    place = candidates.pools[option.pool].place
    return scenario.hauled_hours(option.deployment.workload, place.name)


def _not_at_all(_: Option) -> float:
    return 0.0


def _gang_hours(run: TrainingRun, candidates: Candidates, option: Option) -> float:
    if not isinstance(option.deployment, TrainingDeployment):
        raise TypeError(f"{run.name} is trained by gangs")
    return training_hours(option.deployment, training_tokens(run), candidates.pools[option.pool])


def _heap_hours(
    heap: BatchInference, scenario: StagedScenario, candidates: Candidates, option: Option
) -> float:
    if isinstance(option.deployment, TrainingDeployment):
        raise TypeError(f"{heap.name} is no training run")
    demand = requests_by_class(heap, scenario)
    use = heap_use(option.deployment, demand, candidates.pools[option.pool])
    return use.node_hours / heap_nodes(option.deployment)
