"""Bills worked out by hand, one for every pricing rule; terms and invoice say the same."""

from math import fsum, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.invoice import Held, Signed, Usage
from planner.domain.period import Period
from planner.domain.pricing import Offer
from planner.domain.term import accrued_usd_per_hour, due_usd, paid_usd, terms_of
from planner_pricing import plugin

RULES = {rule.name: rule for rule in plugin.planner_pricing_rules()}
MONTH = 730.5
"""Hours of a mean month: 365.25 x 24 / 12."""
YEAR = 8766.0
MONTHS = tuple(Period(f"p{row + 1:02}", row * MONTH, MONTH) for row in range(36))


def offer(purchase, **changes):
    return Offer(node_type="hgx-h100-8", purchase=purchase, **changes)


def bill(asked, usage, **parameters):
    """USD by kind and period."""
    rule = RULES[asked.purchase]
    lines = rule.invoice(asked, rule.parameters(**parameters), None, usage)
    sums = {}
    for line in lines:
        sums.setdefault((line.kind, line.period), []).append(line.usd)
    return {key: fsum(values) for key, values in sums.items() if fsum(values)}


def terms(asked, **parameters):
    rule = RULES[asked.purchase]
    return rule.terms(asked, rule.parameters(**parameters), None)


def held(*rows):
    return Usage(MONTHS, tuple(Held(*row) for row in rows))


def signed(period, nodes):
    return Usage(MONTHS, (), (Signed(period, nodes),))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("second", 2 * 100.25 * 10.0),  # 200.5 node hours as they are used: 2,005
        ("hour", 2 * 101 * 10.0),  # 101 hours for each of two nodes: 2,020
        ("month", 2 * MONTH * 10.0),  # a month for each: 14,610
    ],
)
@pytest.mark.parametrize("purchase", ["on_demand", "spot"])
def test_time_by_the_hour_is_rounded_up_to_the_units_of_the_seller(purchase, unit, expected):
    asked = offer(purchase, usd_per_node_hour=10.0)
    assert bill(asked, held((0, 2, 100.25)), billed_per=unit) == {("usage", 0): expected}
    made = terms(asked, billed_per=unit)
    assert 2 * made.billed(100.25) * made.usd_per_node_hour == pytest.approx(expected)


def test_a_month_is_one_month_however_it_was_added_up():
    """36 months of 730.5 hours are no 37."""
    asked = offer("on_demand", usd_per_node_hour=1.0)
    hours = fsum(MONTH / 7 for _ in range(7))
    assert bill(asked, held((0, 1, hours)), billed_per="month") == {("usage", 0): MONTH}


def test_owned_nodes_cost_their_operation_and_nothing_else():
    # 4 nodes x 730.5 h x 3 USD = 8,766 USD; the servers are paid for
    asked = offer("owned", usd_per_node_hour=3.0, available_nodes=10)
    assert bill(asked, held((0, 4, MONTH))) == {("usage", 0): 8766.0}
    assert bill(offer("owned", available_nodes=10), held((0, 4, MONTH))) == {}


@pytest.mark.parametrize(
    ("payment", "upfront", "monthly"),
    [
        # 40 USD less 60 % is 16 USD an hour; a year of it is 16 x 8,766 = 140,256 USD a node
        ("none", 0.0, 16 * MONTH),  # 11,688 a month
        ("partial", 70_128.0, 8 * MONTH),  # half of it, and 5,844 a month
        ("all", 140_256.0, 0.0),
    ],
)
def test_a_reservation_is_paid_before_during_or_both(payment, upfront, monthly):
    asked = offer("reserved", usd_per_node_hour=40.0)
    chosen = {"term_years": 1, "discount": 0.6, "payment": payment}
    billed = bill(asked, signed(6, 3), **chosen)
    assert billed.get(("contract", 6), 0.0) == pytest.approx(3 * (upfront + monthly))
    assert billed.get(("contract", 17), 0.0) == pytest.approx(3 * monthly)  # its twelfth month
    assert ("contract", 18) not in billed
    assert fsum(billed.values()) == pytest.approx(3 * 140_256)


