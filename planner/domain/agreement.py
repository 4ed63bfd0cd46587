"""What is agreed for many purchases together: discounts, commitments, credits, budgets.

Agreements apply in the order in which a scenario lists them. Each sees what its charges come to
after those above it. Where two cover the same charge, the later one must cover all of what the
earlier one does, and add up over the same time or a longer one: then what the earlier one leaves
to pay is one of the sums that the later one adds up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Protocol

from pydantic import Field

from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.period import Window
from planner.domain.record import Name, OpenFields, Record

Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class Covers(Record):
    """The charges that an agreement is about; what is omitted leaves nothing out."""

    sites: Names | None = None
    """Sites of the scenario."""
    node_types: Names | None = None
    purchases: Names | None = None
    """Offers, as plans call them: by their name or their pricing rule."""
    charges: Annotated[tuple[ChargeKind, ...], Field(min_length=1)] | None = None
    """Omitted: what the rule is about by itself."""


class Agreement(Record):
    """An agreement of a scenario."""

    name: Name
    rule: Name
    """`volume_tiers`, `savings_plan`, `minimum_spend`, `credits`, `free_grant`, `budget`,
    `software_licence`, or one that a plugin brings."""
    covers: Covers = Covers()
    parameters: OpenFields = Field(default_factory=dict)
    """What else the rule asks for."""


@dataclass(frozen=True)
class Segment:
    """Amounts from `from_usd` on pay `fixed_usd` and `rate` of the whole amount."""

    from_usd: float
    fixed_usd: float
    rate: float


@dataclass(frozen=True)
class PaymentCurve:
    """What is paid of an amount that is added up over a window: piecewise linear, jumps allowed.

    The first segment begins at 0; at the beginning of a segment its own payment holds. Tiers,
    minimum spends, credits and free grants have this form.
    """

    window: Window
    segments: tuple[Segment, ...]
    until_hours: float | None = None
    """Only periods that end by then count; None: all."""
    settles: Literal["at_end", "as_it_goes"] = "at_end"
    """When the difference falls due: with the last period of the window, or with every period."""

    def payment(self, amount_usd: float) -> float:
        """What is paid of an amount of a window, USD."""
        at = [each for each in self.segments if each.from_usd <= amount_usd][-1]
        return at.fixed_usd + at.rate * amount_usd


@dataclass(frozen=True)
class SpendCommitment:
    """Spend per hour that is committed to for a term, and buys use at a discount.

    An hour's commitment of 1 USD pays for use worth 1 / (1 - discount) USD at the price without
    it, the largest discounts first; use beyond it is paid as if there were none. All that is
    committed to is paid, used or not, also what falls after the horizon.
    """

    term_hours: float
    discounts: tuple[tuple[str, float], ...]
    """Node type and discount, in [0, 1); other node types are not covered."""
    most_usd_per_hour: float | None = None


@dataclass(frozen=True)
class SpendLimit:
    """Most that the covered charges may come to in each window."""

    window: Window
    most_usd: float


@dataclass(frozen=True)
class Surcharge:
    """What every accelerator that is up costs on top, under charges of kind `licence`."""

    usd_per_accelerator_hour: float


AgreementTerms = PaymentCurve | SpendCommitment | SpendLimit | Surcharge


class AgreementRule(Protocol):
    """Something that can be agreed (plugin protocol)."""

    @property
    def name(self) -> str:
        """What a scenario writes after `rule:`."""
        ...

    @property
    def parameters(self) -> type[Record]:
        """The record that checks and documents the rule's own parameters."""
        ...

    @property
    def charges(self) -> tuple[ChargeKind, ...]:
        """Kinds of charges that it covers unless the scenario says otherwise."""
        ...

    def terms(self, parameters: Record) -> AgreementTerms:
        """What it means; raises ValueError with one sentence when the parameters cannot be."""
        ...

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """How it changes the bill: what is due on top of the covered charges, or less (negative).

        Reckoned from the parameters and not from the terms; see `PricingRule.invoice`. A limit
        answers with nothing; a surcharge is charged by accelerator hours: `Covered.usd` then are
        accelerator hours.
        """
        ...


class Cell(NamedTuple):
    """Charges of one kind for one offer in one period."""

    pool: int
    """Row of the scenario's offers."""
    kind: ChargeKind
    period: int


@dataclass(frozen=True)
class Agreed:
    """An agreement of a scenario with what it means."""

    name: str
    rule: str
    terms: AgreementTerms
    pools: frozenset[int]
    """Rows of the offers that it covers."""
    charges: frozenset[ChargeKind]


@dataclass(frozen=True)
class Account:
    """What one agreement adds up in one window."""

    agreement: int
    periods: tuple[int, ...]
    """Of the window."""
    cells: tuple[Cell, ...]
    """Charges that no earlier agreement has taken up."""
    accounts: tuple[int, ...]
    """Earlier accounts: what they leave to pay counts, too."""
    coverable: tuple[Cell, ...] = ()
    """Use that committed spend may pay for, as far as earlier commitments have not."""
