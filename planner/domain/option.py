"""Where and how capacity can be had, and everything the optimizer may choose from."""

from dataclasses import dataclass, replace

from planner.domain.deployment import ServingDeployment, ServingRate, TrainingDeployment
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.pricing import PurchaseTerms
from planner.domain.rejection import Rejection
from planner.domain.requests import Device


@dataclass(frozen=True)
class Place:
    """A site of the scenario with every fact resolved from the scenario or the catalog."""

    name: str
    """The site's name in the scenario."""
    pue: float
    carbon_g_per_kwh: float
    electricity_usd_per_kwh: float | None
    """Of the grid, what is paid for its carbon included."""
    it_power_limit_kw: float | None
    """Of all servers at full power."""
    phases_kw: float = 0.0
    """That all servers could draw more were everything built that can be."""
    mean_limit_kw: float | None = None
    """Of what they draw on average, where they may draw more at full power."""
    oversubscription: float = 1.0
    """Of the limit at full power over that of the mean."""
    round_trip_ms: tuple[tuple[str, float], ...] = ()
    """To every region that users are in."""
    country: str | None = None
    site_class: str | None = None
    wue_l_per_kwh: float | None = None
    """Water per kWh of IT energy; None: not known."""

    @property
    def most_power_kw(self) -> float | None:
        """Of all servers at full power, with everything built; None: no limit."""
        limit = self.it_power_limit_kw
        return None if limit is None else limit + self.phases_kw

    def built_out(self, more_kw: float) -> "Place":
        """The place with so much more power at full power."""
        limit, mean = self.it_power_limit_kw, self.mean_limit_kw
        if not more_kw or limit is None:
            return self
        more_mean = None if mean is None else mean + more_kw / self.oversubscription
        return replace(self, it_power_limit_kw=limit + more_kw, mean_limit_kw=more_mean)


@dataclass(frozen=True)
class Pool:
    """Nodes of one type at one site under one purchase: the thing with capacity."""

    place: Place
    node_type: NodeType
    accelerator: Accelerator
    purchase: str
    terms: PurchaseTerms
    licence_usd_per_node_hour: float = 0.0
    """Software that is paid for while a node is up."""

    @property
    def key(self) -> str:
        """How messages name it."""
        return f"{self.place.name} / {self.node_type.name} / {self.purchase}"


@dataclass(frozen=True)
class Option:
    """A deployment in a pool: one thing the optimizer may choose."""

    deployment: ServingDeployment | TrainingDeployment
    pool: int
    """Index into the pools of the `Candidates`."""


@dataclass(frozen=True)
class Offload:
    """Devices of one type that may answer a part of a serving workload."""

    workload: str
    device: Device
    node_type: NodeType
    accelerator: Accelerator
    rates: tuple[ServingRate | None, ...]
    """By request class; None: not within the workload's limits there."""


@dataclass(frozen=True)
class Candidates:
    """Everything that could be part of a plan, and why everything else could not."""

    places: tuple[Place, ...]
    pools: tuple[Pool, ...]
    options: tuple[Option, ...]
    rejections: tuple[Rejection, ...]
    offloads: tuple[Offload, ...] = ()
