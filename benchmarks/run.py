"""Run cases, each in a process of its own, and write what they took as JSON.

python -m benchmarks.run [CASE...] [--rival highs|scip|cp_sat] [--out FILE]
"""

import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np

from benchmarks.cases import CASES, Case
from benchmarks.check import faults
from planner.errors import SolverError
from planner.optimization.parameters import SOLVERS, Parameters
from planner.optimization.solve import solve
from planner.problem.columns import AllocationProblem
from planner.problem.solution import Solution

KIB_PER_GIB = 1 << 20
OURS = "planner"

Answer = TypeVar("Answer")


@click.command
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option("--rival", "rivals", multiple=True, type=click.Choice(SOLVERS))
@click.option("--time-limit", "time_limit_s", type=float, help="Of rivals, instead of the case's.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the results to this file.")
@click.option("--one", hidden=True, metavar="SOLVER", help="Run one case here, print its result.")
def main(
    names: tuple[str, ...],
    rivals: tuple[str, ...],
    time_limit_s: float | None,
    out: Path | None,
    one: str | None,
) -> None:
    """Time CASEs (all of them when none is named), and the same programs solved whole by rivals."""
    chosen = [case for case in CASES if not names or case.name in names]
    unknown = set(names) - {case.name for case in CASES}
    if unknown:
        raise click.BadParameter(f"no case {', '.join(sorted(unknown))}")
    if one is not None:
        click.echo(json.dumps(measured(chosen[0], one, time_limit_s)))
        return
    results = []
    for case in chosen:
        for solver in (OURS, *rivals):
            results.append(_in_a_process(case, solver, time_limit_s))
            click.echo(_line(results[-1]))
    document = {"machine": platform.processor() or platform.machine(), "results": results}
    if out is not None:
        out.write_text(json.dumps(document, indent=2) + "\n")


def measured(case: Case, solver: str, time_limit_s: float | None) -> dict[str, Any]:
    """What one case took: seconds by phase, gap, and the most memory that was held."""
    problem, generate_s = _timed(case.build)
    parameters = case.parameters
    if solver != OURS:
        limit = time_limit_s or case.seconds
        parameters = Parameters(gap=case.gap, time_limit_s=limit, engine="exact", solver=solver)  # type: ignore[arg-type]
    try:
        solution, solve_s = _timed(lambda: solve(problem, parameters))
    except SolverError as error:
        return {"case": case.name, "solver": solver, "status": str(error)}
    found, check_s = _timed(lambda: faults(problem, solution))
    return {
        "case": case.name,
        "solver": solver,
        "items": problem.items,
        "options": problem.option_count,
        "resources": problem.resources,
        "blocks": problem.blocks,
        "status": solution.status,
        "objective_usd": solution.objective,
        "bound_usd": solution.bound,
        "gap": solution.gap,
        "goal_gap": case.gap,
        "goal_s": case.seconds,
        "generate_s": generate_s,
        "solve_s": solve_s,
        "check_s": check_s,
        "faults": found,
        "capacity_used": _capacity_used(problem, solution),
        "memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GIB,
    }


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _capacity_used(problem: AllocationProblem, solution: Solution) -> float:
    """Share of all nodes, whether they are there or could be bought, that is in use."""
    choice, use = solution.choice, problem.block_use
    used = problem.written(choice.option).use.totals(choice.share, problem.resources)
    there, takes = problem.capacity.copy(), use.amount > 0
    amount = np.where(takes, use.amount * choice.blocks[use.column], 0.0)
    np.add.at(used, use.resource, amount)
    supplied = -use.amount[~takes] * problem.block_limit[use.column[~takes]]
    np.add.at(there, use.resource[~takes], supplied)
    nodes = [row for row, name in enumerate(problem.resource_name) if name.startswith("nodes")]
    return float(used[nodes].sum() / there[nodes].sum())


def _in_a_process(case: Case, solver: str, time_limit_s: float | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.run", case.name, "--one", solver]
    if time_limit_s is not None:
        command += ["--time-limit", str(time_limit_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"case": case.name, "solver": solver, "status": done.stderr.strip()[-200:]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _line(result: dict[str, Any]) -> str:
    head = f"{result['case']:<16} {result['solver']:<8} {result['status']:<10}"
    if "solve_s" not in result:
        return head
    gap = "no bound" if result["gap"] is None else f"gap {result['gap']:.4%}"
    return (
        f"{head} {gap} (goal {result['goal_gap']:.2%}) in {result['solve_s']:.1f} s"
        f" (goal {result['goal_s']:.0f} s), {result['memory_gib']:.2f} GiB,"
        f" {result['capacity_used']:.0%} of capacity used, faults: {result['faults'] or 'none'}"
    )


if __name__ == "__main__":
    main()
