"""The catalog: every record by name, from whichever plugin, in whichever order."""

import itertools
import json
from dataclasses import FrozenInstanceError, replace

import pytest

from planner.catalog.index import build_catalog, extended
from planner.catalog.scenario_file import read_scenario
from planner.domain.architecture import Architecture, ArchitectureProfile, AttentionGroup
from planner.domain.contribution import Contribution, Origin
from planner.domain.hardware import Accelerator, NodeType, PeakRates
from planner.domain.pricing import Price, PurchaseTerms
from planner.domain.record import Count, Record
from planner.domain.site import Site
from planner.errors import InputError, PluginError

ACME = Origin("acme", "acme-planner", "1.2")
OTHER = Origin("other", "other-planner", "0.3")

PART = Accelerator(
    name="A1",
    title="A one",
    vendor="Acme",
    segment="edge",
    memory_gib=16,
    memory_bandwidth_gb_per_s=320,
    peak_dense_tflops=PeakRates(bf16=100),
    confidence="low",
    source="data sheet",
)
NODE = NodeType(
    name="acme-8",
    accelerator="A1",
    accelerators_per_node=8,
    host_power_w=900,
    host_power_basis="estimate",
    source="data sheet",
)
SITE = Site(
    name="acme/oslo",
    title="Oslo",
    latitude=59.9,
    longitude=10.7,
    pue=1.1,
    pue_basis="measured 2025",
    carbon_g_per_kwh=30,
    carbon_basis="2025 mean",
    source="our meters",
)
PRICE = Price(
    site="acme/oslo",
    node_type="acme-8",
    purchase="lease",
    usd_per_node_hour=16,
    as_of="2026-11-01",
    basis="listed",
    source="price list",
)
ARCHITECTURE = Architecture(
    name="ring-1", kind="ring", source="paper", parameters={"layers": 3}, max_context_tokens=4096
)


class RingParameters(Record):
    layers: Count


class Ring:
    """A kind of architecture."""

    name = "ring"
    parameters = RingParameters

    def profile(self, parameters):
        group = AttentionGroup(parameters.layers, 2, 4)
        return ArchitectureProfile(
            parameters_total=10.0 * parameters.layers,
            parameters_active=10.0 * parameters.layers,
            layers=parameters.layers,
            hidden=8,
            attention=(group,),
            kv_heads=1,
            vocabulary=100,
        )


class Lease:
    """A pricing rule."""

    name = "lease"
    parameters = RingParameters
    price_list = "lease"

    def terms(self, *_):
        return PurchaseTerms(1.0, None, pays_electricity=False)

    def invoice(self, *_):
        return ()


RECORDS = {
    "planner_accelerators": PART,
    "planner_node_types": NODE,
    "planner_architectures": ARCHITECTURE,
    "planner_architecture_kinds": Ring(),
    "planner_sites": SITE,
    "planner_prices": PRICE,
    "planner_pricing_rules": Lease(),
}
FIELDS = ["accelerators", "node_types", "architectures", "kinds", "sites", "pricing_rules"]


def from_one(**changed):
    """One record a hook, all from one plugin; a change takes the place of a hook's answers."""
    answers = {hook: (Contribution(record, ACME),) for hook, record in RECORDS.items()}
    return answers | {f"planner_{hook}": contributions for hook, contributions in changed.items()}


def refusal(answers):
    with pytest.raises(PluginError) as caught:
        build_catalog(answers)
    (fault,) = caught.value.faults
    return fault


def test_every_record_is_found_by_its_name_and_knows_its_plugin():
    catalog = build_catalog(from_one(), (ACME,))
    for field, record in zip(FIELDS, [PART, NODE, ARCHITECTURE, None, SITE, None], strict=True):
        table = getattr(catalog, field)
        (name,) = table
        assert record is None or table[name] is record
        assert table[name].name == name
        assert catalog.origins[(field, name)] == ACME
    assert catalog.prices == {("acme/oslo", "acme-8", "lease"): PRICE}
    assert catalog.plugins == (ACME,)


def test_catalog_of_nothing():
    catalog = build_catalog({})
    assert all(len(getattr(catalog, field)) == 0 for field in FIELDS)
    assert len(catalog.prices) == 0


def test_the_installed_catalog_knows_where_everything_is_from(catalog):
    for field in FIELDS:
        table = getattr(catalog, field)
        assert table
        assert list(table) == sorted(table)
        for name in table:
            assert catalog.origins[(field, name)].distribution == "gpu-cluster-planner"
    assert list(catalog.prices) == sorted(catalog.prices)


def test_tables_cannot_be_changed(catalog):
    with pytest.raises(TypeError):
        catalog.accelerators["A1"] = PART
    with pytest.raises(FrozenInstanceError):
        catalog.accelerators = {}