def test_a_commitment_that_outlives_the_horizon_is_due_in_full():
    # three years from month 30 on: 6 months within, 30 after; 40 x 0.5 x 730.5 = 14,610 a month
    asked = offer("committed_use", usd_per_node_hour=40.0)
    billed = bill(asked, signed(30, 1), term_years=3, discount=0.5)
    assert billed["contract", 35] == pytest.approx(14_610)
    assert billed["contract", None] == pytest.approx(30 * 14_610)
    term = terms_of(terms(asked, term_years=3, discount=0.5).contract, MONTHS)[30]
    assert due_usd(term, MONTHS) == pytest.approx(36 * 14_610)


def test_a_capacity_block_is_paid_in_advance_and_begins_when_the_seller_says():
    # 60.875 days x 24 h x 30 USD = 43,830 USD a node
    asked = offer("capacity_block", usd_per_node_hour=30.0)
    chosen = {"length_days": 60.875, "start_days": (30.4375, 91.3125)}
    assert bill(asked, signed(1, 2), **chosen) == {("contract", 1): pytest.approx(87_660)}
    found = terms_of(terms(asked, **chosen).contract, MONTHS)
    assert [(term.signed, term.periods) for term in found] == [(1, (1, 2)), (3, (3, 4))]


def test_a_lease_is_a_rent_by_the_month():
    # 5 nodes x 6,000 USD x 24 months = 720,000 USD
    billed = bill(offer("lease"), signed(0, 5), usd_per_node_month=6000.0, term_months=24)
    assert billed["contract", 23] == pytest.approx(30_000)
    assert ("contract", 24) not in billed
    assert fsum(billed.values()) == pytest.approx(720_000)


BUILD = {
    "usd_per_node": 280_000.0,
    "networking_share": 0.15,  # 42,000
    "kw_per_node": 10.0,
    "space_usd_per_kw": 11_000.0,  # 110,000
    "depreciation_years": 5.0,
    "residual_share": 0.1,  # 28,000
    "lead_days": 121.75,  # four months
    "staff_usd_per_node_year": 4_000.0,
    "maintenance_share_per_year": 0.03,  # 8,400
}


def test_new_capacity_is_capital_when_ordered_and_operations_while_it_runs():
    # capital 280,000 + 42,000 + 110,000 = 432,000; operations 12,400 a year = 1,033.33 a month
    billed = bill(offer("new_build"), signed(2, 2), **BUILD)
    assert billed["capital", 2] == pytest.approx(864_000)
    assert ("operations", 5) not in billed
    assert billed["operations", 6] == pytest.approx(2 * 12_400 / 12)
    assert all(period is not None for _, period in billed)  # nothing is due after the horizon


@pytest.mark.parametrize(
    ("rate", "yearly"),
    [
        (0.0, (432_000 - 28_000) / 5),  # straight line: 80,800 a year
        # 8 %: 404,000 x 0.08 / (1 - 1.08^-5) + 28,000 x 0.08 = 101,184.41 + 2,240 = 103,424.41
        (0.08, 103_424.41),
    ],
)
def test_a_year_of_new_capacity_costs_an_instalment_of_its_capital(rate, yearly):
    changes = {"cost_of_capital": rate, "lead_days": 0.0}
    contract = terms(offer("new_build"), **{**BUILD, **changes}).contract
    assert accrued_usd_per_hour(contract) * YEAR == pytest.approx(yearly + 12_400, rel=1e-6)


def test_capital_that_waits_for_its_servers_bears_interest():
    # a year of lead at 8 %: 432,000 becomes 466,560; (466,560 - 28,000) x 0.2504565 + 2,240
    changes = {"cost_of_capital": 0.08, "lead_days": 365.25}
    contract = terms(offer("new_build"), **{**BUILD, **changes}).contract
    yearly = 438_560 * 0.08 / (1 - 1.08**-5) + 2_240
    assert accrued_usd_per_hour(contract) * YEAR == pytest.approx(yearly + 12_400)


