"""What agreements make of a bill, worked out by hand, one for every rule."""

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.agreement import PaymentCurve, SpendLimit, Surcharge
from planner.domain.invoice import Covered, SpendSigned, Statement
from planner.domain.period import Period, window_of
from planner_pricing import plugin

RULES = {rule.name: rule for rule in plugin.planner_agreement_rules()}
MONTH = 730.5
MONTHS = tuple(Period(f"p{row + 1:02}", row * MONTH, MONTH) for row in range(24))


def changes(rule, covered, *spends, **parameters):
    """What is due on top, by period; `covered` is USD by period, or (period, node type, USD)."""
    rows = covered if isinstance(covered, list) else [(n, None, usd) for n, usd in covered.items()]
    statement = Statement(
        MONTHS,
        tuple(Covered(number, usd, node_type) for number, node_type, usd in rows),
        tuple(SpendSigned(*each) for each in spends),
    )
    sums = {}
    for line in RULES[rule].invoice(RULES[rule].parameters(**parameters), statement):
        sums[line.period] = sums.get(line.period, 0.0) + line.usd
    return {number: usd for number, usd in sums.items() if abs(usd) > 1e-9}


def curve(rule, **parameters):
    return RULES[rule].terms(RULES[rule].parameters(**parameters))


TIERS = (
    {"from_usd": 100_000.0, "discount": 0.05},
    {"from_usd": 500_000.0, "discount": 0.10},
)


def test_marginal_tiers_discount_what_lies_in_them():
    # 800,000 in month 2: 5 % of the 400,000 from 100,000 on and 10 % of the 300,000 above 500,000
    # = 20,000 + 30,000; 90,000 in month 3 is below the first tier
    found = changes("volume_tiers", {1: 800_000.0, 2: 90_000.0}, kind="marginal", tiers=TIERS)
    assert found == {1: pytest.approx(-50_000)}


def test_all_units_tiers_discount_everything_from_the_tier_on():
    # 800,000 x 10 % = 80,000; 120,000 x 5 % = 6,000
    found = changes("volume_tiers", {1: 800_000.0, 2: 120_000.0}, kind="all_units", tiers=TIERS)
    assert found == {1: pytest.approx(-80_000), 2: pytest.approx(-6_000)}


def test_tiers_of_a_year_are_settled_with_its_last_month():
    # 12 x 50,000 = 600,000 in the first year: 5 % of 400,000 and 10 % of 100,000 = 30,000
    found = changes(
        "volume_tiers",
        dict.fromkeys(range(12), 50_000.0),
        kind="marginal",
        window="year",
        tiers=TIERS,
    )
    assert found == {11: pytest.approx(-30_000)}


def test_all_units_tiers_are_the_only_ones_where_more_may_cost_less():
    """499,999 USD at 5 % cost more than 500,000 at 10 %: 474,999 against 450,000."""
    made = curve("volume_tiers", kind="all_units", tiers=TIERS)
    assert made.payment(499_999.0) == pytest.approx(474_999, abs=1)
    assert made.payment(500_000.0) == pytest.approx(450_000)


def test_a_savings_plan_covers_the_largest_discounts_first():
    # 20 USD an hour are 14,610 a month. Type b (40 %): 12,000 of use cost 7,200 of it; the other
    # 7,410 pay for 7,410 / 0.75 = 9,880 of type a (25 %), of 15,000: 5,120 are paid as they are.
    found = changes(
        "savings_plan",
        [(0, "a", 15_000.0), (0, "b", 12_000.0), (0, "c", 1_000.0)],
        (0, 20.0),
        term_years=1,
        discounts={"a": 0.25, "b": 0.4},
    )
    assert found[0] == pytest.approx(14_610 - 12_000 - 9_880)
    assert found[11] == pytest.approx(14_610)  # due, although nothing is used
    assert 12 not in found


def test_spend_that_is_committed_to_late_is_due_after_the_horizon():
    # a year from month 21 on: 4 months within 24, 8 after; 10 USD x 730.5 h = 7,305 a month
    found = changes("savings_plan", {}, (20, 10.0), term_years=1, discounts={"a": 0.2})
    assert found == {
        **dict.fromkeys(range(20, 24), pytest.approx(7_305)),
        None: pytest.approx(8 * 7_305),
    }


def test_a_minimum_spend_is_paid_where_less_is_used():
    # first year 40,000 of 100,000: 60,000 more with its last month; second year 130,000: nothing
    found = changes("minimum_spend", {0: 40_000.0, 12: 130_000.0}, minimum_usd=100_000.0)
    assert found == {11: pytest.approx(60_000)}


def test_a_free_grant_does_not_carry_over():
    # 300 free a month: 250 used of it in month 1, 300 of 1,000 in month 2
    found = changes("free_grant", {0: 250.0, 1: 1_000.0}, usd_per_window=300.0)
    assert found == {0: pytest.approx(-250), 1: pytest.approx(-300)}


