"""Whether something is a plan at all, and a plan of this scenario."""

import hashlib
from collections.abc import Iterator

from pydantic import ValidationError

from planner.domain.plan import Plan, Violation
from planner.verification.exact import exact
from planner.verification.facts import Facts
from planner.verification.violations import broken, differences


def form_faults(plan: Plan) -> tuple[Violation, ...]:
    """Fields of the wrong type, left out, or not finite: a plan made in Python may have them."""
    try:
        Plan.model_validate(plan.model_dump(warnings=False))
    except ValidationError as error:
        return tuple(
            broken(".".join(map(str, each["loc"])) or "plan", each["msg"])
            for each in error.errors()
        )
    return ()


def identity_faults(plan: Plan, facts: Facts) -> Iterator[Violation]:
    """A plan of another scenario, or of another state of this one or of the catalog."""
    scenario = facts.scenario
    yield from differences("plan", plan, {"scenario": scenario.scenario})
    if exact(plan.horizon_days) != exact(scenario.horizon.length_days):
        rule = "is not the scenario's horizon"
        yield broken("plan.horizon_days", rule, plan.horizon_days, scenario.horizon.length_days)
    # the bound is the one number that cannot be recomputed: it holds for what was solved only
    digest = hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()
    if plan.evidence.scenario_digest != digest:
        rule = "the plan was made from another state of the scenario: its bound proves nothing here"
        yield broken("evidence.scenario_digest", rule)
    if plan.evidence.catalog_digest != facts.catalog.digest():
        rule = "the catalog has changed since the plan was made: its bound proves nothing here"
        yield broken("evidence.catalog_digest", rule)
