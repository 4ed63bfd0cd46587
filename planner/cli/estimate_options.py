"""The options of `gpuplan estimate`, in groups that the command gets in one piece each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import click

from planner.cli.options import EXISTING_OR_NOT, FiniteRange
from planner.domain.precision import Precision
from planner.domain.record import Record
from planner.domain.workload import Pretraining, Serving

INPUT_TOKENS: Final = 1024
OUTPUT_TOKENS: Final = 1024
"""The request of public serving benchmarks: InferenceX has 1,024 + 1,024 among its few sizes."""

FOREVER_DAYS: Final = 36_525.0
"""The longest horizon that a scenario can have."""

_TOKENS: Final = click.IntRange(1)
_POSITIVE: Final = FiniteRange(0, min_open=True)
_PRECISION: Final = click.Choice(get_args(Precision))


@dataclass(frozen=True)
class Subject:
    """What is laid side by side: every architecture on every node type."""

    architecture: tuple[str, ...]
    node_type: tuple[str, ...]
    scenario_path: Path | None


@dataclass(frozen=True)
class Requests:
    """What is served, in which formats and how fast; None or empty: not said."""

    weight_precision: tuple[Precision, ...]
    kv_precision: tuple[Precision, ...]
    input_tokens: int | None
    output_tokens: int | None
    ttft_ms: float | None
    tpot_ms: float | None
    target_utilisation: float | None


@dataclass(frozen=True)
class Run:
    """What is trained, how and how soon; None or empty: not said."""

    train: float | None
    method: tuple[str, ...]
    parameter: tuple[str, ...]
    accelerators: int | None
    sequence_tokens: int | None
    global_batch_tokens_m: float | None
    deadline_days: float | None


@dataclass(frozen=True)
class Prices:
    """What an hour of a node costs."""

    price_region: str | None
    purchase: str
    usd_per_node_hour: tuple[float, ...]


def _unsaid(record: type[Record], field: str) -> str:
    """What a scenario that says nothing has, as a help text ends."""
    return f"  [default: {record.model_fields[field].default}]"


SUBJECT: Final = (
    click.option(
        "--architecture",
        "-a",
        multiple=True,
        required=True,
        metavar="NAME",
        help="Of the catalog; may be repeated.",
    ),
    click.option(
        "--node-type",
        "-n",
        multiple=True,
        required=True,
        metavar="NAME",
        help="Of the catalog; may be repeated.",
    ),
    click.option(
        "--scenario",
        "scenario_path",
        type=EXISTING_OR_NOT,
        metavar="FILE",
        help="Know this scenario's own architectures and node types too, and its sites' prices.",
    ),
)
REQUESTS: Final = (
    click.option(
        "--weight-precision",
        multiple=True,
        type=_PRECISION,
        help="May be repeated." + _unsaid(Serving, "weight_precision"),
    ),
    click.option(
        "--kv-precision",
        multiple=True,
        type=_PRECISION,
        help="Of the cache; may be repeated." + _unsaid(Serving, "kv_precision"),
    ),
    click.option("--input-tokens", type=_TOKENS, help=f"Of a request.  [default: {INPUT_TOKENS}]"),
    click.option(
        "--output-tokens", type=_TOKENS, help=f"Of a request.  [default: {OUTPUT_TOKENS}]"
    ),
    click.option(
        "--ttft-ms",
        type=_POSITIVE,
        help="Limit on the mean time to first token, queueing included."
        + _unsaid(Serving, "ttft_ms"),
    ),
    click.option(
        "--tpot-ms",
        type=_POSITIVE,
        help="Limit on the mean time per output token after the first."
        + _unsaid(Serving, "tpot_ms"),
    ),
    click.option(
        "--target-utilisation",
        type=FiniteRange(0, 1, min_open=True),
        help="Share of a replica's throughput that is counted on."
        + _unsaid(Serving, "target_utilisation"),
    ),
)
RUN: Final = (
    click.option(
        "--train",
        type=_POSITIVE,
        metavar="TOKENS_B",
        help="Pretrain on so many billion tokens instead of serving.",
    ),
    click.option(
        "--method",
        multiple=True,
        metavar="NAME",
        help="Train by a method (`gpuplan catalog list methods`), stage by stage; may be repeated.",
    ),
    click.option(
        "--parameter",
        multiple=True,
        metavar="KEY=VALUE",
        help="Of every method that has it, for instance examples=52000; may be repeated.",
    ),
    click.option("--accelerators", type=click.IntRange(1), help="Size of the gang (in training)."),
    click.option(
        "--deadline-days",
        type=_POSITIVE,
        help="How long each stage may take at most (in training).",
    ),
    click.option(
        "--sequence-tokens",
        type=_TOKENS,
        help="In training." + _unsaid(Pretraining, "sequence_tokens"),
    ),
    click.option(
        "--global-batch-tokens-m",
        type=_POSITIVE,
        help="Tokens of an optimizer step, in millions (in training)."
        + _unsaid(Pretraining, "global_batch_tokens_m"),
    ),
)
PRICES: Final = (
    click.option(
        "--price-region",
        metavar="REGION",
        help="Take the prices that the catalog lists there, or those of a site of --scenario.",
    ),
    click.option(
        "--purchase", default="on_demand", show_default=True, help="How it is bought there."
    ),
    click.option(
        "--usd-per-node-hour",
        multiple=True,
        type=FiniteRange(0),
        help="Your own price: once for all node types, or once for each of them, in their order.",
    ),
)