def test_credits_pay_until_they_are_used_up():
    # 1,000: 600 in month 1, 400 of 700 in month 2, nothing in month 3
    found = changes("credits", {0: 600.0, 1: 700.0, 2: 500.0}, balance_usd=1_000.0)
    assert found == {0: pytest.approx(-600), 1: pytest.approx(-400)}


def test_credits_expire():
    # until day 60.875, the end of month 2: 600 and 300, the other 100 are lost
    found = changes(
        "credits", {0: 600.0, 1: 300.0, 2: 500.0}, balance_usd=1_000.0, expires_days=60.875
    )
    assert found == {0: pytest.approx(-600), 1: pytest.approx(-300)}


def test_a_budget_writes_no_bill():
    assert changes("budget", {0: 1e9}, most_usd=5.0) == {}
    assert curve("budget", most_usd=5.0, window="year") == SpendLimit("year", 5.0)


def test_software_is_licensed_by_the_accelerator_and_hour():
    # 80 accelerators for a month are 80 x 730.5 hours, a twelfth of 80 years: 4,500 x 80 / 12
    found = changes("software_licence", {0: 80 * MONTH}, usd_per_accelerator_year=4_500.0)
    assert found == {0: pytest.approx(30_000)}
    made = curve("software_licence", usd_per_accelerator_year=8_766.0)
    assert made == Surcharge(pytest.approx(1.0))


CURVES = [
    ("volume_tiers", {"kind": "marginal", "tiers": TIERS}),
    ("volume_tiers", {"kind": "all_units", "tiers": TIERS}),
    ("volume_tiers", {"kind": "marginal", "tiers": TIERS, "window": "year"}),
    ("volume_tiers", {"kind": "all_units", "tiers": TIERS, "window": "horizon"}),
    ("minimum_spend", {"minimum_usd": 300_000.0, "window": "period"}),
    ("minimum_spend", {"minimum_usd": 300_000.0}),
    ("free_grant", {"usd_per_window": 5_000.0}),
    ("credits", {"balance_usd": 700_000.0}),
]
amounts = st.dictionaries(st.integers(0, 23), st.floats(0, 1e6), min_size=1)


@pytest.mark.parametrize(("rule", "parameters"), CURVES)
@given(covered=amounts)
def test_the_curve_pays_what_the_invoice_says(rule, parameters, covered):
    made = curve(rule, **parameters)
    assert isinstance(made, PaymentCurve)
    sums = {}
    for number, period in enumerate(MONTHS):
        key = window_of(made.window, period)
        sums[key] = sums.get(key, 0.0) + covered.get(number, 0.0)
    planned = fsum(made.payment(usd) for usd in sums.values())
    billed = fsum(covered.values()) + fsum(changes(rule, covered, **parameters).values())
    assert planned == pytest.approx(billed, abs=0.005)


@pytest.mark.parametrize(
    ("rule", "parameters"), [each for each in CURVES if each[1].get("kind") != "all_units"]
)
@given(usd=st.floats(0, 2e6), more=st.floats(0, 2e6))
def test_more_never_costs_less_but_for_all_units(rule, parameters, usd, more):
    made = curve(rule, **parameters)
    assert made.payment(usd + more) >= made.payment(usd) - 1e-6


@given(covered=amounts, balance=st.floats(1, 1e7))
def test_credits_pay_neither_more_than_the_balance_nor_than_the_bill(covered, balance):
    paid = {n: -usd for n, usd in changes("credits", covered, balance_usd=balance).items()}
    assert fsum(paid.values()) <= balance * (1 + 1e-12)
    assert all(usd <= covered[number] + 1e-6 for number, usd in paid.items())


@given(
    use=st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1e5)), min_size=1, max_size=4),
    hourly=st.floats(0.1, 200),
    split=st.floats(0, 1),
)
def test_no_other_split_of_a_savings_plan_is_cheaper(use, hourly, split):
    discounts = {"a": 0.2, "b": 0.5}
    covered = [(0, node_type, usd) for node_type, usd in use]
    found = changes("savings_plan", covered, (0, hourly), term_years=1, discounts=discounts)
    listed = {each: fsum(usd for name, usd in use if name == each) for each in "ab"}
    due, left = hourly * MONTH, {"a": split * hourly * MONTH, "b": (1 - split) * hourly * MONTH}
    saved = fsum(min(listed[each], left[each] / (1 - discounts[each])) for each in "ab")
    assert found.get(0, 0.0) <= due - saved + 1e-6


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        ("volume_tiers", {"kind": "marginal", "tiers": ()}),
        ("volume_tiers", {"kind": "marginal", "tiers": tuple(reversed(TIERS))}),
        ("volume_tiers", {"kind": "some", "tiers": TIERS}),
        ("savings_plan", {"term_years": 1, "discounts": {}}),
        ("savings_plan", {"term_years": 1, "discounts": {"a": 1.0}}),
        ("credits", {"balance_usd": 0.0}),
        ("minimum_spend", {"minimum_usd": -1.0}),
        ("budget", {"most_usd": 1.0, "window": "week"}),
    ],
)
def test_parameters_that_cannot_be_are_refused(rule, parameters):
    with pytest.raises(ValueError, match="validation error"):
        RULES[rule].parameters(**parameters)
