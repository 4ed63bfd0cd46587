"""Configs that a scenario names: where they may lie, and what becomes of the architecture."""

import json

import pytest

import planner
from planner.catalog.index import build_catalog
from planner.catalog.references import check_scenario
from planner.catalog.scenario_file import read_scenario
from planner.domain.architecture import Architecture
from planner.domain.architecture_config import ConfigReading
from planner.domain.contribution import Contribution, Origin
from planner.errors import Fault, InputError, PluginError
from planner.extension.host import gather

# Llama 3.1 8B, whose counts the catalog has
CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
    "max_position_embeddings": 131072,
}
CUT = (
    "  - { name: cut, kind: sliced, base: other, source: x, parameters: { sliced_share: 0.25 } }\n"
)
NAMED = "    config: config.json\n    source: our lab\n"


@pytest.fixture
def configured(valid):
    """The small scenario with a config in the place of kind and parameters."""

    def text(stated=NAMED):
        head, _ = valid.split("    kind: moe\n")
        return head + stated

    return text


@pytest.fixture
def put(write):
    """Write a config, as JSON unless it is text already."""

    def to_file(config=CONFIG, name="config.json", **change):
        is_text = isinstance(config, str | bytes)
        return write(config if is_text else json.dumps(config | change, indent=1), name)

    return to_file


def test_a_config_gives_kind_parameters_and_context(read, put, configured, catalog):
    put()
    scenario = read(configured())
    (mine,) = scenario.architectures
    assert (mine.name, mine.kind, mine.config, mine.base) == ("my-moe", "dense", None, None)
    assert mine.max_context_tokens == 131072
    assert catalog.profile(mine) == catalog.profile(catalog.architectures["llama-3.1-8b"])
    check_scenario(scenario, catalog)
    # what was read is a scenario of its own, that needs the config no more
    assert type(scenario).model_validate_json(scenario.model_dump_json()) == scenario


def test_a_stated_context_goes_before_that_of_the_config(read, put, configured):
    put()
    (mine,) = read(configured(NAMED + "    max_context_tokens: 8192\n")).architectures
    assert mine.max_context_tokens == 8192


def test_an_architecture_may_be_derived_from_one_with_a_config(read, put, configured, catalog):
    put()
    scenario = read(configured(NAMED + CUT.replace("other", "my-moe")))
    assert check_scenario(scenario, catalog).profile(scenario.architectures[1]).hidden == 3072


def test_paths_count_from_the_scenario_file(tmp_path, monkeypatch, read, put, configured):
    (tmp_path / "configs").mkdir()
    put(name="configs/mine.json")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    text = configured(NAMED.replace("config.json", "configs/mine.json"))
    assert read(text).architectures[0].kind == "dense"


@pytest.mark.parametrize(
    "name", ["../outside.json", "inside/../../outside.json", "/etc/passwd", "link.json", '"a\\0b"']
)
def test_nothing_outside_the_folder_is_read(tmp_path, write, faults_at, configured, name):
    (tmp_path / "outside.json").write_text(json.dumps(CONFIG))
    (tmp_path / "here" / "inside").mkdir(parents=True)
    (tmp_path / "here" / "link.json").symlink_to(tmp_path / "outside.json")
    text = configured(NAMED.replace("config.json", name))
    (fault,) = faults_at(write(text, "here/scenario.yaml"))
    assert fault.rule == "must be a path below the folder of the scenario file"
    assert (fault.field, fault.line) == ("architectures.0.config", 44)


def test_a_missing_config_is_told_at_the_line_that_names_it(fault_of, put, configured, tmp_path):
    put()
    fault = fault_of(configured(NAMED.replace("config.json", "confg.json")))
    assert fault.source == str(tmp_path / "scenario.yaml")
    assert (fault.field, fault.line) == ("architectures.0.config", 44)
    assert fault.rule == "there is no such file"
    assert str(tmp_path / "config.json") in fault.hint


PRETTY = json.dumps(CONFIG, indent=1)


@pytest.mark.parametrize(
    ("content", "line_and_field", "told"),
    [
        ("", (1, ""), "is no valid JSON"),
        ("not JSON", (1, ""), "is no valid JSON"),
        (PRETTY[:-20], (10, ""), "is no valid JSON"),
        ("[1, 2]", (1, ""), "must be a JSON object, as config.json files are, got a list of 2"),
        ("5", (1, ""), "must be a JSON object"),
        (b"{\n\xff}", (2, ""), "must be UTF-8 text"),
        ("{}", (1, ""), "is in no format that a config reader knows (there are huggingface)"),
        ('{"n_layer": 5}', (1, ""), "is in no format"),
        (PRETTY.replace('"llama"', '"lama"'), (2, "model_type"), "did you mean llama"),
        (PRETTY.replace("32,", "0,", 1), (3, "num_hidden_layers"), "must be at least 1, got 0"),
        (
            PRETTY.replace("4096", '"4096"'),
            (4, "hidden_size"),
            "must be a whole number, got '4096'",
        ),
        (PRETTY.replace("4096", "NaN"), (4, "hidden_size"), "must be a finite number"),
        (PRETTY.replace("vocab_size", "vocab"), (1, "vocab_size"), "is needed"),
        (
            PRETTY.replace(" 8,", " 5,"),
            (7, "num_key_value_heads"),
            "must divide num_attention_head",
        ),
    ],
)
def test_a_faulty_config_is_told_with_its_file_line_and_field(
    fault_of, put, configured, content, line_and_field, told
):
    put(content)
    fault = fault_of(configured())
    assert fault.source.endswith("/config.json")
    assert (fault.line, fault.field) == line_and_field
    assert told in str(fault)


