"""The story on one page: scenario and catalog -> a plan that an independent checker agrees with.

read        scenario file         -> Scenario            catalog
gather      plugins               -> Catalog             extension, catalog
stage       training methods      -> StagedScenario      catalog
size        workload x node type  -> Candidates          candidates, performance, by period
compile     candidates            -> AllocationProblem   candidates, problem
solve       problem               -> Solution            optimization
interpret   solution              -> Plan                interpretation
verify      plan x scenario       -> violations          verification
"""

import hashlib
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from planner.candidates.estimate import Asked, estimates
from planner.candidates.quotes import check_names, price_notes, quoted_pools
from planner.catalog.index import Catalog, build_catalog
from planner.catalog.references import check_scenario
from planner.catalog.scenario_file import read_scenario
from planner.catalog.staging import staged
from planner.domain.estimate import Estimate, Quote
from planner.domain.plan import Evidence, Plan, Violation
from planner.domain.progress import Progress, Tell, silent
from planner.domain.record import Record
from planner.domain.scenario import Scenario, StagedScenario
from planner.errors import Fault, PluginError
from planner.extension.host import gather
from planner.interpretation import interpret
from planner.optimization.parameters import Parameters
from planner.optimization.route import SEED
from planner.problem.solution import Solution
from planner.solving import solved
from planner.verification import ANOTHER_BILL
from planner.verification import verify as violations_of


def load_catalog(extra_plugins: Iterable[tuple[str, object]] = ()) -> Catalog:
    """Everything that the installed plugins know.

    `extra_plugins` are (name, module or object) pairs that are no installed distribution.

    Raises:
        PluginError: a plugin fails or answers with something that is no record.
    """
    answers = gather(extra_plugins)
    return build_catalog(answers.by_hook, answers.plugins)


def load_scenario(path: Path | str, catalog: Catalog | None = None) -> StagedScenario:
    """Read a scenario file (YAML or JSON), check it against the catalog, and stage its training.

    Raises:
        InputError: the file breaks rules; carries every fault with its line.
    """
    return read_scenario(path, catalog or load_catalog())


def plan(
    scenario: Scenario,
    *,
    catalog: Catalog | None = None,
    parameters: Parameters | None = None,
    progress: Tell = silent,
    start: Plan | None = None,
) -> Plan:
    """The best plan within the proven relative gap that `parameters` ask for, checked.

    A scenario that cannot be met gives a plan of status "infeasible" with its shortages. The search
    may begin from an earlier plan, `start`, of this scenario or of one like it. The same scenario,
    catalog, versions and start give the same plan, byte for byte, unless the time limit or Ctrl-C
    cut or shortened the search, which the plan's evidence then says.

    Raises:
        InputError: the scenario breaks a rule, alone or against the catalog.
        SolverError: the time was too short for any plan.
    """
    known = check_scenario(scenario, catalog or load_catalog())
    planned = staged(scenario, known)
    progress(Progress("size", f"{len(planned.workloads)} workloads"))
    found = solved(planned, known, parameters or Parameters(), progress, start)
    evidence = _evidence(planned, known, found.solution, found.options)
    if start is not None:
        evidence = evidence.model_copy(update={"started_from": _digest(start)})
    draft = interpret(planned, found.program, found.solution, evidence)
    progress(Progress("verify"))
    return _verified(draft, planned, known)


def verify(plan: Plan, scenario: Scenario, catalog: Catalog | None = None) -> tuple[Violation, ...]:
    """Recompute every number of a plan from its scenario; empty when all of them agree.

    Raises:
        InputError: the scenario breaks a rule, alone or against the catalog.
    """
    known = check_scenario(scenario, catalog or load_catalog())
    return violations_of(plan, staged(scenario, known), known)


def estimate(
    workloads: Sequence[Asked],
    node_types: Sequence[str],
    *,
    quote: Quote | None = None,
    catalog: Catalog | None = None,
) -> Estimate:
    """What every workload does and costs on every node type, with each parallelism.

    Without a scenario: no demand to meet and no capacity to run out of, so a serving workload's
    rate does not matter. `Estimate.best` leaves one deployment of each combination.

    Raises:
        InputError: an unknown architecture, node type, region or purchase, or an architecture that
            its kind refuses.
    """
    known, asked = catalog or load_catalog(), quote or Quote()
    architectures = (name for each in workloads for name in each.architectures)
    check_names(architectures, node_types, asked, known)
    pools = quoted_pools(node_types, asked, known)
    answers = [estimates(each, pools, known) for each in workloads]
    return Estimate(
        deployments=tuple(each for found, _ in answers for each in found),
        rejections=tuple(each for _, rejected in answers for each in rejected),
        notices=tuple(note for each in pools for note in price_notes(each, asked, known)),
    )


def _verified(draft: Plan, scenario: StagedScenario, catalog: Catalog) -> Plan:
    """The plan, marked as verified.

    Raises:
        PluginError: a pricing rule or an agreement bills otherwise than its terms say.
        AssertionError: the checker disagrees. That is a bug of ours, never to be shown as a plan.
    """
    found = violations_of(draft, scenario, catalog)
    if bills := [each for each in found if ANOTHER_BILL in each.rule]:
        raise PluginError(
            tuple(
                Fault(each.where, f"{each.rule} ({each.stated} against {each.recomputed} USD)")
                for each in bills
            )
        )
    if found:
        listed = "\n".join(f"  {each.where}: {each.rule} {each}" for each in found[:20])
        raise AssertionError(f"the plan fails its independent check; report this bug:\n{listed}")
    return draft.model_copy(update={"verified": True})


def _evidence(scenario: Scenario, catalog: Catalog, solution: Solution, options: int) -> Evidence:
    return Evidence(
        termination=solution.termination,
        routes=solution.routes,
        seed=SEED,
        options=options,
        versions={
            "planner": version("gpu-cluster-planner"),
            "ortools": version("ortools"),
            "python": platform.python_version(),
        },
        plugins={each.plugin: f"{each.distribution} {each.version}" for each in catalog.plugins},
        scenario_digest=_digest(scenario),
        catalog_digest=catalog.digest(),
    )


def _digest(record: Record) -> str:
    """SHA-256 of a record's JSON."""
    return hashlib.sha256(record.model_dump_json().encode()).hexdigest()
