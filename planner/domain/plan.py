"""The answer: what runs where, bought how, at what cost, and how good it is proven to be.

Money, energy and carbon are totals over the horizon unless a name says otherwise.
"""

from typing import TYPE_CHECKING, Final, Literal

from planner.domain.deployment import Parallelism, Recomputation
from planner.domain.period import ONLY_PERIOD
from planner.domain.precision import Precision
from planner.domain.record import FirstVersion, Record
from planner.domain.rejection import Rejection
from planner.domain.statement import (
    AgreementLine,
    BreakEven,
    BuildOut,
    CleanEnergyUse,
    ContractLine,
    CurtailmentLine,
    DemandCharge,
    Economics,
    MeterLine,
    Move,
    OnSiteUse,
    PeriodResult,
    SpendLine,
    Transfer,
)

if TYPE_CHECKING:
    import pandas

QUALITY: Final = "quality"
"""Unit of a binding minimum quality: a whole point of the scores that the scenario states."""
SPARE_QUALITY: Final = 1e-5
"""Mean quality that is no further above its minimum, relatively, is no better than it must be."""
Status = Literal["optimal", "feasible", "infeasible", "stopped"]


class ServedClass(Record):
    """Requests of one size that an allocation serves."""

    request_class: int
    """Row of the workload's request-size table, from 0."""
    input_tokens: int
    output_tokens: int
    share: float
    """Of the workload's requests of this size."""
    batch: int
    requests_per_s_per_replica: float
    """Throughput of one replica that does nothing else, within the latency limits."""
    ttft_ms: float
    tpot_ms: float


class Allocation(Record):
    """A workload, or a part of it, on one node type at one site under one purchase."""

    workload: str
    kind: str
    architecture: str
    site: str
    node_type: str
    accelerator: str
    purchase: str
    period: str
    share: float
    """Of the workload's demand (of its requests, or of its training run)."""
    replicas: int
    accelerators: int
    """Of all replicas together."""
    parallelism: Parallelism
    precision: Precision
    """Of the weights (serving) or of the arithmetic (training)."""
    kv_precision: Precision | None = None
    micro_batch: int | None = None
    recomputation: Recomputation | None = None
    busy_replicas: float
    """Replicas' worth of work at full throughput, averaged over the time it runs."""
    tokens_per_s: float
    """Input and output tokens (serving), tokens trained on (pretraining), while it runs."""
    start_hours: float = 0.0
    """When it begins, after the beginning of the horizon: when all that it comes after is done."""
    hours: float
    """How long it runs: the horizon for serving, until done for jobs."""
    memory_gib_per_accelerator: float
    accelerator_power_w: float
    """Mean of a busy accelerator."""
    mfu: float | None = None
    served: tuple[ServedClass, ...] = ()
    cost_usd: float
    """Its part of the bill: what it uses of nodes it shares, all of nodes it has alone."""
    energy_mwh: float
    carbon_tonnes: float


class Offloaded(Record):
    """Requests that users' own devices answer: nobody buys capacity for them."""

    workload: str
    period: str = ONLY_PERIOD
    architecture: str
    node_type: str
    accelerator: str
    precision: Precision
    kv_precision: Precision
    share: float
    """Of the workload's requests."""
    served: tuple[ServedClass, ...]
    memory_gib_per_accelerator: float
    daily_battery_share: float | None
    """Of an owner's full battery, on an average day; None: plugged in."""
    user_energy_mwh: float
    """Drawn from the users' devices over the horizon; no part of the plan's energy."""


