"""What the optimizer chose, one record per option in use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.candidates.demand import hours_at, requests_by_class, training_tokens
from planner.candidates.job import JobUse, batch_use, training_hours, training_use
from planner.candidates.layout import NOT_A_CLASS, Layout
from planner.domain.deployment import ServingDeployment, ServingRate, TrainingDeployment
from planner.domain.option import Candidates, Pool
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.problem.solution import Solution
from planner.units import SECONDS_PER_HOUR

NOTHING = 1e-9
"""Shares below this are a solver's rounding, far under what plans are checked with."""


@dataclass(frozen=True)
class Share:
    """Requests of one class that an option serves."""

    request_class: int
    share: float
    rate: ServingRate
    requests: float
    """Over the horizon."""

    @property
    def replica_hours(self) -> float:
        """Full time of replicas that the requests take."""
        return self.requests / self.rate.requests_per_s / SECONDS_PER_HOUR


@dataclass(frozen=True)
class Served:
    """A part of a serving workload on standing nodes."""

    workload: Serving
    deployment: ServingDeployment
    pool: int
    shares: tuple[Share, ...]
    replicas: int

    @property
    def accelerators(self) -> int:
        """Of all its replicas."""
        return self.replicas * self.deployment.accelerators


@dataclass(frozen=True)
class Batch:
    """A part of a batch workload on nodes of its own."""

    workload: BatchInference
    deployment: ServingDeployment
    pool: int
    shares: tuple[Share, ...]
    nodes: int
    use: JobUse

    @property
    def hours(self) -> float:
        """Until it is done."""
        return self.use.node_hours / self.nodes

    def replicas(self, pool: Pool) -> int:
        """As many as its nodes hold."""
        held = self.nodes * pool.node_type.accelerators_per_node
        return held // self.deployment.accelerators

    def accelerators(self, pool: Pool) -> int:
        """Of all its replicas."""
        return self.replicas(pool) * self.deployment.accelerators


@dataclass(frozen=True)
class Gang:
    """A training run."""

    workload: TrainingRun
    deployment: TrainingDeployment
    pool: int
    share: float
    """Of the run, that it does in the period; 0 where it does no more than begin."""
    hours: float
    use: JobUse

    @property
    def nodes(self) -> int:
        """Of the gang."""
        return self.deployment.nodes

    def partly(self, share: float, hours: float) -> "Gang":
        """The gang while it is on for so many hours and does a share of the run."""
        part = hours / self.hours
        use = JobUse(self.use.node_hours * part, self.use.it_kwh * part)
        return replace(self, share=share, hours=hours, use=use)

    def accelerators(self, pool: Pool) -> int:
        """Of the gang, whatever its nodes hold."""
        del pool
        return self.deployment.accelerators


Chosen = Served | Batch | Gang


def chosen_options(
    scenario: StagedScenario, candidates: Candidates, layout: Layout, solution: Solution
) -> tuple[Chosen, ...]:
    """Every option in use, in the order of the candidates."""
    workloads = {each.name: each for each in scenario.workloads}
    columns: dict[int, list[int]] = {}
    chosen_share = layout.chosen(solution.choice)
    share_of = {column: share for column, share in chosen_share if share > NOTHING}
    for column in share_of:
        if (row := layout.option_of(column)) >= 0:
            columns.setdefault(row, []).append(column)
    replicas = layout.blocks_of(layout.replica_block, solution.choice.blocks)
    bundles = layout.blocks_of(layout.job_block, solution.choice.blocks)
    parts = layout.amounts_of(layout.part_block, solution.choice.blocks)
    is_on = (parts > NOTHING) & (layout.blocks_of(layout.job_block, solution.choice.blocks) > 0)
    chosen: list[Chosen] = []
    for row in sorted({*columns, *np.flatnonzero(is_on).tolist()}):
        option = candidates.options[row]
        pool, deployment = candidates.pools[option.pool], option.deployment
        mine = {column: share_of[column] for column in columns.get(row, ())}
        match deployment, workloads[deployment.workload]:
            case ServingDeployment(), Serving() as serving:
                shares = _shares(mine, layout, deployment, serving, scenario)
                chosen.append(Served(serving, deployment, option.pool, shares, int(replicas[row])))
            case ServingDeployment(), BatchInference() as batch:
                shares = _shares(mine, layout, deployment, batch, scenario)
                nodes = deployment.nodes or int(bundles[row]) * nodes_per_bundle(deployment, pool)
                use = _total([batch_use(deployment, s.rate, s.requests, pool) for s in shares])
                chosen.append(Batch(batch, deployment, option.pool, shares, nodes, use))
            case TrainingDeployment(), TrainingRun() as run:
                whole = _gang(run, deployment, option.pool, pool)
                if layout.part_block[row] >= 0:
                    hours = float(parts[row]) * hours_at(run, scenario, pool.place.name)
                    whole = whole.partly(min(sum(mine.values()), 1.0), hours)
                chosen.append(whole)
    return tuple(chosen)


def _gang(run: TrainingRun, deployment: TrainingDeployment, row: int, pool: Pool) -> Gang:
    """All of a run."""
    tokens = training_tokens(run)
    hours = training_hours(deployment, tokens, pool)
    return Gang(run, deployment, row, 1.0, hours, training_use(deployment, tokens, pool))


def nodes_per_bundle(deployment: ServingDeployment, pool: Pool) -> int:
    """Nodes that are taken together: one, or as many as a replica spans."""
    return -(-deployment.accelerators // pool.node_type.accelerators_per_node)


def _shares(
    column_share: dict[int, float],
    layout: Layout,
    deployment: ServingDeployment,
    workload: Serving | BatchInference,
    scenario: StagedScenario,
) -> tuple[Share, ...]:
    demand = requests_by_class(workload, scenario)
    done_by_class = {
        request_class: done
        for column, done in column_share.items()
        for request_class in _classes_of(layout.class_of(column), workload)
    }
    shares = []
    for request_class, done in done_by_class.items():
        rate = deployment.rates[request_class]
        if rate is None:
            raise ValueError(f"{workload.name}: class {request_class} has no rate here")
        share = min(done, 1.0)
        shares.append(Share(request_class, share, rate, share * demand[request_class]))
    return tuple(shares)


def _classes_of(column_class: int, workload: Serving | BatchInference) -> Sequence[int]:
    """Request classes that a column stands for: its own, or all where it is a whole workload."""
    return range(len(workload.classes)) if column_class == NOT_A_CLASS else (column_class,)


def _total(uses: list[JobUse]) -> JobUse:
    return JobUse(sum(use.node_hours for use in uses), sum(use.it_kwh for use in uses))
