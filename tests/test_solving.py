"""The way over the outline of all options, against the whole program of the same scenario."""

from datetime import date

import numpy as np
import pytest

from planner.candidates.outline import has_outline, outline_of
from planner.candidates.program import compile_program, parts_of
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.demand import Demand
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.placement import ShareLimit
from planner.domain.pricing import Offer
from planner.domain.progress import silent
from planner.domain.scenario import Limits, Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.site_power import OnSiteSource, SitePower
from planner.domain.tariff import Tariff, TimeOfUse
from planner.domain.workload import BatchInference, FineTuning, Serving
from planner.interpretation import interpret
from planner.optimization.exact import solve
from planner.optimization.feasibility import EQUAL, holds
from planner.optimization.generation import generated
from planner.optimization.linear import relax
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from planner.planning import _evidence
from planner.solving import solved, solved_in_outline
from planner.verification import verify

GAP = 0.01
DAY = (2, 1, 1, 1, 1, 2, 3, 5, 7, 9, 10, 10, 10, 10, 10, 9, 9, 8, 7, 6, 5, 4, 3, 2)
"""Of an afternoon's peak."""


def site(name, usd_per_kwh, owned, usd_per_node_hour, **changes):
    """Few nodes of its own, and as many rented ones as wanted."""
    fields = {
        "name": name,
        "pue": 1.2,
        "carbon_g_per_kwh": 100.0,
        "tariff": Tariff(
            usd_per_kwh=usd_per_kwh,
            times=(TimeOfUse(usd_per_kwh=2 * usd_per_kwh, from_hour=12, to_hour=20),),
            demand_charge_usd_per_kw_month=8.0,
        ),
        "it_power_limit_kw": 3_000.0,
        "capacity": (
            Offer(node_type="hgx-h100-8", purchase="owned", available_nodes=owned),
            Offer(
                node_type="hgx-a100-80gb-8",
                purchase="on_demand",
                usd_per_node_hour=usd_per_node_hour,
            ),
        ),
    }
    return ScenarioSite(**(fields | changes))


def chat(name, requests_per_s, **changes):
    fields = {
        "kind": "serving",
        "name": name,
        "architecture": "llama-3.1-8b",
        "requests_per_s": requests_per_s,
        "input_tokens": 1000,
        "output_tokens": 200,
        "ttft_ms": 1000.0,
        "demand": Demand(series=TimeSeries(by_hour=tuple(map(float, DAY)), time_zone="UTC")),
    }
    return Serving(**(fields | changes))


HEAP = BatchInference(
    kind="batch_inference",
    name="heap",
    architecture="llama-3.1-8b",
    tokens_b=300.0,
    deadline_days=28.0,
    input_tokens=1000,
    output_tokens=200,
)
RUN = FineTuning(
    kind="fine_tuning",
    name="run",
    architecture="llama-3.1-8b",
    tokens_b=10.0,
    deadline_days=28.0,
    accelerators=16,
)
SITES = (site("north", 0.05, 40, 14.0), site("south", 0.08, 60, 12.0))
WORKLOADS = (chat("small", 300.0), chat("large", 900.0, output_tokens=400), HEAP, RUN)
MONTH = Horizon(
    months=1, start=date(2024, 1, 1), periods_by="months", representative_days=RepresentativeDays()
)


def question(sites=SITES, workloads=WORKLOADS, **changes):
    return Scenario(
        **({"scenario": "q", "horizon": MONTH, "sites": sites, "workloads": workloads} | changes)
    )


class Asked:
    """A scenario with the candidates of its periods."""

    def __init__(self, scenario, catalog):
        self.catalog = check_scenario(scenario, catalog)
        self.scenario = staged(scenario, self.catalog)
        self.parts = parts_of(self.scenario, self.catalog)

    @property
    def has_outline(self):
        return has_outline(self.scenario, self.parts)

    def whole(self):
        return compile_program(self.parts, (), self.scenario)

    def in_outline(self, gap=GAP):
        parameters = Parameters(gap=gap, time_limit_s=120.0)
        return solved_in_outline(self.scenario, self.parts, parameters, silent)


