"""`gpuplan estimate` from end to end."""

import json

import pytest

import planner
from planner.catalog.schema import estimate_schema
from planner.domain.workload import Serving
from planner.report.numbers import quantity, usd

ONE = ("estimate", "-a", "llama-3.1-8b", "-n", "hgx-h100-8")
PRICED = (*ONE, "--usd-per-node-hour", "20")
RUN = ("estimate", "-a", "llama-3.2-3b", "-n", "hgx-h100-8", "--train", "100")


def document(gpuplan, *arguments):
    result = gpuplan(*arguments, "--json")
    assert result.stderr == ""
    return json.loads(result.stdout)


def words(text):
    return " ".join(text.split())


def test_one_row_and_what_its_figures_mean(gpuplan):
    result = gpuplan(*PRICED)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("One replica each\n")
    assert "hgx-h100-8 at $20.00 a node-hour" in result.stdout


def test_json_is_what_python_gives(gpuplan, catalog):
    workload = Serving(
        kind="serving",
        name="serving",
        architecture="llama-3.1-8b",
        requests_per_s=1.0,
        input_tokens=1024,
        output_tokens=1024,
    )
    quote = planner.Quote(usd_per_node_hour={"hgx-h100-8": 20.0})
    found = planner.estimate([workload], ["hgx-h100-8"], quote=quote, catalog=catalog)
    printed = gpuplan(*PRICED, "--json").stdout
    assert planner.Estimate.model_validate_json(printed) == found.best()
    assert len(found.deployments) > len(found.best().deployments) == 1
    everything = gpuplan(*PRICED, "--all", "--json").stdout
    assert planner.Estimate.model_validate_json(everything) == found


@pytest.mark.parametrize(
    "arguments", [(*PRICED, "--all"), (*RUN, "--accelerators", "64")], ids=["serve", "train"]
)
def test_json_has_the_fields_of_the_schema_and_no_others(gpuplan, arguments):
    schema = estimate_schema()
    answer = document(gpuplan, *arguments)
    assert answer.keys() == schema["properties"].keys()
    for name, record in (
        ("deployments", "DeploymentEstimate"),
        ("rejections", "RejectedDeployment"),
    ):
        for row in answer[name]:
            assert row.keys() == schema["$defs"][record]["properties"].keys()
    stable = "architecture node_type parallelism precision batch throughput_tokens_per_s ttft_ms"
    stable += " tpot_ms memory_gib_per_accelerator power_w usd_per_million_tokens joules_per_token"
    assert set(stable.split()) <= answer["deployments"][0].keys()


@pytest.mark.parametrize("all_of_them", [(), ("--all",)], ids=["best", "all"])
def test_table_and_json_agree(gpuplan, monkeypatch, all_of_them):
    monkeypatch.setenv("COLUMNS", "200")
    asked = (*PRICED, "-a", "llama-3.1-70b", "--weight-precision", "fp8", *all_of_them)
    text = words(gpuplan(*asked).stdout)
    rows = document(gpuplan, *asked)["deployments"]
    assert text.count("x H100-80GB-SXM") == len(rows)
    for row in rows:
        figures = (
            quantity(row["ttft_ms"]),
            quantity(row["memory_gib_per_accelerator"]),
            quantity(row["throughput_tokens_per_s"]),
            quantity(row["joules_per_token"]),
            usd(row["usd_per_million_tokens"]),
        )
        start = f"{row['architecture']} {row['accelerators']} x {row['accelerator']}"
        assert f"{start} {' '.join(figures)}" in text


def test_every_combination_is_a_row_in_the_order_it_was_asked_for(gpuplan):
    asked = ("-a", "llama-3.1-70b", "-n", "hgx-a100-80gb-8", "-n", "hgx-h100-8")
    formats = ("--weight-precision", "bf16", "--weight-precision", "int4", "--kv-precision", "fp8")
    rows = document(gpuplan, *ONE, *asked, *formats)["deployments"]
    assert [(row["architecture"], row["precision"], row["node_type"]) for row in rows] == [
        (architecture, precision, node_type)
        for architecture in ("llama-3.1-8b", "llama-3.1-70b")
        for precision in ("bf16", "int4")
        for node_type in ("hgx-h100-8", "hgx-a100-80gb-8")
    ]
    assert {row["kv_precision"] for row in rows} == {"fp8"}


def test_options_reach_the_workload(gpuplan):
    limits = ("--ttft-ms", "500", "--tpot-ms", "20", "--target-utilisation", "0.5")
    sizes = ("--input-tokens", "2000", "--output-tokens", "100")
    (row,) = document(gpuplan, *ONE, *sizes, *limits)["deployments"]
    assert (row["input_tokens"], row["output_tokens"], row["utilisation"]) == (2000, 100, 0.5)
    assert row["ttft_ms"] <= 500
    assert 10 < row["tpot_ms"] <= 20


