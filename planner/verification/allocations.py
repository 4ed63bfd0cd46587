"""What every allocation states of its work."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.plan import Violation
from planner.units import SECONDS_PER_HOUR
from planner.verification.exact import exact, is_within, quotient
from planner.verification.violations import Expected, broken, differences
from planner.verification.work import Work


def allocation_faults(works: Sequence[Work]) -> Iterator[Violation]:
    """Allocations whose figures are not those of their work."""
    for work in works:
        if not work.parts:
            continue
        placed, memory = work.placed, _memory_gib(work)
        yield from differences(placed.where, placed.stated, _figures(work))
        room = exact(placed.pool.accelerator.memory_gib)
        if not is_within(memory, room):
            yield broken(placed.where, "needs more memory than the accelerator has", memory, room)


def _figures(work: Work) -> dict[str, Expected]:
    return {
        "share": work.share,
        "busy_replicas": work.busy_replicas,
        "tokens_per_s": quotient(work.tokens, work.hours * SECONDS_PER_HOUR),
        "hours": work.hours,
        "memory_gib_per_accelerator": _memory_gib(work),
        "accelerator_power_w": _power_w(work),
    }


def _power_w(work: Work) -> Fraction:
    """Mean draw of an accelerator at work; of a gang that only begins that of its run."""
    if work.holds_gang:
        return exact(work.parts[0].rate.accelerator_power_w)
    return quotient(work.busy_wh, work.busy_accelerator_hours)


def _memory_gib(work: Work) -> Fraction:
    """The most that any of its requests needs."""
    return max(exact(part.rate.memory_gib_per_accelerator) for part in work.parts)
