"""A plan as a folder of files, written so that nobody ever sees half of one."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from planner.domain.plan import Plan
from planner.errors import OutputError
from planner.report.csv_tables import TABLES, csv_tables

PLAN_FILE: Final = "plan.json"
TABLE_FILES: Final = {name: f"{name}.csv" for name in TABLES}
OUR_KEYS: Final = frozenset({"scenario", "schema_version", "status", "evidence"})
"""By these a plan.json of any version is known as ours."""


def check_folder(folder: Path) -> None:
    """Whether a plan could be written there, before time is spent on making one.

    Raises:
        OutputError: it is a file, may not be written to, or holds something that is no plan.
    """
    with _refusals_told(folder):
        target = folder.resolve()
        nearest = next(each for each in (target, *target.parents) if each.exists())
        if not nearest.is_dir():
            raise OutputError(f"{nearest}: is a file, not a folder")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise OutputError(f"{nearest}: may not be written to")
        if nearest != target:
            return
        if any(target.iterdir()) and not _is_plan(target / PLAN_FILE):
            raise OutputError(f"{folder}: holds files but no plan of ours; name another folder")
        for name in TABLE_FILES.values():
            if (target / name).is_dir():
                raise OutputError(f"{folder / name}: is a folder, not a file")


def write_plan(plan: Plan, folder: Path) -> None:
    """Write plan.json and the CSV tables; the same plan gives the same bytes.

    A new folder appears complete. In one that holds a plan, file after file is replaced,
    plan.json last; other files there are left alone.

    Raises:
        OutputError: the folder cannot be written.
    """
    check_folder(folder)
    texts = {TABLE_FILES[name]: text for name, text in csv_tables(plan).items()}
    texts[PLAN_FILE] = plan.model_dump_json(indent=2) + "\n"
    with _refusals_told(folder):
        _place(texts, folder.resolve())


def stale_tables(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Names of the tables that a folder lacks, or that do not say there what the plan says."""
    return tuple(
        TABLE_FILES[name]
        for name, text in csv_tables(plan).items()
        if not (path := folder / TABLE_FILES[name]).is_file() or path.read_bytes() != text.encode()
    )


def _place(texts: dict[str, str], target: Path) -> None:
    is_new = not target.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    # an existing folder may be a file system of its own, and files move only within one
    beside = target.parent if is_new else target
    with TemporaryDirectory(dir=beside, prefix=".planner-") as room:
        staged = Path(room) / "plan"
        staged.mkdir()
        for name, text in texts.items():
            _write(staged / name, text)
        if is_new:
            staged.rename(target)
            return
        for name in texts:
            (staged / name).replace(target / name)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _is_plan(path: Path) -> bool:
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(document, dict) and document.keys() >= OUR_KEYS


@contextmanager
def _refusals_told(folder: Path) -> Iterator[None]:
    """Turn what the system refuses into our error, which names the folder that was asked for.

    Raises:
        OutputError: the system refused.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
