"""Solve other people's instances and compare with their best-known values.

python -m benchmarks.published DIR [--family FAMILY] [--time-limit SECONDS]

DIR holds `best_known.csv` (family, instance, file, best_known_use, proven_optimal) with the files
it names, or GPU mixes with `results.json` (published_tool_cost, sliced_optimum, divisible_optimum).
A plan below a proven optimum or a bound above a known solution is a bug, and is said.
"""

import csv
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.instances import (
    assignment,
    bin_packing,
    gpu_mix,
    location,
    single_source_location,
)
from planner.errors import SolverError
from planner.optimization.parameters import ENGINES, Engine, Parameters
from planner.optimization.solve import solve
from planner.problem.columns import AllocationProblem

ROUNDED = 0.011
"""Published values are rounded to two decimals, or to whole numbers."""


@dataclass(frozen=True)
class Known:
    """An instance with the best value that is known."""

    family: str
    name: str
    problem: AllocationProblem
    best: float
    is_optimal: bool


@click.command
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--family", help="Only instances of this family.")
@click.option("--time-limit", "time_limit_s", default=60.0, show_default=True)
@click.option("--gap", default=1e-6, show_default=True)
@click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True)
def main(folder: Path, family: str | None, time_limit_s: float, gap: float, engine: Engine) -> None:
    """Solve every instance of FOLDER."""
    known = _mixes(folder) if (folder / "results.json").exists() else _instances(folder)
    parameters = Parameters(gap=gap, time_limit_s=time_limit_s, engine=engine)
    count = proven = bugs = 0
    worst = 0.0
    for each in known:
        if family is not None and each.family != family:
            continue
        count += 1
        began = time.perf_counter()
        try:
            solution = solve(each.problem, parameters)
        except SolverError as error:
            click.echo(f"{each.family} {each.name}: {error}")
            continue
        seconds = time.perf_counter() - began
        objective = solution.objective
        if objective is None:
            click.echo(f"{each.family} {each.name}: {solution.status}")
            continue
        off = (objective - each.best) / abs(each.best)
        rounded = ROUNDED + 1e-6 * abs(each.best)
        below = each.is_optimal and objective < each.best - rounded
        above = solution.bound is not None and solution.bound > each.best + rounded
        proven += solution.status == "optimal"
        bugs += below or above
        worst = max(worst, off)
        bug = "BELOW A PROVEN OPTIMUM" if below else "BOUND ABOVE A SOLUTION" if above else ""
        click.echo(
            f"{each.family} {each.name}: {solution.status}, {objective:.6g} ({off:+.4%} of best"
            f" known {each.best:.6g}), bound {solution.bound}, {seconds:.1f} s {bug}".rstrip()
        )
    click.echo(f"{count} instances, {proven} proven, worst {worst:+.3%} of best known, {bugs} bugs")


def _instances(folder: Path) -> Iterator[Known]:
    with (folder / "best_known.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        file = folder / row["file"].split("#")[0]
        if not file.exists() or not row["best_known_use"]:
            continue
        try:
            problem = _read(row["family"], file, row)
        except ValueError as error:
            click.echo(f"{file}: cannot be read: {str(error)[:80]}")
            continue
        if problem is not None:
            best, proven = float(row["best_known_use"]), row["proven_optimal"] == "yes"
            yield Known(row["family"], row["instance"], problem, best, proven)


def _read(family: str, file: Path, row: dict[str, str]) -> AllocationProblem | None:
    match family:
        case "gap":
            return assignment(file)
        case "cflp":
            stated = re.search(r"capacity=(\d+)", row["size"])
            return location(file, float(stated[1]) if stated else None)
        case "sscflp_holmberg":
            return single_source_location(file)
        case "binpack":
            number = re.search(r"_(\d+)$", row["instance"])
            return None if number is None else bin_packing(file, int(number[1]))
    return None


def _mixes(folder: Path) -> Iterator[Known]:
    results = json.loads((folder / "results.json").read_text())
    for name, result in sorted(results.items()):
        file = folder / f"{name}.json"
        if not file.exists():
            continue
        for family, slices in (("sliced_optimum", None), ("divisible_optimum", 0)):
            found = result.get(family)
            if found and found.get("cost") is not None:
                proven = found["status"].lower().endswith("optimal")
                yield Known(family, name, gpu_mix(file, slices), found["cost"], proven)


if __name__ == "__main__":
    main()
