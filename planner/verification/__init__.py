"""An independent look at a plan: every number again, from the scenario, in exact arithmetic.

Shares nothing with what makes plans but the words of the domain, the catalog and the physics.
What the plan decides (which allocation, how many replicas and nodes, which share) is taken as
stated; everything else must follow from it and from the scenario.
"""

from planner.verification.charges import ANOTHER_BILL
from planner.verification.verify import verify

__all__ = ["ANOTHER_BILL", "verify"]
