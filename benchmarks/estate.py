"""A made-up estate: accelerator types at sites, drawn from a seed, with plausible numbers.

Prices per unit of speed, power and price differences between sites scatter as those of rented
accelerators do (a factor of two between regions, of ten between generations); a third of the
workloads may only run in one of three jurisdictions.
"""

from dataclasses import dataclass

import numpy as np

from planner.problem.columns import Floats, Integers

JURISDICTIONS = 3
ANYWHERE = JURISDICTIONS
"""Class of a workload that may run in every jurisdiction."""
RESTRICTED = 0.35
"""Share of the workloads that may run in one jurisdiction only."""
HOURS_PER_MONTH = 730.0


@dataclass(frozen=True)
class Estate:
    """Node types and sites; a pool is one type at one site."""

    speed: Floats
    """Work per node and unit of time, by type."""
    memory_gb: Floats
    node_usd_per_hour: Floats
    """Shape (types, sites)."""
    node_kw: Floats
    electricity_usd_per_kwh: Floats
    """By site, cooling included."""
    egress_usd_per_tb: Floats
    jurisdiction: Integers

    @property
    def types(self) -> int:
        """How many node types there are."""
        return len(self.speed)

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(self.jurisdiction)

    def sites_for(self, wanted: int) -> Integers:
        """Sites where a workload of a class may run."""
        if wanted == ANYWHERE:
            return np.arange(self.sites)
        return np.flatnonzero(self.jurisdiction == wanted)


def estate(types: int, sites: int, rng: np.random.Generator) -> Estate:
    """Draw an estate."""
    speed = np.exp(rng.normal(0, 0.8, types))
    usd = 14 * speed**0.9 * np.exp(rng.normal(0, 0.25, types))
    by_site = np.exp(rng.normal(0, 0.12, sites))
    scatter = np.exp(rng.normal(0, 0.05, (types, sites)))
    return Estate(
        speed=speed,
        memory_gb=np.exp(rng.normal(5.4, 0.6, types)),
        node_usd_per_hour=usd[:, None] * by_site * scatter,
        node_kw=6 * speed**0.7 * np.exp(rng.normal(0, 0.15, types)),
        electricity_usd_per_kwh=0.1 * np.exp(rng.normal(0, 0.35, sites)),
        egress_usd_per_tb=20 * np.exp(rng.normal(0, 0.5, sites)),
        jurisdiction=np.arange(sites) % JURISDICTIONS,
    )


@dataclass(frozen=True)
class Work:
    """Workloads and what they take on each node type that holds them."""

    workload: Integers
    """Of each pair of a workload and a type that holds it, workload by workload."""
    type: Integers
    nodes: Floats
    """Not rounded."""
    wanted: Integers
    """Class of each workload: a jurisdiction, or anywhere."""
    egress_tb: Floats
    """By workload."""

    @property
    def workloads(self) -> int:
        """How many there are."""
        return len(self.wanted)


def work(workloads: int, of: Estate, rng: np.random.Generator) -> Work:
    """Draw workloads: sizes scatter over three orders of magnitude, small ones abound."""
    size = np.exp(rng.normal(1.5, 1.2, workloads))
    memory_gb = np.exp(rng.normal(3.5, 0.8, workloads))
    holds = memory_gb[:, None] <= of.memory_gb
    holds[:, np.argmax(of.memory_gb)] = True
    workload, kind = np.nonzero(holds)
    suits = np.exp(rng.normal(0, 0.3, len(workload)))
    restricted = rng.random(workloads) < RESTRICTED
    return Work(
        workload=workload,
        type=kind,
        nodes=size[workload] / of.speed[kind] * suits,
        wanted=np.where(restricted, rng.integers(0, JURISDICTIONS, workloads), ANYWHERE),
        egress_tb=np.exp(rng.normal(1, 1.5, workloads)),
    )
