"""Deployments side by side: what each does and what it costs, what cannot run, what to know."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import fsum
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.domain.estimate import DeploymentEstimate, Estimate, RejectedDeployment, RunEstimate
from planner.report.numbers import NOT_KNOWN, percent, quantity, usd
from planner.report.table import bullets, stacked, table

SEPARATOR: Final = "/"
"""Between a method's request and a stage of it."""


def estimate_report(estimate: Estimate) -> RenderableType:
    """Serving, then training, then why the rest cannot run."""
    sections = [part for section in _sections(estimate) for part in (section, Text())]
    return Group(*sections[:-1])


def _sections(estimate: Estimate) -> Iterator[RenderableType]:
    replicas = [each for each in estimate.deployments if each.run is None]
    gangs = [(each, each.run) for each in estimate.deployments if each.run is not None]
    if replicas:
        yield _replica_table(replicas)
    if gangs:
        yield _run_table(gangs)
        yield from _together_table(estimate)
    if misses := [*_miss_lines(estimate.rejections)]:
        yield bullets("What cannot run, nearest misses first", misses)
    if notes := [*_notes(estimate)]:
        yield bullets("Notice", notes)


def _replica_table(replicas: Sequence[DeploymentEstimate]) -> Table:
    return table(
        "One replica each",
        (
            "Architecture\non",
            "=Replica\nweights, cache",
            ">TTFT ms\nTPOT ms",
            ">GiB each\nweights",
            ">Tokens/s\neach",
            ">J/token\nbatch",
            ">Per M\ntokens",
        ),
        (
            (
                stacked(each.architecture, each.node_type),
                stacked(_size(each), f"{each.parallelism} {_formats(each)}"),
                stacked(quantity(each.ttft_ms), quantity(each.tpot_ms)),
                stacked(
                    quantity(each.memory_gib_per_accelerator),
                    quantity(each.weights_gib_per_accelerator),
                ),
                _speed(each),
                stacked(quantity(each.joules_per_token), quantity(each.batch)),
                usd(each.usd_per_million_tokens),
            )
            for each in replicas
        ),
    )


def _run_table(runs: Sequence[tuple[DeploymentEstimate, RunEstimate]]) -> Table:
    is_staged = any(SEPARATOR in each.workload for each, _ in runs)
    return table(
        "One gang, or one replica, each" if is_staged else "One gang each",
        (
            "Stage\non" if is_staged else "Architecture\non",
            "Gang",
            ">Days\nMFU",
            ">Accel.-hours\nMWh",
            ">GiB each\nJ/token",
            ">Tokens/s\neach",
            ">In all\nper M tokens",
        ),
        (
            (
                stacked(each.workload if is_staged else each.architecture, each.node_type),
                stacked(_size(each), f"{each.parallelism} {_formats(each)}"),
                stacked(quantity(run.days), NOT_KNOWN if each.mfu is None else percent(each.mfu)),
                stacked(quantity(run.accelerator_hours), quantity(run.energy_mwh)),
                stacked(quantity(each.memory_gib_per_accelerator), quantity(each.joules_per_token)),
                _speed(each),
                stacked(usd(run.cost_usd), usd(each.usd_per_million_tokens)),
            )
            for each, run in runs
        ),
    )


def _together_table(estimate: Estimate) -> Iterator[Table]:
    """What the best deployments of a method's stages take together, on each node type."""
    stages: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    best: defaultdict[tuple[str, str], dict[str, tuple[DeploymentEstimate, RunEstimate]]]
    best = defaultdict(dict)
    every: list[DeploymentEstimate | RejectedDeployment]
    every = [*estimate.deployments, *estimate.rejections]
    for asked in every:
        request, slash, stage = asked.workload.rpartition(SEPARATOR)
        if slash:
            stages[(request, asked.node_type)].add(stage)
    for each in estimate.best().deployments:
        request, slash, stage = each.workload.rpartition(SEPARATOR)
        if slash and each.run is not None:
            best[(request, each.node_type)][stage] = (each, each.run)
    if stages:
        yield table(
            "Stages together, each at its best",
            ("Method", "On", ">Stages", ">Accel.-hours", ">MWh", ">GiB each", ">In all"),
            (_together(*key, len(asked), [*best[key].values()]) for key, asked in stages.items()),
        )


def _together(
    request: str,
    node_type: str,
    asked: int,
    found: Sequence[tuple[DeploymentEstimate, RunEstimate]],
) -> tuple[str, ...]:
    """Sums, where all stages can run."""
    if len(found) < asked:
        return (request, node_type, f"{len(found)} of {asked}", *[NOT_KNOWN] * 4)
    return (
        request,
        node_type,
        quantity(asked),
        quantity(fsum(run.accelerator_hours for _, run in found)),
        quantity(fsum(run.energy_mwh for _, run in found)),
        quantity(max(each.memory_gib_per_accelerator for each, _ in found)),
        usd(_sum(run.cost_usd for _, run in found)),
    )


def _sum(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else fsum(cost for cost in known if cost is not None)


def _size(each: DeploymentEstimate) -> str:
    return f"{quantity(each.accelerators)} x {each.accelerator}"


def _formats(each: DeploymentEstimate | RejectedDeployment) -> str:
    return ", ".join(part for part in (each.precision, each.kv_precision) if part)


def _speed(each: DeploymentEstimate) -> Text:
    """Of all accelerators together, and of each."""
    return stacked(
        quantity(each.throughput_tokens_per_s),
        quantity(each.throughput_tokens_per_s_per_accelerator),
    )


def _miss_lines(rejections: Sequence[RejectedDeployment]) -> Iterator[str]:
    for each in rejections:
        how = f", {each.parallelism}" if each.parallelism else ""
        line = f"{each.architecture} {_formats(each)} on {each.node_type}{how}: {each.reason}"
        if each.needed is not None and each.available is not None:
            there = f"{quantity(each.needed)} {each.unit}, {quantity(each.available)} there"
            line = f"{line}: needs {there}"
        yield line


def _notes(estimate: Estimate) -> Iterator[str]:
    """What the figures mean, then where prices come from or how to give one."""
    if any(each.run is None for each in estimate.deployments):
        yield "tokens are input and output together"
    replicas = [each for each in estimate.deployments if each.kind == "serving"]
    for share in dict.fromkeys(each.utilisation for each in replicas):
        yield (
            f"J and $ per token are at {percent(share)} of the throughput of what serves; the rest"
            " is for bursts and interruptions"
        )
    if estimate.deployments:
        yield "J/token: the accelerators and their share of the server; cooling is not in it"
    priced = {
        each.node_type: each for each in estimate.deployments if each.usd_per_node_hour is not None
    }
    for name, each in priced.items():
        listed = f", listed {each.price_as_of}" if each.price_as_of else ""
        yield f"{name} at {usd(each.usd_per_node_hour)} a node-hour{listed}"
    yield from estimate.notices
    if len(priced) < len({each.node_type for each in estimate.deployments}):
        yield "give a price with --usd-per-node-hour, or --price-region and --purchase"
