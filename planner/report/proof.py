"""Why the answer can be believed: the gap, the solvers that agree, what was ruled out."""

from collections import Counter
from collections.abc import Iterator

from planner.domain.period import ONLY_PERIOD
from planner.domain.plan import Plan, Shortage
from planner.report.numbers import percent, quantity, usd
from planner.report.together import grouped


def proof_lines(plan: Plan) -> Iterator[str]:
    """Objective, bound and gap, and what each solver said."""
    if plan.objective_usd is not None:
        gap = f", gap {percent(plan.gap)}" if plan.gap is not None else ""
        yield f"objective {usd(plan.objective_usd)}, proven bound {usd(plan.bound_usd)}{gap}"
    yield plan.evidence.termination
    for run in plan.evidence.routes:
        bound = f", bound {usd(run.bound_usd)}" if run.bound_usd is not None else ""
        found = f", found {usd(run.objective_usd)}" if run.objective_usd is not None else ""
        yield f"{run.solver}: {run.termination}{found}{bound}"


def rejection_line(plan: Plan) -> str:
    """How many options there were, and why the others were none."""
    chosen = f"{quantity(plan.evidence.options)} options to choose from"
    counts = Counter(each.reason for each in plan.rejections)
    if not counts:
        return chosen
    by_reason = ", ".join(
        f"{quantity(count)} {reason}"
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    return f"{chosen}; {quantity(len(plan.rejections))} combinations ruled out: {by_reason}"


def shortage_lines(plan: Plan) -> Iterator[str]:
    """Every demand that cannot be met, and what is short; alike periods are told together."""
    for rows in grouped(plan.shortages, lambda each: (each.workload, _without_period(each))):
        worst = max(rows, key=lambda each: each.unmet_share)
        when = "" if worst.period == ONLY_PERIOD else f" in {worst.period}"
        others = len(rows) - 1
        also = f" and {others} other period{'s' * (others > 1)}" if others else ""
        yield "\n  ".join(
            (
                f"{worst.workload}{when}{also}: {percent(worst.unmet_share)} of its demand",
                *worst.reasons,
            )
        )


def _without_period(shortage: Shortage) -> tuple[str, ...]:
    """Its reasons, whatever the period that they name."""
    return tuple(each.replace(f" in {shortage.period}", "") for each in shortage.reasons)
