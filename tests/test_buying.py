"""What the optimizer buys, against the cheapest of all ways to buy, tried one after the other."""

from math import ceil, fsum, inf

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.agreement import Agreement, Covers
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.revenue import Finance, Revenue
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Serving

MONTH = 730.5
USD = 20.0
"""Of an hour of a node on demand."""
NODE = "hgx-h100-8"
EXACT = planner.Parameters(gap=1e-7)
slowly = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def offer(purchase, name=None, usd_per_node_hour=None, available_nodes=None, **parameters):
    return Offer(
        node_type=NODE,
        purchase=purchase,
        name=name,
        usd_per_node_hour=usd_per_node_hour,
        available_nodes=available_nodes,
        parameters=parameters,
    )


ON_DEMAND = offer("on_demand", usd_per_node_hour=USD)


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-70b",
        "requests_per_s": 120.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


def ask(*offers, months=12, periods=12, workloads=(), agreements=(), **changes):
    return Scenario(
        scenario="question",
        horizon=Horizon(months=months, periods=periods),
        sites=(
            ScenarioSite(
                name="here",
                pue=1.2,
                carbon_g_per_kwh=100.0,
                electricity_usd_per_kwh=0.1,
                capacity=offers,
            ),
        ),
        workloads=workloads or (chat(),),
        agreements=agreements,
        **changes,
    )


@pytest.fixture(scope="module")
def best(catalog):
    def plan(*args, **changes):
        made = planner.plan(ask(*args, **changes), catalog=catalog, parameters=EXACT)
        assert made.verified
        return made

    return plan


def nodes_by_period(plan):
    """Nodes that run in each period."""
    found = {each.period: 0 for each in plan.periods}
    for line in plan.purchases:
        found[line.period] += line.nodes
    return list(found.values())


def signed(plan):
    return {(each.purchase, each.period): each.nodes for each in plan.contracts}


@pytest.fixture(scope="module")
def needed(best):
    """Nodes of each of 12 months when demand grows by 15 % a month."""
    return nodes_by_period(best(ON_DEMAND, workloads=(chat(growth_per_month=0.15),)))


def test_demand_grows_month_by_month(needed):
    assert needed == sorted(needed)
    assert needed[-1] > 2.5 * needed[0]


@slowly
@given(discount=st.floats(0.05, 0.95))
def test_reserved_is_what_the_year_needs_long_enough(best, needed, discount):
    """A node that is needed in m months of twelve is reserved when 12 x (1 - d) < m."""
    plan = best(
        ON_DEMAND,
        offer("reserved", usd_per_node_hour=USD, term_years=1, discount=discount, payment="all"),
        workloads=(chat(growth_per_month=0.15),),
    )
    ways = [
        MONTH * USD * (12 * (1 - discount) * kept + sum(max(n - kept, 0) for n in needed))
        for kept in range(max(needed) + 1)
    ]
    assert plan.cost_usd == pytest.approx(min(ways), rel=1e-6)


@slowly
@given(
    months=st.integers(3, 30),
    short=st.floats(0.05, 0.6),
    long=st.floats(0.05, 0.8),
)
def test_a_longer_commitment_is_never_signed_when_it_costs_more(best, months, short, long):
    """All that is promised counts: three years cost 36 months, whatever the horizon is."""
    offers = [ON_DEMAND, offer("reserved", "three", USD, term_years=3, discount=long)]
    if months <= 12:  # in one period, a contract of a year must hold all of it
        offers.append(offer("reserved", "year", USD, term_years=1, discount=short))
    plan = best(
        *offers,
        months=months,
        periods=1,
    )
    count = nodes_by_period(plan)[0]
    ways = {"on demand": months, "three": 36 * (1 - long)}
    if months <= 12:
        ways["year"] = 12 * (1 - short)
    cheapest = min(ways.values())
    assert plan.cost_usd == pytest.approx(count * MONTH * USD * cheapest, rel=1e-6)
    if ways["three"] > cheapest * (1 + 1e-6):
        assert not any(each.purchase == "three" for each in plan.contracts)


