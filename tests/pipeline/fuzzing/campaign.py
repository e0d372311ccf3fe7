"""Many damaged files put to the boundary one by one, and those that are landed accepted together and counted again."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.pipeline.fuzzing.boundary import Ending, Shop, ended, rows_of
from tests.pipeline.fuzzing.damages import Case, case
from tests.pipeline.fuzzing.oracles import ORACLES, UnreadableError, differences
from tests.pipeline.fuzzing.orders import FORMATS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from config.settings import Settings
    from tests.pipeline.fuzzing.orders import Record

ALONE_EVERY = 40
"""Of the landed files, every so-manieth is also accepted by itself: the judge takes longer than everything else."""


@dataclass
class Campaign:
    """What came of the damaged files of one format."""

    kind: str
    folder: Path
    settings: Settings
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    landed: dict[int, list[Record]] = field(default_factory=dict)
    """The rows of each file that was landed, by its number."""
    slowest: tuple[float, str] = (0.0, "none")
    refused_count: int = 0

    def run(self, numbers: Sequence[int]) -> Campaign:
        """Put every file to the boundary; then accept together what was landed."""
        together = Shop(self.folder / "together", self.settings)
        together.declare(f"orders*{FORMATS[self.kind].suffix}")
        for number in numbers:
            self._land(case(self.kind, number), together)
        self._accept_together(together)
        return self

    def _land(self, damaged: Case, together: Shop) -> None:
        shop = Shop(self.folder / "alone", self.settings)
        path = f"orders{damaged.number}{FORMATS[self.kind].suffix}"
        shop.declare(path)
        (shop.folder / path).write_bytes(damaged.content)
        ending = ended(shop.land)
        self.slowest = max(self.slowest, (ending.seconds, damaged.name))
        self.problems[damaged.name] += ending.problems(SECRETS)
        if ending.was_accepted:
            rows = rows_of(ending.value["orders"].path)
            self.landed[damaged.number] = rows
            self.problems[damaged.name] += [*_differences(damaged, rows), *_sums(ending, rows)]
            shutil.copyfile(shop.folder / path, together.folder / path)
            if len(self.landed) % ALONE_EVERY == 1:
                self._accept_alone(damaged, shop, ending)
        else:
            self.refused_count += 1
            self.problems[damaged.name] += (
                [f"is refused: {ending.said[:300]}"] if damaged.outcome == "unchanged" and not ending.fault else []
            )
        (shop.folder / path).unlink()

    def _accept_alone(self, damaged: Case, shop: Shop, landed: Ending) -> None:
        ending = ended(lambda: shop.accept(landed.value))
        self.slowest = max(self.slowest, (ending.seconds, damaged.name))
        self.problems[damaged.name] += ending.problems(SECRETS)
        for accepted in ending.value or []:
            self.problems[damaged.name] += _residuals(accepted, {damaged.number: self.landed[damaged.number]}, self.kind)

    def _accept_together(self, together: Shop) -> None:
        if not self.landed:
            return
        ending = ended(lambda: together.accept(together.land()))
        self.problems["all that were landed, together"] += ending.problems(SECRETS)
        if not ending.was_accepted:
            self.problems["all that were landed, together"].append(f"are refused: {ending.said[:600]}")
        for accepted in ending.value or []:
            self.problems["all that were landed, together"] += _residuals(accepted, self.landed, self.kind)

    def report(self) -> str:
        """Every problem, the damage that made it first; and what was tried."""
        lines = [f"{name}: {problem}" for name, problems in self.problems.items() for problem in problems]
        tried = f"{len(self.landed)} landed, {self.refused_count} refused, slowest {self.slowest[0]:.1f} s: {self.slowest[1]}"
        return "\n".join([*lines, tried])

    @property
    def has_problems(self) -> bool:
        return any(self.problems.values())


def _differences(damaged: Case, rows: list[Record]) -> Iterator[str]:
    if damaged.outcome == "refused":
        yield "is accepted"
        return
    expected: Any = damaged.whole
    if damaged.outcome == "as the file says":
        try:
            expected = ORACLES[damaged.kind](damaged.content)
        except UnreadableError as error:
            if any(differences(damaged.whole, rows)):
                yield f"is accepted with other cells, and an independent reader cannot read it: {str(error)[:200]}"
            return
    for number, difference in enumerate(differences(expected, rows)):
        if number < 3:
            yield difference[:300]


def _sums(ending: Ending, rows: list[Record]) -> Iterator[str]:
    landed = ending.value["orders"]
    amount = sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0))
    if (landed.rows_count, landed.amount) != (len(rows), amount):
        yield f"is said to have {landed.rows_count} rows and {landed.amount}, has {len(rows)} and {amount}"


def _residuals(accepted: Any, landed: dict[int, list[Record]], kind: str) -> Iterator[str]:
    """Files of which rows or money are neither used nor set aside nor superseded."""
    expected = {f"orders{number}{FORMATS[kind].suffix}": _rows_and_money(rows) for number, rows in landed.items()}
    found: dict[str, list[Record]] = defaultdict(list)
    for path in (accepted.path, accepted.set_aside_path, accepted.superseded_path):
        for row in rows_of(path):
            found[row["source_file"]].append(row)
    for name, (rows_count, amount) in expected.items():
        if _rows_and_money(found[name]) != (rows_count, amount):
            yield f"{name}: {rows_count} rows and {amount} landed, {_rows_and_money(found[name])} used, set aside or superseded"
    unexplained = [row for row in rows_of(accepted.set_aside_path) if not row["broken_rules"]]
    if unexplained:
        yield f"{len(unexplained)} rows are set aside by no rule"


def _rows_and_money(rows: list[Record]) -> tuple[int, Decimal]:
    return len(rows), sum((row["amount"] for row in rows if row["amount"] is not None), Decimal(0))
