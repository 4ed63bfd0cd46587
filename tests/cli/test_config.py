"""Architectures described by their publisher's config, on the command line."""

import json

import pytest

CONFIG = {
    "model_type": "mixtral",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 32000,
}


@pytest.fixture
def configured(fields, write, tmp_path):
    """The small scenario with an architecture that has a config."""

    def to_file(**change):
        (tmp_path / "configs").mkdir(exist_ok=True)
        (tmp_path / "configs" / "mine.json").write_text(json.dumps(CONFIG | change, indent=1))
        fields["workloads"][0]["architecture"] = "mine"
        fields["architectures"] = [
            {"name": "mine", "config": "configs/mine.json", "source": "model card"}
        ]
        return write(fields)

    return to_file


def test_a_scenario_with_a_config_is_checked_planned_and_verified(gpuplan, configured, tmp_path):
    path = configured()
    assert gpuplan("check", path).exit_code == 0
    planned = gpuplan("plan", path, "--out", tmp_path / "plan")
    assert planned.exit_code == 0
    assert "checked by independent recomputation" in planned.stdout
    assert gpuplan("verify", tmp_path / "plan", path).exit_code == 0


def test_a_plan_with_a_config_is_that_of_the_same_architecture_in_the_catalog(
    gpuplan, configured, fields, write
):
    by_config = json.loads(gpuplan("plan", configured(), "--json").stdout)
    fields["workloads"][0]["architecture"] = "mixtral-8x7b"
    del fields["architectures"]
    by_name = json.loads(gpuplan("plan", write(fields), "--json").stdout)
    assert by_config["cost_usd"] == by_name["cost_usd"]
    assert by_config["energy_mwh"] == by_name["energy_mwh"]


def test_a_changed_config_makes_another_scenario(gpuplan, configured, tmp_path):
    assert gpuplan("plan", configured(), "--out", tmp_path / "plan").exit_code == 0
    changed = gpuplan("verify", tmp_path / "plan", configured(num_hidden_layers=16))
    assert changed.exit_code == 1


def test_a_faulty_config_is_bad_input(gpuplan, configured, tmp_path):
    result = gpuplan("check", configured(num_local_experts="8"))
    assert result.exit_code == 2
    place = f"{tmp_path / 'configs' / 'mine.json'}:8:23: num_local_experts"
    assert f"{place}: must be a whole number, got '8' (write 8)" in result.stderr.replace("\n", "")
