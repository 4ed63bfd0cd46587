"""Bills of periods that no term, month or block fits into; more hours; parameters of files."""

from math import fsum, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.domain.invoice import Held, Signed, Usage
from planner.domain.period import Period
from planner.domain.pricing import Offer
from planner.domain.term import paid_usd, terms_of
from planner_pricing import plugin

RULES = {rule.name: rule for rule in plugin.planner_pricing_rules()}
DAY = 24.0
HUNDREDS = tuple(Period(f"p{row + 1}", row * 100 * DAY, 100 * DAY) for row in range(6))
"""Periods of 100 days: a year of 365.25 ends in the fourth."""


def offer(purchase, **changes):
    return Offer(node_type="hgx-h100-8", purchase=purchase, **changes)


def bill(asked, usage, parameters):
    """USD by kind and period."""
    rule = RULES[asked.purchase]
    sums = {}
    for line in rule.invoice(asked, parameters, None, usage):
        sums[line.kind, line.period] = sums.get((line.kind, line.period), 0.0) + line.usd
    return {key: usd for key, usd in sums.items() if abs(usd) > 1e-9}


def parameters(purchase, **fields):
    return RULES[purchase].parameters(**fields)


def signed(*rows, periods=HUNDREDS):
    return Usage(periods, (), tuple(Signed(*row) for row in rows))


def test_a_term_that_ends_within_a_period_is_due_for_its_part_of_it():
    # 40 USD less 60 % is 16 an hour: 100 days x 24 h x 16 = 38,400; 65.25 days of p4 = 25,056
    chosen = parameters("committed_use", term_years=1, discount=0.6)
    asked = offer("committed_use", usd_per_node_hour=40.0)
    assert bill(asked, signed((0, 1)), chosen) == {
        **{("contract", number): pytest.approx(38_400) for number in range(3)},
        ("contract", 3): pytest.approx(25_056),
    }
    # its nodes are there only for the periods that lie wholly in it
    (first, *_) = terms_of(RULES["committed_use"].terms(asked, chosen, None).contract, HUNDREDS)
    assert first.periods == (0, 1, 2)


def test_half_a_reservation_is_paid_in_advance_and_half_as_its_days_go_by():
    # 16 x 8,766 h = 140,256: 70,128 at once; 8 an hour, 19,200 per 100 days. From p5 (day 400) on
    # there are 200 days until the horizon ends, 165.25 days (31,728 USD) come after it.
    chosen = parameters("reserved", term_years=1, discount=0.6, payment="partial")
    asked = offer("reserved", usd_per_node_hour=40.0)
    assert bill(asked, signed((4, 1)), chosen) == {
        ("contract", 4): pytest.approx(70_128 + 19_200),
        ("contract", 5): pytest.approx(19_200),
        ("contract", None): pytest.approx(31_728),
    }


def test_new_capacity_is_operated_from_the_day_on_which_it_runs():
    # 3,652.50 USD a year are 10 a day: nothing for 150 days of lead, 50 days of p2, 100 of p3 to p6
    chosen = parameters(
        "new_build",
        usd_per_node=200_000.0,  # and 15 % of network, 230,000
        lead_days=150.0,
        staff_usd_per_node_year=3_652.5,
    )
    assert bill(offer("new_build"), signed((0, 2)), chosen) == {
        ("capital", 0): pytest.approx(460_000),
        ("operations", 1): pytest.approx(2 * 500),
        **{("operations", number): pytest.approx(2 * 1_000) for number in range(2, 6)},
    }


def test_hardware_that_wears_out_within_the_horizon_is_operated_no_longer():
    # half a year, 182.625 days, of 10 USD: 100 days of p1 and 82.625 of p2
    chosen = parameters(
        "new_build",
        usd_per_node=1.0,
        networking_share=0.0,
        depreciation_years=0.5,
        maintenance_share_per_year=0.0,
        staff_usd_per_node_year=3_652.5,
    )
    assert bill(offer("new_build"), signed((0, 1)), chosen) == {
        ("capital", 0): 1.0,
        ("operations", 0): pytest.approx(1_000),
        ("operations", 1): pytest.approx(826.25),
    }


CONTRACTS = {
    "reserved": {"term_years": 1, "discount": 0.4, "payment": "partial"},
    "committed_use": {"term_years": 3, "discount": 0.5},
    "capacity_block": {"length_days": 20.0, "start_days": (0.0,)},
    "lease": {"usd_per_node_month": 6000.0, "term_months": 7},
    "new_build": {
        "usd_per_node": 280_000.0,
        "depreciation_years": 1.5,
        "lead_days": 45.0,
        "staff_usd_per_node_year": 4_000.0,
        "cost_of_capital": 0.05,
    },
}
OWN_PRICE = {"reserved": 40.0, "committed_use": 40.0, "capacity_block": 30.0}
periods_of_any_length = st.lists(st.floats(1, 4000), min_size=1, max_size=8).map(
    lambda lengths: tuple(
        Period(f"p{row + 1}", fsum(lengths[:row]), hours) for row, hours in enumerate(lengths)
    )
)


@pytest.mark.parametrize("purchase", CONTRACTS)
@given(periods=periods_of_any_length, nodes=st.integers(1, 50))
def test_whatever_the_periods_are_the_terms_pay_what_the_invoice_says(purchase, periods, nodes):
    asked = offer(purchase, usd_per_node_hour=OWN_PRICE.get(purchase))
    chosen = parameters(purchase, **CONTRACTS[purchase])
    for term in terms_of(RULES[purchase].terms(asked, chosen, None).contract, periods):
        planned = {}
        for kind, period, usd in paid_usd(term, periods):
            planned[kind, period] = planned.get((kind, period), 0.0) + nodes * usd
        billed = bill(asked, signed((term.signed, nodes), periods=periods), chosen)
        for key in {*planned, *billed}:
            assert planned.get(key, 0.0) == pytest.approx(billed.get(key, 0.0), abs=0.005)


