"""Requests on users' own devices, planned whole: who may answer how much, and at whose expense."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.domain.hardware import NodeType
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import Device, OnDevice, RequestClass
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving

USERS = 10_000_000
SECONDS_PER_DAY = 86_400


def phone(**changes):
    fields = {
        "node_type": "oneplus-12",
        "architecture": "tinyllama-1.1b",
        "owner_share": 0.4,
        "daily_battery_share": 1.0,
    }
    return Device(**{**fields, **changes})


def chat(*devices, eligible_share=0.5, **changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 3000.0,
        "request_classes": (
            RequestClass(weight=3, input_tokens=60, output_tokens=100),
            RequestClass(weight=1, input_tokens=150, output_tokens=200),
        ),
        "on_device": OnDevice(users=USERS, eligible_share=eligible_share, devices=devices)
        if devices
        else None,
    }
    return Serving(**{**fields, **changes})


def ask(*workloads, node_types=()):
    offer = Offer(node_type="single", purchase="on_demand", usd_per_node_hour=3.0)
    single = NodeType(
        name="single",
        accelerator="H100-80GB-SXM",
        accelerators_per_node=1,
        host_power_w=200.0,
        host_power_basis="estimate",
        source="made up for a test",
    )
    return Scenario(
        scenario="devices",
        horizon=Horizon(days=10),
        sites=(ScenarioSite(name="hall", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,)),),
        workloads=workloads,
        node_types=(single, *node_types),
    )


@pytest.fixture
def planned(catalog):
    return lambda *asked, **changes: planner.plan(ask(*asked, **changes), catalog=catalog)


def test_owners_answer_their_eligible_part_of_every_size_and_the_data_center_shrinks(planned):
    """0.5 of the requests x 0.4 of the users, and servers enough that each device answer counts."""
    with_phones, without = planned(chat(phone())), planned(chat())
    (row,) = with_phones.offloaded
    assert [each.share for each in row.served] == pytest.approx([0.2, 0.2])
    assert row.share == pytest.approx(0.2)
    assert with_phones.cost_usd < without.cost_usd
    assert with_phones.energy_mwh < without.energy_mwh
    assert with_phones.workloads[0].met_share == pytest.approx(1.0)
    assert with_phones.workloads[0].tokens_b == pytest.approx(without.workloads[0].tokens_b)
    assert without.user_energy_mwh == 0


def test_energy_of_the_users_is_reported_apart_and_follows_from_time_and_power(planned, catalog):
    plan = planned(chat(phone(), request_classes=None, input_tokens=60, output_tokens=100))
    (row,) = plan.offloaded
    (served,) = row.served
    device = catalog.node_types["oneplus-12"]
    tdp_w = catalog.accelerators[device.accelerator].tdp_w
    busy_s = 1 / served.requests_per_s_per_replica
    requests = 3000 * SECONDS_PER_DAY * 10 * 0.2
    most_mwh = requests * busy_s * (tdp_w + device.host_power_w) / 3.6e9
    assert 0.5 * most_mwh < plan.user_energy_mwh == row.user_energy_mwh <= most_mwh
    per_owner_wh = plan.user_energy_mwh * 1e6 / 10 / (0.4 * USERS)
    assert row.daily_battery_share == pytest.approx(per_owner_wh / device.battery_wh)


def test_a_small_battery_budget_is_kept(planned):
    free = planned(chat(phone())).offloaded[0]
    budget = free.daily_battery_share / 4
    held = planned(chat(phone(daily_battery_share=budget))).offloaded[0]
    assert held.daily_battery_share <= budget * (1 + 1e-6)
    assert held.share < free.share


def test_tokens_come_as_fast_as_memory_is_read(planned, catalog):
    """Decoding TinyLlama in 16 bits: 2.2 GB a token over the bandwidth, launches on top."""
    asked = chat(
        phone(weight_precision="fp16"), request_classes=None, input_tokens=64, output_tokens=64
    )
    (served,) = planned(asked).offloaded[0].served
    part = catalog.accelerators["Snapdragon-8-Gen-3"]
    fastest_ms = 1.1e9 * 2 / (part.memory_bandwidth_gb_per_s * 1e9) * 1000
    assert served.batch == 1
    assert fastest_ms < served.tpot_ms < 2 * fastest_ms


def test_what_does_not_fit_or_is_too_slow_stays_in_the_data_center(planned):
    """70 B in 4 bits is 35 GB, the phone has 16."""
    large = planned(chat(phone(architecture="llama-3.1-70b")))
    assert not large.offloaded
    assert "memory" in {each.reason for each in large.rejections if each.node_type == "oneplus-12"}
    slow = planned(chat(phone(), tpot_ms=5.0))
    assert not slow.offloaded
    assert "tpot" in {each.reason for each in slow.rejections if each.node_type == "oneplus-12"}


def test_devices_that_are_plugged_in_have_no_battery_to_spare(planned):
    plan = planned(chat(phone(node_type="jetson-orin-nano-kit", daily_battery_share=0.0)))
    (row,) = plan.offloaded
    assert row.daily_battery_share is None
    assert row.share == pytest.approx(0.2)


def test_a_device_is_not_planned_to_answer_all_day(planned):
    """Two users of 3,000 requests a second: a tenth of the day of the one device at its pace."""
    asked = chat(
        phone(node_type="jetson-orin-nano-kit", owner_share=0.5),
        requests_per_s=3000.0,
    )
    few = asked.model_copy(update={"on_device": asked.on_device.model_copy(update={"users": 2})})
    plan = planned(few)
    for row in plan.offloaded:
        busy = sum(
            each.share * share * 3000.0 / each.requests_per_s_per_replica
            for each, share in zip(row.served, (0.75, 0.25), strict=False)
        )
        assert busy <= 0.1 * (1 + 1e-6)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=4))
def test_more_eligible_requests_never_cost_more(catalog, shares):
    plans = [
        planner.plan(ask(chat(phone(), eligible_share=share)), catalog=catalog)
        for share in sorted(shares)
    ]
    costs = [plan.cost_usd for plan in plans]
    assert costs == sorted(costs, reverse=True)


NUMBERS = (
    ("share", 0.1),
    ("memory_gib_per_accelerator", 1.0),
    ("daily_battery_share", 0.5),
    ("user_energy_mwh", 1.0),
    ("architecture", "phi-2"),
    ("precision", "bf16"),
    ("node_type", "iphone-15-pro"),
)


@pytest.mark.parametrize(("field", "value"), NUMBERS)
def test_the_checker_sees_a_row_of_devices_that_is_changed(catalog, field, value):
    scenario = ask(chat(phone()))
    plan = planner.plan(scenario, catalog=catalog)
    row = plan.offloaded[0].model_copy(update={field: value})
    forged = plan.model_copy(update={"offloaded": (row,)})
    assert planner.verify(forged, scenario, catalog)


def test_the_checker_sees_owners_that_answer_too_much(catalog):
    scenario, generous = ask(chat(phone(owner_share=0.05))), ask(chat(phone()))
    plan = planner.plan(generous, catalog=catalog)
    found = planner.verify(plan, scenario, catalog)
    assert any("owners' eligible requests" in each.rule for each in found)


@pytest.mark.parametrize(
    ("device", "field"),
    [
        (phone(node_type="oneplus-13"), "node_type"),
        (phone(architecture="tinyllama"), "architecture"),
    ],
)
def test_unknown_names_of_devices_are_refused(catalog, device, field):
    with pytest.raises(planner.InputError) as caught:
        planner.plan(ask(chat(device)), catalog=catalog)
    (fault,) = caught.value.faults
    assert fault.field == f"workloads.0.on_device.devices.0.{field}"


def test_users_own_one_device_each():
    with pytest.raises(ValueError, match=r"adds up to 1\.2"):
        OnDevice(
            users=1,
            eligible_share=1.0,
            devices=(phone(owner_share=0.6), phone(node_type="iphone-15-pro", owner_share=0.6)),
        )
