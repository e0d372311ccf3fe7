"""What customers answer at renewal: when a term of a contract runs out, service asks why the customer stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.contract_terms import IN_FORCE
from tasks.sample.random_numbers import Numbers, between, happens, one_of
from tasks.sample.scenario import COVERED_FROM, COVERED_THROUGH

if TYPE_CHECKING:
    from tasks.sample.contract_terms import ContractTerms

STAYING_CODES = ("1", "2", "3", "4", "5", "")
"""Why customers stay, in the form's numbers; empty: ticked nothing."""
UNMAPPED_STAYING_CODE = "8"
"""A box that was added to the form later."""
STAYING_WEIGHTS = (34, 22, 18, 12, 8, 5, 1)
ANSWERED_PER_MILLE = 340
DAYS_AROUND_THE_END = 25


@dataclass(frozen=True)
class RenewalAnswers:
    """Answers in order of days: codes by their index in STAYING_CODES, the unmapped one after them."""

    customer: Numbers
    day: Numbers
    code: Numbers


def renewal_answers_of(contract_terms: ContractTerms) -> RenewalAnswers:
    """Answers given in the weeks around the end of a term; not everyone who answers stays."""
    numbers = np.flatnonzero((contract_terms.status == IN_FORCE) & (contract_terms.ends_on <= COVERED_THROUGH))
    numbers = numbers[happens("answers at renewal", numbers, per_mille=ANSWERED_PER_MILLE)]
    ends_on = contract_terms.ends_on[numbers]
    day = between("answers at renewal on", numbers, first=ends_on - DAYS_AROUND_THE_END, last=ends_on + DAYS_AROUND_THE_END)
    customer, code = contract_terms.customer[numbers], one_of("reason for staying", numbers, weights=STAYING_WEIGHTS)
    order = np.lexsort((code, customer, day))
    order = order[(day[order] >= COVERED_FROM) & (day[order] <= COVERED_THROUGH)]
    return RenewalAnswers(customer[order], day[order], code[order])