def test_what_is_promised_beyond_the_horizon_is_told(best):
    plan = best(
        offer("reserved", usd_per_node_hour=USD, term_years=1, discount=0.5), months=3, periods=3
    )
    nodes = nodes_by_period(plan)[0]
    assert plan.cost.beyond_horizon_usd == pytest.approx(nodes * 9 * MONTH * USD / 2)
    assert plan.cost_usd == pytest.approx(nodes * 12 * MONTH * USD / 2)


@slowly
@given(floor=st.just(0.0) | st.floats(1e-9, 1), spot=st.floats(1, 25))
def test_spot_never_serves_the_protected_floor(best, floor, spot):
    plan = best(
        ON_DEMAND,
        offer("spot", usd_per_node_hour=spot),
        periods=1,
        workloads=(
            chat(allow_interruptible=True, minimum_stable_share=floor, requests_per_s=200.0),
        ),
    )
    by_spot = fsum(each.share for each in plan.allocations if each.purchase == "spot")
    assert by_spot <= 1 - floor + 1e-6


def test_new_capacity_is_ordered_for_when_it_is_needed(best, needed):
    """Four months until it runs: the first four are rented whatever it costs."""
    plan = best(
        ON_DEMAND,
        offer("new_build", usd_per_node=200_000.0, lead_days=121.75, depreciation_years=4.0),
        workloads=(chat(growth_per_month=0.15),),
    )
    for line in plan.purchases:
        if line.purchase == "new_build":
            assert line.period >= "p05"
    assert sum(signed(plan).values()) == needed[-1]  # all that is needed in the end is owned
    assert plan.periods[0].capex_usd > 0
    ordered = [n for (_, period), n in signed(plan).items() if period <= "p08"]
    assert plan.economics is None
    assert fsum(each.capex_usd for each in plan.periods) == pytest.approx(
        230_000 * sum(ordered)  # networks are 15 % on top; none is ordered too late to run
    )


def test_a_capacity_block_is_taken_for_the_months_it_covers(best, needed):
    plan = best(
        ON_DEMAND,
        offer(
            "capacity_block",
            usd_per_node_hour=12.0,
            available_nodes=3,
            length_days=60.875,
            start_days=[91.3125],
        ),
        workloads=(chat(growth_per_month=0.15),),
    )
    assert signed(plan) == {("capacity_block", "p04"): 3}
    saved = 3 * 2 * MONTH * (USD - 12.0)
    assert plan.cost_usd == pytest.approx(sum(needed) * MONTH * USD - saved)


def agreement(rule, covers=None, **parameters):
    return Agreement(name=rule, rule=rule, covers=covers or Covers(), parameters=parameters)


@pytest.mark.parametrize("window", ["period", "year"])
@slowly
@given(
    kind=st.sampled_from(["marginal", "all_units"]),
    first=st.floats(1e3, 3e5),
    more=st.floats(1e3, 2e5),
    one=st.floats(0.0, 0.5),
    two=st.floats(0.0, 0.5),
)
def test_tiers_are_exact(best, needed, window, kind, first, more, one, two):  # noqa: PLR0917
    """The bill of each window, and of each number of nodes that could be bought to get a tier."""
    times = 12 if window == "year" else 1
    tiers = [
        {"from_usd": first * times, "discount": one},
        {"from_usd": (first + more) * times, "discount": two},
    ]
    plan = best(
        ON_DEMAND,
        workloads=(chat(growth_per_month=0.15),),
        agreements=(agreement("volume_tiers", kind=kind, tiers=tiers, window=window),),
    )

    start, end = first * times, (first + more) * times

    def paid(usd):
        if kind == "all_units":
            return usd * (1 - (two if usd >= end else one if usd >= start else 0.0))
        return usd - one * max(min(usd, end) - start, 0) - two * max(usd - end, 0)

    month = MONTH * USD
    most = ceil(end / month) + 1
    expected = fsum(
        min(paid(count * month) for count in range(nodes, max(nodes, most) + 1))
        for nodes in (needed if window == "period" else [sum(needed)])
    )
    assert plan.cost_usd == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["marginal", "all_units"])
