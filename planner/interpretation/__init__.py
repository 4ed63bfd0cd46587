"""From chosen quantities back to a plan in the words of the scenario."""

from planner.interpretation.plan import interpret
from planner.interpretation.start import start_from

__all__ = ["interpret", "start_from"]
