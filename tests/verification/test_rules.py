"""Each rule by its name, on the plan with one row changed."""

import pytest


def with_row(plan, table, wanted, **changes):
    """The plan with the first row that `wanted` picks changed."""
    rows = list(getattr(plan, table))
    row = next(i for i, each in enumerate(rows) if wanted(each))
    rows[row] = rows[row].model_copy(update=changes)
    return plan.model_copy(update={table: tuple(rows)})


def is_standing(line):
    return line.workload is None


def is_gang(allocation):
    return allocation.kind == "pretraining"


def is_chat(allocation):
    return allocation.workload == "chat"


RULES = {
    "too few nodes for the replicas": lambda p: with_row(p, "purchases", is_standing, nodes=0),
    "a job fills the nodes that are held": lambda p: with_row(
        p, "allocations", lambda each: each.workload == "summaries", replicas=1
    ),
    "must be the nodes that the gang touches": lambda p: with_row(
        p, "purchases", lambda each: each.workload == "pretrain", nodes=2
    ),
    "no allocation needs these nodes": lambda p: p.model_copy(
        update={"purchases": (*p.purchases, p.purchases[0])}
    ),
    "no nodes are held for it": lambda p: p.model_copy(update={"purchases": p.purchases[1:]}),
    "the same option has a row already": lambda p: p.model_copy(
        update={"allocations": (*p.allocations, p.allocations[0])}
    ),
    "is done more than once": lambda p: p.model_copy(
        update={"allocations": (*p.allocations, *filter(is_chat, p.allocations))}
    ),
    "the run must be done and is not": lambda p: with_row(p, "allocations", is_gang, share=0.5),
    "must be done and is not": lambda p: with_row(p, "allocations", is_chat, served=()),
    "a training run serves no requests": lambda p: with_row(
        p, "allocations", is_gang, served=next(filter(is_chat, p.allocations)).served
    ),
    "more nodes of hall / quad-h100 / owned than there are": lambda p: with_row(
        p, "purchases", lambda each: each.site == "hall", nodes=3
    ),
    "what extra goes without is not stated": lambda p: p.model_copy(update={"unmet": ()}),
    "is not what the allocations leave undone": lambda p: with_row(
        p, "unmet", lambda _: True, share=0.9
    ),
    "chat must be met: it has no penalty": lambda p: with_row(
        p, "unmet", lambda _: True, workload="chat"
    ),
    "IT power at hall is used up and not listed": lambda p: p.model_copy(
        update={"binding": tuple(each for each in p.binding if each.unit != "kW")}
    ),
    "the scenario has no limit called": lambda p: with_row(
        p, "binding", lambda _: True, resource="patience"
    ),
    "more of anything cannot cost": lambda p: with_row(
        p, "binding", lambda _: True, worth_usd_per_unit=-1.0
    ),
    "no plan can be better than the bound": lambda p: p.model_copy(
        update={"bound_usd": p.objective_usd + 1e-6}
    ),
    "an optimal plan has a bound": lambda p: p.model_copy(update={"bound_usd": None, "gap": None}),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_named(plan, scenario, violations, rule):
    changed = RULES[rule](plan)
    assert any(rule in each.rule for each in violations(changed, scenario))
