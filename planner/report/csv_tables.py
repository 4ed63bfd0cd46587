"""A plan as CSV tables: one file per subject, one column per field, full precision."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

from planner.domain.plan import (
    Allocation,
    Offloaded,
    Plan,
    PurchaseLine,
    SiteLoad,
    Survival,
    WorkloadResult,
)
from planner.domain.record import Record
from planner.domain.rejection import Rejection
from planner.domain.statement import (
    AgreementLine,
    BuildOut,
    CleanEnergyUse,
    ContractLine,
    CurtailmentLine,
    DemandCharge,
    MeterLine,
    Move,
    OnSiteUse,
    PeriodResult,
    SpendLine,
    Transfer,
)

TABLES: Final[dict[str, type[Record]]] = {
    "allocations": Allocation,
    "offloaded": Offloaded,
    "purchases": PurchaseLine,
    "workloads": WorkloadResult,
    "sites": SiteLoad,
    "survivals": Survival,
    "contracts": ContractLine,
    "commitments": SpendLine,
    "agreements": AgreementLine,
    "build_out": BuildOut,
    "moves": Move,
    "transfers": Transfer,
    "meters": MeterLine,
    "on_site": OnSiteUse,
    "curtailment": CurtailmentLine,
    "demand_charges": DemandCharge,
    "clean_energy": CleanEnergyUse,
    "periods": PeriodResult,
    "rejections": Rejection,
}
"""Fields of a plan that are tables, and the record of their rows."""
NESTED: Final = frozenset({"served"})
"""Fields of rows that are tables themselves; they are in plan.json only."""


def csv_tables(plan: Plan) -> dict[str, str]:
    """Text of every table by its name; a table without rows has its heading."""
    return {name: _csv(record, getattr(plan, name)) for name, record in TABLES.items()}


def _csv(record: type[Record], rows: Iterable[Record]) -> str:
    columns = [name for name in record.model_fields if name not in NESTED]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, column) for column in columns] for row in rows)
    return text.getvalue()
