"""Draw time, memory and gap against size from results of `benchmarks.run`.

python -m benchmarks.plot RESULTS.json PICTURE.png
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

PANELS = (("solve_s", "seconds"), ("memory_gib", "GiB"), ("gap", "proven gap"))


def draw(results: list[dict[str, Any]], picture: Path) -> None:
    """One panel for each quantity, one line for each solver."""
    fleets = [each for each in results if each["case"].startswith("fleet") and "solve_s" in each]
    figure, axes = plt.subplots(1, len(PANELS), figsize=(13, 4), layout="constrained")
    for axis, (key, label) in zip(axes, PANELS, strict=True):
        for solver in sorted({each["solver"] for each in fleets}):
            mine = [each for each in fleets if each["solver"] == solver and each[key] is not None]
            mine.sort(key=lambda each: each["items"])
            axis.loglog(
                [each["items"] for each in mine],
                [max(each[key], 1e-6) for each in mine],
                marker="o",
                label=solver,
            )
        axis.set_xlabel("workloads")
        axis.set_ylabel(label)
        axis.grid(visible=True, which="both", alpha=0.3)
    axes[0].legend()
    figure.savefig(picture, dpi=120)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text())["results"], Path(sys.argv[2]))
