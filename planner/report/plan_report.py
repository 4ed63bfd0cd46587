"""The report of a plan: the decision first, then what it costs, what it gives, what proves it."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from planner.domain.plan import Plan
from planner.domain.scenario import StagedScenario
from planner.report.capacity import binding_lines, capacity_table, site_table
from planner.report.cost import cost_table
from planner.report.decision import decision_table, mix_lines, request_lines
from planner.report.devices import device_table
from planner.report.economics import economics_lines, economics_tables
from planner.report.headline import headline
from planner.report.over_time import (
    agreed_lines,
    contract_table,
    period_table,
    running_table,
)
from planner.report.power import (
    build_lines,
    day_table,
    footprint_lines,
    meter_lines,
    on_site_lines,
    survival_lines,
)
from planner.report.proof import proof_lines, rejection_line, shortage_lines
from planner.report.table import bullets
from planner.report.together import over_horizon
from planner.report.workloads import job_table, pipeline_table, serving_table, unmet_lines

MANY: Final = 2
"""Periods from which on they are told together."""


def plan_report(plan: Plan, scenario: StagedScenario) -> RenderableType:
    """What an engineer reads in a minute; a sentence of numbers stays readable at 80 columns."""
    sections = _refusal(plan) if plan.status == "infeasible" else _answer(plan, scenario)
    spaced = [part for section in sections for part in (section, Text())]
    return Group(headline(plan), Text(), *spaced[:-1])


def _answer(plan: Plan, scenario: StagedScenario) -> Iterator[RenderableType]:
    whole = over_horizon(plan)
    yield from _decision(plan, scenario)
    yield from _told("Left undone, at its penalty", unmet_lines(plan))
    yield from device_table(plan)
    yield from contract_table(plan)
    yield from _told("What to build and move", build_lines(plan))
    if len(plan.periods) < MANY:
        yield capacity_table(plan)
    yield cost_table(plan, scenario)
    yield from _told("What is agreed", agreed_lines(plan))
    yield from period_table(plan)
    yield from economics_tables(plan)
    yield from _told("Unit economics", economics_lines(plan))
    yield from serving_table(whole, scenario)
    yield from job_table(whole, scenario)
    yield from pipeline_table(whole)
    yield from _told("What the loss of a site leaves", survival_lines(plan))
    yield site_table(whole)
    yield from day_table(plan)
    yield from _told("Meters", (*meter_lines(plan), *on_site_lines(plan)))
    yield from _told("Carbon and water beside it", footprint_lines(plan))
    yield from _told("What binds", binding_lines(plan))
    yield bullets("How good it is", (*proof_lines(plan), rejection_line(plan)))
    if plan.notices:
        yield bullets("Notice", plan.notices)


def _told(title: str, lines: Iterable[str]) -> Iterator[RenderableType]:
    """Sentences under a heading, where there are any."""
    if told := tuple(lines):
        yield bullets(title, told)


def _decision(plan: Plan, scenario: StagedScenario) -> Iterator[RenderableType]:
    """What runs where: every allocation, or from period to period where there are many."""
    if len(plan.periods) >= MANY:
        yield running_table(plan)
        return
    yield decision_table(plan)
    if mixes := tuple(mix_lines(plan, scenario)):
        yield bullets("Which choice serves what", mixes)
    if requests := tuple(request_lines(plan)):
        yield bullets("Which requests go where (input + output tokens)", requests)


def _refusal(plan: Plan) -> Iterator[RenderableType]:
    yield bullets("What cannot be met, and what is short", shortage_lines(plan))
    yield bullets("How it is known", (*proof_lines(plan), rejection_line(plan)))
    if plan.notices:
        yield bullets("Notice", plan.notices)
