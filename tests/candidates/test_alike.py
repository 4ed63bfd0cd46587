"""What is sized once gives what sizing it anew would give, and is asked for no more often."""

from datetime import date

import pytest

from planner.candidates.alike import Enumerated
from planner.candidates.enumeration import enumerate_candidates
from planner.candidates.loads import Loads
from planner.candidates.sizing import Sizes
from planner.catalog.periods import by_period
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.placement import UserShare
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Pretraining, Serving

SIZES = {"architecture": "llama-3.1-8b", "input_tokens": 1000, "output_tokens": 100}
REGION = "europe/frankfurt"


def chat(name="chat", **changes):
    fields = {"kind": "serving", "name": name, "requests_per_s": 10.0, **SIZES}
    return Serving(**{**fields, **changes})


def heap(name="heap", **changes):
    fields = {"kind": "batch_inference", "tokens_b": 50.0, "deadline_days": 400.0, **SIZES}
    return BatchInference(name=name, **{**fields, **changes})


def run(**changes):
    fields = {"kind": "pretraining", "architecture": "llama-3.1-8b", "tokens_b": 1.0}
    return Pretraining(name="run", **{"deadline_days": 400.0, **fields, **changes})


def scenario(*workloads, **horizon):
    node_types = ("hgx-h100-8", "l40s-8")
    has_users = any(getattr(each, "users", None) for each in workloads)
    return Scenario(
        scenario="question",
        horizon=Horizon(**horizon),
        sites=tuple(
            ScenarioSite(
                name=name,
                pue=1.2,
                carbon_g_per_kwh=100.0,
                round_trip_ms={REGION: far} if has_users else {},
                capacity=tuple(
                    Offer(node_type=each, purchase="on_demand", usd_per_node_hour=20.0)
                    for each in node_types
                ),
            )
            for name, far in (("near", 10.0), ("far", 290.0))
        ),
        workloads=workloads,
    )


@pytest.fixture
def periods(catalog):
    def build(*workloads, **horizon):
        asked = scenario(*workloads, **horizon)
        known = check_scenario(asked, catalog)
        return by_period(staged(asked, known)), known

    return build


MONTHS = {"months": 3, "start": date(2024, 1, 1), "periods_by": "months"}
USERS = (UserShare(region=REGION, share=1.0),)


def test_months_have_the_candidates_that_each_alone_has(periods):
    """31, 29 and 31 days, requests that are under way for longer to one site, and jobs."""
    asked, known = periods(
        chat(ttft_ms=400.0, users=USERS), chat("other", ttft_ms=500.0), heap(), run(), **MONTHS
    )
    enumerated = Enumerated(known)
    for each in asked:
        alone = enumerate_candidates(each.scenario, known, paced_hours=each.paced_hours)
        assert enumerated.candidates(each) == alone
    assert len(enumerated.known) == 1


def test_a_job_of_one_month_makes_its_candidates_others(periods):
    asked, known = periods(chat(), run(deadline_days=20.0), **MONTHS)
    enumerated = Enumerated(known)
    for each in asked:
        assert enumerated.candidates(each) == enumerate_candidates(each.scenario, known)
    assert len(enumerated.known) == 2


@pytest.mark.parametrize(
    ("workloads", "is_sized_anew"),
    [
        ((chat(),), False),
        ((heap(),), False),
        ((heap("first"), heap("then", after=("first",))), True),
        ((run(),), True),
    ],
)
def test_only_what_has_a_pace_to_keep_is_sized_for_a_time(catalog, workloads, is_sized_anew):
    sizes = Sizes()
    counts = []
    for days in (31.0, 29.0):
        asked = scenario(*workloads, days=days)
        known = check_scenario(asked, catalog)
        enumerate_candidates(staged(asked, known), known, sizes)
        counts.append(len(sizes.answers))
    assert (counts[1] > counts[0]) == is_sized_anew


def test_workloads_that_differ_in_name_and_rank_are_sized_once(catalog):
    asked = scenario(chat(), chat("other", priority=1, requests_per_s=3.0), days=30.0)
    known = check_scenario(asked, catalog)
    sizes = Sizes()
    found = enumerate_candidates(staged(asked, known), known, sizes)
    assert len(sizes.answers) == 2  # of node types
    assert {each.deployment.workload for each in found.options} == {"chat", "other"}
    assert {each.workload for each in found.rejections} == {"chat", "other"}


def test_other_limits_on_latency_ask_the_same_replicas(catalog):
    asked = scenario(chat(), chat("swift", ttft_ms=300.0, tpot_ms=20.0), days=30.0)
    known = check_scenario(asked, catalog)
    sizes = Sizes()
    enumerate_candidates(staged(asked, known), known, sizes)
    assert len(sizes.answers) == 4
    assert len(sizes.loads.kept) == 2


def test_forgetting_replicas_changes_nothing(catalog):
    asked = scenario(chat(), chat("swift", ttft_ms=300.0), heap(), days=30.0)
    known = check_scenario(asked, catalog)
    sizes = Sizes(loads=Loads(most_classes=1))
    found = enumerate_candidates(staged(asked, known), known, sizes)
    assert len(sizes.loads.kept) == 1
    assert found == enumerate_candidates(staged(asked, known), known)
