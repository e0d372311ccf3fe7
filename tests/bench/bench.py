"""What everything costs, in one table: seconds of the processor, the ratio to what could not cost less, and the peak of memory.

`make bench` prints it at 1 and 10 million orders, each row in a process of its own, three times in turns, medians; and it fails
with a sentence where a ratio is a quarter above the one in `bench.json`. `make bench ARGS=--store` stores what it measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.measuring import Cost

    Results = dict[str, dict[str, dict[str, float]]]
    """By row and number of orders: seconds, ratio, peak_mb."""

STORED = Path(__file__).with_name("bench.json")
SIZES = (1_000_000, 10_000_000)
TURNS = 3
LARGEST_INCREASE = 1.25
"""Of a ratio, until it is called worse."""


@dataclass(frozen=True)
class Row:
    """A row of the table: which module does it, what it is called, and what it is held against."""

    module: str
    name: str
    label: str
    beside: str
    is_ours: bool = True
    is_sized: bool = True
    """Whether it depends on the number of orders."""
    after: tuple[str, ...] = ()
    """The rows whose results it needs, beside the one that it is held against."""


ROWS = (
    Row("stage_rows", "scan", "bare scan", "scan"),
    Row("stage_rows", "movement_table", "movement table", "scan"),
    Row("alternatives", "in_pandas", "the same in pandas", "scan", is_ours=False, after=("movement_table",)),
    Row("alternatives", "in_polars", "the same in polars", "scan", is_ours=False, after=("movement_table",)),
    Row("alternatives", "by_month_spine", "the same by a spine of months in SQL", "scan", is_ours=False, after=("movement_table",)),
    Row("stage_rows", "purchase_days", "days of purchase", "scan"),
    Row("stage_rows", "measure_stage", "measure stage", "scan"),
    Row("stage_rows", "lifetime_values", "lifetime values", "measure_stage"),
    Row("stage_rows", "experiences", "experiences", "measure_stage"),
    Row("pipeline_rows", "typed_read", "typed read of the files", "typed_read", is_ours=False),
    Row("pipeline_rows", "whole_pipeline", "whole pipeline, a week", "typed_read"),
    Row("pipeline_rows", "unchanged_rerun", "unchanged again", "whole_pipeline"),
    Row("pipeline_rows", "next_week", "next week, 1% new rows", "whole_pipeline"),
    Row("pipeline_rows", "tiny_company", "28,000 rows, 20 extracts", "whole_pipeline", is_sized=False),
)
IN_README = (
    "movement_table",
    "in_pandas",
    "in_polars",
    "by_month_spine",
    "measure_stage",
    "whole_pipeline",
    "unchanged_rerun",
    "next_week",
)


def prepare(folder: Path, orders_count: int, rows: Sequence[Row]) -> None:
    """Write everything that the rows read."""
    from tests.bench.made_up_orders import write_ledgers, write_tables
    from tests.bench.pipeline_rows import write_company, write_tiny

    names = {row.name for row in rows}
    write_tables(folder, orders_count)
    if names & {"lifetime_values", "experiences"}:
        write_ledgers(folder)
    if names & {"typed_read", "whole_pipeline"}:
        write_company(folder)
    if "tiny_company" in names:
        write_tiny(folder)


def run(orders_count: int, rows: Sequence[Row], turns: int) -> dict[str, Cost]:
    """What each row costs with so many orders: the rows take turns, so that a machine that slows down slows all of them."""
    from tests.bench.alternatives import check_equal
    from tests.bench.measuring import Cost, measured

    costs: dict[str, list[Cost]] = {row.name: [] for row in rows}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, orders_count, rows)
        for turn in range(turns):
            for row in rows:
                cost = measured(row.module, row.name, folder)
                print(f"{orders_count:,} orders, turn {turn + 1} of {turns}: {row.label} {cost.seconds:.1f} s", file=sys.stderr, flush=True)
                costs[row.name].append(cost)
                if row.module == "alternatives":
                    check_equal(folder, row.name)
    return {row: Cost.median(each) for row, each in costs.items()}


def results_of(costs: dict[int, dict[str, Cost]]) -> Results:
    """The table's cells; a ratio is of the medians."""
    beside = {row.name: row.beside for row in ROWS}
    results: Results = {}
    for orders_count, by_row in costs.items():
        for name, cost in by_row.items():
            ratio = cost.seconds / by_row[beside[name]].seconds
            cell = {"seconds": round(cost.seconds, 2), "ratio": round(ratio, 2), "peak_mb": float(round(cost.peak_mb))}
            results.setdefault(name, {})[str(orders_count)] = cell
    return results


