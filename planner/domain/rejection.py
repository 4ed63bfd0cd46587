"""Why something is not in the plan: data, not a log line."""

from dataclasses import dataclass
from typing import Literal

from planner.domain.record import Record

Reason = Literal[
    "memory",  # weights, cache or training state do not fit
    "ttft",  # prefill alone is slower than the limit
    "tpot",  # even a batch of one decodes slower than the limit
    "request",  # a request of another sort: it answers at once, or a request is one image
    "adapters",  # it has no matrices that the adapters are for, or the adapters are wider
    "context",  # the request or sequence is longer than the architecture was made for
    "precision",  # the accelerator has no arithmetic for the asked number format
    "power_unknown",  # the vendor publishes no power, so no energy could be stated
    "network",  # the gang spans nodes that have no scale-out network
    "deadline",  # too slow even at the largest gang that can be had
    "global_batch",  # the step has fewer sequences than the gang has pipelines
    "capacity",  # fewer nodes there than the smallest deployment needs
    "power_limit",  # the site's power is less than what the job draws
    "interruptible",  # the capacity can be taken away and the workload forbids that
    "site",  # the workload may not run there
    "residency",  # its data may not lie there
    "route",  # no way leads its dataset there whose price and bandwidth are known
    "transfer",  # its dataset is under way to there for as long as it has time
    "dominated",  # another deployment on the same node type is at least as good throughout
]


@dataclass(frozen=True)
class Shortfall:
    """A number that misses a limit; `needed` and `available` are in `unit`."""

    reason: Reason
    needed: float | None = None
    available: float | None = None
    unit: str = ""


class Rejection(Record):
    """A combination that is no deployment or option, and by how much it missed."""

    workload: str
    node_type: str
    site: str | None = None
    """None: holds at every site."""
    purchase: str | None = None
    parallelism: str | None = None
    """For instance `tp4 pp2`; None: holds for all that were tried."""
    reason: Reason
    needed: float | None = None
    available: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Miss(Shortfall):
    """A shortfall of deployments on a node type, whatever they are for."""

    parallelism: str | None = None
    """None: of all that were tried."""

    def of(self, workload: str, node_type: str) -> Rejection:
        """That a workload has no such deployment."""
        return Rejection(
            workload=workload,
            node_type=node_type,
            parallelism=self.parallelism,
            reason=self.reason,
            needed=self.needed,
            available=self.available,
            unit=self.unit,
        )


def missed(shortfall: Shortfall, parallelism: str | None) -> Miss:
    """By deployments of a parallelism; None: of all that were tried."""
    numbers = (shortfall.reason, shortfall.needed, shortfall.available, shortfall.unit)
    return Miss(*numbers, parallelism)
