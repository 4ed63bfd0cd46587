"""What is timed: problems of known sizes with the goals that they must meet."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.companies import company, compiled
from benchmarks.days import days_fleet
from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from benchmarks.windows import windows_fleet
from planner.optimization.parameters import Engine, Parameters
from planner.problem.columns import AllocationProblem

SEARCH_SHARE = 0.96
"""Of the time that a case may take, for its search: whoever is cut has blocks to buy yet."""


@dataclass(frozen=True)
class Case:
    """A problem, how it is solved, and what is expected on two cores."""

    name: str
    build: Callable[[], AllocationProblem]
    gap: float
    """To be proven."""
    seconds: float
    """In which it must be."""
    memory_gib: float
    engine: Engine = "decomposition"

    @property
    def parameters(self) -> Parameters:
        """How the case is solved."""
        limit = SEARCH_SHARE * self.seconds
        return Parameters(gap=self.gap, time_limit_s=limit, engine=self.engine)


def _fleet(workloads: int, gap: float, seconds: float, memory_gib: float) -> Case:
    return Case(f"fleet-{workloads}", lambda: fleet(workloads), gap, seconds, memory_gib)


def _company(workloads: int, sites: int, scale: float, gap: float) -> Case:
    name = f"company-{workloads}-{sites}"
    return Case(name, lambda: compiled(company(workloads, sites, scale)), gap, 60, 4, "auto")


CASES = (
    Case("fleet-2000-240", lambda: fleet(2_000, types=20, sites=12), 1e-3, 60, 2),
    _fleet(1_000, 1e-2, 30, 2),
    _fleet(3_000, 5e-3, 30, 2),
    _fleet(10_000, 2e-3, 30, 2),
    _fleet(30_000, 1e-3, 60, 4),
    _fleet(100_000, 1e-3, 60, 4),
    _fleet(300_000, 2e-3, 300, 8),
    _fleet(1_000_000, 2e-3, 900, 12),
    _company(40, 8, 1.0, 1e-2),
    _company(60, 8, 10.0, 5e-3),
    _company(200, 20, 5.0, 2e-2),
    Case("months-10000", lambda: months_fleet(10_000), 3e-3, 180, 12),
    Case("days-40", lambda: days_fleet(40), 5e-3, 300, 12),
    Case("windows-20000", lambda: windows_fleet(20_000, types=10, sites=8), 1e-2, 180, 12),
)
"""The fleets of growing size first, then scenarios, then what purchases tie over many periods."""
