"""`gpuplan`: the commands by name, and how they end.

Heavy rooms are imported by the command that needs them, so that `gpuplan --help` is there at once.
"""

from typing import Final

import click

from planner.cli.ending import EndingGroup
from planner.cli.lazy_group import LazyCommand

COMMANDS: Final = {
    "plan": LazyCommand("planner.cli.plan", "plan", "Find the best plan for a scenario."),
    "check": LazyCommand("planner.cli.check", "check", "Check a scenario and plan nothing."),
    "schema": LazyCommand("planner.cli.schema", "schema", "Print the JSON Schema of a scenario."),
    "estimate": LazyCommand(
        "planner.cli.estimate", "estimate", "Lay deployments side by side, without a scenario."
    ),
    "catalog": LazyCommand(
        "planner.cli.catalog", "catalog", "Look up hardware, architectures, sites and prices."
    ),
    "verify": LazyCommand("planner.cli.verify", "verify", "Check a plan against its scenario."),
    "import": LazyCommand(
        "planner.cli.import_prices", "import_prices", "Read another tool's prices."
    ),
    "batch": LazyCommand("planner.cli.batch", "batch", "Plan many scenarios, one after the other."),
}
EXIT_CODES: Final = """\b
Exit codes:
  0  done
  1  answered "no": infeasible, nothing found, or a plan that fails its check
  2  bad input
  3  could not write or solve
"""


@click.group(
    cls=EndingGroup,
    lazy=COMMANDS,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="gpu-cluster-planner", prog_name="gpuplan")
def main() -> None:
    """Decide where every AI workload runs, on which accelerators, bought how."""
