"""A year in slices at a dozen sites: `python -m benchmarks.year [SITES WORKLOADS MONTHS]`.

12 months x 24 slices x 12 sites x 15 node types x 40 workloads: owned nodes at tariffs that change
by the hour with a demand charge, rented ones at every site, demand that grows and follows the clock
of its users, heaps and training runs that choose their time.
"""

import random
import resource
import sys
import time
from datetime import date
from typing import Final

import click

import planner
from planner.catalog.index import Catalog
from planner.domain.demand import Demand
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.placement import UserShare
from planner.domain.pricing import Offer
from planner.domain.progress import Progress
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse
from planner.domain.workload import BatchInference, Pretraining, Serving, Workload
from planner.optimization.parameters import Parameters

SEED: Final = 20_240_101
GAP: Final = 0.005
LIMIT_S: Final = 280.0
KIB_PER_GIB: Final = 2**20
SITES: Final = (
    *("aws/us-east-1", "aws/us-west-2", "aws/eu-central-1", "aws/eu-west-1"),
    *("aws/ap-northeast-1", "aws/ap-southeast-1", "azure/eastus", "azure/westeurope"),
    *("azure/japaneast", "azure/southcentralus", "azure/swedencentral", "azure/australiaeast"),
)
OWNED: Final = ("hgx-h100-8", "hgx-a100-80gb-8", "l40s-8")
RENTED: Final = {
    "hgx-h200-8": 30.0,
    "hgx-b200-8": 48.0,
    "mi300x-8": 22.0,
    "mi325x-8": 26.0,
    "mi355x-8": 38.0,
    "gaudi3-8": 18.0,
    "h100-pcie-8": 19.0,
    "h100-nvl-8": 21.0,
    "a100-80gb-pcie-8": 13.0,
    "hgx-a100-40gb-8": 12.0,
    "l40-8": 8.0,
    "l20-8": 7.0,
}
REGIONS: Final = (
    *(("us/virginia", "America/New_York"), ("europe/frankfurt", "Europe/Berlin")),
    ("asia/tokyo", "Asia/Tokyo"),
    ("asia/singapore", "Asia/Singapore"),
)
ARCHITECTURES: Final = (
    "llama-3.1-8b",
    "llama-3.1-70b",
    "mixtral-8x7b",
    "qwen2.5-32b",
    "gemma-2-9b",
)
DAY: Final = (1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 3, 3, 2, 1)


def main() -> None:
    """Plan it, and print how long each step took and what all of it needed."""
    sites, workloads, months = (int(each) for each in (sys.argv[1:4] or ("12", "40", "12")))
    catalog = planner.load_catalog()
    asked = year(sites, workloads, months, catalog)
    began = time.monotonic()

    def tell(progress: Progress) -> None:
        click.echo(f"{time.monotonic() - began:6.1f} s  {progress.step}: {progress.detail}")

    parameters = Parameters(gap=GAP, time_limit_s=LIMIT_S)
    plan = planner.plan(asked, catalog=catalog, parameters=parameters, progress=tell)
    click.echo(
        f"{plan.status}, gap {plan.gap or 0:.4%}, ${plan.objective_usd or 0:,.0f} of"
        f" {plan.evidence.options:,} options ({plan.evidence.termination}); verified"
        f" {plan.verified}, {len(plan.allocations):,} allocations:"
        f" {time.monotonic() - began:.1f} s, {_gib():.2f} GiB"
    )


def year(sites: int, workloads: int, months: int, catalog: Catalog) -> Scenario:
    """The scenario, or a part of it; the same for the same numbers."""
    dice = random.Random(SEED)  # noqa: S311  no secret
    return Scenario(
        scenario="year",
        horizon=Horizon(
            months=months,
            start=date(2024, 1, 1),
            periods_by="months",
            representative_days=RepresentativeDays(),
        ),
        sites=tuple(_site(name, dice) for name in SITES[:sites]),
        workloads=tuple(_workload(row, months, dice, catalog) for row in range(workloads)),
    )


def _site(name: str, dice: random.Random) -> ScenarioSite:
    level = dice.uniform(0.05, 0.11)
    tariff = Tariff(
        usd_per_kwh=level,
        times=(
            TimeOfUse(usd_per_kwh=2 * level, from_hour=dice.randint(7, 16), to_hour=22),
            TimeOfUse(usd_per_kwh=level / 2, from_hour=0, to_hour=5),
        ),
        demand_charge_usd_per_kw_month=dice.uniform(5, 15),
    )
    stock = [
        Offer(node_type=each, purchase="owned", available_nodes=dice.randint(40, 200))
        for each in OWNED
    ]
    rented = [
        Offer(node_type=each, purchase="on_demand", usd_per_node_hour=usd * dice.uniform(0.9, 1.2))
        for each, usd in RENTED.items()
    ]
    return ScenarioSite(
        name=name.replace("/", "-"),
        catalog=name,
        tariff=tariff,
        it_power_limit_kw=dice.uniform(3000, 8000),
        capacity=(*stock, *rented),
    )


def _workload(row: int, months: int, dice: random.Random, catalog: Catalog) -> Workload:
    names = [each for each in ARCHITECTURES if each in catalog.architectures]
    architecture = dice.choice(names)
    if row % 20 == 18:
        return Pretraining(
            kind="pretraining",
            name=f"run-{row}",
            architecture="llama-3.1-8b",
            tokens_b=40.0 * months,
            accelerators=64,
            deadline_days=28.0 * months,
        )
    if row % 10 == 9:
        return BatchInference(
            kind="batch_inference",
            name=f"heap-{row}",
            architecture=architecture,
            tokens_b=dice.uniform(7_500, 30_000) * months,
            deadline_days=28.0 * months,
            input_tokens=2000,
            output_tokens=500,
        )
    region, clock = dice.choice(REGIONS)
    shape = TimeSeries(by_hour=tuple(map(float, DAY)), time_zone=clock)
    return Serving(
        kind="serving",
        name=f"chat-{row}",
        architecture=architecture,
        requests_per_s=dice.uniform(750, 7500),
        growth_per_month=dice.uniform(0.0, 0.08),
        input_tokens=dice.choice((500, 1000, 2000)),
        output_tokens=dice.choice((100, 200, 400)),
        ttft_ms=dice.choice((300.0, 500.0, 1000.0)),
        users=(UserShare(region=region, share=1.0),),
        demand=Demand(series=shape),
    )


def _gib() -> float:
    """The most memory that was in use so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GIB


if __name__ == "__main__":
    main()
