"""`gpuplan schema`: for editors that complete scenarios, and programs that read answers."""

import json
from typing import Final

import click

from planner.catalog.schema import estimate_schema, scenario_schema
from planner.cli.terminal import show_json

SCHEMAS: Final = {"scenario": scenario_schema, "estimate": estimate_schema}


@click.command
@click.argument("document", metavar="[DOCUMENT]", default="scenario", type=click.Choice([*SCHEMAS]))
def schema(document: str) -> None:
    """Print the JSON Schema of a scenario.

    An editor that knows it completes and checks scenario files while one writes. DOCUMENT may be
    estimate instead: what `gpuplan estimate --json` prints.
    """
    show_json(json.dumps(SCHEMAS[document](), indent=2))
