"""The extract of the study of wishes: a row a customer and two columns a wish, as survey tools send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.sample.extract_writer import own_columns
from tasks.sample.text_formats import customer_no, days, padded
from tasks.sample.wishes import WISHES

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.wishes import WishStudy


def write_wish_study(writer: ExtractWriter, study: WishStudy) -> None:
    """Answers on a scale from 0 to 10."""
    ratings = {f"importance_{number}": values for number, values in enumerate(study.importance)}
    ratings |= {f"satisfaction_{number}": values for number, values in enumerate(study.satisfaction)}
    columns = {**own_columns("wishes", study.day), "customer": study.customer, "day": days(study.day), **ratings}
    writer.sound("wishes", rows=len(WISHES) * len(study.customer))
    writer.write_csv(_rows(writer.table("wishes_numbers", columns)), "service/wishes.csv")


def _rows(numbers: Table) -> Table:
    written = {
        "Answer": padded(numbers.row + 1, 6),
        "Customer": customer_no(numbers.customer),
        "Answered": numbers.day.strftime("%Y-%m-%d"),
    }
    for number, name in enumerate(WISHES):
        written[f"Important: {name}"] = numbers[f"importance_{number}"].cast("string")
        written[f"Satisfied: {name}"] = numbers[f"satisfaction_{number}"].cast("string")
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", defect=ibis.literal(""), **written)
