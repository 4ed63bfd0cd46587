"""What the reader of a plan should know before signing it."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from planner.domain.option import Pool
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Serving
from planner.units import HOURS_PER_DAY

PREDICTED = (
    "throughput, mean TTFT and TPOT, and power are predicted, within about a factor of two of what"
    " is published for serving and training, while jobs of many stages may take several times as"
    " long: measure before you sign; the proven gap is one of these predictions"
)

STALE_DAYS: Final = 90
"""Clouds change prices of accelerators about once a quarter."""
DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?!\d)")
"""At the beginning of what a price list says of its age."""


def notices(scenario: StagedScenario, pools_in_use: Sequence[Pool]) -> tuple[str, ...]:
    """One sentence each: doubtful figures, estimates, dates of prices, deadlines cut short."""
    return (
        PREDICTED,
        *_deadlines(scenario),
        *_doubts(pools_in_use),
        *_estimates(pools_in_use),
        *_dates(scenario, pools_in_use),
        *_unlimited(pools_in_use),
        *_spot(pools_in_use),
    )


def _deadlines(scenario: StagedScenario) -> Iterable[str]:
    for workload in scenario.workloads:
        if isinstance(workload, Serving):
            continue
        if workload.deadline_days * HOURS_PER_DAY > scenario.hours:
            yield (
                f"{workload.name} is planned to end within the horizon of"
                f" {scenario.horizon.length_days:g} days, before its deadline of"
                f" {workload.deadline_days:g} days"
            )


def _doubts(pools: Sequence[Pool]) -> Iterable[str]:
    for part in {pool.accelerator.name: pool.accelerator for pool in pools}.values():
        if part.confidence == "low":
            doubt = f": {part.doubt}" if part.doubt else ""
            yield f"the figures of {part.name} are of low confidence{doubt}"


def _estimates(pools: Sequence[Pool]) -> Iterable[str]:
    estimated = {
        pool.node_type.name: None for pool in pools if pool.node_type.host_power_basis == "estimate"
    }
    if estimated:
        yield f"host power is estimated, not measured, for {', '.join(estimated)}"


def _dates(scenario: StagedScenario, pools: Sequence[Pool]) -> Iterable[str]:
    dates = sorted({pool.terms.price_as_of for pool in pools if pool.terms.price_as_of})
    if not dates:
        return
    span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    told = f"list prices are of {span}"
    ages = [_age_days(each, scenario.horizon.start) for each in dates]
    oldest = max((age for age in ages if age is not None), default=0)
    if oldest > STALE_DAYS:
        yield (
            f"{told}: the oldest is {oldest} days old when the plan begins; `gpuplan import`"
            " reads newer ones"
        )
    else:
        yield f"{told}; check them before buying"


def _age_days(as_of: str, start: date | None) -> int | None:
    """How old a price is at the start of the horizon; None: one of both dates is not known.

    Lists that tell a month or a year only are as old as their last day may be.
    """
    found = DATE.match(as_of)
    if found is None or start is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        listed = date(year or 1, month or 12, day or (28 if month else 31))
    except ValueError:
        return None
    return (start - listed).days


def _unlimited(pools: Sequence[Pool]) -> Iterable[str]:
    free = [pool.key for pool in pools if pool.terms.available_nodes is None]
    if free:
        yield f"as many nodes as wanted are assumed to be had of {', '.join(free)}"


def _spot(pools: Sequence[Pool]) -> Iterable[str]:
    for pool in pools:
        if pool.terms.is_interruptible:
            yield (
                f"{pool.key} can be taken away and its price moves: one price and useful work in"
                f" {pool.terms.goodput:.1%} of the paid time are assumed throughout"
            )