class PurchaseLine(Record):
    """Nodes bought (or taken from stock) at one site."""

    site: str
    node_type: str
    accelerator: str
    purchase: str
    period: str
    workload: str | None
    """The job the nodes are held for; None: standing capacity that serving workloads share."""
    nodes: int
    accelerators: int
    accelerators_used: int
    """Accelerators in replicas; the rest stands idle."""
    hours: float
    """How long they are up."""
    billed_node_hours: float
    """Of all nodes together, rounded up to the seller's units."""
    usd_per_node_hour: float
    """Under a contract: what the contracts of the pool cost per node and hour in this period."""
    price_as_of: str | None
    capacity_usd: float
    licence_usd: float = 0.0
    electricity_usd: float
    energy_mwh: float
    """At the meter of the facility, PUE included."""
    carbon_tonnes: float
    utilisation: float
    """Busy accelerators over accelerators held, in time average."""


class Unmet(Record):
    """Demand that is left undone because that is cheaper than doing it."""

    workload: str
    period: str = ONLY_PERIOD
    share: float
    penalty_usd: float


class SiteLoad(Record):
    """What a site carries."""

    site: str
    period: str = ONLY_PERIOD
    it_power_kw: float
    """With every replica at its accelerators' full power."""
    it_power_limit_kw: float | None
    energy_mwh: float
    carbon_tonnes: float
    pue: float
    carbon_g_per_kwh: float
    electricity_usd_per_kwh: float | None


class WorkloadResult(Record):
    """What a workload gets in a period and what that costs."""

    workload: str
    period: str = ONLY_PERIOD
    kind: str
    architecture: str
    """Where several of its choices serve it: their names, joined by ` + `."""
    met_share: float
    accelerators: int
    cost_usd: float
    energy_mwh: float
    carbon_tonnes: float
    tokens_b: float
    """Tokens processed, in billions."""
    usd_per_million_tokens: float | None
    ttft_ms: float | None = None
    """Worst of its allocations."""
    tpot_ms: float | None = None
    days: float | None = None
    """Until the job is done; in a slice of a day, until the last of its days."""
    quality: float | None = None
    """Mean quality of the choices over the requests served; None: not every choice states one."""
    requests: float | None = None
    """Answered; None: work that does not come as requests."""
    revenue_usd: float | None = None
    """None: it earns nothing."""
    users: float | None = None
    """Monthly active; None: not stated."""


class Survival(Record):
    """What a protected workload has in a period for the loss of sites."""

    workload: str
    period: str = ONLY_PERIOD
    worst_failure: str
    """The failure that leaves it the least."""
    needed_share: float
    """Of its planned demand, that must be borne after any failure."""
    bearable_share: float
    """That its replicas elsewhere bear after the worst."""
    spare_accelerators: float
    """Beyond what its requests need at the target utilisation, rounding up included."""
    spare_usd: float
    """Their part of the cost of its allocations."""


class Binding(Record):
    """A limit that the plan uses up."""

    resource: str
    period: str = ONLY_PERIOD
    used: float
    limit: float
    unit: str
    worth_usd_per_unit: float | None = None
    """Its price over the horizon where nodes and replicas came in fractions; None: not known.

    A whole unit more may save less, nothing at all where it is too little for a node, or more."""


class Shortage(Record):
    """Part of the diagnosis of an infeasible scenario: a demand that cannot be met."""

    workload: str
    period: str = ONLY_PERIOD
    unmet_share: float
    reasons: tuple[str, ...]
    """What is short, in words with numbers."""


class CostParts(Record):
    """Where the money goes; the parts add up to the plan's cost."""

    capacity_usd: float
    """Use by the hour, and contracts, used or not, within the horizon."""
    licence_usd: float = 0.0
    electricity_usd: float
    site_usd: float = 0.0
    """What meters add to the electricity of work: idle nodes, overhead, peaks and clean energy,
    less own generation and curtailment."""
    one_off_usd: float = 0.0
    """Instalments of what is built, and moves of work."""
    transfer_usd: float = 0.0
    """What moving datasets to their jobs costs."""
    agreements_usd: float = 0.0
    """What agreements add (below 0: take off)."""
    beyond_horizon_usd: float = 0.0
    """What is promised and falls due after the horizon."""
    unmet_penalty_usd: float


