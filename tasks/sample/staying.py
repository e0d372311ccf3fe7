"""The extract of answers at renewal: when a term of a contract runs out, service asks why the customer stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.agreements import IN_FORCE
from tasks.sample.chance import Numbers, between, happens, one_of
from tasks.sample.orders import NEVER_ISSUED
from tasks.sample.plan import COVERED_FROM, COVERED_THROUGH
from tasks.sample.wording import AMERICAN_DAY, customer_no, days, padded, text_from
from tasks.sample.workshop import Dirt, own_columns

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.agreements import Agreements
    from tasks.sample.workshop import Workshop

STAYING_CODES = ("1", "2", "3", "4", "5", "")
"""Why customers stay, in the form's numbers; empty: ticked nothing."""
UNMAPPED_STAYING_CODE = "8"
"""A box that was added to the form later."""
STAYING_WEIGHTS = (34, 22, 18, 12, 8, 5, 1)
ANSWERED_PER_MILLE = 340
DAYS_AROUND_THE_END = 25


@dataclass(frozen=True)
class Answers:
    """Answers in order of days: codes by their place in STAYING_CODES, the unmapped one after them."""

    customer: Numbers
    day: Numbers
    code: Numbers


def renewal_answers_of(agreements: Agreements) -> Answers:
    """Answers given in the weeks around the end of a term; not everyone who answers stays."""
    numbers = np.flatnonzero((agreements.status == IN_FORCE) & (agreements.ends_on <= COVERED_THROUGH))
    numbers = numbers[happens("answers at renewal", numbers, per_mille=ANSWERED_PER_MILLE)]
    ends_on = agreements.ends_on[numbers]
    day = between("answers at renewal on", numbers, first=ends_on - DAYS_AROUND_THE_END, last=ends_on + DAYS_AROUND_THE_END)
    customer, code = agreements.customer[numbers], one_of("reason for staying", numbers, weights=STAYING_WEIGHTS)
    order = np.lexsort((code, customer, day))
    order = order[(day[order] >= COVERED_FROM) & (day[order] <= COVERED_THROUGH)]
    return Answers(customer[order], day[order], code[order])


def write_renewal_answers(shop: Workshop, answers: Answers) -> None:
    """Answers with the form's numbers instead of words."""
    shop.noted("renewal_answers", "reason_code_unmapped", rows=int((answers.code == len(STAYING_CODES)).sum()))
    numbers = np.arange(len(answers.code), dtype=np.int64)
    columns = {
        **own_columns("renewal answers", answers.day),
        "customer": answers.customer,
        "day": days(answers.day),
        "score": between("score at renewal", numbers, first=4, last=10),
        "code": text_from((*STAYING_CODES, UNMAPPED_STAYING_CODE), answers.code),
    }
    rows = shop.spoilt("renewal_answers", _rows(shop.table("renewal_answers_numbers", columns)), dirts=_dirt())
    shop.write_csv(rows, "service/renewal_answers.csv")


def _rows(numbers: Table) -> Table:
    written = {
        "Answer": ibis.literal("A") + padded(numbers.row + 1, 7),
        "Customer": customer_no(numbers.customer),
        "Answered": numbers.day.strftime(AMERICAN_DAY),
        "Recommend us (0 to 10)": numbers.score.cast("string"),
        "Main reason to stay": numbers.code.nullif(""),
    }
    return numbers.select("row", "sorted_on", "lot", "cents", **written)


def _dirt() -> tuple[Dirt, ...]:
    key = "Answer"
    return (
        Dirt("exact_duplicate", 12, "superseded", {}),
        Dirt("customer_unknown", 5, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
        Dirt("unreadable_day", 4, "set_aside", {"Answered": "soon"}, key=key),
    )
