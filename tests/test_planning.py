"""The whole story on small scenarios, against brute force that knows nothing of the program."""

import itertools
import math
import random
from pathlib import Path

import pytest

import planner
from planner.candidates.demand import requests_by_class, training_tokens, window_hours
from planner.candidates.enumeration import enumerate_candidates
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.deployment import TrainingDeployment
from planner.domain.hardware import NodeType
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import RequestClass
from planner.domain.scenario import Objective, Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Pretraining, Serving
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w

EXACT = planner.Parameters(gap=1e-7)


def node(name: str, accelerator: str, count: int) -> NodeType:
    return NodeType(
        name=name,
        accelerator=accelerator,
        accelerators_per_node=count,
        host_power_w=300.0 * count,
        host_power_basis="estimate",
        network_gb_per_s=25.0,
        source="made up for a test",
    )


NODES = (
    node("tiny-l4-1", "L4", 1),
    node("tiny-l40s-2", "L40S", 2),
    node("tiny-h100-2", "H100-80GB-SXM", 2),
)


def tiny_scenario(seed: int) -> Scenario:
    """One or two sites, up to three pools of one or two small nodes, up to three workloads."""
    dice = random.Random(seed)
    offers = [
        Offer(
            node_type=each.name,
            purchase=dice.choice(["owned", "on_demand", "spot"]),
            available_nodes=dice.randint(1, 2),
            usd_per_node_hour=dice.uniform(0.5, 9.0),
        )
        for each in dice.sample(NODES, dice.randint(1, 3))
    ]
    split = dice.randint(1, len(offers))
    halves = [half for half in (offers[:split], offers[split:]) if half]
    sites = tuple(
        ScenarioSite(
            name=f"site{row}",
            pue=dice.uniform(1.05, 1.6),
            electricity_usd_per_kwh=dice.uniform(0.02, 0.3),
            carbon_g_per_kwh=dice.uniform(10, 700),
            it_power_limit_kw=dice.choice([None, dice.uniform(0.5, 4.0)]),
            capacity=tuple(half),
        )
        for row, half in enumerate(halves)
    )
    kinds = dice.sample(["serving", "batch", "pretraining"], dice.randint(1, 3))
    return Scenario(
        scenario=f"tiny-{seed}",
        horizon=Horizon(days=dice.uniform(2, 30)),
        objective=Objective(
            energy_usd_per_mwh=dice.choice([0.0, 40.0]),
            carbon_usd_per_tonne=dice.choice([0.0, 150.0]),
        ),
        sites=sites,
        node_types=NODES,
        workloads=tuple(tiny_workload(dice, kind) for kind in kinds),
    )


def tiny_workload(dice, kind):
    penalty = dice.choice([None, dice.uniform(50, 5000)])
    if kind == "serving":
        return Serving(
            kind="serving",
            name="serve",
            architecture=dice.choice(["llama-3.2-1b", "llama-3.1-8b"]),
            requests_per_s=dice.uniform(0.5, 12),
            input_tokens=dice.choice([200, 2000]),
            output_tokens=dice.choice([50, 300]),
            tpot_ms=dice.choice([30.0, 100.0]),
            unmet_penalty_usd=penalty,
        )
    if kind == "batch":
        return BatchInference(
            kind="batch_inference",
            name="batch",
            architecture="llama-3.2-1b",
            tokens_b=dice.uniform(1, 40),
            deadline_days=dice.uniform(1, 30),
            input_tokens=1000,
            output_tokens=200,
            unmet_penalty_usd=penalty,
        )
    return Pretraining(
        kind="pretraining",
        name="train",
        architecture="pythia-160m",
        tokens_b=dice.uniform(1, 30),
        deadline_days=dice.uniform(1, 30),
        sequence_tokens=2048,
        global_batch_tokens_m=0.524288,
        unmet_penalty_usd=penalty,
    )


def cheapest_split(offers: list[tuple[float, float]], penalty: float) -> float:
    """Least cost of one unit of work over (cost per unit, most units); the rest is unmet."""
    left, cost = 1.0, 0.0
    for unit_cost, most in sorted(offers):
        if unit_cost >= penalty:
            break
        taken = min(left, most)
        left -= taken
        cost += taken * unit_cost
    return cost + (penalty * left if left > 1e-12 else 0.0)


