"""Every example plans and is checked; what is published stands beside what is planned."""

import re
from math import fsum
from pathlib import Path

import pytest

import planner

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
TEXT = (EXAMPLES / "README.md").read_text()
ROWS = re.findall(
    r"^\| \[(.+?)\]\(.+?\) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE
)


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
}


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_planned_and_checked(planned, name):
    plan = planned(name)
    assert plan.status == "optimal"
    assert plan.verified
    assert f"({name}.yaml)" in TEXT


@pytest.mark.parametrize(("name", "figure", "published", "stated", "ratio"), ROWS)
def test_what_is_planned_is_what_the_table_says(planned, name, figure, published, stated, ratio):
    value = FIGURES[figure](planned(name))
    assert value == pytest.approx(float(stated), rel=6e-3)
    assert value / float(published) == pytest.approx(float(ratio), abs=6e-3)


@pytest.mark.parametrize(("name", "figure", "stated", "ratio"), [(*r[:2], *r[3:]) for r in ROWS])
def test_the_file_says_what_the_table_says(name, figure, stated, ratio):
    text = (EXAMPLES / f"{name}.yaml").read_text()
    assert f"# Planned: {stated} ({figure}), {ratio} of what is published." in text


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
    }
    assert all(
        word in explained
        for word in ("SPIN", "PPO", "WRAP", "MobileDiffusion", "Matryoshka", "by task", "DeepSeek")
    )


def test_every_figure_is_in_the_table():
    assert {figure for _, figure, *_ in ROWS} == set(FIGURES)
