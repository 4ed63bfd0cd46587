"""Time to prove a plan that buys in ten ways over 36 months: `python -m benchmarks.purchases`."""

import sys
import time
from pathlib import Path
from typing import Final

import click

import planner

SCENARIO: Final = Path(__file__).parent / "scenarios" / "three-years.yaml"
GAP: Final = 0.001
LIMIT_S: Final = 60.0


def main() -> None:
    """Plan the scenario (or the one that is named) and print what came of it."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    catalog = planner.load_catalog()
    scenario = planner.load_scenario(path, catalog)
    began = time.monotonic()
    parameters = planner.Parameters(gap=GAP, time_limit_s=LIMIT_S)
    plan = planner.plan(scenario, catalog=catalog, parameters=parameters)
    seconds = time.monotonic() - began
    bought = sorted({line.purchase for line in plan.purchases})
    agreed = sorted({line.rule for line in plan.agreements})
    click.echo(f"{scenario.scenario}: {plan.status}, gap {plan.gap:.4%}, {seconds:.1f} s")
    click.echo(
        f"{plan.evidence.options:,} options, verified: {plan.verified}, ${plan.cost_usd:,.0f}"
    )
    click.echo(f"bought: {', '.join(bought)}; agreed: {', '.join(agreed)}")


if __name__ == "__main__":
    main()