@pytest.fixture(scope="module")
def asked(catalog):
    return Asked(question(), catalog)


@pytest.fixture(scope="module")
def found(asked):
    return asked.in_outline()


def test_the_outline_is_no_dearer_than_the_relaxed_program(asked):
    outline = outline_of(asked.scenario, asked.parts).problem
    whole = asked.whole().problem
    cheapest = relax(outline, program_of(outline), 60.0).bound
    relaxed = relax(whole, program_of(whole), 60.0).bound
    assert 0.99 * relaxed < cheapest <= relaxed * (1 + EQUAL)


def test_column_generation_comes_to_the_optimum_of_the_outline(asked):
    outline = outline_of(asked.scenario, asked.parts)
    optimum = relax(outline.problem, program_of(outline.problem), 60.0).bound
    result = generated(outline.problem, outline.period, 1e-6, 2, lambda: 60.0, silent)
    assert optimum * (1 - 1e-5) <= result.bound <= optimum * (1 + EQUAL)
    assert outline.problem.objective(result.choice) == pytest.approx(optimum, rel=1e-5)
    assert holds(outline.problem, result.choice)


def test_its_bound_and_plan_hold_for_the_whole_program(asked, found):
    exact = solve(asked.whole().problem, Parameters(gap=GAP, time_limit_s=60.0), silent)
    assert found.solution.bound <= exact.objective
    assert found.solution.objective >= exact.bound
    assert found.solution.objective <= exact.objective * (1 + GAP)
    assert found.solution.status == "optimal"
    assert found.solution.gap <= GAP


def test_it_compiles_a_part_of_all_options(asked, found):
    assert found.options == outline_of(asked.scenario, asked.parts).problem.option_count
    assert found.program.problem.option_count < found.options / 2


def test_the_plan_is_verified(asked, found):
    evidence = _evidence(asked.scenario, asked.catalog, found.solution, found.options)
    plan = interpret(asked.scenario, found.program, found.solution, evidence)
    assert verify(plan, asked.scenario, asked.catalog) == ()
    assert {each.workload for each in plan.allocations} == {"small", "large", "heap", "run"}


def test_a_run_keeps_one_gang(asked, found):
    runs = [
        (option.pool, option.deployment)
        for part in found.program.parts
        for option in part.candidates.options
        if option.deployment.workload == "run"
    ]
    assert len(set(runs)) == 1
    assert len(runs) == len(asked.parts)


def test_it_finds_the_same_again(asked, found):
    again = asked.in_outline()
    assert np.array_equal(again.solution.choice.share, found.solution.choice.share)
    assert np.array_equal(again.solution.choice.blocks, found.solution.choice.blocks)
    assert again.solution.bound == found.solution.bound


def test_small_problems_are_solved_whole(asked):
    parameters = Parameters(gap=GAP, time_limit_s=60.0)
    small = solved(asked.scenario, asked.catalog, parameters, silent, None)
    assert small.options == small.program.problem.option_count


def test_an_impossible_demand_is_left_to_the_whole_program(catalog):
    crowded = tuple(site(name, 0.05, 1, 12.0, it_power_limit_kw=20.0) for name in ("a", "b"))
    assert Asked(question(crowded), catalog).in_outline() is None


SUN = OnSiteSource(name="sun", series=TimeSeries(by_hour=(10.0,) * 24, time_zone="UTC"))


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": Limits(carbon_tonnes=1e6)},
        {"share_limits": (ShareLimit(name="north", sites=("north",), max_share=0.5),)},
        {"workloads": (chat("small", 300.0, protected_share=1.0),)},
        {"workloads": (chat("small", 300.0, max_site_share=0.6),)},
        {"workloads": (chat("small", 300.0), chat("b", 3.0, apart_from=("small",)))},
        {"sites": (site("north", 0.05, 40, 14.0, power=SitePower(on_site=(SUN,))),)},
        {"sites": (site("north", 0.05, 40, 14.0, power=SitePower(ramp_kw_per_hour=9.0)),)},
    ],
)
def test_what_an_outline_does_not_know_of(catalog, changes):
    assert not Asked(question(**changes), catalog).has_outline
