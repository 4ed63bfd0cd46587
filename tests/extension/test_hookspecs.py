"""The documentation of the seam: every example in it runs and is taken."""

import inspect
import re
import textwrap
from dataclasses import replace

import pytest

from planner.catalog.index import build_catalog
from planner.domain.agreement import PaymentCurve, Segment
from planner.domain.architecture import Architecture, ArchitectureProfile, AttentionGroup
from planner.domain.architecture_config import ConfigReading
from planner.domain.hardware import Accelerator, NodeType, PeakRates
from planner.domain.importing import ImportedPrices
from planner.domain.network import Link, UserRegion
from planner.domain.pricing import Price, PurchaseTerms
from planner.domain.record import Count, Record
from planner.domain.site import Site
from planner.extension import hookimpl, hookspecs
from planner.extension.host import gather

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("planner_"))


class Parameters(Record):
    layers: Count


class StateSpace:
    """As the documentation of architecture kinds describes it."""

    name = "state_space"
    parameters = Parameters

    def profile(self, parameters):
        count = 100.0 * parameters.layers
        groups = (AttentionGroup(parameters.layers, 0, 0),)
        return ArchitectureProfile(count, count, parameters.layers, 8, groups, 1, 100)


class Halved:
    """As the documentation of derived kinds describes it."""

    name = "halved"
    parameters = Parameters

    def derived(self, parameters, base):
        return replace(base, layers=parameters.layers)


class Distilled:
    """As the documentation of training methods describes it."""

    name = "distilled"
    parameters = Parameters

    def stages(self, *_):
        return ()


class Auction:
    """As the documentation of pricing rules describes it."""

    name = "auction"
    parameters = Parameters
    price_list = "auction"

    def terms(self, *_):
        return PurchaseTerms(1.0, None, pays_electricity=False)

    def invoice(self, *_):
        return ()


class Rebate:
    """As the documentation of agreement rules describes it."""

    name = "rebate"
    parameters = Parameters
    charges = ("usage",)

    def terms(self, _):
        return PaymentCurve("year", (Segment(0.0, 0.0, 0.9),))

    def invoice(self, *_):
        return ()


class OwnList:
    """As the documentation of price importers describes it."""

    name = "own_list"

    def files(self, folder):
        return folder.glob("*.txt")

    def prices(self, *_):
        return ImportedPrices(())


class OwnFormat:
    """As the documentation of config readers describes it."""

    name = "own_format"

    def reading(self, config):
        return ConfigReading("dense", config) if "layers" in config else None


NAMES = {
    each.__name__: each
    for each in (
        Accelerator,
        Architecture,
        Auction,
        Distilled,
        Halved,
        Link,
        NodeType,
        OwnFormat,
        OwnList,
        PeakRates,
        Price,
        Rebate,
        Site,
        StateSpace,
        UserRegion,
    )
}


def test_there_are_these_questions():
    assert HOOKS == [
        "planner_accelerators",
        "planner_agreement_rules",
        "planner_architecture_kinds",
        "planner_architectures",
        "planner_config_readers",
        "planner_derived_architecture_kinds",
        "planner_links",
        "planner_node_types",
        "planner_price_importers",
        "planner_prices",
        "planner_pricing_rules",
        "planner_sites",
        "planner_training_methods",
        "planner_user_regions",
    ]


def example(hook):
    """The plugin that the documentation of a hook shows."""
    documented = inspect.getdoc(getattr(hookspecs, hook))
    code = re.search(r"Example: `(.*?)`", documented, re.DOTALL)[1]
    scope = dict(NAMES)
    exec(f"def {hook}():\n{textwrap.indent(textwrap.dedent(code), '    ')}", scope)
    return scope[hook]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_of_every_hook_runs_and_is_taken(hook):
    class Plugin:
        pass

    plugin = Plugin()
    setattr(plugin, hook, hookimpl(example(hook)))
    if hook == "planner_node_types":
        plugin.planner_accelerators = hookimpl(example("planner_accelerators"))
    answers = gather([("acme", plugin)])
    given = [each.record for each in answers.by_hook[hook] if each.origin.plugin == "acme"]
    assert len(given) == 1
    build_catalog(answers.by_hook, answers.plugins)


def test_the_example_of_the_module_is_a_plugin():
    documented = hookspecs.__doc__
    code = documented[documented.index("# acme_planner.py") : documented.index("A hook receives")]
    scope = {}
    exec(textwrap.dedent(f"    {code}"), scope)

    class Plugin:
        planner_node_types = staticmethod(scope["planner_node_types"])

    answers = gather([("acme", Plugin())])
    catalog = build_catalog(answers.by_hook)
    assert catalog.node_types["acme-h100-4"].accelerators_per_node == 4


def test_the_specifications_answer_nothing_themselves():
    for hook in HOOKS:
        with pytest.raises(NotImplementedError):
            getattr(hookspecs, hook)()
