"""Reasons that are given for what is not in a plan."""

import pytest

from planner.domain.rejection import Rejection


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"workload": "nobody"}, "there is no workload nobody"),
        ({"node_type": "toaster"}, "the scenario does not offer hall / toaster"),
        ({"node_type": "quad-h100", "site": "cloud"}, "does not offer cloud / quad-h100"),
        ({"reason": "site"}, "site keeps chat out of hall / quad-h100 / owned no longer"),
        ({"reason": "interruptible"}, "interruptible keeps chat out"),
        ({"reason": "capacity", "needed": 1.0, "available": 2.0}, "capacity keeps chat out"),
    ],
)
def test_rejections_speak_of_the_scenario(plan, scenario, violations, changes, told):
    made_up = Rejection(
        **{"workload": "chat", "node_type": "quad-h100", "site": "hall", "reason": "memory"}
        | changes
    )
    changed = plan.model_copy(update={"rejections": (*plan.rejections, made_up)})
    assert told in "\n".join(each.rule for each in violations(changed, scenario))