def test_everything_that_is_wrong_with_a_config_is_told_at_once(faults_of, put, configured):
    put(num_hidden_layers=0, hidden_size=None, vocab_size="many")
    assert [fault.field for fault in faults_of(configured())] == [
        "num_hidden_layers",
        "hidden_size",
        "vocab_size",
    ]


def test_a_faulty_config_is_told_once_however_many_name_it(fault_of, put, configured):
    put(vocab_size=0)
    again = "  - { name: other, config: config.json, source: x }\n"
    assert fault_of(configured(NAMED + again + CUT)).field == "vocab_size"


def test_faults_of_configs_traces_and_facts_are_told_together(faults_of, configured):
    text = configured().replace("    pue: 1.2\n", "").replace("llama-3.2-3b", "lama-3.2-3b")
    assert [fault.field for fault in faults_of(text)] == [
        "sites.0",
        "workloads.2.architecture",
        "architectures.0.config",
    ]


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("    kind: dense\n", "kind must be left out: config says it"),
        ("    base: llama-3.1-8b\n", "base must be left out: config says it"),
        ("    parameters: { layers: 3 }\n", "parameters must be left out: config says it"),
        (
            "    kind: dense\n    parameters: { layers: 3 }\n",
            "kind, parameters must be left out: config says it",
        ),
    ],
)
def test_what_the_config_says_is_not_stated_beside_it(fault_of, put, configured, beside, told):
    put()
    fault = fault_of(configured(NAMED + beside))
    assert (fault.field, fault.rule) == ("architectures.0", told)


def test_neither_kind_nor_config(fault_of, configured):
    fault = fault_of(configured("    source: our lab\n"))
    assert (fault.field, fault.rule) == (
        "architectures.0",
        "kind is needed, or a config that gives it",
    )


def test_from_python_a_config_is_refused(read, put, configured, catalog):
    put()
    scenario = read(configured())
    unread = Architecture(name="my-moe", config="config.json", source="our lab")
    unread_scenario = scenario.model_copy(update={"architectures": (unread,)})
    with pytest.raises(InputError) as caught:
        planner.plan(unread_scenario, catalog=catalog)
    (fault,) = caught.value.faults
    assert str(fault) == (
        "small: architectures.0.config: is read with the scenario's file only: state kind and"
        " parameters instead, got 'config.json'"
    )


class Reader:
    """Reads files that say how many `blocks` there are, as somebody's plugin would."""

    name = "blocks"

    def __init__(self, answer=None):
        self.answer = answer

    def reading(self, config):
        if "blocks" not in config:
            return None
        if self.answer is not None:
            return self.answer(config)
        parameters = {"layers": config["blocks"], "hidden": 8, "heads": 2, "vocabulary": 9}
        return ConfigReading("dense", parameters | {"ffn_hidden": 16})


def with_reader(reader):
    answers = gather()
    own = Contribution(reader, Origin("acme", "acme-planner", "0.3"))
    hook = "planner_config_readers"
    return build_catalog({**answers.by_hook, hook: (*answers.by_hook[hook], own)}, answers.plugins)


def test_another_plugin_reads_another_format(write, put, configured):
    put({"blocks": 3})
    scenario = read_scenario(write(configured()), with_reader(Reader()))
    assert scenario.architectures[0].parameters["layers"] == 3


def test_a_reader_may_take_what_another_one_refuses(write, put, configured):
    put({"model_type": "new", "blocks": 3})
    scenario = read_scenario(write(configured()), with_reader(Reader()))
    assert scenario.architectures[0].kind == "dense"


def test_what_the_kind_refuses_is_told_at_the_config(write, put, configured, tmp_path):
    put({"blocks": 0})
    with pytest.raises(InputError) as caught:
        read_scenario(write(configured()), with_reader(Reader()))
    (fault,) = caught.value.faults
    assert fault.source == str(tmp_path / "config.json")
    assert fault.rule == "kind dense refuses: parameters.layers: must be at least 1, got 0"


def test_a_field_that_a_reader_refuses_is_told_with_its_line(write, put, configured):
    def refuse(_):
        raise InputError((Fault("", "must be even", field="blocks", value="3"),))

    put({"other": 1, "blocks": 3})
    with pytest.raises(InputError) as caught:
        read_scenario(write(configured()), with_reader(Reader(refuse)))
    (fault,) = caught.value.faults
    assert (fault.line, fault.field, fault.rule) == (3, "blocks", "must be even")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda config: 1 / 0 * config, "config reader blocks raised ZeroDivisionError"),
        (dict, "config reader blocks must answer with ConfigReading, got a"),
        (lambda _: ConfigReading("dense", {"layers": {1}}), "what config reader blocks read from"),
        (lambda _: ConfigReading("a b", {}), "what config reader blocks read from"),
    ],
)
def test_a_reader_that_fails_names_its_plugin(write, put, configured, answer, told):
    put({"blocks": 3})
    with pytest.raises(PluginError) as caught:
        read_scenario(write(configured()), with_reader(Reader(answer)))
    assert str(caught.value).startswith(f"plugin acme (acme-planner 0.3): {told}")


class Unnamed(Reader):
    name = None


class Mute:
    name = "mute"


@pytest.mark.parametrize("answer", [Reader, Unnamed(), Mute(), None, "huggingface"])
def test_an_answer_that_is_no_reader_names_plugin_and_hook(answer):
    with pytest.raises(PluginError) as caught:
        with_reader(answer)
    (fault,) = caught.value.faults
    assert fault.rule == (
        "planner_config_readers must answer with objects (not classes) that have name and reading()"
    )
