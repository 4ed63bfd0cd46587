"""Cascades, turned into the two workloads that are planned."""

from collections.abc import Iterator
from typing import Final

from planner.domain.workload import BatchInference, Serving

ESCALATED: Final = "escalated"
"""What the requests that are answered again are called."""


def cascaded(workload: Serving | BatchInference) -> Iterator[Serving | BatchInference]:
    """All requests at the first architecture, a share of them at the other; or the workload.

    The limits on latency hold for each answer by itself. The penalty is shared by the answers: to
    leave all of them undone costs it once. A heap goes to the second when the first is done with
    it.
    """
    cascade = workload.cascade
    if cascade is None:
        yield workload
        return
    share, penalty = cascade.escalated_share, workload.unmet_penalty_usd
    of_first = None if penalty is None else penalty / (1 + share)
    of_then = None if penalty is None or of_first is None else penalty - of_first
    first = workload.answered_by(cascade.first)
    yield first.model_copy(update={"unmet_penalty_usd": of_first})
    said: dict[str, object] = {
        "name": f"{workload.name}/{ESCALATED}",
        "unmet_penalty_usd": of_then,
        **_demand(workload, share),
    }
    yield workload.answered_by(cascade.then).model_copy(update=said)


def _demand(workload: Serving | BatchInference, share: float) -> dict[str, object]:
    """A share of it; devices have answered what they can."""
    if isinstance(workload, BatchInference):
        return {"tokens_b": workload.tokens_b * share, "after": (workload.name,)}
    rate, most = workload.requests_per_s, workload.planned_requests_per_s
    demand = workload.demand
    return {
        "requests_per_s": None if rate is None else rate * share,
        "planned_requests_per_s": None if most is None else most * share,
        "demand": demand if demand is None or rate is not None else demand.scaled(share),
        "on_device": None,
        "revenue": None,  # the request is paid for once
    }
