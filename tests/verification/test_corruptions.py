"""No number, name or row of a plan can be changed without the checker saying so."""

import copy
import json
import random
from itertools import pairwise

import pytest

from planner.domain.plan import Plan

OPTIMIZERS_WORD = {"worth_usd_per_unit", "evidence", "rejections", "verified"}
"""What nothing in the scenario says, and the checker therefore cannot know."""
ROWS = (
    *("workloads", "allocations", "purchases", "unmet", "sites", "binding", "periods", "notices"),
)
CHANGE = 1e-5


@pytest.fixture(scope="module")
def document(plan):
    return json.loads(plan.model_dump_json())


@pytest.fixture(scope="module")
def uncaught(violations, scenario):
    """The corruptions, (what, document) pairs, in which the checker finds nothing."""

    def missed(corruptions):
        kept = [
            what
            for what, changed in corruptions
            if not violations(Plan.model_validate_json(json.dumps(changed)), scenario)
        ]
        return kept, len(corruptions)

    return missed


def leaves(value, path=()):
    """Every (path, value) below, but for what is the optimizer's word."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key not in OPTIMIZERS_WORD:
                yield from leaves(below, (*path, key))
    elif isinstance(value, list):
        for row, below in enumerate(value):
            yield from leaves(below, (*path, row))
    else:
        yield path, value


def changed(document, path, value):
    document = copy.deepcopy(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def differ(one, other):
    """By more than rounding."""
    if is_number(one) and is_number(other):
        return abs(one - other) > CHANGE * max(abs(one), abs(other))
    return one != other


def perturbed(value, sign):
    if isinstance(value, int):
        return value + sign
    return value * (1 + sign * CHANGE) if value else CHANGE


@pytest.mark.parametrize("sign", [1, -1])
def test_every_number_of_every_row(document, uncaught, sign):
    corruptions = [
        (path, changed(document, path, perturbed(value, sign)))
        for path, value in leaves(document)
        if is_number(value)
        and path != ("schema_version",)  # no other value is a plan
        and not (path[-2:-1] == ("parallelism",) and perturbed(value, sign) < 1)
    ]
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried > 200


def test_every_number_left_out(document, uncaught):
    """Where a plan may leave a number out, it may not do so at will."""
    optional = {
        "it_power_limit_kw", "electricity_usd_per_kwh", "usd_per_million_tokens", "ttft_ms",
        "tpot_ms", "days", "mfu", "micro_batch", "objective_usd", "bound_usd", "gap",
    }  # fmt: skip
    corruptions = [
        (path, changed(document, path, None))
        for path, value in leaves(document)
        if path[-1] in optional and is_number(value) and not {"served", "periods"} & set(path)
    ]
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried > 10


def test_every_number_made_up(document, uncaught):
    """Nor may it state one where there is none."""
    corruptions = [
        (path, changed(document, path, 1 if path[-1] == "micro_batch" else 1.5))
        for path, value in leaves(document)
        if value is None
        and not path[-1].startswith(("workload", "price", "kv", "recomputation", "economics"))
    ]
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried > 10


def test_every_name(document, uncaught):
    """Replaced with one that the plan uses elsewhere, and with one that nothing has."""
    everywhere = {}
    for path, value in leaves(document):
        if isinstance(value, str) and path[-1] != "status":
            everywhere.setdefault(path[-1], {})[value] = None
    literal = {"precision": "fp32", "kv_precision": "fp8", "recomputation": "full"}
    corruptions = []
    for path, value in leaves(document):
        if isinstance(value, str) and path[-1] != "status":
            others = [each for each in everywhere[path[-1]] if each != value]
            others.append(literal.get(path[-1], "nothing-has-this-name"))
            corruptions += [(path, changed(document, path, other)) for other in others]
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried > 100


@pytest.mark.parametrize("table", ROWS)
def test_every_row_dropped_or_doubled(document, uncaught, table):
    rows = document[table]
    dropped = [
        ((table, row, "dropped"), {**document, table: rows[:row] + rows[row + 1 :]})
        for row in range(len(rows))
    ]
    doubled = [
        ((table, row, "doubled"), {**document, table: [*rows, rows[row]]})
        for row in range(len(rows))
    ]
    missed, tried = uncaught(dropped + doubled)
    assert missed == []
    assert tried >= 2


def test_every_served_class_dropped_or_doubled(document, uncaught):
    corruptions = []
    for row, allocation in enumerate(document["allocations"]):
        served = allocation["served"]
        for each in range(len(served)):
            path = ("allocations", row, "served")
            rest = served[:each] + served[each + 1 :]
            corruptions.append(((*path, each, "dropped"), changed(document, path, rest)))
            twice = [*served, served[each]]
            corruptions.append(((*path, each, "doubled"), changed(document, path, twice)))
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried >= 10


@pytest.mark.parametrize("table", ["workloads", "allocations", "purchases", "sites"])
def test_values_of_two_rows_swapped(document, uncaught, table):
    corruptions = []
    rows = document[table]
    for (first, one), (second, other) in pairwise(enumerate(rows)):
        for field in one:
            if one[field] != other[field]:
                swapped = changed(document, (table, first, field), other[field])
                swapped = changed(swapped, (table, second, field), one[field])
                corruptions.append(((table, first, field), swapped))
    missed, tried = uncaught(corruptions)
    assert missed == []
    assert tried >= 5


@pytest.mark.parametrize("seed", range(40))
def test_share_moved_between_allocations(document, uncaught, seed):
    """Shares that still add up to 1, but whose consequences were not drawn."""
    dice = random.Random(seed)
    workload = dice.choice(["chat", "extra"])
    rows = [row for row, each in enumerate(document["allocations"]) if each["workload"] == workload]
    served = [
        ("allocations", row, "served", index, "share")
        for row in rows
        for index in range(len(document["allocations"][row]["served"]))
    ]
    path = dice.choice(served)
    allocation = document["allocations"][path[1]]
    moved = allocation["served"][path[3]]["share"] * dice.uniform(1e-3, 0.9)
    corrupt = changed(document, path, allocation["served"][path[3]]["share"] - moved)
    others = [
        each
        for each in served
        if each[1] != path[1]
        and document["allocations"][each[1]]["served"][each[3]]["request_class"]
        == allocation["served"][path[3]]["request_class"]
    ]
    if others:
        other = dice.choice(others)
        before = document["allocations"][other[1]]["served"][other[3]]["share"]
        corrupt = changed(corrupt, other, before + moved)
    assert uncaught([(path, corrupt)]) == ([], 1)


@pytest.mark.parametrize("status", ["infeasible", "optimal", "feasible", "stopped"])
def test_a_status_that_the_numbers_contradict(document, uncaught, status):
    corrupt = {**document, "status": status, "bound_usd": None, "gap": None}
    if status in ("feasible", "stopped"):  # no bound may be known, but then no gap is
        corrupt["gap"] = 0.0
    assert uncaught([(status, corrupt)]) == ([], 1)


@pytest.mark.parametrize("factor", [1.00001, 2.0, -1.0])
def test_a_bound_above_the_objective(document, uncaught, factor):
    objective = document["objective_usd"]
    corrupt = {**document, "bound_usd": abs(factor) * objective, "gap": 1 - abs(factor)}
    if factor < 0:
        corrupt["gap"] = -0.0001
    assert uncaught([(factor, corrupt)]) == ([], 1)
