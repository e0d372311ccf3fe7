"""Reasons as a reader meets them: in the company's words, the most told first, the few in one row, and none known last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.definitions import UNKNOWN_REASON
from config.language import gettext
from config.measures.table import label_of
from tasks.reporting.blocks import Share
from tasks.reporting.text import lowered, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import Parts, ScorecardData

NOT_APPLICABLE = "not_applicable"
TOP_COUNT = 5
"""So many reasons have a row of their own."""
Amounts = dict[str, "int | Decimal"]


@dataclass(frozen=True)
class ReasonRow:
    """One row of a table of reasons: what it says, and its figures by measure."""

    label: str
    figures: Amounts
    codes: tuple[str, ...] = ()
    """The reasons that it adds up; empty: it is of none."""

    def figure(self, measure: str) -> int | Decimal:
        """One of its figures; 0 where nobody contributes."""
        return self.figures.get(measure, 0)


def reason_rows(parts: Parts, labels: Mapping[str, str], *, by: str) -> list[ReasonRow]:
    """The reasons with the highest figure of a measure first: the top ones, the rest in one row, none known last."""
    codes = sorted(
        (code for code in parts if code not in {UNKNOWN_REASON, NOT_APPLICABLE}), key=lambda code: (-parts[code].get(by, 0), code)
    )
    rows = [ReasonRow(reason_label(code, labels), dict(parts[code]), (code,)) for code in codes[:TOP_COUNT]]
    rest = [parts[code] for code in codes[TOP_COUNT:]]
    if len(rest) == 1:
        rows.append(ReasonRow(reason_label(codes[-1], labels), dict(rest[0]), (codes[-1],)))
    elif rest:
        rows.append(ReasonRow(gettext("{count} other reasons", count=len(rest)), _sums(rest), tuple(codes[TOP_COUNT:])))
    if UNKNOWN_REASON in parts:
        rows.append(ReasonRow(gettext("No reason known"), dict(parts[UNKNOWN_REASON])))
    return rows


def reason_label(code: str, labels: Mapping[str, str]) -> str:
    """What a code says by the company's list; one that is not in it is told as it is."""
    return labels.get(code, gettext("not mapped: {code}", code=code))


def figure_and_share(row: ReasonRow, measure: str, whole: int | Decimal) -> tuple[CellValue, CellValue]:
    """A figure of a row, and its share of the whole."""
    value = row.figure(measure)
    return value, Share(value, whole)


def _sums(rest: list[Mapping[str, int | Decimal]]) -> Amounts:
    measures = sorted({measure for part in rest for measure in part})
    return {measure: sum(part.get(measure, 0) for part in rest) for measure in measures}


ENDS = {end: label_of(f"left_{end}_customers") for end in ("notified", "ended")}
"""What an end on record is called: a departure is recorded, or a contract ended without one."""


def left_apart(data: ScorecardData) -> str:
    """Of whom those who left are made, in brackets: (3 told us, 2 contract ended); nothing where one of them could not be told."""
    parts = [(data.figure(f"left_{end}_customers"), label) for end, label in ENDS.items()]
    if not data.count("left_customers") or any(customers is None for customers, _label in parts):
        return ""
    return f" ({', '.join(f'{whole_number(int(customers or 0))} {lowered(label)}' for customers, label in parts)})"
