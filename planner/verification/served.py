"""Rows of request classes: are their figures those of the class and of the rate?"""

from collections.abc import Iterator

from planner.domain.deployment import ServingRate
from planner.domain.plan import ServedClass, Violation
from planner.domain.workload import BatchInference, Serving
from planner.verification.exact import exact
from planner.verification.violations import Expected, differences


def served_differences(
    where: str, served: ServedClass, workload: Serving | BatchInference, rate: ServingRate
) -> Iterator[Violation]:
    """Sizes, batch, throughput and latencies that are not what they have to be."""
    size = workload.classes[served.request_class]
    expected: dict[str, Expected] = {
        "input_tokens": size.input_tokens,
        "output_tokens": size.output_tokens,
        "batch": rate.batch,
        "requests_per_s_per_replica": exact(rate.requests_per_s),
        "ttft_ms": exact(rate.ttft_ms),
        "tpot_ms": exact(rate.tpot_ms),
    }
    yield from differences(where, served, expected)
