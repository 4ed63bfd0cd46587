"""From chosen quantities back to a plan in the words of the scenario."""

from planner.interpretation.plan import interpret

__all__ = ["interpret"]