def test_prices_come_from_a_region_of_the_catalog(gpuplan, catalog):
    listed = catalog.prices[("aws/us-east-1", "aws/p5.48xlarge", "on_demand")]
    asked = ("estimate", "-a", "llama-3.1-8b", "-n", "aws/p5.48xlarge")
    (row,) = document(gpuplan, *asked, "--price-region", "aws/us-east-1")["deployments"]
    assert row["usd_per_node_hour"] == listed.usd_per_node_hour
    assert row["price_as_of"] == listed.as_of


def test_every_node_type_may_have_a_price_of_its_own(gpuplan):
    asked = (*ONE, "-n", "hgx-a100-80gb-8", "--usd-per-node-hour", "20")
    rows = document(gpuplan, *asked, "--usd-per-node-hour", "12")["deployments"]
    assert [row["usd_per_node_hour"] for row in rows] == [20, 12]
    rows = document(gpuplan, *asked)["deployments"]
    assert [row["usd_per_node_hour"] for row in rows] == [20, 20]
    result = gpuplan(*asked, *["--usd-per-node-hour", "12"] * 2)
    assert result.exit_code == 2
    assert "once for each of 2 node types, got 3" in result.stderr


def test_without_a_price_there_is_a_dash_and_a_note(gpuplan):
    result = gpuplan(*ONE)
    assert result.exit_code == 0
    assert "give a price with --usd-per-node-hour" in result.stdout
    (row,) = document(gpuplan, *ONE)["deployments"]
    assert row["usd_per_million_tokens"] is None


def test_a_training_run(gpuplan):
    shape = ("--accelerators", "64", "--sequence-tokens", "2048", "--global-batch-tokens-m", "2")
    (row,) = document(gpuplan, *RUN, *shape, "--usd-per-node-hour", "20")["deployments"]
    assert row["accelerators"] == 64
    run = row["run"]
    assert run["tokens_b"] == 100
    assert run["cost_usd"] == pytest.approx(run["days"] * 24 * 8 * 20)
    assert words(gpuplan(*RUN, *shape).stdout).startswith("One gang each ")


def test_a_deadline_finds_the_size_of_the_gang(gpuplan):
    (row,) = document(gpuplan, *RUN, "--deadline-days", "2")["deployments"]
    assert row["run"]["days"] <= 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (RUN, "--train needs --accelerators or --deadline-days"),
        ((*RUN, "--accelerators", "8", "--ttft-ms", "9"), "--ttft-ms is for serving"),
        ((*ONE, "--accelerators", "8"), "--accelerators needs --train or --method"),
        ((*ONE, "--ttft-ms", "0"), "--ttft-ms"),
        ((*ONE, "--ttft-ms", "nan"), "--ttft-ms"),
        ((*ONE, "--input-tokens", "0"), "--input-tokens"),
        ((*ONE, "--input-tokens", "1000000000"), "input_tokens: must be at most 100,000,000"),
        ((*ONE, "--target-utilisation", "1.1"), "--target-utilisation"),
        ((*ONE, "--usd-per-node-hour", "-1"), "--usd-per-node-hour"),
        ((*ONE, "--weight-precision", "fp7"), "--weight-precision"),
        ((*ONE, "--purchase", "borrowed"), "purchase: unknown purchase, got 'borrowed'"),
        ((*ONE, "--price-region", "aws/us-est-1"), "or aws/us-east-1 or"),
        ((*ONE, "-a", "llama-3.1-80b"), "did you mean llama-3.1-8b"),
        ((*ONE, "-n", "hgx-h10-8"), "did you mean hgx-h100-8"),
        ((*ONE, "--scenario", "no-such.yaml"), "no-such.yaml"),
        (("estimate", "-a", "llama-3.1-8b"), "--node-type"),
    ],
)
def test_bad_input_exits_2_and_says_what_is_wrong(gpuplan, arguments, said):
    result = gpuplan(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("-a", "llama-3.1-405b", "-n", "aws/g6.xlarge"),
        ("-a", "llama-3.1-8b", "-n", "hgx-h100-8", "--tpot-ms", "0.1"),
        ("-a", "llama-2-13b", "-n", "hgx-h100-8", "--input-tokens", "9999"),
        ("-a", "llama-65b", "-n", "hgx-h100-8", "--train", "1e6", "--deadline-days", "0.01"),
    ],
    ids=["memory", "tpot", "context", "deadline"],
)
def test_what_cannot_run_exits_1_with_the_reason(gpuplan, request, arguments):
    result = gpuplan("estimate", *arguments)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.startswith("What cannot run, nearest misses first\n")
    reason = request.node.callspec.id
    assert f": {reason}: needs " in words(result.stdout) or reason == "deadline"
    answer = document(gpuplan, "estimate", *arguments)
    assert answer["deployments"] == []
    assert answer["rejections"]