@pytest.mark.parametrize("after", [(), (agreement("credits", balance_usd=1e5),)])
def test_a_tier_that_nobody_reaches_changes_nothing(best, kind, after):
    near = [{"from_usd": 1e5, "discount": 0.1}, {"from_usd": 2e5, "discount": 0.2}]

    def paid(tiers):
        plan = best(
            ON_DEMAND,
            workloads=(chat(growth_per_month=0.15),),
            agreements=(agreement("volume_tiers", kind=kind, tiers=tiers), *after),
        )
        assert plan.gap < 1e-5
        return plan.cost_usd

    expected = paid(near)
    for far in (1e9, 1e15):
        assert paid([*near, {"from_usd": far, "discount": 0.3}]) == pytest.approx(expected)


@slowly
@given(discount=st.floats(0.05, 0.8))
def test_a_savings_plan_is_as_large_as_is_worth_it(best, needed, discount):
    """Like a reservation of spend: of use that is there in m of 12 months when 12 (1 - d) < m."""
    plan = best(
        ON_DEMAND,
        workloads=(chat(growth_per_month=0.15),),
        agreements=(agreement("savings_plan", term_years=1, discounts={NODE: discount}),),
    )
    ways = [
        MONTH * USD * (12 * (1 - discount) * kept + sum(max(n - kept, 0) for n in needed))
        for kept in range(max(needed) + 1)
    ]
    assert plan.cost_usd == pytest.approx(min(ways), rel=1e-6)


@slowly
@given(short=st.floats(0.05, 0.6), long=st.floats(0.05, 0.8))
def test_plans_of_one_and_three_years_go_together(best, short, long):
    """What is needed all three years and what is needed for one, out of 36 months of steps."""
    demand = chat(growth_per_month=0.05)
    plain = best(ON_DEMAND, months=36, periods=3, workloads=(demand,))
    needed = nodes_by_period(plain)
    plan = best(
        ON_DEMAND,
        months=36,
        periods=3,
        workloads=(demand,),
        agreements=(
            agreement("savings_plan", term_years=3, discounts={NODE: long}),
            agreement("savings_plan", term_years=1, discounts={NODE: short}).model_copy(
                update={"name": "year"}
            ),
        ),
    )
    year = 12 * MONTH * USD
    ways = [
        year * (3 * (1 - long) * kept + sum(max(n - kept, 0) for n in needed) * (1 - short))
        for kept in range(max(needed) + 1)
    ]
    assert plan.cost_usd == pytest.approx(min(ways), rel=1e-6)


def test_credits_grants_minimum_and_licences_add_up_in_their_order(best, needed):
    """Of a year of use U and licences L: grant, credits of 100,000, a minimum of 3 million."""
    use = sum(needed) * MONTH * USD
    licences = sum(needed) * MONTH * 8 * 4_500 / 8_766
    plan = best(
        ON_DEMAND,
        workloads=(chat(growth_per_month=0.15),),
        agreements=(
            agreement("software_licence", usd_per_accelerator_year=4_500.0),
            agreement("free_grant", usd_per_window=2_000.0),
            agreement("credits", Covers(charges=("usage", "contract")), balance_usd=100_000.0),
            agreement("minimum_spend", minimum_usd=3_000_000.0),
        ),
    )
    after_grant = use - 12 * 2_000
    assert plan.cost.licence_usd == pytest.approx(licences)
    assert plan.cost_usd == pytest.approx(max(after_grant - 100_000, 3_000_000) + licences)
    assert [each.agreement for each in plan.agreements][-1] == "minimum_spend"


def test_a_budget_for_hardware_leaves_the_rest_to_rent(best):
    build = offer("new_build", usd_per_node=100_000.0, networking_share=0.0)
    free = best(ON_DEMAND, build, workloads=(chat(growth_per_month=0.15),))
    assert max(each.capex_usd for each in free.periods) > 250_000
    limit = agreement("budget", Covers(charges=("capital",)), most_usd=250_000.0, window="horizon")
    plan = best(ON_DEMAND, build, workloads=(chat(growth_per_month=0.15),), agreements=(limit,))
    assert fsum(each.capex_usd for each in plan.periods) == 200_000.0
    assert plan.cost_usd > free.cost_usd


def test_a_budget_that_cannot_be_kept_is_infeasible(catalog):
    scenario = ask(ON_DEMAND, agreements=(agreement("budget", most_usd=1_000.0),), periods=1)
    plan = planner.plan(scenario, catalog=catalog)
    assert plan.status == "infeasible"


