"""Plugins: found, asked, and named when their answer is none."""

import sys
import textwrap
import types

import pytest

from planner.catalog.index import build_catalog
from planner.catalog.tables import read_table
from planner.domain.contribution import Origin
from planner.domain.hardware import NodeType
from planner.errors import PluginError
from planner.extension import hookimpl, hookspecs
from planner.extension.host import gather

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("planner_"))
NODE = NodeType(
    name="acme-8",
    accelerator="H100-80GB-SXM",
    accelerators_per_node=8,
    host_power_w=900,
    host_power_basis="estimate",
    source="data sheet",
)


def plugin(function, name="planner_node_types", mark=hookimpl):
    """A module with one hook."""
    module = types.ModuleType("acme_planner")
    setattr(module, name, mark(function) if mark else function)
    return module


def answering(answer, name="planner_node_types"):
    return plugin(lambda: answer, name)


def refusal(*plugins):
    with pytest.raises(PluginError) as caught:
        gather(plugins)
    (fault,) = caught.value.faults
    assert "\n" not in str(fault)
    return fault


def test_the_built_in_plugins_are_installed_like_any_other():
    answers = gather()
    names = [origin.plugin for origin in answers.plugins]
    assert names == sorted(names)
    assert {"architectures", "grid", "hardware", "pricing"} <= set(names)
    assert {origin.distribution for origin in answers.plugins} == {"gpu-cluster-planner"}
    assert set(answers.by_hook) == set(HOOKS)
    assert all(answers.by_hook.values())


def test_a_plugin_made_by_hand_contributes_records():
    answers = gather([("acme", answering([NODE]))])
    found = [each for each in answers.by_hook["planner_node_types"] if each.origin.plugin == "acme"]
    assert [each.record for each in found] == [NODE]
    assert Origin("acme") in answers.plugins
    catalog = build_catalog(answers.by_hook, answers.plugins)
    assert catalog.node_types["acme-8"] == NODE
    assert catalog.origins[("node_types", "acme-8")] == Origin("acme")


class Methods:
    """A plugin as an object."""

    @hookimpl
    def planner_node_types(self):
        yield NODE

    @staticmethod
    @hookimpl
    def planner_sites():
        return ()

    @hookimpl(specname="planner_prices")
    def list_prices(self):
        return iter(())

    def helper(self):
        raise AssertionError("nobody asked")

    @property
    def table(self):
        raise AssertionError("nobody asked")


def test_objects_and_generators_and_other_function_names_will_do():
    answers = gather([("acme", Methods())])
    assert any(each.record is NODE for each in answers.by_hook["planner_node_types"])


def test_order_of_plugins_does_not_matter():
    nodes = [NODE.model_copy(update={"name": name}) for name in ("a8", "b8", "c8")]
    plugins = [(f"p{node.name}", answering([node])) for node in nodes]
    one, other = gather(plugins), gather(reversed(plugins))
    assert one.plugins == other.plugins
    assert one.by_hook["planner_node_types"] == other.by_hook["planner_node_types"]
    assert build_catalog(one.by_hook).digest() == build_catalog(other.by_hook).digest()


def failing(error):
    def function():
        raise error

    return plugin(function)


def stopping_halfway():
    yield NODE
    raise KeyError("halfway")


@pytest.mark.parametrize(
    ("faulty", "field", "said"),
    [
        (failing(ValueError("no\nfile")), "planner_node_types", "raised ValueError: no file"),
        (failing(SystemExit(0)), "planner_node_types", "raised SystemExit: 0"),
        (failing(RecursionError()), "planner_node_types", "raised RecursionError"),
        (plugin(stopping_halfway), "planner_node_types", "raised KeyError: 'halfway'"),
        (answering(None), "planner_node_types", "must answer with an iterable of records, not Non"),
        (answering(5), "planner_node_types", "must answer with an iterable of records, not int"),
        (
            plugin(lambda: [NODE], "planner_node_type"),
            *("planner_node_type", "no such hook; there are planner_accelerators, planner_agre"),
        ),
        (
            plugin(lambda: [NODE], "planer_node_types"),
            *("planer_node_types", "no such hook; there are planner_accelerators, planner_agre"),
        ),
        (plugin(lambda: [NODE], mark=None), "planner_node_types", "must be marked @hookimpl"),
        (
            plugin(lambda: [NODE], "nodes", hookimpl(specname="planner_nodes")),
            *("nodes", "no such hook; there are "),
        ),
        (plugin(lambda catalog: [catalog]), "", "cannot be registered (PluginValidationError: "),
        (types.ModuleType("acme_planner"), "", "has no hook; there are planner_accelerators, "),
        (None, "", "has no hook; there are "),
    ],
)
def test_faulty_plugins_are_named(faulty, field, said):
    fault = refusal(("acme", faulty))
    assert (fault.source, fault.field) == ("acme", field)
    assert fault.rule.startswith(said)


def test_all_misspelt_hooks_are_told_at_once():
    module = plugin(stopping_halfway, "planner_node_type")
    module.planner_site = hookimpl(stopping_halfway)
    with pytest.raises(PluginError) as caught:
        gather([("acme", module)])
    assert [fault.field for fault in caught.value.faults] == ["planner_node_type", "planner_site"]


