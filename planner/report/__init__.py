"""A plan told: text for a terminal, and files for other programs."""

from planner.report.estimate import estimate_report
from planner.report.plan_folder import check_folder, stale_tables, write_plan
from planner.report.plan_report import plan_report

__all__ = ["check_folder", "estimate_report", "plan_report", "stale_tables", "write_plan"]
