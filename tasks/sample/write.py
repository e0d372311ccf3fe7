"""The invented company's extracts with the planted truth beside them, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tasks.sample.agreements import agreements_of
from tasks.sample.cancellations import write_cancellations
from tasks.sample.contracts import write_contracts, write_exchange_rates
from tasks.sample.customers import write_customers
from tasks.sample.invented import HEADLINE_PERIOD
from tasks.sample.marketing import recommendations_of, write_campaigns, write_deals, write_leads, write_referrals
from tasks.sample.orders import write_orders
from tasks.sample.play import planned
from tasks.sample.purchases import purchases_of
from tasks.sample.rates import invented_rates
from tasks.sample.service import tickets_of, tickets_that_count, write_departures, write_surveys, write_tickets
from tasks.sample.staying import write_renewal_answers
from tasks.sample.truth import books_of, ledger, spans
from tasks.sample.truth_files import HEADLINE_FILE, TRUTH_FILES, movers_of, write_truth
from tasks.sample.workshop import workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.sample.plan import Plan
    from tasks.sample.truth import Books
    from tasks.sample.truth_files import Headline
    from tasks.sample.workshop import Workshop

Progress = Callable[[str, int, int], None]
"""Told after each file: its name, how many are written, how many there will be."""
SALES_FILES = (
    "sales/customers.csv",
    *(f"sales/orders_{year}.csv.gz" for year in range(2022, 2027)),
    "sales/contracts.parquet",
    "sales/exchange_rates.csv",
    "sales/cancellations.csv",
)
MARKETING_FILES = ("marketing/leads.csv", "marketing/deals.csv", "marketing/campaigns.xlsx", "marketing/referrals.jsonl")
SERVICE_FILES = ("service/tickets.csv", "service/survey_answers.csv", "service/renewal_answers.csv", "service/departures.csv")
FILES = (*SALES_FILES, *MARKETING_FILES, *SERVICE_FILES, *TRUTH_FILES)


@dataclass(frozen=True)
class SampleTruth:
    """What was written, and what a right scorecard of it says."""

    folder: Path
    rows_by_file: dict[str, int]
    """Rows of every file below its headings, totals rows included."""
    headline: Headline

    @property
    def summary(self) -> str:
        """What was written, in a sentence or two."""
        extracts_rows = sum(rows for path, rows in self.rows_by_file.items() if path not in TRUTH_FILES)
        found = self.headline
        return (
            f"{len(FILES) - len(TRUTH_FILES)} extracts with {extracts_rows:,} rows in {self.folder}; planted in {found.period}: "
            f"{found.customers_in:,} customers in and {found.customers_out:,} out of {found.opening_customers:,}."
        )


def write_sample(folder: Path, *, scale: float = 1.0, progress: Progress | None = None) -> SampleTruth:
    """Write the extracts of the invented company and the truth that a scorecard of them must find.

    The same bytes on every run. At scale 1, 22,000 customers came and 27,000 of 122,727 went in 2026-Q3; at 0.01, 220
    and 270 of 1,227. Raises ValueError for a scale at which no story is left, and FileExistsError for a folder that
    holds something else.
    """
    if not 0.001 <= scale <= 10:
        raise ValueError(f"scale: expected a number from 0.001 to 10, found {scale}; 1 is the whole company")
    with _replaced_whole(folder) as beside, workshop(beside, scale=scale) as shop:
        shop.on_file = _counted(progress)
        headline = _write_all(shop)
        rows_by_file = {path: shop.rows_by_file[path] for path in FILES}
    return SampleTruth(folder, rows_by_file, headline)


def _write_all(shop: Workshop) -> Headline:
    for silo in ("sales", "marketing", "service", "truth"):
        (shop.folder / silo).mkdir(parents=True)
    plan = planned(shop.scale)
    books = _write_sales(shop, plan)
    write_leads(shop, books.leads)
    write_deals(shop, plan, leads=books.leads)
    write_campaigns(shop)
    write_referrals(shop, plan)
    tickets = write_tickets(shop, plan)
    write_surveys(shop, tickets)
    write_renewal_answers(shop, books.answers)
    write_departures(shop, plan)
    asking = tickets_that_count(tickets, scale=shop.scale)
    return write_truth(shop, replace(books, asker=tickets.customer[asking], asked_on=tickets.day[asking]))


def _write_sales(shop: Workshop, plan: Plan) -> Books:
    rates = invented_rates()
    purchases, agreements = purchases_of(plan, rates), agreements_of(plan)
    told, tickets = recommendations_of(plan), tickets_of(plan.spells)
    books = books_of(plan, purchases, agreements=agreements, rates=rates, recommendations=told, tickets=tickets)
    headline_span = next(span for span in spans() if span.name == HEADLINE_PERIOD)
    write_customers(shop, plan, movers=movers_of(ledger(books, headline_span)))
    write_orders(shop, purchases)
    shop.clear()
    write_contracts(shop, agreements, known_count=books.registered_count)
    write_exchange_rates(shop, rates)
    write_cancellations(shop, plan)
    return books


def _counted(progress: Progress | None) -> Callable[[str], None]:
    """Tells the progress after each file, if anybody listens."""
    written: list[str] = []

    def tell(path: str) -> None:
        written.append(path)
        if progress is not None:
            progress(path, len(written), len(FILES))

    return tell


@contextmanager
def _replaced_whole(folder: Path) -> Iterator[Path]:
    """A folder beside, which takes this one's place only when everything is written; never a folder of anything else."""
    if folder.exists() and not (folder / HEADLINE_FILE).is_file() and any(folder.iterdir()):
        raise FileExistsError(f"{folder}: expected an empty folder or an earlier sample, found something else; choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, before = (folder.with_name(f".{folder.name}.{os.getpid()}-{os.urandom(4).hex()}.{what}") for what in ("partial", "before"))
    beside.mkdir()
    try:
        yield beside
        if folder.exists():
            folder.replace(before)
        beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)
