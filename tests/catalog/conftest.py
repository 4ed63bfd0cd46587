"""A small valid scenario, and what the reader says of changed ones."""

import time

import pytest

from planner.catalog.scenario_file import read_scenario
from planner.errors import InputError

VALID = """\
scenario: small
horizon:
  days: 30
sites:
  - name: hall
    pue: 1.2
    electricity_usd_per_kwh: 0.1
    carbon_g_per_kwh: 300
    capacity:
      - node_type: hgx-h100-8
        purchase: owned
        available_nodes: 4
  - name: stockholm
    catalog: aws/eu-north-1
    capacity:
      - node_type: aws/p5.48xlarge
        purchase: on_demand
      - node_type: aws/p5en.48xlarge
        purchase: spot
        parameters:
          interruptions_per_day: 2
workloads:
  - name: chat
    kind: serving
    architecture: llama-3.1-8b
    requests_per_s: 5
    input_tokens: 500
    output_tokens: 200
  - name: summaries
    kind: batch_inference
    architecture: my-moe
    tokens_b: 10
    deadline_days: 20
    request_classes:
      - input_tokens: 1000
        output_tokens: 100
  - name: tune
    kind: pretraining
    architecture: llama-3.2-3b
    tokens_b: 10
    deadline_days: 20
architectures:
  - name: my-moe
    kind: moe
    source: our lab
    parameters:
      layers: 4
      hidden: 512
      heads: 8
      vocabulary: 1000
      experts: 8
      experts_per_token: 2
      expert_ffn_hidden: 128
"""

HANG_CPU_S = 10.0
"""What is guarded against takes minutes; how fast refusing is, no test says."""


@pytest.fixture(scope="session")
def valid():
    """Text of the small scenario."""
    return VALID


@pytest.fixture(scope="session")
def changed():
    """The small scenario with one piece of text replaced, which must be there exactly once."""

    def change(old, new):
        assert VALID.count(old) == 1, old
        return VALID.replace(old, new)

    return change


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file."""

    def to_file(content, name="scenario.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


@pytest.fixture
def read(write, catalog):
    """The scenario that a text says."""
    return lambda text, name="scenario.yaml": read_scenario(write(text, name), catalog)


@pytest.fixture
def faults_at(catalog):
    """What the reader has against a path, which it must say fast."""

    def refuse(path):
        start = time.process_time()
        with pytest.raises(InputError) as caught:
            read_scenario(path, catalog)
        assert time.process_time() - start < HANG_CPU_S
        assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
        return caught.value.faults

    return refuse


@pytest.fixture
def faults_of(write, faults_at):
    """What the reader has against a text."""
    return lambda text, name="scenario.yaml": faults_at(write(text, name))


@pytest.fixture
def fault_of(faults_of):
    """The only thing that the reader has against a text."""

    def only(text, name="scenario.yaml"):
        faults = faults_of(text, name)
        assert len(faults) == 1, [str(fault) for fault in faults]
        return faults[0]

    return only
