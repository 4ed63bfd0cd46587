"""Built-in plugin: accelerators and the servers they sit in, from the packaged catalog tables."""

from collections.abc import Iterable
from importlib.resources import files

from planner.catalog.tables import read_table
from planner.domain.hardware import Accelerator, NodeType
from planner.extension import hookimpl


@hookimpl
def planner_accelerators() -> Iterable[Accelerator]:
    """Datacenter, workstation, consumer and edge parts, with dense peak rates."""
    return read_table(files("planner_catalogs").joinpath("accelerators.csv"), Accelerator)


@hookimpl
def planner_node_types() -> Iterable[NodeType]:
    """Servers one can own and cloud instances; the table's head says how host power was found."""
    return read_table(files("planner_catalogs").joinpath("node_types.csv"), NodeType)
