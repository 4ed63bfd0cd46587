"""Which of its choices serve a workload, how much of it each, and how well they do in the mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.plan import Violation
from planner.domain.requests import Variant
from planner.domain.workload import TrainingRun, Workload
from planner.verification.exact import exact, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.placement import variant_of
from planner.verification.violations import broken
from planner.verification.work import Work, works_by_workload


@dataclass(frozen=True)
class Portion:
    """Share of a workload's requests that one variant serves."""

    variant: Variant
    share: Fraction


def portions(workload: Workload, mine: Sequence[Work]) -> tuple[Portion, ...]:
    """One per variant that serves anything of `mine`, its works; none of a training run."""
    if isinstance(workload, TrainingRun):
        return ()
    found = [
        Portion(
            variant,
            total(e.share for e in mine if variant_of(e.placed.stated, workload) == variant),
        )
        for variant in workload.variants
    ]
    return tuple(each for each in found if each.share > 0)


def mean_quality(mix: Sequence[Portion]) -> Fraction | None:
    """Over the requests that are served; None where a variant states none."""
    if not mix or any(each.variant.quality is None for each in mix):
        return None
    scores = total(each.share * exact(each.variant.quality or 0) for each in mix)
    return quotient(scores, total(each.share for each in mix))


def mix_faults(works: Sequence[Work], facts: Facts) -> Iterator[Violation]:
    """Choices that serve more than they may, and mixes that are not good enough."""
    by_workload = works_by_workload(works)
    for workload in facts.workloads.values():
        if isinstance(workload, TrainingRun):
            continue
        mix, where = (
            portions(workload, by_workload.get(workload.name, ())),
            f"workload {workload.name}",
        )
        for each in mix:
            most = exact(each.variant.max_share)
            if not is_within(each.share, most):
                yield broken(where, f"{each.variant} serves too much of it", each.share, most)
        mean, least = mean_quality(mix), exact(workload.minimum_quality or 0)
        if mean is not None and not is_within(least, mean):
            yield broken(where, "its mean quality is below the minimum", mean, least)
