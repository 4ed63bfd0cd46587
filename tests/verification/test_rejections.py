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


@pytest.mark.parametrize("reason", ["site", "interruptible"])
def test_rejections_by_the_scenarios_own_rules_are_all_there(plan, scenario, violations, reason):
    due = [each for each in plan.rejections if each.reason == reason]
    assert due
    for dropped in due:
        kept = tuple(each for each in plan.rejections if each != dropped)
        (found,) = violations(plan.model_copy(update={"rejections": kept}), scenario)
        offer = f"{dropped.site} / {dropped.node_type} / {dropped.purchase}"
        assert found.rule == f"must say: {reason} keeps {dropped.workload} out of {offer}"
