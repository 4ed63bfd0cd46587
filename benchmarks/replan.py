"""A plan made, the fleet changed a little, and planned again: from nothing, and from the plan.

python -m benchmarks.replan [--workloads N] [--gap GAP]
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import click
import numpy as np

from benchmarks.check import faults
from benchmarks.fleets import fleet
from benchmarks.menus import NODES
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.problem.columns import AllocationProblem
from planner.problem.solution import Solution
from planner.problem.start import NO_START, Start, carried

SEED: Final = 1
GROWING: Final = 0.01
"""Share of the workloads that grow."""
GROWTH: Final = 1.1
SMALLER_SITE: Final = 3
CUT: Final = 0.9
"""What is left of the capacity there."""


@click.command
@click.option("--workloads", default=10_000, show_default=True)
@click.option("--gap", default=2e-3, show_default=True)
def main(workloads: int, gap: float) -> None:
    """Print seconds and gaps of both ways, for each change."""
    parameters = Parameters(gap=gap, engine="decomposition")
    before = fleet(workloads)
    _run(before, parameters, NO_START)  # the kernels are compiled or loaded
    solution = _told("the plan to begin from", before, parameters, NO_START)
    for name, change in CHANGES.items():
        now = change(before)
        began = time.perf_counter()
        start = carried(before, solution, now)
        click.echo(f"{name}: names matched in {time.perf_counter() - began:.2f} s")
        _told("  from nothing", now, parameters, NO_START)
        _told("  from the plan", now, parameters, start)


def grown(problem: AllocationProblem) -> AllocationProblem:
    """Some workloads take a tenth more, in whole nodes."""
    rng = np.random.default_rng(SEED)
    grows = np.zeros(problem.items, dtype=bool)
    grows[rng.choice(problem.items, int(GROWING * problem.items), replace=False)] = True
    deployments = problem.deployments
    more = deployments.amount * GROWTH
    more[:, NODES] = np.ceil(more[:, NODES])
    amount = np.where(grows[deployments.item][:, None], more, deployments.amount)
    return replace(problem, deployments=replace(deployments, amount=amount))


def cut(problem: AllocationProblem) -> AllocationProblem:
    """One site loses a tenth of its nodes and of its power."""
    sites = sum(name.startswith("kW") for name in problem.resource_name)
    is_there = np.arange(problem.resources) % sites == SMALLER_SITE  # pools are type by type
    return replace(problem, capacity=np.where(is_there, CUT, 1.0) * problem.capacity)


CHANGES: Final[dict[str, Callable[[AllocationProblem], AllocationProblem]]] = {
    f"{GROWING:.0%} of the workloads need {GROWTH - 1:.0%} more": grown,
    f"one site loses {1 - CUT:.0%} of its capacity": cut,
}


def _run(
    problem: AllocationProblem, parameters: Parameters, start: Start
) -> tuple[Solution, float]:
    began = time.perf_counter()
    solution = solve(problem, parameters, start=start)
    return solution, time.perf_counter() - began


def _told(name: str, problem: AllocationProblem, parameters: Parameters, start: Start) -> Solution:
    solution, seconds = _run(problem, parameters, start)
    wrong = faults(problem, solution) or "none"
    click.echo(
        f"{name}: {solution.status}, {seconds:.1f} s, gap {solution.gap:.3%}, faults: {wrong}"
    )
    return solution


if __name__ == "__main__":
    main()
