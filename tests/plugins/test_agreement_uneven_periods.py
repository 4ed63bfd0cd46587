"""Agreements over periods that no year or term fits into, at the limits of tiers, and overdone."""

from itertools import accumulate
from math import fsum, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.domain.invoice import Covered, SpendSigned, Statement
from planner.domain.period import Period, window_of
from planner_pricing import plugin

RULES = {rule.name: rule for rule in plugin.planner_agreement_rules()}
DAY = 24.0
HUNDREDS = tuple(Period(f"p{row + 1}", row * 100 * DAY, 100 * DAY) for row in range(6))
"""Periods of 100 days: p1 to p4 begin in the first year, p5 and p6 in the second."""
ONE = (Period("horizon", 0.0, 730.5),)


def lines(rule, parameters, covered, *spends, periods=HUNDREDS):
    rows = tuple(Covered(number, usd, node_type) for number, node_type, usd in covered)
    signed = tuple(SpendSigned(*each) for each in spends)
    return tuple(RULES[rule].invoice(parameters, Statement(periods, rows, signed)))


def changes(rule, covered, *spends, **fields):
    """What is due on top, by period."""
    rows = [(number, None, usd) for number, usd in covered.items()]
    sums = {}
    for line in lines(rule, RULES[rule].parameters(**fields), rows, *spends):
        sums[line.period] = sums.get(line.period, 0.0) + line.usd
    return sums


def test_a_period_belongs_to_the_year_that_it_begins_in():
    # 10,000 in each of six periods: 40,000 in the first year, 25,000 missing with p4;
    # 20,000 in the second, 45,000 missing with p6
    found = changes("minimum_spend", dict.fromkeys(range(6), 10_000.0), minimum_usd=65_000.0)
    assert found == {3: pytest.approx(25_000), 5: pytest.approx(45_000)}


def test_credits_do_not_pay_for_a_period_that_ends_after_they_expire():
    # until day 250: 600 of p1, 300 of p2; p3 ends on day 300
    found = changes(
        "credits", {0: 600.0, 1: 300.0, 2: 500.0}, balance_usd=5_000.0, expires_days=250.0
    )
    assert found == {0: pytest.approx(-600), 1: pytest.approx(-300)}


def test_credits_that_expire_with_a_period_pay_for_it():
    found = changes("credits", {0: 600.0}, balance_usd=5_000.0, expires_days=100.0)
    assert found == {0: pytest.approx(-600)}


def test_the_last_days_of_a_savings_plan_pay_for_what_they_can():
    # a year ends 65.25 days into p4: 10 USD x 24 h x 65.25 = 15,660, worth 15,660 / 0.75 = 20,880
    found = {}
    chosen = RULES["savings_plan"].parameters(term_years=1, discounts={"a": 0.25})
    for line in lines("savings_plan", chosen, [(3, "a", 50_000.0)], (0, 10.0)):
        found[line.period, line.kind] = line.usd
    assert found[0, "contract"] == pytest.approx(24_000)
    assert found[3, "contract"] == pytest.approx(15_660)
    assert found[3, "usage"] == pytest.approx(-20_880)
    assert found[4, "contract"] == found[5, "contract"] == 0
    assert (None, "contract") not in found


def test_savings_plans_add_up_and_are_due_to_their_end():
    # 10 USD from p1 and 5 from p4: p4 has 15,660 + 12,000; the second ends on day 665.25, 65.25
    # days after the horizon: 5 x 24 x 65.25 = 7,830
    found = changes("savings_plan", {}, (0, 10.0), (3, 5.0), term_years=1, discounts={"a": 0.25})
    assert found == {
        **{number: pytest.approx(24_000) for number in range(3)},
        3: pytest.approx(27_660),
        4: pytest.approx(12_000),
        5: pytest.approx(12_000),
        None: pytest.approx(7_830),
    }


def test_use_that_a_savings_plan_paid_for_is_told_by_node_type():
    # 1 USD x 730.5 h = 730.50; b (50 %) first: 1,000 for 500; the other 230.50 / 0.8 = 288.125 of a
    chosen = RULES["savings_plan"].parameters(term_years=3, discounts={"a": 0.2, "b": 0.5})
    use = [(0, "a", 900.0), (0, "b", 1_000.0), (0, "c", 10.0)]
    made = lines("savings_plan", chosen, use, (0, 1.0), periods=ONE)
    told = {line.node_type: line.usd for line in made if line.kind == "usage"}
    assert told == {"a": pytest.approx(-288.125), "b": pytest.approx(-1_000)}
    # 26,298 hours of three years, 730.5 of them within
    assert made[-1].period is None
    assert made[-1].usd == pytest.approx(25_567.5)


