"""Data that a job reads, and the way on which it comes to where the job runs."""

from planner.domain.record import Name, NonNegative, Positive, Record
from planner.units import SECONDS_PER_HOUR


class Haul(Record):
    """The way of a job's dataset to a site where it does not lie."""

    workload: Name
    site: Name
    """Where it is moved to."""
    usd_per_gb: NonNegative
    gb_per_s: Positive | None = None
    """None: both sites are at one place, where nothing is moved."""
    ready_hours: NonNegative = 0.0
    """When all of it is there, after the beginning of the horizon."""
    hours: NonNegative = 0.0
    """Of the time that the job has, in which its data is not there yet: in a period, of that which
    it has in it."""

    def hours_of(self, dataset_gb: float) -> float:
        """How long so much data is under way."""
        return 0.0 if self.gb_per_s is None else dataset_gb / self.gb_per_s / SECONDS_PER_HOUR
