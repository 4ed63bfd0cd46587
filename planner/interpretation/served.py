"""Requests of one class as a row of the plan, whoever answers them."""

from planner.domain.deployment import ServingRate
from planner.domain.plan import ServedClass
from planner.domain.workload import BatchInference, Serving


def served_class(
    workload: Serving | BatchInference, request_class: int, share: float, rate: ServingRate
) -> ServedClass:
    """A share of the requests of a class, answered at a rate."""
    size = workload.classes[request_class]
    return ServedClass(
        request_class=request_class,
        input_tokens=size.input_tokens,
        output_tokens=size.output_tokens,
        share=share,
        batch=rate.batch,
        requests_per_s_per_replica=rate.requests_per_s,
        ttft_ms=rate.ttft_ms,
        tpot_ms=rate.tpot_ms,
    )
