"""What runs where, on how many of what, bought how."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.table import Table

from planner.domain.plan import Plan, ServedClass
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