def test_a_scenario_makes_its_own_names_and_prices_known(gpuplan, fields, write):
    fields["architectures"] = [
        {
            "name": "mine",
            "kind": "sliced",
            "base": "llama-2-70b",
            "parameters": {"sliced_share": 0.25},
            "source": "made up for a test",
        }
    ]
    fields["node_types"] = [
        {
            "name": "my-4",
            "accelerator": "H100-80GB-SXM",
            "accelerators_per_node": 4,
            "host_power_w": 800,
            "host_power_basis": "estimate",
            "source": "made up for a test",
        }
    ]
    fields["sites"][0]["capacity"].append(
        {"node_type": "my-4", "purchase": "on_demand", "usd_per_node_hour": 9}
    )
    path = write(fields)
    asked = ("estimate", "-a", "mine", "-a", "llama-2-70b", "-n", "my-4", "--scenario", path)
    sliced, whole = document(gpuplan, *asked, "--price-region", "hall")["deployments"]
    assert sliced["usd_per_node_hour"] == whole["usd_per_node_hour"] == 9
    assert sliced["usd_per_million_tokens"] < whole["usd_per_million_tokens"]
    assert "the scenario offers it at hall (on_demand)" in words(gpuplan(*asked).stdout)
    assert gpuplan(*asked[:-2]).exit_code == 2


def test_schema_of_the_answer_has_units(gpuplan):
    printed = json.loads(gpuplan("schema", "estimate").stdout)
    assert printed == estimate_schema()
    fields = printed["$defs"]["DeploymentEstimate"]["properties"]
    assert fields["joules_per_token"]["unit"] == "J per token"
    assert fields["usd_per_million_tokens"]["unit"] == "USD per million tokens"
    assert fields["throughput_tokens_per_s"]["unit"] == "tokens per second"
    assert fields["memory_gib_per_accelerator"]["unit"] == "GiB"
    assert json.loads(gpuplan("schema").stdout)["title"] == "Scenario"


METHODS = (
    *("estimate", "-a", "llama-2-7b", "-n", "hgx-a100-80gb-8", "--usd-per-node-hour", "16"),
    *("--deadline-days", "3", "--parameter", "examples=50000", "--parameter", "example_tokens=500"),
)


def test_methods_are_laid_side_by_side_stage_by_stage(gpuplan):
    """Pairs for DPO and WARM, examples for SFT: 3 epochs against 2 answers once."""
    answer = document(gpuplan, *METHODS, "--method", "sft", "--method", "dpo", "--method", "warm")
    runs = {each["workload"]: each["run"] for each in answer["deployments"]}
    assert list(runs) == ["sft/sft", "dpo/dpo", *(f"warm/reward-{row}" for row in range(1, 7))]
    assert runs["sft/sft"]["tokens_b"] == pytest.approx(0.075)
    assert runs["dpo/dpo"]["tokens_b"] == runs["warm/reward-1"]["tokens_b"] == pytest.approx(0.05)
    assert runs["dpo/dpo"]["cost_usd"] > runs["warm/reward-1"]["cost_usd"]
    told = words(gpuplan(*METHODS, "--method", "warm", "--all").stdout)
    assert "Stages together" in told
    six = sum(run["cost_usd"] for name, run in runs.items() if name.startswith("warm/"))
    assert usd(six) in told


def test_a_stage_that_answers_prompts_has_its_replica_and_its_hours(gpuplan):
    prompts = ("prompts=1000", "prompt_tokens=200", "response_tokens=300")
    asked = [part for each in prompts for part in ("--parameter", each)]
    reward = ("--parameter", "reward_architecture=llama-2-7b")
    base = (*METHODS[:7], "--deadline-days", "3")
    answer = document(gpuplan, *base, "--method", "ppo", *asked, *reward)
    rollouts, updates = answer["deployments"]
    assert (rollouts["kind"], updates["kind"]) == ("batch_inference", "fine_tuning")
    hours = rollouts["run"]["days"] * 24
    tokens = hours * 3600 * rollouts["throughput_tokens_per_s"]
    assert tokens == pytest.approx(1000 * 500)
    assert rollouts["run"]["accelerator_hours"] == pytest.approx(hours * rollouts["accelerators"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "sftt"), "unknown training method"),
        (("--method", "lora", "--parameter", "rank=0"), "must be at least 1"),
        (("--method", "sft", "--parameter", "rank=8"), "no method that is named has rank"),
        (("--method", "sft", "--parameter", "rank"), "must be KEY=VALUE"),
        (("--method", "sft", "--train", "5"), "--method without --train"),
        ((), "--parameter goes with --method"),
        (("--method", "ppo"), "prompts"),
        (("--method", "sft", "--ttft-ms", "5"), "is for serving, not for --method"),
    ],
)
def test_methods_that_cannot_be_estimated_exit_2(gpuplan, arguments, said):
    result = gpuplan(*METHODS, *arguments)
    assert result.exit_code == 2
    assert said in words(result.stderr)
    assert result.stdout == ""