class BruteForce:
    """Every whole-number decision of a scenario, one after the other."""

    def __init__(self, scenario, catalog):
        self.scenario = scenario
        self.candidates = enumerate_candidates(staged(scenario, catalog), catalog)
        self.workloads = {each.name: each for each in scenario.workloads}

    def best(self) -> float:
        ranges = [self._numbers(option) for option in self.candidates.options]
        return min(map(self._cost, itertools.product(*ranges)), default=math.inf)

    def _pool(self, option):
        return self.candidates.pools[option.pool]

    def _numbers(self, option):
        pool, deployment = self._pool(option), option.deployment
        room = pool.terms.available_nodes * pool.node_type.accelerators_per_node
        if isinstance(deployment, TrainingDeployment):
            return (0, 1)
        if isinstance(self.workloads[deployment.workload], Serving):
            return range(room // deployment.accelerators + 1)
        return range(pool.terms.available_nodes // self._bundle(option) + 1)

    def _usd_per_it_kwh(self, pool):
        goal, place = self.scenario.objective, pool.place
        tariff = place.electricity_usd_per_kwh if pool.terms.pays_electricity else 0.0
        emitted = goal.carbon_usd_per_tonne * place.carbon_g_per_kwh / 1e6
        return place.pue * (goal.cost_weight * tariff + goal.energy_usd_per_mwh / 1e3 + emitted)

    def _cost(self, numbers) -> float:
        picked = [
            (option, number)
            for option, number in zip(self.candidates.options, numbers, strict=True)
            if number
        ]
        loads = [self._load(row, picked) for row in range(len(self.candidates.pools))]
        if math.inf in loads or self._is_over_power(loads):
            return math.inf
        held = sum(
            self._held_cost(pool, nodes)
            for pool, (nodes, _) in zip(self.candidates.pools, loads, strict=True)
        )
        return held + sum(self._work_cost(each, picked) for each in self.scenario.workloads)

    def _load(self, row, picked):
        """Standing nodes of a pool and what all its nodes draw at most; infinite if too many."""
        pool = self.candidates.pools[row]
        rise_w = full_w(pool.accelerator) - idle_w(pool.accelerator)
        serving_accelerators = job_nodes = 0
        for option, number in picked:
            if option.pool != row:
                continue
            if isinstance(self.workloads[option.deployment.workload], Serving):
                serving_accelerators += number * option.deployment.accelerators
            else:
                job_nodes += number * self._bundle(option)
        nodes = -(-serving_accelerators // pool.node_type.accelerators_per_node)
        if nodes + job_nodes > pool.terms.available_nodes:
            return math.inf
        standing_w = nodes * node_idle_w(pool.node_type, pool.accelerator)
        jobs_w = job_nodes * node_full_w(pool.node_type, pool.accelerator)
        return nodes, standing_w + serving_accelerators * rise_w + jobs_w

    def _is_over_power(self, loads) -> bool:
        for place in self.candidates.places:
            drawn_w = sum(
                draw_w
                for pool, (_, draw_w) in zip(self.candidates.pools, loads, strict=True)
                if pool.place.name == place.name
            )
            limit_kw = place.it_power_limit_kw
            if limit_kw is not None and drawn_w > limit_kw * 1e3 + 1e-6:
                return True
        return False

    def _held_cost(self, pool, nodes) -> float:
        hours, idle_w_ = self.scenario.hours, node_idle_w(pool.node_type, pool.accelerator)
        paid = self.scenario.objective.cost_weight * pool.terms.usd_per_node_hour
        return nodes * hours * (paid + idle_w_ / 1e3 * self._usd_per_it_kwh(pool))

    def _work_cost(self, workload, picked) -> float:
        offers = [
            self._offer(option, number)
            for option, number in picked
            if option.deployment.workload == workload.name
        ]
        if not isinstance(workload, Pretraining):
            return cheapest_split(offers, self._penalty(workload))
        if len(offers) > 1:
            return math.inf
        return offers[0][0] if offers else self._penalty(workload)

    def _bundle(self, option) -> int:
        """Nodes that a job takes at a time."""
        per_node = self._pool(option).node_type.accelerators_per_node
        return -(-option.deployment.accelerators // per_node)

    @staticmethod
    def _penalty(workload) -> float:
        return math.inf if workload.unmet_penalty_usd is None else workload.unmet_penalty_usd

    def _offer(self, option, number):
        """Cost of the whole workload on this option, and the share its `number` can take."""
        pool, deployment = self._pool(option), option.deployment
        workload = self.workloads[deployment.workload]
        per_kwh, goodput = self._usd_per_it_kwh(pool), pool.terms.goodput
        paid = self.scenario.objective.cost_weight * pool.terms.usd_per_node_hour
        per_node, host_w = pool.node_type.accelerators_per_node, pool.node_type.host_power_w
        if isinstance(workload, Pretraining):
            run_h = training_tokens(workload) / deployment.rate.tokens_per_s / 3600 / goodput
            node_w = host_w + per_node * deployment.rate.accelerator_power_w
            return deployment.nodes * run_h * (paid + node_w / 1e3 * per_kwh), 1.0
        (rate,), (requests,) = deployment.rates, requests_by_class(workload, self.scenario)
        busy_h = requests / rate.requests_per_s / 3600 * deployment.accelerators
        if isinstance(workload, Serving):
            above_idle = rate.accelerator_power_w - idle_w(pool.accelerator)
            room_h = number * deployment.accelerators * self.scenario.hours
            return busy_h * above_idle / 1e3 * per_kwh, (
                room_h * workload.target_utilisation * goodput / busy_h
            )
        busy_h /= goodput
        watt_hours = busy_h / per_node * host_w + busy_h * rate.accelerator_power_w
        window = window_hours(workload, self.scenario)
        return busy_h / per_node * paid + watt_hours / 1e3 * per_kwh, (
            number * self._bundle(option) * per_node * window / busy_h
        )


@pytest.mark.parametrize("seed", range(24))
def test_tiny_scenarios_agree_with_brute_force(seed, catalog):
    scenario = tiny_scenario(seed)
    truth = BruteForce(scenario, check_scenario(scenario, catalog)).best()
    plan = planner.plan(scenario, catalog=catalog, parameters=EXACT)
    if math.isinf(truth):
        assert plan.status == "infeasible"
        assert plan.shortages
    else:
        assert plan.status == "optimal"
        assert plan.objective_usd == pytest.approx(truth, rel=2e-6, abs=1e-6)
        assert plan.verified


def test_tiny_scenarios_are_of_every_kind(catalog):
    """The brute-force comparison would prove little if all its scenarios were alike."""
    plans = [planner.plan(tiny_scenario(seed), catalog=catalog) for seed in range(24)]
    assert {plan.status for plan in plans} == {"optimal", "infeasible"}
    assert any(plan.unmet for plan in plans)
    kinds = {each.kind for plan in plans for each in plan.allocations}
    assert kinds == {"serving", "batch_inference", "pretraining"}


def test_same_scenario_same_bytes(catalog):
    first, second = (planner.plan(tiny_scenario(11), catalog=catalog) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 20.0,
        "request_classes": (
            RequestClass(weight=9, input_tokens=200, output_tokens=100),
            RequestClass(weight=1, input_tokens=6000, output_tokens=600),
        ),
    }
    return Serving(**{**fields, **changes})


def cloud(*offers):
    return ScenarioSite(name="cloud", pue=1.2, carbon_g_per_kwh=300.0, capacity=offers)


def on_demand(node_type, usd_per_node_hour, **changes):
    return Offer(
        node_type=node_type,
        purchase="on_demand",
        usd_per_node_hour=usd_per_node_hour,
        **changes,
    )


def question(workloads, site, days=30.0):
    return Scenario(
        scenario="question",
        horizon=Horizon(days=days),
        sites=(site,),
        node_types=NODES,
        workloads=workloads,
    )


def test_twice_the_demand_never_costs_less(catalog):
    site = cloud(on_demand("tiny-l40s-2", 3.0), on_demand("tiny-h100-2", 8.0))
    costs = [
        planner.plan(question((chat(requests_per_s=rate),), site), catalog=catalog).cost_usd
        for rate in (20.0, 40.0, 80.0)
    ]
    assert costs == sorted(costs)
    assert costs[2] > costs[0]


def test_more_choice_never_costs_more(catalog):
    narrow = cloud(on_demand("tiny-h100-2", 8.0))
    wide = cloud(on_demand("tiny-h100-2", 8.0), on_demand("tiny-l40s-2", 3.0))
    costs = [
        planner.plan(question((chat(),), site), catalog=catalog, parameters=EXACT).cost_usd
        for site in (narrow, wide)
    ]
    assert costs[1] <= costs[0] * (1 + 1e-6)


def test_infeasible_names_the_demand_and_what_is_short(catalog):
    site = cloud(on_demand("tiny-l40s-2", 3.0, available_nodes=1))
    plan = planner.plan(question((chat(requests_per_s=500.0),), site), catalog=catalog)
    assert plan.status == "infeasible"
    assert plan.objective_usd is None
    (shortage,) = plan.shortages
    assert shortage.workload == "chat"
    assert 0 < shortage.unmet_share < 1
    assert "nodes of cloud / tiny-l40s-2 / on_demand" in shortage.reasons[0]


def test_architecture_that_fits_nowhere_says_how_much_memory_is_missing(catalog):
    site = cloud(on_demand("tiny-l4-1", 1.0))
    wish = chat(architecture="llama-3.1-70b")
    plan = planner.plan(question((wish,), site), catalog=catalog)
    assert plan.status == "infeasible"
    assert any("memory" in reason and "GiB" in reason for reason in plan.shortages[0].reasons)


def test_unknown_names_in_a_scenario_from_python_are_all_reported(catalog):
    wish = chat(architecture="llama-3.1-9b", sites=("moon",))
    with pytest.raises(planner.InputError) as caught:
        planner.plan(question((wish,), cloud(on_demand("tiny-l5", 1.0))), catalog=catalog)
    told = str(caught.value)
    assert "llama-3.1-8b" in told
    assert "moon" in told
    assert "tiny-l4-1" in told


def test_frame_has_a_row_per_allocation(catalog):
    plan = planner.plan(tiny_scenario(11), catalog=catalog)
    frame = plan.to_frame()
    assert len(frame) == len(plan.allocations) > 0
    assert frame["cost_usd"].sum() == pytest.approx(
        plan.cost.capacity_usd + plan.cost.electricity_usd
    )


def test_frame_of_no_plan_has_the_same_columns(catalog):
    frames = [planner.plan(tiny_scenario(seed), catalog=catalog).to_frame() for seed in (11, 3)]
    assert list(frames[0].columns) == list(frames[1].columns)
    assert len(frames[1]) == 0


def test_the_smallest_demand_still_needs_a_replica(catalog):
    """1e-9 requests/s is far below any solver's tolerance."""
    wish = chat(requests_per_s=1e-9)
    plan = planner.plan(question((wish,), cloud(on_demand("tiny-h100-2", 8.0))), catalog=catalog)
    assert plan.status == "optimal"
    assert plan.purchases[0].nodes == 1
    assert all(each.replicas >= 1 for each in plan.allocations)


def test_gang_smaller_than_its_node_leaves_the_rest_idle(catalog):
    wish = Pretraining(
        kind="pretraining",
        name="small-gang",
        architecture="pythia-160m",
        tokens_b=10.0,
        deadline_days=30.0,
        sequence_tokens=2048,
        accelerators=2,
    )
    site = cloud(on_demand("hgx-h100-8", 20.0))
    plan = planner.plan(question((wish,), site), catalog=catalog)
    (line,) = plan.purchases
    assert (line.nodes, line.accelerators, line.accelerators_used) == (1, 8, 2)
    assert line.utilisation == pytest.approx(0.25)


def test_what_is_free_costs_nothing_with_no_gap(catalog):
    plan = planner.plan(question((chat(),), cloud(on_demand("tiny-h100-2", 0.0))), catalog=catalog)
    assert plan.status == "optimal"
    assert (plan.cost_usd, plan.objective_usd, plan.bound_usd, plan.gap) == (0, 0, 0, 0)


def test_whole_numbers_that_fit_within_a_solvers_tolerance_only_are_not_the_end(catalog):
    """Both solvers call optimal what is a hundred-thousandth of a replica short (drawn at random:
    weights from 1e-4 to 1e4, demands from 1e-6 to 1e4 requests/s)."""
    path = Path(__file__).parent / "data" / "overstepped.json"
    scenario = planner.load_scenario(path, catalog)
    plan = planner.plan(scenario, catalog=catalog)
    assert plan.verified
    assert plan.status in {"optimal", "feasible"}


def test_a_penalty_that_nothing_can_avoid_does_not_loosen_the_rest(catalog):
    """A gap of 0.1 % of a billion would leave the chat any plan at all."""
    site = cloud(on_demand("tiny-h100-2", 8.0), on_demand("tiny-l40s-2", 3.0))
    hopeless = Pretraining(
        kind="pretraining",
        name="hopeless",
        architecture="llama-2-70b",
        tokens_b=15_000.0,
        deadline_days=0.001,
        unmet_penalty_usd=1e9,
    )
    alone = planner.plan(question((chat(),), site), catalog=catalog)
    together = planner.plan(question((chat(), hopeless), site), catalog=catalog)
    assert together.unmet[0].penalty_usd == 1e9
    assert together.cost_usd - 1e9 == pytest.approx(alone.cost_usd, rel=2e-3)


def test_a_demand_that_can_be_met_is_not_told_as_short(catalog):
    """The rounding of one diagnosis stage must not blame a workload of an earlier one."""
    hopeless = chat(name="hopeless", priority=1, ttft_ms=0.01)
    site = cloud(on_demand("tiny-h100-2", 8.0, available_nodes=4), on_demand("tiny-l40s-2", 3.0))
    plan = planner.plan(question((chat(priority=0), hopeless), site), catalog=catalog)
    assert [each.workload for each in plan.shortages] == ["hopeless"]


def test_what_the_reader_must_know_is_a_notice(catalog):
    plan = planner.plan(question((chat(),), cloud(on_demand("tiny-h100-2", 8.0))), catalog=catalog)
    told = " ".join(plan.notices)
    assert "are predicted, within about a factor of two" in told
    assert "as many nodes as wanted are assumed" in told
