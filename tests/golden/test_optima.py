"""Optima worked out by hand, as the comment of each scenario says; and that its rows bind."""

from math import ceil

import pytest

import planner
from tests.golden.scenario import IDLE_KW, NAMES, Golden, without

DAY, MONTH, YEAR = 24, 730.5, 8766
EXACT = planner.Parameters(gap=1e-7)
BATTERY_J = 12.7 * 3600
SPOT_SHARE = 1 - 30 / (24 * 60)
"""Of the time that spot is paid for: 30 minutes are lost to one interruption a day."""


def mixed(golden, share):
    """2 USD an hour for so much of a heap on the small architecture, the rest on the large one."""
    small = golden.hours("heap", architecture="llama-3.2-1b")
    return 2 * (share * small + (1 - share) * golden.hours("heap", architecture="llama-3.1-8b"))


def here_and_there(golden, share):
    """A heap at 2 USD an hour here, the rest at 3 USD there."""
    return golden.hours("heap") * (2 * share + 3 * (1 - share))


def one_here(golden, hours=DAY):
    """A node at 2 USD, the others at 3."""
    return hours * (2 + 3 * (golden.replicas(30) - 1))


def failover(golden):
    awake = ceil(15 / golden.rate())
    return DAY * (2 * (golden.replicas(30) - awake) + 3 * awake)


def vendors(golden):
    one, other = golden.hours("heap"), golden.hours("heap", "amd")
    share = other / (one + other)
    return 2 * share * one + 5 * (1 - share) * other


def on_devices(golden, requests_per_s):
    return DAY * 2 * golden.replicas(60 - requests_per_s)


def heap_kwh(golden):
    return golden.hours("heap") * golden.kw("heap")


def pair(golden):
    return ceil((golden.replicas(30, node="duo") + golden.replicas(10, node="duo")) / 2)


def run_usd(golden, job="run", *, first, then, lost_hours=0.0):
    """A run of little more than an hour: the first hour, and what is left in the next."""
    return golden.kw(job) * (first + then * (golden.hours(job) + lost_hours - 1))


def work_usd(golden, job, usd_per_kwh):
    return usd_per_kwh * golden.kw(job) * golden.hours(job)


def standing_kw(golden, nodes, requests_per_s):
    """Nodes that stand all the time, and work some of it."""
    return nodes * IDLE_KW + golden.busier_kw() * requests_per_s / golden.rate()


