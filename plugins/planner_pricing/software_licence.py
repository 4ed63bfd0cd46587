"""Software that is licensed for every accelerator in use."""

from collections.abc import Iterable

from planner.domain.agreement import Surcharge
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.record import Positive, Record
from planner.units import HOURS_PER_YEAR
from planner_pricing.parameters import own


class SoftwareLicenceParameters(Record):
    """The price."""

    usd_per_accelerator_year: Positive


class SoftwareLicence:
    """A price for every accelerator and hour in which its node is up."""

    name = "software_licence"
    parameters = SoftwareLicenceParameters
    charges: tuple[ChargeKind, ...] = ("licence",)

    def terms(self, parameters: Record) -> Surcharge:
        """Per accelerator and hour."""
        mine = own(parameters, SoftwareLicenceParameters)
        return Surcharge(mine.usd_per_accelerator_year / HOURS_PER_YEAR)

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """Accelerator hours of every period, by the year."""
        mine = own(parameters, SoftwareLicenceParameters)
        for each in statement.covered:
            years = each.usd / HOURS_PER_YEAR
            yield InvoiceLine(each.period, "licence", years * mine.usd_per_accelerator_year)
