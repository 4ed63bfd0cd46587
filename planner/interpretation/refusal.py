"""Rules of a whole plan that may be why there is none."""

from collections.abc import Iterator

from planner.domain.scenario import StagedScenario
from planner.domain.workload import Serving


def whole_limits(scenario: StagedScenario, name: str) -> Iterator[str]:
    """Limits that a workload, by its name, shares with others or has by itself, in words."""
    limits = scenario.limits
    for what, unit, most in (
        ("energy", "MWh", limits.energy_mwh),
        ("carbon", "t of CO2-equivalent", limits.carbon_tonnes),
    ):
        if most is not None:
            yield (
                f"limits allow {most:,.6g} {unit} of {what} in all: what must be done may take more"
            )
    for limit in scenario.share_limits:
        least = f" and at least {limit.min_share:.6g}" if limit.min_share else ""
        yield f"{limit.name} allows at most {limit.max_share:.6g}{least} of all accelerator hours"
    workload = next((each for each in scenario.workloads if each.name == name), None)
    if isinstance(workload, Serving) and workload.protected_share:
        cases = ", ".join(case.name for case in scenario.failure_cases)
        share = f"{workload.protected_share:.6g} of it"
        yield f"{share} must be borne without each of {cases}: that takes spare replicas elsewhere"
    if isinstance(workload, Serving) and workload.max_site_share < 1:
        yield f"no site may have more than {workload.max_site_share:.6g} of it"
