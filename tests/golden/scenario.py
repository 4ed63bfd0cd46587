"""Tiny scenarios, each with the rows of one family, and what a hand needs to reckon with them."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

import planner
from planner.candidates.layout import Program
from planner.candidates.program import compile_scenario
from planner.catalog.index import Catalog
from planner.catalog.references import check_scenario
from planner.domain.estimate import DeploymentEstimate
from planner.domain.scenario import StagedScenario
from planner.optimization.lp_text import lp_text
from planner.performance.device import joules_per_request
from planner.problem.columns import AllocationProblem, PlaceUses, Uses

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(each.stem for each in FOLDER.glob("*.yaml")))
IDLE_KW = 0.44
"""Of a box: 300 W and a fifth of 700 W."""
BUSY = 0.8
"""Of its time, that a replica is planned to be."""


@dataclass(frozen=True)
class Golden:
    """One of the scenarios."""

    scenario: StagedScenario
    catalog: Catalog
    """With what the scenario brings."""

    @classmethod
    def read(cls, name: str, catalog: Catalog) -> "Golden":
        scenario = planner.load_scenario(FOLDER / f"{name}.yaml", catalog)
        return cls(scenario, check_scenario(scenario, catalog))

    @cached_property
    def program(self) -> Program:
        return compile_scenario(self.scenario, self.catalog)

    @property
    def text(self) -> str:
        return lp_text(self.program.problem, self.scenario.scenario)

    def best(self, workload: str, node: str, architecture: str | None) -> DeploymentEstimate:
        """The estimate of a workload alone on a node type, without a plan."""
        (asked,) = (each for each in self.scenario.workloads if each.name == workload)
        if architecture is not None:
            asked = asked.model_copy(update={"architecture": architecture, "choices": None})
        found = planner.estimate([asked], [node], quote=AT_ANY_PRICE, catalog=self.catalog).best()
        (made,) = found.deployments
        return made

    def rate(self, workload: str = "chat", node: str = "box") -> float:
        """Requests/s of an accelerator; replicas of one are the best here."""
        found = self.best(workload, node, None)
        return found.requests_per_s / found.accelerators

    def busier_kw(self, workload: str = "chat", node: str = "box") -> float:
        """That a box draws more while it answers: its mean draw is reckoned at 80 %."""
        return (self.best(workload, node, None).power_w / 1000 - IDLE_KW) / BUSY

    def replicas(self, requests_per_s: float, workload: str = "chat", node: str = "box") -> int:
        """That it takes to answer so many requests/s, without a rounding's worth of one more."""
        return int(np.ceil(requests_per_s / (BUSY * self.rate(workload, node)) - 1e-9))

    def hours(self, job: str, node: str = "box", architecture: str | None = None) -> float:
        """Of a node of one accelerator, that all of a job takes."""
        return self.best(job, node, architecture).run.accelerator_hours

    def kw(self, job: str, node: str = "box") -> float:
        """That a node of one accelerator draws while it works on a job."""
        run = self.best(job, node, None).run
        return run.energy_mwh * 1000 / run.accelerator_hours

    def device(self) -> tuple[float, float]:
        """Requests/s of the device that it offloads to, and joules of one."""
        (offload,) = self.program.parts[0].candidates.offloads
        (rate,) = offload.rates
        return rate.requests_per_s, joules_per_request(rate, offload.node_type)


AT_ANY_PRICE = planner.Quote(usd_per_node_hour={})


def without(problem: AllocationProblem, words: str) -> AllocationProblem:
    """A problem without the rows whose names have these words (a regular expression) in them."""
    kept = np.array([re.search(words, each) is None for each in problem.resource_name])
    assert not kept.all(), f"no row is about {words}"
    number = np.cumsum(kept) - 1
    use, block_use = problem.places.use, problem.block_use
    mine, its = kept[use.resource], kept[block_use.resource]
    return replace(
        problem,
        resource_name=tuple(np.array(problem.resource_name, dtype=object)[kept]),
        capacity=problem.capacity[kept],
        places=replace(
            problem.places,
            use=PlaceUses(
                number[use.resource[mine]], use.place[mine], use.quantity[mine], use.amount[mine]
            ),
        ),
        block_use=Uses(
            number[block_use.resource[its]], block_use.column[its], block_use.amount[its]
        ),
    )