class SolverRun(Record):
    """What one solver said of the problem."""

    solver: str
    termination: str
    objective_usd: float | None
    bound_usd: float | None


class Evidence(Record):
    """What the plan was made with, so that somebody else can make it again."""

    termination: str
    """Why the search ended."""
    routes: tuple[SolverRun, ...]
    """Independent solvers that had to agree before a bound or a status was claimed."""
    seed: int
    options: int
    """Options the optimizer chose from."""
    versions: dict[str, str]
    plugins: dict[str, str]
    scenario_digest: str
    catalog_digest: str
    """SHA-256 of every catalog record, so that a changed price shows."""
    started_from: str | None = None
    """SHA-256 of the plan that the search began from; another one may end in another plan."""


class Plan(Record):
    """A verified answer to a scenario, or the reason why there is none."""

    scenario: str
    schema_version: FirstVersion = 1
    status: Status
    """optimal: proven within the asked gap; feasible: a plan whose gap is larger; stopped: the
    time limit came first; infeasible: proven that the demand cannot be met."""
    objective_usd: float | None
    """Weighted sum of cost, energy and carbon that was minimised."""
    bound_usd: float | None
    """No plan can have a smaller objective."""
    gap: float | None
    """(objective - bound) / objective."""
    horizon_days: float
    cost_usd: float
    cost: CostParts
    energy_mwh: float
    carbon_tonnes: float
    """Location-based, of energy."""
    market_carbon_tonnes: float | None = None
    """Market-based: less what contracted clean energy is matched with; None: there is none."""
    embodied_carbon_tonnes: float | None = None
    """Of making the hardware, for the hours that its nodes are up, no part of `carbon_tonnes`;
    None: not known for all of it."""
    water_m3: float | None = None
    """Evaporated at the sites; None: not known for all of them."""
    user_energy_mwh: float = 0.0
    """Of users' own devices, no part of `energy_mwh`."""
    verified: bool
    """Whether the independent checker recomputed every number from the scenario and agreed."""
    workloads: tuple[WorkloadResult, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    offloaded: tuple[Offloaded, ...] = ()
    purchases: tuple[PurchaseLine, ...] = ()
    contracts: tuple[ContractLine, ...] = ()
    commitments: tuple[SpendLine, ...] = ()
    agreements: tuple[AgreementLine, ...] = ()
    build_out: tuple[BuildOut, ...] = ()
    moves: tuple[Move, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    meters: tuple[MeterLine, ...] = ()
    on_site: tuple[OnSiteUse, ...] = ()
    curtailment: tuple[CurtailmentLine, ...] = ()
    demand_charges: tuple[DemandCharge, ...] = ()
    clean_energy: tuple[CleanEnergyUse, ...] = ()
    periods: tuple[PeriodResult, ...] = ()
    break_even: tuple[BreakEven, ...] = ()
    economics: Economics | None = None
    """What is earned, where a workload says so."""
    survivals: tuple[Survival, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    sites: tuple[SiteLoad, ...] = ()
    binding: tuple[Binding, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    notices: tuple[str, ...] = ()
    """What the reader should know: estimated figures, omitted limits."""
    rejections: tuple[Rejection, ...] = ()
    evidence: Evidence

    def to_frame(self) -> "pandas.DataFrame":
        """The allocations as a table, one row each (needs pandas, which OR-Tools brings)."""
        import pandas  # noqa: PLC0415  two seconds to import, and only notebooks want it

        columns = [name for name in Allocation.model_fields if name != "served"]
        rows = [each.model_dump(include=set(columns)) for each in self.allocations]
        for row, each in zip(rows, self.allocations, strict=True):
            row["parallelism"] = str(each.parallelism)
        return pandas.DataFrame(rows, columns=columns)


class Violation(Record):
    """A statement of the scenario that a plan breaks, found by the independent checker."""

    where: str
    rule: str
    stated: float | None = None
    recomputed: float | None = None