def test_constants_and_modules_that_are_called_like_hooks_are_no_hooks():
    module = answering([NODE])
    module.planner_version = "1.0"
    module.planner_data = types.ModuleType("planner_data")
    assert any(
        each.record is NODE for each in gather([("a", module)]).by_hook["planner_node_types"]
    )


def test_errors_of_a_plugins_own_table_keep_their_places(tmp_path):
    table = tmp_path / "nodes.csv"
    table.write_text("name,accelerator\nacme-8,H100\n\nacme 9,\n")
    with pytest.raises(PluginError) as caught:
        gather([("acme", plugin(lambda: read_table(table, NodeType)))])
    faults = caught.value.faults
    assert {fault.source for fault in faults} == {f"acme: {table}"}
    assert {fault.line for fault in faults} == {2, 4}
    assert {"name", "accelerators_per_node"} <= {fault.field for fault in faults}


@pytest.mark.parametrize("answer", ["text", {"a": 1}, [None], [NodeType], [{"name": "x"}], NODE])
def test_records_of_another_type_are_refused_with_the_name_of_the_plugin(answer):
    answers = gather([("acme", answering(answer))])
    with pytest.raises(PluginError, match=r"^acme: planner_node_types must answer with NodeType"):
        build_catalog(answers.by_hook)


def test_two_plugins_of_one_name_are_both_named():
    fault = refusal(("hardware", answering([NODE])))
    assert fault.source == "hardware"
    assert fault.rule.startswith("the plugin name is taken by plugin hardware (gpu-cluster-plan")
    twice = [("acme", answering([])), ("acme", answering([]))]
    assert refusal(*twice).rule == "the plugin name is taken by acme"


def test_one_object_under_two_names():
    module = answering([NODE])
    assert str(refusal(("a", module), ("b", module))) == "b: is registered already, as a"


def test_a_plugin_without_a_name():
    assert refusal(("", answering([NODE]))).rule == "must have a name"


MODULE = """
    from planner.domain.hardware import NodeType
    from planner.extension import hookimpl

    @hookimpl
    def planner_node_types():
        return [NodeType(name="{node}", accelerator="H100-80GB-SXM", accelerators_per_node=8,
                         host_power_w=900, host_power_basis="estimate", source="data sheet")]
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Install a distribution with one plugin into a folder on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = set(sys.modules)

    def install(plugin, code, name="acme-planner", metadata=None):
        module = f"{name.replace('-', '_')}_module"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        if metadata is None:
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n"
        if metadata:
            (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[planner]\n{plugin} = {module}\n")

    yield install
    for name in set(sys.modules) - modules:
        if name.endswith("_planner_module"):
            del sys.modules[name]


def installed_refusal():
    with pytest.raises(PluginError) as caught:
        gather()
    (fault,) = caught.value.faults
    return fault


def test_an_installed_distribution_is_found(distribution):
    distribution("acme", MODULE.format(node="acme-8"))
    answers = gather()
    origin = Origin("acme", "acme-planner", "1.2")
    assert origin in answers.plugins
    assert str(origin) == "plugin acme (acme-planner 1.2)"
    catalog = build_catalog(answers.by_hook, answers.plugins)
    assert catalog.node_types["acme-8"].accelerators_per_node == 8
    assert catalog.origins[("node_types", "acme-8")] == origin


def test_a_distribution_that_is_found_twice_is_asked_once(distribution, tmp_path, monkeypatch):
    distribution("acme", MODULE.format(node="acme-8"))
    again = tmp_path / "again"
    again.mkdir()
    for each in tmp_path.glob("*.dist-info"):
        (again / each.name).mkdir()
        for file in each.iterdir():
            (again / each.name / file.name).write_bytes(file.read_bytes())
    monkeypatch.syspath_prepend(str(again))
    names = [each.record.name for each in gather().by_hook["planner_node_types"]]
    assert names.count("acme-8") == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_n"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def broken(:", "SyntaxError: "),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("from planner.domain.hardware import Nothing", "ImportError: cannot import name"),
    ],
)
def test_a_plugin_that_cannot_be_imported_names_its_distribution(distribution, code, said):
    distribution("acme", code)
    fault = installed_refusal()
    assert fault.source == "plugin acme (acme-planner 1.2)"
    assert fault.field == "acme_planner_module"
    assert fault.rule.startswith(f"cannot be imported ({said}")


def test_two_distributions_with_one_plugin_name_are_both_named(distribution):
    distribution("acme", MODULE.format(node="acme-8"))
    distribution("acme", MODULE.format(node="acme-9"), name="other-planner")
    fault = installed_refusal()
    assert fault.source == "plugin acme (other-planner 1.2)"
    assert fault.rule == "the plugin name is taken by plugin acme (acme-planner 1.2)"


def test_two_distributions_with_one_record_name_are_both_named(distribution):
    distribution("acme", MODULE.format(node="acme-8"))
    distribution("other", MODULE.format(node="acme-8"), name="other-planner")
    with pytest.raises(PluginError) as caught:
        build_catalog(gather().by_hook)
    told = str(caught.value)
    assert "plugin acme (acme-planner 1.2)" in told
    assert "plugin other (other-planner 1.2)" in told


def test_what_an_uninstalled_distribution_left_behind_is_named(distribution):
    distribution("acme", "import nothing_of_this_name", metadata="")
    fault = installed_refusal()
    assert fault.source == "plugin acme (nameless ?)"
