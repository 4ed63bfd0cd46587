"""Whatever is handed over as a plan, the checker answers with violations, never with a crash."""

import pytest

from planner.domain.deployment import Parallelism

TABLES = ("workloads", "allocations", "purchases", "unmet", "sites", "binding")


def with_allocation(plan, kind, **changes):
    """The plan with the first allocation of a kind changed, unchecked."""
    row = next(i for i, each in enumerate(plan.allocations) if each.kind == kind)
    allocations = list(plan.allocations)
    allocations[row] = allocations[row].model_copy(update=changes)
    return plan.model_copy(update={"allocations": tuple(allocations)})


NONSENSE = {
    "no replica": lambda p: with_allocation(p, "serving", replicas=0),
    "less than no replica": lambda p: with_allocation(p, "batch_inference", replicas=-3),
    "more than can be counted": lambda p: with_allocation(p, "serving", replicas=10**400),
    "no gang": lambda p: with_allocation(p, "pretraining", replicas=0),
    "no micro-batch": lambda p: with_allocation(p, "pretraining", micro_batch=0),
    "unstated micro-batch": lambda p: with_allocation(p, "pretraining", micro_batch=None),
    "vast micro-batch": lambda p: with_allocation(p, "pretraining", micro_batch=10**400),
    "unstated recomputation": lambda p: with_allocation(p, "pretraining", recomputation=None),
    "training as serving": lambda p: with_allocation(p, "pretraining", workload="chat"),
    "serving as training": lambda p: with_allocation(p, "serving", workload="pretrain"),
    "batch as serving": lambda p: with_allocation(p, "batch_inference", workload="chat"),
    "unknown workload": lambda p: with_allocation(p, "serving", workload="nobody"),
    "unknown site": lambda p: with_allocation(p, "serving", site="moon"),
    "unknown node type": lambda p: with_allocation(p, "serving", node_type="toaster"),
    "unknown purchase": lambda p: with_allocation(p, "serving", purchase="stolen"),
    "nothing served": lambda p: with_allocation(p, "serving", served=()),
    "vast parallelism": lambda p: with_allocation(
        p, "serving", parallelism=Parallelism(tensor=10**9, pipeline=10**9, data=10**9)
    ),
    "more stages than layers": lambda p: with_allocation(
        p, "batch_inference", parallelism=Parallelism(pipeline=1000)
    ),
    "data parallelism of requests": lambda p: with_allocation(
        p, "serving", parallelism=Parallelism(data=2)
    ),
    "vast gang": lambda p: with_allocation(p, "pretraining", parallelism=Parallelism(data=10**9)),
    "not a number": lambda p: with_allocation(p, "serving", share=float("nan")),
    "without end": lambda p: p.model_copy(update={"cost_usd": float("inf")}),
    "left out": lambda p: p.model_copy(update={"cost": None}),
    "of another type": lambda p: p.model_copy(update={"energy_mwh": "much"}),
    "no allocations": lambda p: p.model_copy(update={"allocations": ()}),
    "no purchases": lambda p: p.model_copy(update={"purchases": ()}),
    "nothing at all": lambda p: p.model_copy(update=dict.fromkeys(TABLES, ())),
    "no node": lambda p: p.model_copy(
        update={"purchases": tuple(each.model_copy(update={"nodes": 0}) for each in p.purchases)}
    ),
    "vast numbers": lambda p: p.model_copy(
        update={"unmet": (p.unmet[0].model_copy(update={"share": 1e300, "penalty_usd": 1e308}),)}
    ),
}


@pytest.mark.parametrize("change", NONSENSE)
def test_nonsense_is_a_violation_and_no_crash(plan, scenario, violations, change):
    assert violations(NONSENSE[change](plan), scenario)