TIERS = (
    {"from_usd": 100_000.0, "discount": 0.05},
    {"from_usd": 500_000.0, "discount": 0.10},
)
CURVES = [
    *(
        ("volume_tiers", {"kind": kind, "tiers": TIERS, "window": window})
        for kind in ("all_units", "marginal")
        for window in ("period", "year", "horizon")
    ),
    ("volume_tiers", {"kind": "marginal", "tiers": ({"from_usd": 0.0, "discount": 0.3},)}),
    *(
        ("minimum_spend", {"minimum_usd": 3e5, "window": each})
        for each in ("period", "year", "horizon")
    ),
    *(
        ("free_grant", {"usd_per_window": 3e5, "window": each})
        for each in ("period", "year", "horizon")
    ),
    ("credits", {"balance_usd": 7e5}),
    ("credits", {"balance_usd": 7e5, "expires_days": 120.0}),
]
statements = st.lists(st.tuples(st.floats(1, 6000), st.floats(0, 1e6)), min_size=1, max_size=8).map(
    lambda rows: (
        tuple(
            Period(f"p{number + 1}", fsum(hours for hours, _ in rows[:number]), rows[number][0])
            for number in range(len(rows))
        ),
        [(number, None, usd) for number, (_, usd) in enumerate(rows)],
    )
)


@pytest.mark.parametrize(("rule", "fields"), CURVES)
@given(made=statements)
def test_whatever_the_periods_are_the_curve_pays_what_the_invoice_says(rule, fields, made):
    periods, covered = made
    chosen = RULES[rule].parameters(**fields)
    curve = RULES[rule].terms(chosen)
    windows, outside = {}, []
    for period, (number, _, usd) in zip(periods, covered, strict=True):
        if curve.until_hours is None or period.is_within(0.0, curve.until_hours):
            windows.setdefault(window_of(curve.window, period), []).append((number, usd))
        else:
            outside.append(usd)
    due = {}
    for line in lines(rule, chosen, covered, periods=periods):
        assert line.usd
        due[line.period] = due.get(line.period, 0.0) + line.usd
    for rows in windows.values():
        amount, change = fsum(usd for _, usd in rows), fsum(due.pop(n, 0.0) for n, _ in rows)
        assert curve.payment(amount) == pytest.approx(amount + change, abs=0.005)
    assert not due  # nothing is said of periods that do not count


@pytest.mark.parametrize("tier", TIERS)
@given(lacking=st.floats(-3e-9, 3e-9))
def test_terms_and_invoice_agree_on_who_has_reached_a_tier(tier, lacking):
    """A sum of charges that rounding keeps just below a tier has reached it, for both."""
    chosen = RULES["volume_tiers"].parameters(kind="all_units", tiers=TIERS)
    usd = tier["from_usd"] * (1 - lacking)
    billed = usd + fsum(each.usd for each in lines("volume_tiers", chosen, [(0, None, usd)]))
    assert RULES["volume_tiers"].terms(chosen).payment(usd) == pytest.approx(billed, abs=0.005)


def test_rounding_does_not_cost_a_tier():
    # 500,000 USD and 499,999.99999999994 USD, the float before it, are the same 450,000
    curve = RULES["volume_tiers"].terms(
        RULES["volume_tiers"].parameters(kind="all_units", tiers=TIERS)
    )
    assert curve.payment(500_000.0) == pytest.approx(450_000)
    assert curve.payment(nextafter(500_000.0, 0.0)) == pytest.approx(450_000)
    assert curve.payment(499_999.0) == pytest.approx(474_999.05)


@pytest.mark.parametrize(
    ("rule", "fields"), [each for each in CURVES if each[1].get("kind") != "all_units"]
)
@given(made=statements, number=st.integers(0, 7), more=st.floats(0, 1e6))
def test_who_uses_more_pays_no_less(rule, fields, made, number, more):
    periods, covered = made
    chosen = RULES[rule].parameters(**fields)

    def total(rows):
        due = lines(rule, chosen, rows, periods=periods)
        return fsum((*(usd for _, _, usd in rows), *(each.usd for each in due)))

    extra = (number % len(periods), None, more)
    assert total([*covered, extra]) >= total(covered) - 0.005


