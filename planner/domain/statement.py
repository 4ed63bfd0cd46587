"""The bill of a plan in time, and what finance reads from it.

Money is USD over the horizon unless a name says otherwise.
"""

from planner.domain.record import Record


class ContractLine(Record):
    """Nodes that are taken for a term, or bought for their life."""

    site: str
    node_type: str
    purchase: str
    period: str
    """At whose beginning it is signed."""
    nodes: int
    start_days: float
    """From when on its nodes are there, after the beginning of the horizon."""
    end_days: float
    is_bought: bool
    upfront_usd: float
    """Due when signed."""
    usd_per_hour: float
    """Of all its nodes, over the term: rent, or operations of what is bought."""
    accrued_usd: float
    """Its cost within the horizon: rent by time, or instalments of capital, and operations."""
    depreciation_usd: float
    """Straight line, of what is bought: a part of what is accrued."""
    beyond_usd: float
    """The part of its cost that is for time after the horizon, promised or paid in advance; nothing
    for what is bought, which can be kept."""


class SpendLine(Record):
    """Spend per hour that is committed to for a term."""

    agreement: str
    period: str
    """At whose beginning it is signed."""
    usd_per_hour: float
    end_days: float
    beyond_usd: float
    """Due after the horizon."""


class AgreementLine(Record):
    """What an agreement makes of the charges of one of its windows."""

    agreement: str
    rule: str
    first_period: str
    last_period: str
    amount_usd: float
    """Of the charges that it covers, after earlier agreements."""
    paid_usd: float


class MeterLine(Record):
    """What the meter of a site shows in a period, and what nobody's work draws of it."""

    site: str
    period: str
    mean_kw: float
    """Of all that draws, own generation not taken off."""
    energy_mwh: float
    idle_mwh: float
    """Of nodes that are held and do nothing."""
    overhead_mwh: float
    """That does not depend on the load."""
    grid_mwh: float
    """Bought: all less own generation."""
    electricity_usd_per_kwh: float | None
    carbon_g_per_kwh: float
    extra_usd: float
    """Electricity of idle nodes and overhead."""
    extra_carbon_tonnes: float


class OnSiteUse(Record):
    """Own generation that is used in a period."""

    site: str
    source: str
    period: str
    available_mwh: float
    used_mwh: float
    change_usd: float
    """What it costs less what the grid's would: mostly below 0."""
    carbon_change_tonnes: float


class CurtailmentLine(Record):
    """What is paid for staying below a baseline in a period."""

    site: str
    offer: str
    period: str
    below_kw: float
    hours: float
    earned_usd: float


class DemandCharge(Record):
    """What the highest draw of a billing month costs."""

    site: str
    first_period: str
    last_period: str
    peak_kw: float
    """Mean from the grid in the period in which it is highest."""
    months: float
    """Of the month that lie in the horizon."""
    charge_usd: float
    """Due with the last period."""


class CleanEnergyUse(Record):
    """Contracted clean energy against use, market-based."""

    site: str
    contract: str
    contracted_mwh: float
    matched_mwh: float
    carbon_tonnes: float
    """That market-based accounting takes off."""
    paid_usd: float


class BuildOut(Record):
    """A phase of a site that is built."""

    site: str
    phase: str
    period: str
    """At whose beginning it is ordered."""
    start_days: float
    """When its power is there, after the beginning of the horizon."""
    it_power_kw: float
    cost_usd: float
    """Due when it is ordered."""
    accrued_usd: float
    """Its instalments within the horizon."""
    depreciation_usd: float
    """Straight line: a part of what is accrued."""


class Move(Record):
    """Accelerators' worth of a workload where there was none of it."""

    workload: str
    site: str
    accelerators: int
    cost_usd: float
    """Paid in the first period."""


class Transfer(Record):
    """A dataset that is moved to where its job runs."""

    workload: str
    from_site: str
    to_site: str
    period: str
    """The first in which the job runs there: the move is paid in it, once."""
    dataset_gb: float
    usd_per_gb: float
    hours: float
    """That it takes, from the earliest begin of the job on."""
    cost_usd: float


class PeriodResult(Record):
    """The bill of a period: what it costs, and what is paid in it."""

    period: str
    start_days: float
    days: float
    usage_usd: float
    contract_usd: float
    """What contracts cost in it, used or not."""
    idle_usd: float
    """The part of it whose nodes nothing uses."""
    licence_usd: float
    electricity_usd: float
    site_usd: float
    """What meters add: idle nodes, overhead, peaks and clean energy, less own generation and
    curtailment."""
    one_off_usd: float
    """Instalments of what is built, and moves of work."""
    transfer_usd: float = 0.0
    """What moving datasets costs."""
    agreements_usd: float
    """What agreements add (below 0: take off)."""
    unmet_penalty_usd: float
    cost_usd: float
    """Of all these, without what is due after the horizon."""
    capital_cost_usd: float
    """The part of it that pays for capital being bound, not for hardware wearing out."""
    opex_usd: float
    """Paid in it, hardware left out."""
    capex_usd: float
    """Paid in it for hardware."""
    revenue_usd: float
    free_cash_flow_usd: float
    """Revenue less all that is paid."""
    cumulative_cash_flow_usd: float
    """From the beginning of the horizon on."""
    energy_mwh: float
    carbon_tonnes: float


class BreakEven(Record):
    """How busy capacity that one holds must be to cost less than renting by the hour."""

    site: str
    node_type: str
    purchase: str
    usd_per_accelerator_hour: float
    """Of holding it, used or not."""
    electricity_usd_per_accelerator_hour: float
    """On top while it is used."""
    rent: str
    """Site, node type and offer that is rented instead: the cheapest of the same accelerator."""
    rent_usd_per_accelerator_hour: float
    utilisation: float | None
    """Share of its hours at which both cost the same; None: rent is below the electricity alone."""
    planned_utilisation: float | None
    """Share of the hours held in which nodes are up in this plan; None: none are held."""


class WorkloadEconomics(Record):
    """What a workload earns and costs over the horizon."""

    workload: str
    revenue_usd: float | None
    """None: it earns nothing; its cost is research and development, not cost of revenue."""
    direct_usd: float
    """Nodes, software and electricity that it uses, and moving its dataset."""
    overhead_usd: float
    """Its part of idle contracts, agreements and what is due after the horizon, by direct cost."""
    contribution_usd: float
    """Revenue less both."""
    margin: float | None
    """Contribution over revenue."""
    usd_per_request: float | None
    usd_per_million_tokens: float | None
    usd_per_user_month: float | None
    """Cost of a monthly active user in a month."""


class Economics(Record):
    """The statement of the horizon for finance."""

    revenue_usd: float
    cogs_usd: float
    """Cost of workloads that earn, without the cost of capital."""
    gross_profit_usd: float
    gross_margin: float | None
    target_gross_margin: float | None
    research_usd: float
    """Cost of workloads that earn nothing."""
    capital_cost_usd: float
    """Interest on hardware that is bought, by what it binds."""
    operating_profit_usd: float
    """Gross profit less research and development and the cost of capital."""
    opex_usd: float
    """Paid within the horizon, hardware left out."""
    capex_usd: float
    free_cash_flow_usd: float
    payback_months: float | None
    """Until cash flow has made up for what was paid first; None: it does not within the horizon."""
    price_factor_to_target: float | None
    """Prices times this meet the target at this cost; None: no target, or no revenue."""
    workloads: tuple[WorkloadEconomics, ...]