def test_order_of_plugins_changes_neither_the_catalog_nor_its_digest():
    records = [PART.model_copy(update={"name": name}) for name in ("A1", "B2", "C3")]
    contributions = [Contribution(record, Origin(f"p{n}")) for n, record in enumerate(records)]
    orders = list(itertools.permutations(contributions))
    built = [build_catalog(from_one(accelerators=order)) for order in orders]
    assert len({catalog.digest() for catalog in built}) == 1
    assert {tuple(catalog.accelerators) for catalog in built} == {("A1", "B2", "C3")}
    assert all(catalog.origins == built[0].origins for catalog in built)


def changed_record(record, **fields):
    return Contribution(record.model_copy(update=fields), ACME)


@pytest.mark.parametrize(
    ("hook", "contribution"),
    [
        ("accelerators", changed_record(PART, memory_gib=17)),
        ("node_types", changed_record(NODE, host_power_w=901)),
        ("architectures", changed_record(ARCHITECTURE, parameters={"layers": 4})),
        ("sites", changed_record(SITE, carbon_g_per_kwh=31)),
        ("prices", changed_record(PRICE, usd_per_node_hour=16.01)),
    ],
)
def test_digest_shows_every_change(hook, contribution):
    before = build_catalog(from_one()).digest()
    assert build_catalog(from_one(**{hook: (contribution,)})).digest() != before
    assert build_catalog(from_one()).digest() == before


@pytest.mark.parametrize("hook", [hook for hook in RECORDS if hook != "planner_prices"])
def test_two_records_of_one_name_name_both_plugins(hook):
    answers = from_one() | {hook: tuple(Contribution(RECORDS[hook], o) for o in (ACME, OTHER))}
    told = str(refusal(answers))
    assert "plugin acme (acme-planner 1.2)" in told
    assert "plugin other (other-planner 0.3)" in told
    assert RECORDS[hook].name in told


def test_two_prices_of_one_place_node_type_and_rule_name_both_plugins():
    twice = tuple(Contribution(PRICE, origin) for origin in (ACME, OTHER))
    told = str(refusal(from_one(prices=twice)))
    assert "plugin acme (acme-planner 1.2)" in told
    assert "plugin other (other-planner 0.3)" in told
    assert "acme/oslo / acme-8 / lease" in told


def test_one_name_in_two_tables_is_no_clash():
    named = NODE.model_copy(update={"name": "A1"})
    catalog = build_catalog(from_one(node_types=(Contribution(named, OTHER),)))
    assert catalog.origins[("node_types", "A1")] == OTHER
    assert catalog.origins[("accelerators", "A1")] == ACME


class NoRecord(Lease):
    parameters = dict


class NoFunction(Lease):
    terms = None


class NoName(Lease):
    name = 5


class Unreadable(Lease):
    @property
    def name(self):
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("accelerators", NODE),
        ("accelerators", {"name": "A1"}),
        ("accelerators", None),
        ("accelerators", Accelerator),
        ("prices", NODE),
        ("prices", "cheap"),
        ("architecture_kinds", Ring),
        ("architecture_kinds", Lease()),
        ("pricing_rules", Lease),
        ("pricing_rules", NoRecord()),
        ("pricing_rules", NoFunction()),
        ("pricing_rules", NoName()),
        ("pricing_rules", Unreadable()),
        ("pricing_rules", NODE),
    ],
)
def test_answers_of_another_type_name_plugin_and_hook(hook, answer):
    told = str(refusal(from_one(**{hook: (Contribution(answer, OTHER),)})))
    assert told.startswith("plugin other (other-planner 0.3): ")
    assert f"planner_{hook}" in told


def test_a_node_type_of_an_unknown_accelerator_names_its_plugin():
    lost = NODE.model_copy(update={"accelerator": "A-1"})
    fault = refusal(from_one(node_types=(Contribution(lost, OTHER),)))
    assert fault.source == "plugin other (other-planner 0.3)"
    assert "acme-8" in fault.rule
    assert (fault.value, fault.hint) == ("A-1", "did you mean A1?")


def test_a_profile_follows_from_kind_and_parameters():
    profile = build_catalog(from_one()).profile(ARCHITECTURE)
    assert (profile.layers, profile.parameters_total) == (3, 30)
    assert profile.max_context_tokens == 4096


def test_profile_of_an_unknown_kind_names_the_nearest():
    catalog = build_catalog(from_one())
    with pytest.raises(InputError) as caught:
        catalog.profile(ARCHITECTURE.model_copy(update={"kind": "rings"}))
    (fault,) = caught.value.faults
    assert (fault.field, fault.value, fault.hint) == ("kind", "rings", "did you mean ring?")


def test_parameters_that_the_kind_refuses():
    catalog = build_catalog(from_one())
    broken = ARCHITECTURE.model_copy(update={"parameters": {"layer": 3}})
    with pytest.raises(InputError) as caught:
        catalog.profile(broken)
    assert [(fault.field, fault.rule, fault.hint) for fault in caught.value.faults] == [
        ("parameters.layers", "is needed", ""),
        ("parameters.layer", "is no field of ring parameters", "did you mean layers?"),
    ]
    assert all(fault.source == "architecture ring-1" for fault in caught.value.faults)