@given(
    use=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1e5)), max_size=6),
    more=st.tuples(st.sampled_from("abc"), st.floats(0, 1e5)),
    hourly=st.floats(0.1, 200),
)
def test_who_uses_more_under_a_savings_plan_pays_no_less(use, more, hourly):
    chosen = RULES["savings_plan"].parameters(term_years=1, discounts={"a": 0.2, "b": 0.5})

    def total(rows):
        covered = [(0, *row) for row in rows]
        due = lines("savings_plan", chosen, covered, (0, hourly), periods=ONE)
        return fsum((*(usd for _, usd in rows), *(each.usd for each in due)))

    assert total([*use, more]) >= total(use) - 0.005
    # what is committed to is the least that is paid
    assert total(use) >= hourly * 8_766 * (1 - 1e-9)


@given(
    use=st.tuples(*[st.floats(0, 1e5)] * 4),
    shares=st.tuples(*[st.floats(0, 1)] * 4).filter(lambda shares: sum(shares) > 0.01),
    hourly=st.floats(0.1, 400),
)
def test_no_split_over_many_node_types_saves_more(use, shares, hourly):
    discounts = {"a": 0.1, "b": 0.25, "c": 0.4, "d": 0.6}
    chosen = RULES["savings_plan"].parameters(term_years=1, discounts=discounts)
    covered = [(0, name, usd) for name, usd in zip(discounts, use, strict=True)]
    made = lines("savings_plan", chosen, covered, (0, hourly), periods=ONE)
    saved = -fsum(each.usd for each in made if each.kind == "usage")
    budget = hourly * 730.5
    other = fsum(
        min(usd, budget * share / sum(shares) / (1 - discounts[name]))
        for (_, name, usd), share in zip(covered, shares, strict=True)
    )
    assert saved >= other - 1e-6
    # nor does it pay for more than there is, with more than there is
    spent = fsum(-each.usd * (1 - discounts[each.node_type]) for each in made if each.node_type)
    assert spent <= budget * (1 + 1e-9)
    assert saved <= fsum(use) * (1 + 1e-9)


@given(usd=st.lists(st.floats(0, 1e6), min_size=6, max_size=6), balance=st.floats(1, 1e7))
def test_credits_pay_as_early_as_they_can(usd, balance):
    covered = dict(enumerate(usd))
    paid = changes("credits", covered, balance_usd=balance)
    for number, spent in enumerate(accumulate(usd)):
        so_far = -fsum(paid.get(each, 0.0) for each in range(number + 1))
        assert so_far == pytest.approx(min(balance, spent), abs=0.005)


def test_a_budget_is_about_every_kind_of_charge():
    kinds = {"usage", "contract", "capital", "operations", "electricity", "licence"}
    assert set(RULES["budget"].charges) == kinds


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("volume_tiers", '{"kind": "marginal", "tiers": [{"from_usd": 5, "discount": 0.1}]}'),
        ("savings_plan", '{"term_years": 3, "discounts": {"hgx-h100-8": 0.4}}'),
        ("minimum_spend", '{"minimum_usd": 5, "window": "year"}'),
        ("credits", '{"balance_usd": 5, "expires_days": 90}'),
        ("free_grant", '{"usd_per_window": 5}'),
        ("budget", '{"window": "year", "most_usd": 5}'),
        ("software_licence", '{"usd_per_accelerator_year": 4500}'),
    ],
)
def test_parameters_are_read_from_files(rule, text):
    RULES[rule].terms(RULES[rule].parameters.model_validate_json(text))


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("savings_plan", {"term_years": 2, "discounts": {"a": 0.1}}),
        ("savings_plan", {"term_years": True, "discounts": {"a": 0.1}}),
        ("savings_plan", {"term_years": 1, "discounts": {"a": -0.1}}),
        ("savings_plan", {"term_years": 1, "discounts": {"a": 0.1}, "most_usd_per_hour": 0.0}),
        ("volume_tiers", {"kind": "marginal", "tiers": ({"from_usd": -1.0, "discount": 0.1},)}),
        ("volume_tiers", {"kind": "marginal", "tiers": ({"from_usd": 1.0, "discount": 1.0},)}),
        ("volume_tiers", {"kind": "marginal", "tiers": (TIERS[0], TIERS[0])}),
        ("credits", {"balance_usd": 1.0, "expires_days": 0.0}),
        ("free_grant", {"usd_per_window": 0.0}),
        ("budget", {}),
        ("software_licence", {"usd_per_accelerator_year": 0.0}),
    ],
)
def test_parameters_that_cannot_be_are_refused(rule, fields):
    with pytest.raises(ValidationError):
        RULES[rule].parameters(**fields)


def test_tiers_that_do_not_ascend_are_told_in_a_sentence():
    with pytest.raises(ValidationError, match="the from_usd of tiers must ascend"):
        RULES["volume_tiers"].parameters(kind="all_units", tiers=tuple(reversed(TIERS)))
