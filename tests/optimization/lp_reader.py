"""Programs in the LP format, read and solved without OR-Tools."""

import re

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


def terms(text):
    """Coefficients by variable of `+3 x -1 y`."""
    return {name: float(value) for value, name in re.findall(r"([+-]\S+) (\S+)", text)}


def solved(text):
    """The optimum of a program as our text has it."""
    head, lines = "", [line for line in text.splitlines() if line and not line.startswith("\\")]
    upper, whole, rows = {}, set(), []
    for line in lines:
        if not line.startswith(" "):
            head = line
        elif head == "Minimize":
            cost = terms(line.removeprefix(" Obj:"))
        elif head == "Subject to":
            _, row, sense, limit = re.fullmatch(r" (\S+):(.*) (<=|=) (\S+)", line).groups()
            rows.append((terms(row), -np.inf if sense == "<=" else float(limit), float(limit)))
        elif head == "Bounds":
            least, name, *most = line.replace("<=", "").split()
            upper[name] = (float(least), float(most[0]) if most else np.inf)
        else:
            whole.add(line.strip())
    names = list(upper)
    found = milp(
        [cost.get(name, 0.0) for name in names],
        integrality=[name in whole for name in names],
        bounds=Bounds(*np.array(list(upper.values())).T),
        constraints=[
            LinearConstraint([row.get(name, 0.0) for name in names], low, high)
            for row, low, high in rows
        ],
    )
    assert found.success
    return found.fun
