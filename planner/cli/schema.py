"""`gpuplan schema`: for editors that complete scenarios."""

import json

import click

from planner.catalog.schema import scenario_schema
from planner.cli.terminal import show_json


@click.command
def schema() -> None:
    """Print the JSON Schema of a scenario.

    An editor that knows it completes and checks scenario files while one writes.
    """
    show_json(json.dumps(scenario_schema(), indent=2))