class Failing(Ring):
    def profile(self, parameters):
        raise ZeroDivisionError(f"of {parameters.layers}")


class Talking(Ring):
    def profile(self, parameters):
        return {"layers": parameters.layers}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Failing(), "asked for ring-1, raised ZeroDivisionError: of 3"),
        (Talking(), "must answer with ArchitectureProfile, got a mapping of 1 fields"),
    ],
)
def test_a_kind_that_fails_names_its_plugin(kind, said):
    catalog = build_catalog(from_one(architecture_kinds=(Contribution(kind, OTHER),)))
    with pytest.raises(PluginError) as caught:
        catalog.profile(ARCHITECTURE)
    assert str(caught.value).startswith("plugin other (other-planner 0.3): architecture kind ring")
    assert said in str(caught.value)


class HalfParameters(Record):
    layers: Count


class Half:
    """A kind that changes other architectures."""

    name = "half"
    parameters = HalfParameters

    def derived(self, parameters, base):
        return replace(base, layers=parameters.layers, parameters_total=base.parameters_total / 2)


HALF = Architecture(
    name="half-1", kind="half", base="ring-1", source="paper", parameters={"layers": 2}
)


def with_half(*architectures):
    answers = from_one(derived_architecture_kinds=(Contribution(Half(), OTHER),))
    own = (ARCHITECTURE, HALF, *architectures)
    return build_catalog(
        answers | {"planner_architectures": tuple(Contribution(each, ACME) for each in own)}
    )


def test_a_derived_profile_follows_from_that_of_its_base():
    catalog = with_half()
    profile = catalog.profile(HALF)
    assert (profile.layers, profile.parameters_total) == (2, 15)
    assert profile.max_context_tokens == 4096
    twice = HALF.model_copy(update={"name": "half-2", "base": "half-1", "max_context_tokens": 8})
    assert catalog.profile(twice).parameters_total == 7.5
    assert catalog.profile(twice).max_context_tokens == 8


@pytest.mark.parametrize(
    ("architecture", "rule", "hint"),
    [
        (HALF.model_copy(update={"base": None}), "is needed: the architecture that kind half", ""),
        (HALF.model_copy(update={"base": "ring-2"}), "unknown architecture", "did you mean ring-1"),
        (HALF.model_copy(update={"base": "half-1"}), "leads back to itself (half-1 -> half-1)", ""),
        (HALF.model_copy(update={"base": "there"}), "(half-1 -> there -> back -> there)", ""),
        (ARCHITECTURE.model_copy(update={"base": "half-1"}), "must be left out: kind ring", ""),
        (HALF.model_copy(update={"base": "bad"}), "its parameters.layers is needed", ""),
    ],
)
def test_a_base_that_cannot_be_is_refused_at_its_field(architecture, rule, hint):
    there = HALF.model_copy(update={"name": "there", "base": "back"})
    back = HALF.model_copy(update={"name": "back", "base": "there"})
    bad = ARCHITECTURE.model_copy(update={"name": "bad", "parameters": {}})
    with pytest.raises(InputError) as caught:
        with_half(there, back, bad).profile(architecture)
    (fault,) = caught.value.faults
    assert (fault.field, fault.value) == ("base", architecture.base)
    assert rule in fault.rule
    assert hint in fault.hint


def test_kinds_have_one_name_whether_or_not_they_derive():
    class Ringed(Half):
        name = "ring"

    told = str(refusal(from_one(derived_architecture_kinds=(Contribution(Ringed(), OTHER),))))
    assert "kinds already has an entry of this name, from plugin acme" in told


@pytest.fixture
def own(read, changed):
    """A scenario with a part, a server and an architecture of its own."""
    part = json.loads(PART.model_dump_json(exclude_none=True))
    node = json.loads(NODE.model_dump_json(exclude_none=True))
    tables = f"accelerators: [{json.dumps(part)}]\nnode_types: [{json.dumps(node)}]\n"
    return read(changed("architectures:\n", f"{tables}architectures:\n"))


def test_records_of_a_scenario_extend_the_catalog(catalog, own):
    known = extended(catalog, own)
    assert known.accelerators["A1"] == PART
    assert known.node_types["acme-8"] == NODE
    assert known.architectures["my-moe"].kind == "moe"
    for table, name in (
        ("accelerators", "A1"),
        ("node_types", "acme-8"),
        ("architectures", "my-moe"),
    ):
        assert str(known.origins[(table, name)]) == "scenario small"
        assert len(getattr(known, table)) == len(getattr(catalog, table)) + 1
        assert list(getattr(known, table)) == sorted(getattr(known, table))
        assert name not in getattr(catalog, table)
    assert known.prices is catalog.prices
    assert known.digest() != catalog.digest()


def test_a_scenario_without_records_of_its_own_changes_nothing(catalog, write, valid):
    text = valid[: valid.index("architectures:")].replace("my-moe", "llama-3.1-8b")
    scenario = read_scenario(write(text), catalog)
    assert extended(catalog, scenario).digest() == catalog.digest()
