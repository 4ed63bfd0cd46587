"""The report has the figures of the plan, on any terminal."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from planner.report import plan_report
from planner.report.numbers import quantity, usd


def told(plan, scenario, width=100, **settings):
    console = Console(width=width, highlight=False, **settings)
    with console.capture() as capture:
        console.print(plan_report(plan, scenario))
    return capture.get()


def section(text, title):
    """The lines of a section, as one string with single spaces."""
    body = re.search(
        rf"^{re.escape(title)} *\n(.*?)(?:\n *\n[A-Z]|\Z)", text, re.DOTALL | re.MULTILINE
    )
    return re.sub(r"\s+", " ", body.group(1))


def test_the_decision_comes_first(plan, scenario):
    text = told(plan, scenario)
    assert text.startswith("by-hand: optimal, no plan can be more than 0.0564% better\n")
    titles = ["What runs where", "What to hold or buy", "Cost", "Serving", "Jobs", "What binds"]
    places = [text.index(f"\n{title}") for title in titles]
    assert places == sorted(places)


def test_headline_has_cost_per_month_energy_and_carbon(plan, scenario):
    assert "$1,934,567 over 91.3 days = $644,856 a month; 140 MWh, 5.25 tCO2e" in told(
        plan, scenario
    )


def test_what_runs_where(plan, scenario):
    rows = section(told(plan, scenario), "What runs where")
    assert "next-small 100% 256 x H200-141GB-SXM stockholm, spot $411,522" in rows
    assert "llama-3.2-3b 1 x tp2 pp2 dp64 bf16 aws/p5en.48xlarge" in rows
    assert "75.0% 8 x H100-80GB-SXM stockholm, on_demand $100,000" in rows


def test_which_requests_go_where(plan, scenario):
    lines = section(told(plan, scenario), "Which requests go where (input + output tokens)")
    assert "aws/p5.48xlarge / on_demand: 100% of 200 + 200" in lines
    assert "aws/p5en.48xlarge / spot: 50.0% of 8,000 + 600" in lines


def test_many_request_sizes_are_summed_up(plan, scenario):
    row = plan.allocations[0].served[0]
    sizes = tuple(
        row.model_copy(update={"request_class": i, "input_tokens": 100 * (9 - i)}) for i in range(9)
    )
    first = plan.allocations[0].model_copy(update={"served": sizes})
    many = plan.model_copy(update={"allocations": (first, *plan.allocations[1:])})
    assert "9 sizes, from 100 + 200 to 900 + 200" in told(many, scenario, width=200)


def test_what_to_buy_and_how_busy_it_is(plan, scenario):
    rows = section(told(plan, scenario), "What to hold or buy")
    assert "32 x aws/p5en.48xlarge stockholm, spot 278 $55.04 $1,234,567 100%" in rows
    assert "256 x H200-141GB-SXM for next-small" in rows
    assert "65.3%" in rows


def test_cost_is_split_by_part(plan, scenario):
    rows = section(told(plan, scenario), "Cost")
    assert "capacity $600,000 $1,800,000 93.0%" in rows
    assert "electricity $11,522 $34,567 1.8%" in rows
    assert "penalty for unmet demand $33,333 $100,000 5.2%" in rows
    assert "cost $644,856 $1,934,567 100%" in rows
    assert "not paid: carbon at $100.00/t $175.00 $525.00" in rows


def test_serving_has_price_and_latency_beside_their_limits(plan, scenario):
    rows = section(
        told(plan, scenario), "Serving (TTFT and TPOT: means of the slowest request size)"
    )
    assert "customer-support-chat 90.0% $1.81 812 41.7 $200,000 80 3" in rows
    assert "max 2,000 max 60" in rows


def test_jobs_have_days_beside_their_deadline(plan, scenario):
    rows = section(told(plan, scenario), "Jobs")
    assert "next-small 1,000 B 11.6 $1,234,567 60 2.25" in rows
    assert "max 45" in rows


def test_what_binds_what_is_left_undone_and_how_good_it_is(plan, scenario):
    text = re.sub(r"\s+", " ", told(plan, scenario))
    assert "spot: 64 of 64 nodes; $4,321 a node if nodes came in fractions" in text
    assert "customer-support-chat: 10.0% of its demand, $100,000" in text
    assert "objective $1,935,092, proven bound $1,934,000, gap 0.0564%" in text
    assert "3 combinations ruled out: 2 dominated, 1 memory" in text
    assert "list prices are of 2026-11-20" in text


def test_infeasible_says_what_cannot_be_met_and_what_is_short(infeasible_plan, scenario):
    text = told(infeasible_plan, scenario)
    assert text.startswith("by-hand: infeasible, no plan can meet the demand")
    assert "next-small: 100% of its demand" in text
    assert "64 of 64 nodes are used" in text
    assert "needs 61.2 days, 45 there" in text
    assert "$0" not in text


def test_stopped_by_the_clock_is_not_dressed_up(plan, scenario):
    stopped = plan.model_copy(update={"status": "stopped", "gap": 0.2, "bound_usd": 1_548_073.6})
    assert "the time limit came first; a better plan, by up to 20.0%" in told(stopped, scenario)
    unknown = plan.model_copy(update={"status": "stopped", "gap": None, "bound_usd": None})
    assert "by any amount, is not ruled out" in told(unknown, scenario)


def test_an_unverified_plan_says_so(plan, scenario):
    assert "NOT CHECKED" in told(plan.model_copy(update={"verified": False}), scenario)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(plan, scenario, width):
    assert max(map(len, told(plan, scenario, width).splitlines())) <= width


def test_colour_on_a_terminal_and_none_in_a_pipe(plan, scenario):
    assert "\x1b" not in told(plan, scenario)
    assert "\x1b[" in told(plan, scenario, force_terminal=True, color_system="standard")


def test_names_are_not_read_as_markup(plan, scenario):
    odd = plan.model_copy(update={"notices": ("see [red]section[/red] [link=x]3[/link]",)})
    assert "see [red]section[/red] [link=x]3[/link]" in told(odd, scenario)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.floats(min_value=0, max_value=1e13),
    st.floats(min_value=0, max_value=1e8),
    st.sampled_from([80, 120]),
)
def test_no_number_is_cut_whatever_its_size(plan, scenario, cost_usd, amount, width):
    results = tuple(
        each.model_copy(
            update={"cost_usd": cost_usd, "energy_mwh": amount, "carbon_tonnes": amount}
        )
        for each in plan.workloads
    )
    lines = tuple(
        each.model_copy(update={"capacity_usd": cost_usd, "electricity_usd": 0.0})
        for each in plan.purchases
    )
    large = plan.model_copy(update={"workloads": results, "purchases": lines, "energy_mwh": amount})
    text = told(large, scenario, width)
    words = section(text, "Jobs").split() + section(text, "What to hold or buy").split()
    assert words.count(usd(cost_usd).split()[0]) >= 1 + len(lines)
    assert words.count(quantity(amount)) >= 2