CASES = {
    "item": (None, lambda g: min(2 * g.hours("run"), 3)),
    "busy": ("replicas of chat", lambda g: DAY * 2 * g.replicas(30)),
    "room": ("accelerators of standing", lambda g: DAY * 4 * pair(g)),
    "nodes": ("nodes of here / box / cheap", lambda g: DAY * (1 + 2 * (g.replicas(30) - 1))),
    "spanned": ("spanned", lambda _: DAY * (2 + 2 * 2)),
    "opened": ("needs a replica", lambda _: DAY * 2),
    "stable": (
        "may lose",
        lambda g: DAY * (ceil(12 / (0.8 * SPOT_SHARE * g.rate())) + 2 * g.replicas(18)),
    ),
    "quality": ("quality of heap", lambda g: mixed(g, 0.5)),
    "variant_share": ("at most 0.7 of heap", lambda g: mixed(g, 0.7)),
    "battery": (
        "battery of",
        lambda g: on_devices(g, 100_000 * 0.02 * BATTERY_J / g.device()[1] / 86_400),
    ),
    "device_time": ("time of chat", lambda g: on_devices(g, 1_000 * 0.1 * g.device()[0])),
    "owners": ("owners of", lambda g: on_devices(g, 60 * 0.5 * 0.8)),
    "it_power": ("IT power", one_here),
    "facility": ("IT power", one_here),
    "budget": ("purse", one_here),
    "site_share": (
        "at most 0.6 of chat at",
        lambda g: DAY * (2 * g.replicas(18) + 3 * g.replicas(12)),
    ),
    "failure": ("chat without", lambda g: DAY * 5 * g.replicas(30)),
    "failover": ("chat without", failover),
    "moves": ("beyond today", lambda g: g.replicas(30) * (DAY * 2 + 10)),
    "dataset": ("dataset of", lambda g: 22 * 1 + 3.6 + 2 * (g.hours("heap") - 22)),
    "vendor_share": ("of accelerator hours", vendors),
    "purchase_share": ("of accelerator hours", lambda g: here_and_there(g, 0.75)),
    "carbon": ("carbon of the plan", lambda g: here_and_there(g, 1000 / (heap_kwh(g) * 400))),
    "energy": ("energy of the plan", lambda g: here_and_there(g, 12 / heap_kwh(g) - 1)),
    "batch": ("node hours of", lambda g: 24 + 2 * (g.hours("heap") - 24)),
    "billed": ("paid hours of", lambda g: 2 * ceil(g.hours("heap"))),
    "chain": ("hours of", lambda g: 2 * g.hours("first") + 40),
    "only_if": ("only if", lambda g: 2 * 2 * g.hours("first")),
    "antichain": ("cheap for", lambda g: (2 * 1 + 2) * g.hours("first")),
    "pace": ("begins", lambda g: run_usd(g, first=0.1, then=0.5, lost_hours=0.5)),
    "keeps_on": ("keeps on|long enough", lambda g: run_usd(g, first=0.1, then=0.5)),
    "one_gang": ("one gang for", lambda g: run_usd(g, first=0.1, then=0.5)),
    "at_work": ("at work", lambda g: work_usd(g, "run", -0.2)),
    "at_work_daily": ("at work", lambda g: work_usd(g, "run", -0.2) * 24 / 22),
    "all_or_nothing": ("or nothing", lambda _: 0.2),
    "paced_billed": ("paid hours of", lambda g: 2 * ceil(g.hours("run"))),
    "turns": ("only after", lambda g: work_usd(g, "first", 0.1 + 0.3)),
    "heap_turns": ("only after", lambda g: work_usd(g, "first", 0.1) + 0.3 * heap_kwh(g)),
    "mean_power": (
        "mean power",
        lambda g: 3 * DAY + 0.1 * DAY * standing_kw(g, 1, 30 - 0.8 * g.rate()),
    ),
    "on_site": ("own generation", lambda g: 0.02 * DAY * standing_kw(g, g.replicas(30), 30)),
    "ramp": (
        "ramp at",
        lambda g: 0.1 * (heap_kwh(g) + 0.5) / 2 + 0.9 * (heap_kwh(g) - 0.5) / 2,
    ),
    "peak": ("peak at", lambda g: heap_kwh(g) * (0.11 + 10 * 2 / MONTH / 2)),
    "curtailment": ("below the baseline", lambda g: 0.5 * heap_kwh(g) - 0.5),
    "idle": ("when idle", lambda g: 0.1 * DAY * standing_kw(g, 3, 10)),
    "overhead": ("overhead at", lambda g: 0.1 * DAY * (0.5 + standing_kw(g, 1, 10))),
    "clean": ("wind at", lambda _: DAY * (2 + 0.03)),
    "contract": ("contracts of", lambda g: YEAR * (1 + 2 * (g.replicas(30) - 1))),
    "tiers": ("tier 2 from", lambda g: DAY * 2 * g.replicas(30)),
    "minimum": ("promise: sum", lambda g: max(DAY * 2 * g.replicas(30), 100)),
    "commitment": (
        "^committed spend of agreement",
        lambda g: YEAR * (2 * g.replicas(30) - 2 + 1),
    ),
    "phase_once": ("once", lambda g: 2 * MONTH * (1 + 3 * (g.replicas(30) - 1))),
    "phase_turn": ("in its turn", lambda g: MONTH * (1 + 0.1 + 3 * (g.replicas(30) - 2))),
}
"""By scenario: words in the names of the rows that it is about, and its optimum, USD."""


def test_every_scenario_is_worked_out():
    assert set(CASES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_optimum_is_the_one_worked_out_by_hand(catalog, name):
    golden = Golden.read(name, catalog)
    plan = planner.plan(golden.scenario, catalog=catalog, parameters=EXACT)
    assert plan.verified
    assert plan.objective_usd == pytest.approx(CASES[name][1](golden), rel=1e-5)


@pytest.mark.parametrize("name", [name for name, (words, _) in CASES.items() if words])
def test_without_its_rows_a_plan_would_cost_less(catalog, name):
    words, by_hand = CASES[name]
    golden = Golden.read(name, catalog)
    free = planner.solve(without(golden.program.problem, words), EXACT)
    assert free.status == "optimal"
    least = by_hand(golden)
    assert free.objective < least - 1e-3 * abs(least)


def test_what_is_left_undone_costs_its_penalty_once(catalog):
    """The other side of `item`: less than the work, which is then left."""
    golden = Golden.read("item", catalog)
    (run,) = golden.scenario.workloads
    waived = run.model_copy(update={"unmet_penalty_usd": 0.1})
    scenario = golden.scenario.model_copy(update={"workloads": (waived,)})
    plan = planner.plan(scenario, catalog=catalog, parameters=EXACT)
    assert plan.objective_usd == pytest.approx(0.1)
    assert 2 * golden.hours("run") > 0.1