CONTRACTS = {
    "reserved": {"term_years": 1, "discount": 0.4, "payment": "partial"},
    "committed_use": {"term_years": 3, "discount": 0.5},
    "capacity_block": {"length_days": 91.3125, "start_days": (0.0, 30.4375, 913.125)},
    "lease": {"usd_per_node_month": 6000.0, "term_months": 30},
    "new_build": {**BUILD, "cost_of_capital": 0.05},
}
OWN_PRICE = {"reserved": 40.0, "committed_use": 40.0, "capacity_block": 30.0}


@pytest.mark.parametrize("purchase", CONTRACTS)
@given(nodes=st.integers(1, 50), data=st.data())
def test_the_terms_pay_what_the_invoice_says(purchase, nodes, data):
    asked = offer(purchase, usd_per_node_hour=OWN_PRICE.get(purchase))
    contract = terms(asked, **CONTRACTS[purchase]).contract
    term = data.draw(st.sampled_from(terms_of(contract, MONTHS)))
    planned = {}
    for kind, period, usd in paid_usd(term, MONTHS):
        planned[kind, period] = planned.get((kind, period), 0.0) + nodes * usd
    billed = bill(asked, signed(term.signed, nodes), **CONTRACTS[purchase])
    for key in {*planned, *billed}:
        assert planned.get(key, 0.0) == pytest.approx(billed.get(key, 0.0), abs=0.005)


@pytest.mark.parametrize("purchase", RULES)
@given(nodes=st.integers(1, 50), more=st.integers(1, 50), hours=st.floats(0.001, MONTH))
def test_more_never_costs_less(purchase, nodes, more, hours):
    chosen = CONTRACTS.get(purchase, {})
    price = OWN_PRICE.get(purchase, None if purchase in ("lease", "new_build") else 5.0)
    asked = offer(purchase, usd_per_node_hour=price, available_nodes=100)

    def total(count):
        usage = Usage(MONTHS, (Held(0, count, hours),), (Signed(0, count),))
        return fsum(bill(asked, usage, **chosen).values())

    assert total(nodes + more) >= total(nodes) >= 0


@pytest.mark.parametrize(
    ("asked", "parameters", "told"),
    [
        (offer("reserved"), {"term_years": 1, "discount": 0.3}, "state usd_per_node_hour"),
        (
            offer("lease", usd_per_node_hour=1.0),
            {"usd_per_node_month": 1.0, "term_months": 1},
            "leave usd_per_node_hour out",
        ),
        (offer("new_build", usd_per_node_hour=1.0), {"usd_per_node": 1.0}, "leave usd_per_node_"),
        (offer("new_build"), {"usd_per_node": 1.0, "kw_per_node": 2.0}, "go together"),
    ],
)
def test_what_an_offer_cannot_say_is_told_in_a_sentence(asked, parameters, told):
    with pytest.raises(ValueError, match=told):
        terms(asked, **parameters)


@pytest.mark.parametrize(
    ("purchase", "parameters"),
    [
        ("reserved", {"term_years": 2, "discount": 0.3}),
        ("reserved", {"term_years": 1, "discount": 1.0}),
        ("reserved", {"term_years": 1, "discount": 0.3, "payment": "later"}),
        ("capacity_block", {"length_days": 7.0, "start_days": ()}),
        ("new_build", {"usd_per_node": 1.0, "cost_of_capital": 8.0}),
        ("lease", {"usd_per_node_month": 0.0, "term_months": 12}),
        ("on_demand", {"billed_per": "week"}),
        ("lease", {"usd_per_node_month": inf, "term_months": 12}),
    ],
)
def test_parameters_that_cannot_be_are_refused(purchase, parameters):
    with pytest.raises(ValueError, match="validation error"):
        RULES[purchase].parameters(**parameters)
