"""What runs where, on how many of what, bought how."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import fsum
from typing import Final

from rich.table import Table

from planner.domain.plan import Allocation, Plan, ServedClass
from planner.domain.requests import Variant
from planner.domain.scenario import Scenario
from planner.domain.workload import BatchInference, Serving
from planner.report.numbers import per_month, percent, quantity, usd
from planner.report.table import stacked, table

SIZES_LISTED: Final = 6
"""More request sizes than this are summed up."""


def decision_table(plan: Plan) -> Table:
    """One row per allocation, with its part of the monthly bill."""
    return table(
        "What runs where",
        ("Workload", ">Share", "On", "Where, bought how", ">Per month"),
        (
            (
                stacked(each.workload, each.architecture),
                percent(each.share),
                stacked(
                    f"{quantity(each.accelerators)} x {each.accelerator}",
                    f"{quantity(each.replicas)} x {each.parallelism} {each.precision}",
                ),
                stacked(f"{each.site}, {each.purchase}", each.node_type),
                usd(per_month(each.cost_usd, plan.horizon_days)),
            )
            for each in plan.allocations
        ),
    )


def request_lines(plan: Plan) -> Iterator[str]:
    """Per allocation the request sizes it takes, for workloads that are spread."""
    rows = Counter(each.workload for each in plan.allocations)
    for each in plan.allocations:
        if each.served and rows[each.workload] > 1:
            pool = f"{each.site} / {each.node_type} / {each.purchase}"
            how = f"{each.replicas} x {each.parallelism}"
            yield f"{each.workload}, {how} at {pool}: {_sizes(each.served)}"


def mix_lines(plan: Plan, scenario: Scenario) -> Iterator[str]:
    """Per workload with choices, what share of its requests each serves and how well."""
    quality = {each.workload: each.quality for each in plan.workloads}
    for workload in scenario.workloads:
        if not isinstance(workload, Serving | BatchInference) or workload.choices is None:
            continue
        mine = [each for each in plan.allocations if each.workload == workload.name]
        line = f"{workload.name}: {', '.join(_portion(each, mine) for each in workload.variants)}"
        if (mean := quality[workload.name]) is not None:
            line += f"; mean quality {quantity(mean)}"
        if workload.minimum_quality is not None:
            line += f" (at least {quantity(workload.minimum_quality)})"
        yield line


def _portion(variant: Variant, mine: Sequence[Allocation]) -> str:
    how = (variant.architecture, variant.weight_precision, variant.kv_precision)
    rows = [e for e in mine if (e.architecture, e.precision, e.kv_precision) == how]
    return f"{percent(fsum(each.share for each in rows))} {variant}"


def _sizes(served: tuple[ServedClass, ...]) -> str:
    if len(served) <= SIZES_LISTED:
        return ", ".join(
            f"{percent(row.share)} of {row.input_tokens:,} + {row.output_tokens:,}"
            for row in served
        )
    least, most = min(served, key=_tokens), max(served, key=_tokens)
    return (
        f"{len(served)} sizes, from {least.input_tokens:,} + {least.output_tokens:,}"
        f" to {most.input_tokens:,} + {most.output_tokens:,}"
    )


def _tokens(row: ServedClass) -> int:
    return row.input_tokens + row.output_tokens
