"""Every example plans and is checked; what is published stands beside what is planned."""

import re
from math import fsum
from pathlib import Path

import pytest

import planner

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
TEXT = (EXAMPLES / "README.md").read_text()
LINK = r"\[([^\]]+)\]\([^)]+\)"
CELLS = r" \| ([^|]+?)" * 4
ROWS = re.findall(rf"^\| {LINK}{CELLS} \|$", TEXT, re.MULTILINE)
PAIRS = re.findall(rf"^\| {LINK} and {LINK}{CELLS} \|$", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def planned(catalog):
    known = {}

    def plan(name):
        if name not in known:
            scenario = planner.load_scenario(EXAMPLES / f"{name}.yaml", catalog)
            known[name] = planner.plan(scenario, catalog=catalog)
        return known[name]

    return plan


def cost_usd(plan, workload):
    return fsum(each.cost_usd for each in plan.workloads if each.workload == workload)


def gpu_hours(plan, *workloads):
    return fsum(
        each.hours * each.accelerators for each in plan.allocations if each.workload in workloads
    )


def held_usd(plan, site):
    return next(each.usd_per_accelerator_hour for each in plan.break_even if each.site == site)


def terawatt_hours(plan, site):
    """As if all servers of the site were busy to the last one."""
    nodes = fsum(
        each.nodes * each.hours / 8760
        for each in plan.purchases
        if each.site == site and each.workload is not None
    )
    energy = next(each.energy_mwh for each in plan.sites if each.site == site)
    return energy / 1e6 / nodes * 1_500_000


def last_busy(plan):
    return fsum(
        each.busy_replicas * each.parallelism.accelerators
        for each in plan.allocations
        if each.period == plan.periods[-1].period
    )


def last_held(plan):
    last = plan.periods[-1].period
    return sum(each.accelerators for each in plan.purchases if each.period == last)


def signed_nodes(plan):
    return sum(each.nodes for each in plan.contracts)


def usd_per_million_tokens(plan):
    return plan.cost_usd / fsum(each.tokens_b for each in plan.workloads) / 1000


def most_kw(plan):
    """Of slices of two hours of 30 days."""
    return max(each.energy_mwh for each in plan.sites) * 1000 / 60


FIGURES = {
    "days on 2,048 A100 80 GB": lambda plan: plan.workloads[0].days,
    "days on 96 A100 80 GB": lambda plan: plan.workloads[0].days,
    "days on 16 A100 40 GB": lambda plan: plan.workloads[0].days,
    "USD a day": lambda plan: plan.cost_usd,
    "GPU time of the dense one over the sparse one": lambda plan: (
        cost_usd(plan, "llama-2") / cost_usd(plan, "mixtral")
    ),
    "GPU time of the sliced one over the whole": lambda plan: (
        cost_usd(plan, "sliced") / cost_usd(plan, "dense")
    ),
    "GPU hours of LoRA over those of all weights": lambda plan: (
        gpu_hours(plan, "lora/lora") / gpu_hours(plan, "full/sft")
    ),
    "A100 hours to rephrase 85 B tokens": lambda plan: gpu_hours(plan, "wrap/rephrase"),
    "GPU hours of a first round of SPIN": lambda plan: gpu_hours(
        plan, "spin/generate-1", "spin/train-1"
    ),
    "ms a token, Llama 3.2 1B in 16 bits on a OnePlus 12": lambda plan: next(
        row.served[0].tpot_ms for row in plan.offloaded if row.node_type == "oneplus-12"
    ),
    "ms an image on a premium phone": lambda plan: next(
        row.served[0].ttft_ms for row in plan.offloaded if row.node_type == "iphone-15-pro"
    ),
    "GPU time of a whole search over shortlist and ranking": lambda plan: (
        cost_usd(plan, "whole") / (cost_usd(plan, "shortlist") + cost_usd(plan, "rerank"))
    ),
    "speed-up of experts by task over experts by token": lambda plan: (
        cost_usd(plan, "tokens") / cost_usd(plan, "tasks")
    ),
    "GPU time of labelling, merged paths over none": lambda plan: (
        cost_usd(plan, "label-joined") / cost_usd(plan, "label-alone")
    ),
    "USD million for the Llama 2 family": lambda plan: plan.cost_usd / 1e6,
    "USD billion of capital for 350,000 H100": lambda plan: (
        fsum(each.capex_usd for each in plan.periods)
        / 1e9
        / fsum(each.accelerators for each in plan.allocations)
        * 350_000
    ),
    "gross margin as it is sold today": lambda plan: next(
        each.margin for each in plan.economics.workloads if each.workload == "today"
    ),
    "yearly cost of capital at 8 % over that at 0.5 %": lambda plan: (
        held_usd(plan, "now") / held_usd(plan, "zirp")
    ),
    "USD of one run at list price": lambda plan: cost_usd(plan, "first"),
    "hours in use from which owning pays": lambda plan: plan.break_even[0].utilisation * 5 * 8766,
    "USD a day of serving 266 + 168 billion tokens": lambda plan: plan.cost_usd,
    "USD a day of revenue at the prices of R1": lambda plan: plan.economics.revenue_usd,
    "GPU hours of PPO with OPT-13B": lambda plan: gpu_hours(
        plan, "ppo-opt-13b/rollouts", "ppo-opt-13b/updates"
    ),
    "TWh a year of 1.5 million A100 servers": lambda plan: terawatt_hours(plan, "a100"),
    "TWh a year of 1.5 million H100 servers": lambda plan: terawatt_hours(plan, "h100"),
}
FIGURES_OF_TWO = {
    "share of what was built that works in the last quarter": (
        "dotcom-overbuild",
        lambda plan, other: last_busy(plan) / last_held(other),
    ),
    "cost of one pool over that of three": (
        "follow-the-sun-without",
        lambda plan, other: plan.cost_usd / other.cost_usd,
    ),
    "tonnes of waiting for clean hours over those of running at once": (
        "carbon-aware-training-at-once",
        lambda plan, other: plan.carbon_tonnes / other.carbon_tonnes,
    ),
    "nodes with a spare for any one of three sites": (
        "n-plus-one-without",
        lambda plan, other: signed_nodes(plan) / signed_nodes(other),
    ),
    "nodes with a spare for any one of six sites": (
        "n-plus-one-without",
        lambda plan, other: signed_nodes(plan) / signed_nodes(other),
    ),
}
COMPARED = {
    "USD per million tokens": usd_per_million_tokens,
    "nodes to buy": signed_nodes,
    "tonnes": lambda plan: plan.carbon_tonnes,
    "USD of power": lambda plan: plan.cost_usd,
    "USD with European data in the union": lambda plan: plan.cost_usd,
    "tonnes with European data in the union": lambda plan: plan.carbon_tonnes,
    "USD with a spare": lambda plan: plan.cost_usd,
    "accelerators to be ready for 99 % of the minutes": last_held,
    "USD of holding a part": lambda plan: plan.cost_usd,
    "kW at most": most_kw,
    "USD of power with its demand charge": lambda plan: plan.cost_usd,
    "USD with data that lies in Stockholm": lambda plan: plan.cost_usd,
}


def figure_of(planned, name, figure):
    if figure in FIGURES:
        return FIGURES[figure](planned(name))
    other, compare = FIGURES_OF_TWO[figure]
    return compare(planned(name), planned(other))


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_planned_and_verified(planned, name):
    plan = planned(name)
    assert plan.verified
    assert plan.status == "optimal"


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_planned_and_checked(planned, name):
    plan = planned(name)
    assert plan.status == "optimal"
    assert plan.verified
    assert f"({name}.yaml)" in TEXT


@pytest.mark.parametrize(("name", "figure", "published", "stated", "ratio"), ROWS)
def test_what_is_planned_is_what_the_table_says(planned, name, figure, published, stated, ratio):
    value = figure_of(planned, name, figure)
    assert value == pytest.approx(float(stated), rel=6e-3)
    assert value / float(published) == pytest.approx(float(ratio), abs=6e-3)


@pytest.mark.parametrize(("name", "figure", "stated", "ratio"), [(*r[:2], *r[3:]) for r in ROWS])
def test_the_file_says_what_the_table_says(name, figure, stated, ratio):
    text = (EXAMPLES / f"{name}.yaml").read_text()
    assert f"# Planned: {stated} ({figure}), {ratio} of what is published." in text


@pytest.mark.parametrize("row", PAIRS, ids=" ".join)
def test_what_a_rule_changes_is_what_the_table_says(planned, row):
    name, other, figure, stated, stated_other, ratio = row
    value, beside = COMPARED[figure](planned(name)), COMPARED[figure](planned(other))
    assert value == pytest.approx(float(stated), rel=6e-3)
    assert beside == pytest.approx(float(stated_other), rel=6e-3)
    assert value / beside == pytest.approx(float(ratio), abs=6e-3)
    text = (EXAMPLES / f"{name}.yaml").read_text()
    assert f"# Planned: {stated} against {stated_other} ({figure}), {ratio} times." in text


def test_ratios_that_are_far_off_are_explained():
    far = {name for name, *_, ratio in ROWS if not 0.67 <= float(ratio) <= 1.5}
    explained = TEXT.partition("and why:")[2]
    assert far == {
        "alignment-methods",
        "wrap-pretraining",
        "mobile-diffusion",
        "pathways-sparse",
        "matryoshka-embeddings",
        "deepseek-serving-economics",
        "ai-energy-2027",
    }
    assert all(
        word in explained
        for word in (
            "SPIN",
            "PPO",
            "WRAP",
            "MobileDiffusion",
            "Matryoshka",
            "by task",
            "DeepSeek",
            "1.5 million",
        )
    )


def test_every_figure_is_in_the_table():
    assert {figure for _, figure, *_ in ROWS} == set(FIGURES) | set(FIGURES_OF_TWO)
    assert {figure for _, _, figure, *_ in PAIRS} == set(COMPARED)
