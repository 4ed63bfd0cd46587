"""Which workload each allocation runs in which pool, and whether it may."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.domain.option import Place, Pool
from planner.domain.plan import Allocation, Violation
from planner.domain.requests import Variant
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.verification.facts import Facts, pool_key, stated_key
from planner.verification.violations import Expected, broken, differences


@dataclass(frozen=True)
class Placed:
    """An allocation whose workload and pool the scenario knows."""

    row: int
    stated: Allocation
    workload: Workload
    pool: Pool

    @property
    def where(self) -> str:
        """How violations name it."""
        return f"allocations.{self.row}"

    @property
    def replica_accelerators(self) -> int:
        """Accelerators of one replica, or of the gang."""
        return self.stated.parallelism.accelerators

    @property
    def accelerators(self) -> int:
        """Accelerators of all replicas."""
        return self.stated.replicas * self.replica_accelerators


def placements(
    allocations: Sequence[Allocation], facts: Facts
) -> tuple[tuple[Placed, ...], tuple[Violation, ...]]:
    """The allocations that speak of known things, and what is wrong with any of them."""
    found: list[Placed] = []
    faults: list[Violation] = []
    for row, stated in enumerate(allocations):
        workload = facts.workloads.get(stated.workload)
        pool = facts.pools.get(stated_key(stated))
        where = f"allocations.{row}"
        if workload is None:
            faults.append(broken(where, f"there is no workload {stated.workload}"))
        elif pool is None:
            offer = " / ".join(stated_key(stated))
            faults.append(broken(where, f"the scenario does not offer {offer}"))
        elif pool.accelerator.tdp_w is None:
            faults.append(broken(where, f"the power of {pool.accelerator.name} is not known"))
        else:
            found.append(Placed(row, stated, workload, pool))
    for each in found:
        faults += _faults(each)
    return tuple(found), (*faults, *_twins(found))


def _faults(placed: Placed) -> Iterator[Violation]:
    workload, pool, stated = placed.workload, placed.pool, placed.stated
    if workload.sites is not None and pool.place.name not in workload.sites:
        yield broken(placed.where, f"{workload.name} may not run at {pool.place.name}")
    if not keeps_residency(workload, pool.place):
        yield broken(placed.where, f"data of {workload.name} may not lie at {pool.place.name}")
    if pool.terms.is_interruptible and not bears_interruptions(workload):
        yield broken(placed.where, f"{workload.name} may not run where it can be interrupted")
    if stated.replicas < 1:
        yield broken(f"{placed.where}.replicas", "must be at least 1", stated.replicas, 1)
    yield from differences(placed.where, stated, _identity(placed))


def bears_interruptions(workload: Workload) -> bool:
    """Whether a workload may use capacity that can be taken away."""
    if workload.allow_interruptible is None:
        return isinstance(workload, BatchInference)
    return workload.allow_interruptible


def keeps_residency(workload: Workload, place: Place) -> bool:
    """Whether a place is in one of the countries, and of one of the classes, that are asked for."""
    asked = workload.residency
    if asked is None:
        return True
    wanted = ((asked.countries, place.country), (asked.site_classes, place.site_class))
    return all(known in allowed for allowed, known in wanted if allowed is not None)


def variant_of(stated: Allocation, workload: Serving | BatchInference) -> Variant:
    """The variant of the workload that an allocation runs, or else the one most like it."""
    return max(workload.variants, key=lambda each: _likeness(stated, each))


def _likeness(stated: Allocation, variant: Variant) -> tuple[bool, bool, bool]:
    return (
        stated.architecture == variant.architecture,
        stated.precision == variant.weight_precision,
        stated.kv_precision == variant.kv_precision,
    )


def _identity(placed: Placed) -> dict[str, Expected]:
    """Fields that the scenario fixes."""
    workload = placed.workload
    fixed: dict[str, Expected] = {
        "kind": workload.kind,
        "accelerator": placed.pool.accelerator.name,
        "accelerators": placed.accelerators,
    }
    if isinstance(workload, TrainingRun):
        return fixed | {
            "architecture": workload.architecture,
            "precision": workload.precision,
            "kv_precision": None,
            "replicas": 1,
        }
    variant = variant_of(placed.stated, workload)
    return fixed | {
        "architecture": variant.architecture,
        "precision": variant.weight_precision,
        "kv_precision": variant.kv_precision,
        "micro_batch": None,
        "recomputation": None,
        "mfu": None,
    }


def _twins(found: Sequence[Placed]) -> Iterator[Violation]:
    """Options that have more than one row."""
    seen: Counter[tuple[object, ...]] = Counter()
    for each in found:
        option = (
            each.workload.name,
            pool_key(each.pool),
            each.stated.parallelism.model_dump_json(),
            each.stated.architecture,
            each.stated.precision,
            each.stated.kv_precision,
        )
        seen[option] += 1
        if seen[option] > 1:
            yield broken(each.where, "the same option has a row already")
