"""Decide where every AI workload runs, on which accelerators, bought how.

import planner

scenario = planner.load_scenario("examples/quickstart.yaml")
plan = planner.plan(scenario)
plan.to_frame()
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.catalog.index import Catalog
    from planner.domain.estimate import Estimate, Quote
    from planner.domain.plan import Plan
    from planner.domain.scenario import Scenario
    from planner.errors import InputError, OutputError, PlannerError, PluginError, SolverError
    from planner.optimization.lp_text import lp_text
    from planner.optimization.parameters import Parameters
    from planner.optimization.solve import solve
    from planner.planning import estimate, load_catalog, load_scenario, plan, verify
    from planner.problem.columns import (
        AllocationProblem,
        Choice,
        Deployments,
        Options,
        Places,
        PlaceUses,
        Uses,
    )
    from planner.problem.solution import Solution
    from planner.problem.start import Start, carried
    from planner.problem.storage import load_problem, save_problem

__all__ = [
    "AllocationProblem",
    "Catalog",
    "Choice",
    "Deployments",
    "Estimate",
    "InputError",
    "Options",
    "OutputError",
    "Parameters",
    "PlaceUses",
    "Places",
    "Plan",
    "PlannerError",
    "PluginError",
    "Quote",
    "Scenario",
    "Solution",
    "SolverError",
    "Start",
    "Uses",
    "carried",
    "estimate",
    "load_catalog",
    "load_problem",
    "load_scenario",
    "lp_text",
    "plan",
    "save_problem",
    "solve",
    "verify",
]

_HOME = {
    **dict.fromkeys(
        ("AllocationProblem", "Choice", "Deployments", "Options", "Places", "PlaceUses", "Uses"),
        "planner.problem.columns",
    ),
    "Parameters": "planner.optimization.parameters",
    "Solution": "planner.problem.solution",
    "Start": "planner.problem.start",
    "carried": "planner.problem.start",
    "load_problem": "planner.problem.storage",
    "save_problem": "planner.problem.storage",
    "lp_text": "planner.optimization.lp_text",
    "solve": "planner.optimization.solve",
    "Catalog": "planner.catalog.index",
    "Estimate": "planner.domain.estimate",
    "Plan": "planner.domain.plan",
    "Quote": "planner.domain.estimate",
    "Scenario": "planner.domain.scenario",
    "estimate": "planner.planning",
    "load_catalog": "planner.planning",
    "load_scenario": "planner.planning",
    "plan": "planner.planning",
    "verify": "planner.planning",
}


def __getattr__(name: str) -> object:
    """Load the rooms when they are first used: `gpuplan --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "planner.errors")), name)