@pytest.mark.parametrize("unit", ["second", "hour", "month"])
def test_a_job_pays_whole_units(best, unit):
    job = BatchInference(
        kind="batch_inference",
        name="heap",
        architecture="llama-3.1-8b",
        tokens_b=3.0,
        deadline_days=20.0,
        input_tokens=1000,
        output_tokens=200,
    )
    asked = offer("on_demand", usd_per_node_hour=USD, billed_per=unit)
    plan = best(asked, months=1, periods=1, workloads=(job,))
    (line,) = plan.purchases
    used = line.nodes * line.hours
    size = {"second": 0.0, "hour": 1.0, "month": MONTH}[unit]
    expected = ceil(used / size - 1e-9) * size if size else used
    assert line.billed_node_hours == pytest.approx(expected)
    assert plan.cost_usd == pytest.approx(expected * USD)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_heap_takes_nodes_of_any_purchase(best, is_first):
    """Two days of work for a node in one: the cheap one does a half, a second one the rest."""
    job = BatchInference(
        kind="batch_inference",
        name="heap",
        architecture="llama-3.1-8b",
        tokens_b=30.0,
        deadline_days=1.0,
        input_tokens=1000,
        output_tokens=200,
    )
    asked = (ON_DEMAND, offer("on_demand", "cheap", USD / 2, available_nodes=1))
    plan = best(*asked[:: -1 if is_first else 1], months=1, periods=1, workloads=(job,))
    used = {each.purchase: each.nodes * each.hours for each in plan.purchases}
    assert used["cheap"] == pytest.approx(24.0)
    assert used["on_demand"] > 0
    assert plan.cost_usd == pytest.approx(USD * (24 / 2 + used["on_demand"]))


def test_a_statement_of_three_years(best):
    """Prices fall by 10 % a quarter: revenue is a geometric series of 12 quarters."""
    revenue = Revenue(usd_per_request=0.01, change_per_quarter=-0.1)
    plan = best(
        ON_DEMAND,
        months=36,
        periods=36,
        workloads=(chat(revenue=revenue),),
        finance=Finance(target_gross_margin=0.9),
    )
    quarter = 120.0 * 3600 * 3 * MONTH * 0.01
    expected = quarter * (1 - 0.9**12) / (1 - 0.9)
    made = plan.economics
    assert made.revenue_usd == pytest.approx(expected)
    assert made.cogs_usd == pytest.approx(plan.cost_usd)
    assert made.gross_margin == pytest.approx(1 - plan.cost_usd / expected)
    assert made.price_factor_to_target == pytest.approx(plan.cost_usd / 0.1 / expected)
    assert made.workloads[0].usd_per_request == pytest.approx(
        plan.cost_usd / (120.0 * 3600 * 36 * MONTH)
    )


def test_break_even_is_where_own_and_rent_cost_the_same(best):
    """A lease of 7,305 USD a month is 10 USD an hour; a node draws its power besides."""
    plan = best(ON_DEMAND, offer("lease", usd_per_node_month=7_305.0, term_months=12))
    (row,) = plan.break_even
    assert row.usd_per_accelerator_hour == pytest.approx(10 / 8)
    assert row.rent == f"here / {NODE} / on_demand"
    saved = USD / 8 - row.electricity_usd_per_accelerator_hour
    assert row.utilisation == pytest.approx(10 / 8 / saved)
    assert 0.5 < row.utilisation < 0.7
    assert row.planned_utilisation == pytest.approx(1.0)


def test_hardware_pays_back_when_cash_flow_says_so(best):
    """Revenue less rent every month against what was paid in the first."""
    plan = best(
        offer("new_build", usd_per_node=250_000.0, depreciation_years=3.0),
        months=36,
        periods=36,
        workloads=(chat(revenue=Revenue(usd_per_request=0.0008)),),
    )
    flows = [each.cumulative_cash_flow_usd for each in plan.periods]
    assert flows[0] < 0 < flows[-1]
    first = next(row for row, usd in enumerate(flows) if usd >= 0)
    assert plan.economics.payback_months == pytest.approx(first + 1)