def table(results: Results, names: Sequence[str]) -> Iterator[str]:
    """Some rows as a table in Markdown."""
    names = [name for name in names if results.get(name)]
    sizes = sorted({size for name in names for size in results[name]}, key=int)
    labels = {row.name: row for row in ROWS}
    yield f"| processor seconds, ratio, peak memory | {' | '.join(f'{int(size):,} orders' for size in sizes)} |"
    yield f"|---|{'---|' * len(sizes)}"
    for name in names:
        row, by_size = labels[name], results[name]
        cells = (_cell(by_size[size], row) if size in by_size else "" for size in sizes)
        yield f"| {row.label} | {' | '.join(cells)} |"


def _cell(cell: dict[str, float], row: Row) -> str:
    beside = next(each.label for each in ROWS if each.name == row.beside)
    ratio = "" if row.beside == row.name else f", {cell['ratio']:.2f} of the {beside.split(',')[0]}"
    return f"{cell['seconds']:.1f} s{ratio}, {cell['peak_mb']:.0f} MB"


def worse(results: Results, stored: Results) -> Iterator[str]:
    """A sentence for each ratio of our own rows that is a quarter above the stored one."""
    for row in ROWS:
        for size, cell in results.get(row.name, {}).items():
            before = stored.get(row.name, {}).get(size)
            if row.is_ours and before and cell["ratio"] > LARGEST_INCREASE * before["ratio"]:
                yield (
                    f"{row.label}, {int(size):,} orders: expected at most {LARGEST_INCREASE} times the stored ratio {before['ratio']:.2f}, "
                    f"found {cell['ratio']:.2f}; mend it, or run `make bench ARGS=--store` and say why in the commit"
                )


def _with_what_they_need(names: Sequence[str]) -> list[Row]:
    """Rows by name with those that they are held against, in the order in which one leaves what another reads."""
    by_name, needed = {row.name: row for row in ROWS}, list(names)
    for name in needed:
        row = by_name[name]
        needed += [each for each in (row.beside, *row.after) if each not in needed]
    return [row for row in ROWS if row.name in needed]


def main() -> int:
    """Measure, print, and compare or store."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--orders", type=int, nargs="+", default=SIZES, help="numbers of orders, such as 100000000")
    options.add_argument("--turns", type=int, default=TURNS)
    options.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS], help="some rows alone, with what they are held against")
    options.add_argument("--store", action="store_true", help=f"store what was measured in {STORED.name}")
    given = options.parse_args()
    rows = ROWS if given.rows is None else _with_what_they_need(given.rows)
    stored: Results = json.loads(STORED.read_text(encoding="utf-8"))
    costs: dict[int, dict[str, Cost]] = {}
    for size in given.orders:
        costs[size] = run(size, [row for row in rows if row.is_sized or size == SIZES[0]], given.turns)
        if given.store:  # what has been measured stays, however the next size ends
            stored = {row.name: stored.get(row.name, {}) | results_of({size: costs[size]}).get(row.name, {}) for row in ROWS}
            STORED.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    results = results_of(costs)
    print("\n".join(table(results, [row.name for row in ROWS])))
    problems = [] if given.store else list(worse(results, stored))
    print("\n".join(problems), file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
