"""What was used of capacity, and what its seller writes on the bill."""

from dataclasses import dataclass
from typing import Literal

from planner.domain.period import Period

ChargeKind = Literal["usage", "contract", "capital", "operations", "electricity", "licence"]
"""Hours of use; what a contract costs, used or not; hardware bought; its space, staff and
maintenance; energy; software."""


@dataclass(frozen=True)
class Held:
    """Nodes that were up in a period, for serving or for one job.

    Nodes of a batch workload are given back one by one as it runs out of work, so all their hours
    are those of one node.
    """

    period: int
    nodes: int
    hours: float


@dataclass(frozen=True)
class Signed:
    """Nodes that were contracted or ordered at the beginning of a period."""

    period: int
    nodes: int


@dataclass(frozen=True)
class Usage:
    """Everything that a seller knows of how an offer was used."""

    periods: tuple[Period, ...]
    held: tuple[Held, ...]
    signed: tuple[Signed, ...] = ()


@dataclass(frozen=True)
class InvoiceLine:
    """A sum that is due."""

    period: int | None
    """None: after the horizon."""
    kind: ChargeKind
    usd: float
    node_type: str | None = None
    """Of the use that committed spend pays for: told by agreements that commit to spend."""


@dataclass(frozen=True)
class Covered:
    """What the charges that an agreement covers come to in a period, before the agreement."""

    period: int
    usd: float
    node_type: str | None = None
    """Of the nodes that are charged for; None: an earlier agreement has put them together."""


@dataclass(frozen=True)
class SpendSigned:
    """Spend per hour that was committed to at the beginning of a period."""

    period: int
    usd_per_hour: float


@dataclass(frozen=True)
class Statement:
    """Everything that an agreement is reckoned from."""

    periods: tuple[Period, ...]
    covered: tuple[Covered, ...]
    signed: tuple[SpendSigned, ...] = ()