def test_more_demand_never_costs_less(best):
    """Without discounts on all units."""
    least = 0.0
    for rate in (20.0, 60.0, 120.0, 250.0):
        plan = best(
            ON_DEMAND,
            offer("reserved", usd_per_node_hour=USD, term_years=1, discount=0.4),
            workloads=(chat(requests_per_s=rate),),
            agreements=(
                agreement(
                    "volume_tiers", kind="marginal", tiers=[{"from_usd": 5e4, "discount": 0.2}]
                ),
            ),
        )
        assert plan.cost_usd >= least
        least = plan.cost_usd
    assert least < inf


def test_many_periods_are_one_plan_byte_for_byte(catalog):
    scenario = ask(
        ON_DEMAND,
        offer("reserved", usd_per_node_hour=USD, term_years=1, discount=0.4, payment="partial"),
        workloads=(chat(growth_per_month=0.1),),
        agreements=(agreement("savings_plan", term_years=1, discounts={NODE: 0.3}),),
    )
    one, two = (planner.plan(scenario, catalog=catalog) for _ in range(2))
    assert one.model_dump_json() == two.model_dump_json()
    again = planner.plan(scenario, catalog=catalog, start=one)
    assert again.objective_usd == pytest.approx(one.objective_usd, rel=2e-3)


def test_a_bill_that_is_changed_is_found(catalog):
    scenario = ask(
        ON_DEMAND,
        offer("reserved", usd_per_node_hour=USD, term_years=1, discount=0.4),
        workloads=(chat(growth_per_month=0.1),),
        agreements=(
            agreement("savings_plan", term_years=1, discounts={NODE: 0.45}, most_usd_per_hour=40.0),
            agreement("credits", balance_usd=50_000.0),
        ),
    )
    plan = planner.plan(scenario, catalog=catalog)
    known = check_scenario(scenario, catalog)
    asked = staged(scenario, known)
    assert planner.verify(plan, asked, catalog) == ()
    for table in ("contracts", "commitments", "agreements", "periods"):
        rows = getattr(plan, table)
        assert rows
        for name, value in rows[0].model_dump().items():
            if isinstance(value, float) and value:
                row = rows[0].model_copy(update={name: value * 1.001})
                wrong = plan.model_copy(update={table: (row, *rows[1:])})
                assert planner.verify(wrong, asked, catalog), (table, name)
        dropped = plan.model_copy(update={table: rows[1:]})
        assert planner.verify(dropped, asked, catalog), table


@pytest.mark.parametrize("owned", [1, 2, 3])
def test_nodes_of_two_purchases_are_as_good_as_those_of_one(best, owned):
    """Replicas of two services share the nodes of both: no node more than if all were rented."""
    services = (
        chat(requests_per_s=50.0),
        chat(name="small", architecture="llama-3.1-8b", requests_per_s=70.0),
    )
    rented = best(ON_DEMAND, periods=1, workloads=services)
    both = best(ON_DEMAND, offer("owned", available_nodes=owned), periods=1, workloads=services)
    count = nodes_by_period(rented)[0]
    assert nodes_by_period(both)[0] == count
    free = sum(line.nodes for line in both.purchases if line.purchase == "owned")
    assert free == min(owned, count)
    for name in ("chat", "small"):
        rows = [each for each in both.allocations if each.workload == name]
        assert fsum(each.share for each in rows) == pytest.approx(1)


def test_replicas_that_span_nodes_stand_on_nodes_of_one_purchase(best):
    """405 B in 16 bits take two nodes: three owned ones hold one replica, and no half of one."""
    large = chat(name="large", architecture="llama-3.1-405b", requests_per_s=3.0, tpot_ms=150.0)
    plan = best(ON_DEMAND, offer("owned", available_nodes=3), periods=1, workloads=(large, chat()))
    spanning = [each for each in plan.allocations if each.parallelism.accelerators > 8]
    assert spanning
    for line in plan.purchases:
        rows = [each for each in spanning if each.purchase == line.purchase]
        assert 8 * line.nodes >= sum(each.accelerators for each in rows)


@pytest.mark.parametrize("balance", [1e6, 1e9, 1e15])
def test_credits_may_be_larger_than_any_bill(best, balance):
    plan = best(
        ON_DEMAND,
        offer("reserved", usd_per_node_hour=USD, term_years=1, discount=0.4, payment="all"),
        agreements=(agreement("credits", balance_usd=balance),),
    )
    assert plan.cost_usd == pytest.approx(0, abs=0.01)
