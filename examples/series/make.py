"""Makes the series of this folder from a folder of public data; README.md says from which.

python examples/series/make.py FACTS
"""

import csv
import sys
from collections.abc import Callable, Iterable
from itertools import groupby
from math import fsum, sqrt
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PRICE_ZONES = ("DE-LU", "US-TEX-ERCO", "AU-NSW", "KR")
CARBON_ZONES = ("DE", "US-TEX-ERCO", "AU-NSW", "KR")
AZURE = ("code", "conv")
SERVEGEN = ("m-large", "m-mid", "m-small")
INPUT_PARTS, OUTPUT_PARTS = 4, 3


class Cell(NamedTuple):
    """Requests of nearly one size, as a histogram has them."""

    input_tokens: float
    output_tokens: float
    weight: float


def read(path: Path) -> list[dict[str, str]]:
    """Every row of a CSV file."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A CSV file beside this one."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def per_minute(facts: Path) -> None:
    """Requests of both services in each minute of the clock."""
    minutes: dict[str, list[int]] = {}
    for place, service in enumerate(AZURE):
        for row in read(facts / f"traces/azure_llm_2023_{service}_raw.csv"):
            minute = row["TIMESTAMP"][:16].replace(" ", "T")
            minutes.setdefault(minute, [0, 0])[place] += 1
    rows = ([minute, *minutes[minute]] for minute in sorted(minutes))
    write("azure_llm_2023_per_minute.csv", ("timestamp", *AZURE), rows)


def hourly(facts: Path) -> None:
    """Mean requests per second of each hour: six windows of ten minutes."""
    files = (facts / f"traces/servegen_language_{each}_request_rate.csv" for each in SERVEGEN)
    rates = [[float(row["requests_per_second_all_clients"]) for row in read(f)] for f in files]
    rows = (
        [start // 6, *(f"{fsum(each[start : start + 6]) / 6:.4f}" for each in rates)]
        for start in range(0, len(rates[0]), 6)
    )
    header = ("hour", *(each.replace("-", "_") for each in SERVEGEN))
    write("servegen_2025_requests.csv", header, rows)


def centre(row: dict[str, str], bounds: str) -> float:
    """Geometric centre of the whole numbers in a bin whose edges grow by a factor."""
    low, end = int(row[f"{bounds}_from"]), int(row[f"{bounds}_to_excl"])
    return sqrt(max(low, 1) * max(end - 1, 1))


def parts(cells: list[Cell], size: Callable[[Cell], float], count: int) -> Iterable[list[Cell]]:
    """The cells by size, cut where nearest to equal weight; cells of one size stay together."""
    total, done = fsum(cell.weight for cell in cells), 0.0
    numbered: list[tuple[int, Cell]] = []
    for _, alike in groupby(sorted(cells, key=size), key=size):
        together = list(alike)
        weight = fsum(cell.weight for cell in together)
        part = min(count - 1, int(count * (done + weight / 2) / total))
        numbered += [(part, cell) for cell in together]
        done += weight
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [cell for _, cell in group]


def mean(cells: list[Cell]) -> Cell:
    """Their mean size and whole weight."""
    weight = fsum(cell.weight for cell in cells)
    inputs, outputs = (fsum(cell[k] * cell.weight for cell in cells) / weight for k in (0, 1))
    return Cell(inputs, outputs, weight)


def sizes(cells: list[Cell], target: Cell) -> Iterable[tuple[object, ...]]:
    """At most 12 sizes: 4 parts by input, each in 3 by output, scaled to the mean of `target`."""
    whole = mean(cells)
    scale = [wanted / there for wanted, there in zip(target, whole, strict=True)]
    for by_input in parts(cells, lambda cell: cell.input_tokens, INPUT_PARTS):
        for by_output in parts(by_input, lambda cell: cell.output_tokens, OUTPUT_PARTS):
            inputs, outputs, weight = (a * b for a, b in zip(mean(by_output), scale, strict=True))
            yield max(1, round(inputs)), max(1, round(outputs)), f"{weight:.6g}"


def azure_sizes(facts: Path, service: str) -> Iterable[tuple[object, ...]]:
    """From a histogram of both lengths together, scaled to the exact means of the trace."""
    cells = [
        Cell(centre(row, "input_tokens"), centre(row, "output_tokens"), int(row["count"]))
        for row in read(facts / f"traces/azure_llm_2023_{service}_token_hist2d.csv")
    ]
    exact = [
        Cell(int(row["ContextTokens"]), int(row["GeneratedTokens"]), 1)
        for row in read(facts / f"traces/azure_llm_2023_{service}_raw.csv")
    ]
    return sizes(cells, mean(exact))


def servegen_sizes(facts: Path, service: str) -> Iterable[tuple[object, ...]]:
    """From one histogram of each length, as if they did not depend on each other."""
    rows = read(facts / f"traces/servegen_language_{service}_token_hist.csv")
    inputs, outputs = (
        [(centre(row, "tokens"), float(row[f"{kind}_tokens_share"])) for row in rows]
        for kind in ("input", "output")
    )
    cells = [Cell(i, o, a * b) for i, a in inputs for o, b in outputs if a * b > 0]
    return sizes(cells, mean(cells)._replace(weight=1))


def main(facts: Path) -> None:
    """Every series of the folder."""
    for source, name, zones in (
        ("electricity/day_ahead_price_usd_per_mwh", "day_ahead", PRICE_ZONES),
        ("carbon/carbon_intensity_lca_gco2_per_kwh", "carbon", CARBON_ZONES),
    ):
        kept = ("datetime_utc", *zones)
        rows = read(facts / f"{source}_2024_hourly_utc.csv")
        write(f"{name}_2024.csv", kept, ([row[each] for each in kept] for row in rows))
    per_minute(facts)
    hourly(facts)
    header = ("service", "input_tokens", "output_tokens", "weight")
    azure = [(each, *row) for each in AZURE for row in azure_sizes(facts, each)]
    write("azure_llm_2023_sizes.csv", header, azure)
    servegen = [(each, *row) for each in SERVEGEN for row in servegen_sizes(facts, each)]
    write("servegen_2025_sizes.csv", header, servegen)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
