"""The extract of reviews, as they are gathered from a marketplace and a review site."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.random_numbers import one_of
from tasks.sample.reviews import TOPICS
from tasks.sample.text_formats import customer_no, days, padded, text_from

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.reviews import Reviews

SITES = ("Marketplace", "Review site", "Social media")
TEXTS = tuple(chain.from_iterable(topic.texts for topic in TOPICS.values()))


def write_reviews(writer: ExtractWriter, reviews: Reviews) -> None:
    """Reviews of one text each, without a score."""
    columns = {
        **own_columns("reviews", reviews.day),
        "customer": reviews.customer,
        "day": days(reviews.day),
        "text": text_from(TEXTS, 2 * reviews.topic + reviews.text),
        "site": text_from(SITES, one_of("site", reviews.customer + reviews.day, weights=(60, 30, 10))),
    }
    rows = writer.corrupted("reviews", _rows(writer.table("reviews_numbers", columns)), defects=_defects())
    writer.write_csv(rows, "service/reviews.csv")


def _rows(numbers: Table) -> Table:
    written = {
        "Review": padded(numbers.row + 1, 7),
        "Customer": customer_no(numbers.customer),
        "Written": numbers.day.strftime("%Y-%m-%d"),
        "Site": numbers.site,
        "Text": numbers.text,
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _defects() -> tuple[Defect, ...]:
    key = "Review"
    return (
        Defect("exact_duplicate", 9, "superseded", {}),
        Defect("unreadable_day", 5, "set_aside", {"Written": "last week"}, key=key),
        Defect("customer_unknown", 5, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
