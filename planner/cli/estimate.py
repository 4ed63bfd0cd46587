"""`gpuplan estimate`: deployments side by side, without a scenario."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from typing import Any, Final, TypeVar

import click
from pydantic import ValidationError

from planner.candidates.estimate import Asked
from planner.catalog.index import Catalog
from planner.catalog.record_faults import record_faults
from planner.catalog.references import check_scenario
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.cli import options
from planner.cli.ending import ExitCode
from planner.cli.estimate_methods import method_stages
from planner.cli.estimate_options import (
    FOREVER_DAYS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    PRICES,
    REQUESTS,
    RUN,
    SUBJECT,
    Prices,
    Requests,
    Run,
    Subject,
)
from planner.cli.terminal import show, show_json
from planner.domain.estimate import Quote
from planner.domain.option import Pool
from planner.domain.workload import Pretraining, Serving
from planner.errors import InputError
from planner.planning import estimate as estimate_of
from planner.planning import load_catalog, load_scenario
from planner.report import estimate_report

Made = TypeVar("Made", Serving, Pretraining)

ANY_RATE: Final = 1.0
"""Requests per second: what a replica does does not depend on how many come."""


@click.command
@options.grouped("subject", Subject, SUBJECT)
@options.grouped("requests", Requests, REQUESTS)
@options.grouped("run", Run, RUN)
@options.grouped("prices", Prices, PRICES)
@click.option("--all", "every", is_flag=True, help="Show every parallelism, not only the best.")
@options.as_json
def estimate(
    subject: Subject, requests: Requests, run: Run, prices: Prices, every: bool, as_json: bool
) -> ExitCode:
    """Lay deployments side by side, without a scenario.

    Every combination of --architecture, --node-type, --weight-precision and --kv-precision is a
    row: what one replica does, holds in memory, draws and costs. With --train, a row is a gang that
    pretrains; with --method, a stage of training. Of its parallelisms, each row has the one with
    the least $ per token; where no price is known, with the least accelerator time. Exit code 1
    means that nothing can run.
    """
    _refuse_mixtures(requests, run)
    stated = _stated_prices(subject, prices)
    catalog, offers = _known(subject)
    if run.method:
        workloads: Sequence[Asked] = method_stages(subject, run, catalog)
    else:
        workloads = _pretraining(subject, run) if run.train else _serving(subject, requests)
    quote = Quote(prices.price_region, prices.purchase, stated, offers)
    found = estimate_of(workloads, subject.node_type, quote=quote, catalog=catalog)
    shown = found if every else found.best()
    if as_json:
        show_json(shown.model_dump_json(indent=2))
    else:
        show(estimate_report(shown))
    return ExitCode.DONE if found.deployments else ExitCode.NO


def _serving(subject: Subject, requests: Requests) -> list[Serving]:
    said = {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS, **_said(requests)}
    weights = said.pop("weight_precision", ("bf16",))
    caches = said.pop("kv_precision", ("bf16",))
    return [
        _made(
            Serving,
            kind="serving",
            name="serving",
            architecture=architecture,
            requests_per_s=ANY_RATE,
            weight_precision=weight_precision,
            kv_precision=kv_precision,
            **said,
        )
        for architecture, weight_precision, kv_precision in product(
            dict.fromkeys(subject.architecture), dict.fromkeys(weights), dict.fromkeys(caches)
        )
    ]


def _pretraining(subject: Subject, run: Run) -> list[Pretraining]:
    said = {"deadline_days": FOREVER_DAYS, **_said(run)}
    tokens_b = said.pop("train")
    return [
        _made(
            Pretraining,
            kind="pretraining",
            name="pretraining",
            architecture=architecture,
            tokens_b=tokens_b,
            **said,
        )
        for architecture in dict.fromkeys(subject.architecture)
    ]


def _made(record: type[Made], **fields: Any) -> Made:
    """The workload of these fields.

    Raises:
        InputError: it breaks a rule.
    """
    try:
        return record(**fields)
    except ValidationError as error:
        raise InputError(record_faults(error, record, "estimate")) from error


def _said(group: Requests | Run) -> dict[str, Any]:
    """Options that were given."""
    return {name: value for name, value in asdict(group).items() if value not in (None, ())}


def _refuse_mixtures(requests: Requests, run: Run) -> None:
    """Options of one kind of work do not go with the other.

    Raises:
        click.UsageError: they were given together, or a run has neither a size nor a deadline.
    """
    trained = _said(run)
    asked = [name for name in ("train", "method") if name in trained]
    strange = [*_said(requests)] if asked else [*trained]
    if len(asked) > 1 or ("parameter" in trained and "method" not in trained):
        raise click.UsageError("--parameter goes with --method, and --method without --train")
    if strange:
        names = ", ".join(_flag(name) for name in strange)
        rule = (
            f"is for serving, not for {_flag(asked[0])}" if asked else "needs --train or --method"
        )
        raise click.UsageError(f"{names} {rule}")
    if asked and run.accelerators is None and run.deadline_days is None:
        raise click.UsageError(
            f"{_flag(asked[0])} needs --accelerators or --deadline-days: else the smallest gang of"
            " all, which takes for ever, is best"
        )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _stated_prices(subject: Subject, prices: Prices) -> dict[str, float]:
    """One's own price of each node type.

    Raises:
        click.UsageError: there are neither one nor as many as node types.
    """
    stated, names = prices.usd_per_node_hour, subject.node_type
    if len(stated) == 1:
        stated = stated * len(names)
    if stated and len(stated) != len(names):
        raise click.UsageError(
            f"--usd-per-node-hour: must be given once, or once for each of {len(names)} node types,"
            f" got {len(stated)}"
        )
    return dict(zip(names, stated, strict=False))


def _known(subject: Subject) -> tuple[Catalog, tuple[Pool, ...]]:
    """The catalog, with the scenario's own records and what it offers where there is one."""
    catalog = load_catalog()
    if subject.scenario_path is None:
        return catalog, ()
    scenario = load_scenario(subject.scenario_path, catalog)
    known = check_scenario(scenario, catalog)
    return known, resolve_pools(scenario, resolve_places(scenario, known), known)