@pytest.mark.parametrize("purchase", [each for each in CONTRACTS if each != "new_build"])
@given(periods=periods_of_any_length)
def test_when_rent_is_due_changes_nothing_about_how_much(purchase, periods):
    asked = offer(purchase, usd_per_node_hour=OWN_PRICE.get(purchase))
    chosen = parameters(purchase, **CONTRACTS[purchase])
    billed = fsum(bill(asked, signed((0, 1), periods=periods), chosen).values())
    promised = {
        "reserved": 40 * 0.6 * 8_766,
        "committed_use": 40 * 0.5 * 3 * 8_766,
        "capacity_block": 30 * 20 * 24,
        "lease": 6_000 * 7,
    }
    assert billed == pytest.approx(promised[purchase])


@pytest.mark.parametrize("unit", ["second", "hour", "month"])
@pytest.mark.parametrize("purchase", ["on_demand", "spot"])
@given(hours=st.floats(0, 5000), more=st.floats(0, 5000), nodes=st.integers(1, 50))
def test_more_hours_never_cost_less(purchase, unit, hours, more, nodes):
    asked = offer(purchase, usd_per_node_hour=5.0)
    chosen = parameters(purchase, billed_per=unit)

    def total(hours):
        return fsum(bill(asked, Usage(HUNDREDS, (Held(0, nodes, hours),)), chosen).values())

    assert total(hours + more) >= total(hours)
    # rounding up costs less than one more unit of every node, and never saves
    size = {"second": 0.0, "hour": 1.0, "month": 730.5}[unit]
    least = nodes * hours * 5.0
    assert least * (1 - 1e-8) - 0.01 <= total(hours) <= least + nodes * size * 5.0 + 0.01


@pytest.mark.parametrize("purchase", ["on_demand", "spot", "owned"])
@given(rows=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9), st.floats(0, 2400))))
def test_the_terms_of_use_pay_what_the_invoice_says(purchase, rows):
    asked = offer(purchase, usd_per_node_hour=7.0, available_nodes=9)
    fields = {} if purchase == "owned" else {"billed_per": "hour"}
    chosen = parameters(purchase, **fields)
    made = RULES[purchase].terms(asked, chosen, None)
    planned = fsum(nodes * made.billed(hours) * made.usd_per_node_hour for _, nodes, hours in rows)
    usage = Usage(HUNDREDS, tuple(Held(*row) for row in rows))
    assert fsum(bill(asked, usage, chosen).values()) == pytest.approx(planned, abs=0.005)


@pytest.mark.parametrize("purchase", ["reserved", "committed_use"])
def test_the_missing_price_is_that_of_the_list_that_is_read(purchase):
    chosen = parameters(purchase, term_years=1, discount=0.3)
    with pytest.raises(ValueError, match=r"^no on_demand price of hgx-h100-8 is listed"):
        RULES[purchase].terms(offer(purchase), chosen, None)


def test_a_capacity_block_without_a_price_asks_for_one():
    chosen = parameters("capacity_block", length_days=7.0, start_days=(0.0,))
    with pytest.raises(ValueError, match=r"no capacity_block price .*: state usd_per_node_hour"):
        RULES["capacity_block"].terms(offer("capacity_block"), chosen, None)


@pytest.mark.parametrize("years", ["true", "1.0", '"1"', "2", "0", "null"])
@pytest.mark.parametrize("purchase", ["reserved", "committed_use"])
def test_a_term_is_one_year_or_three(purchase, years):
    text = f'{{"term_years": {years}, "discount": 0.3}}'
    with pytest.raises(ValidationError, match="Input should be 1 or 3"):
        RULES[purchase].parameters.model_validate_json(text)


def test_parameters_are_read_from_files():
    read = RULES["capacity_block"].parameters.model_validate_json(
        '{"length_days": 14, "start_days": [0, 30]}'
    )
    assert (read.length_days, read.start_days) == (14.0, (0.0, 30.0))
    assert RULES["reserved"].parameters.model_validate_json(
        '{"term_years": 3, "discount": 0.3, "payment": "all"}'
    ) == parameters("reserved", term_years=3, discount=0.3, payment="all")


@pytest.mark.parametrize(
    ("purchase", "fields"),
    [
        ("committed_use", {"term_years": 1, "discount": -0.1}),
        ("committed_use", {"term_years": 1, "discount": 1.0}),
        ("committed_use", {"term_years": 1, "discount": 0.3, "payment": "all"}),
        ("capacity_block", {"length_days": 0.0, "start_days": (0.0,)}),
        ("capacity_block", {"length_days": 7.0, "start_days": (-1.0,)}),
        ("lease", {"usd_per_node_month": 6000.0, "term_months": 0}),
        ("lease", {"usd_per_node_month": 6000.0, "term_months": 1.5}),
        ("new_build", {"usd_per_node": 0.0}),
        ("new_build", {"usd_per_node": 1.0, "residual_share": nextafter(1, 2)}),
        ("new_build", {"usd_per_node": 1.0, "depreciation_years": 0.0}),
        ("new_build", {"usd_per_node": 1.0, "lead_days": -1.0}),
        ("spot", {"billed_per": "day"}),
        ("owned", {"billed_per": "hour"}),
    ],
)
def test_parameters_that_cannot_be_are_refused(purchase, fields):
    with pytest.raises(ValidationError):
        parameters(purchase, **fields)
