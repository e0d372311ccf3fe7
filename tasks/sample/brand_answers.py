"""The extract of the study of brands, as an agency sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.sample.brand_study import BRANDS_WEIGHTS
from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.text_formats import customer_no, days, text_from

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.brand_study import BrandStudy
    from tasks.sample.extract_writer import ExtractWriter

RANKS = tuple(f"{half / 2:g}" for half in range(2 * len(BRANDS_WEIGHTS) + 1))
"""Places in halves, as the agency writes them."""


def write_brand_study(writer: ExtractWriter, study: BrandStudy) -> None:
    """The agency's answers: scales from 1 to 10, places with a decimal point where brands share one."""
    columns = {
        **own_columns("brand study", study.day),
        "customer": study.customer,
        "day": days(study.day),
        "own_worth": study.own_worth,
        "competitor_worth": study.competitor_worth,
        "brands": study.brands,
        "rank": text_from(RANKS, study.half_rank),
        "spend": study.spend,
    }
    rows = writer.corrupted("brand_study", _rows(writer.table("brand_study_numbers", columns)), defects=_defects())
    writer.write_csv(rows, "service/brand_study.csv")


def _rows(numbers: Table) -> Table:
    written = {
        "Answer": numbers.row.cast("string").lpad(7, "0"),
        "Customer": customer_no(numbers.customer),
        "Answered": numbers.day.strftime("%Y-%m-%d"),
        "Worth what I pay: Mondziegel": numbers.own_worth.cast("string"),
        "Worth what I pay: best other": numbers.competitor_worth.cast("string"),
        "Brands used": numbers.brands.cast("string"),
        "Rank of Mondziegel": numbers["rank"],
        "Spent a year, EUR": numbers.spend.cast("string"),
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _defects() -> tuple[Defect, ...]:
    key = "Answer"
    return (
        Defect("exact_duplicate", 10, "superseded", {}),
        Defect("rank_beyond_brands", 6, "set_aside", {"Rank of Mondziegel": "7"}, key=key),
        Defect("worth_out_of_range", 5, "set_aside", {"Worth what I pay: Mondziegel": "999"}, key=key),
        Defect("customer_unknown", 4, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
