"""The demo company's extracts, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.refusal import ExitStatus, Refusal
from tasks.sample.assumptions import HEADLINE_PERIOD
from tasks.sample.brand_answers import write_brand_study
from tasks.sample.cancellations import write_cancellations
from tasks.sample.contracts import write_contracts, write_exchange_rates
from tasks.sample.customers import write_customers
from tasks.sample.events import events_of
from tasks.sample.extract_writer import extract_writer
from tasks.sample.headline import headline_of
from tasks.sample.marketing import write_campaigns, write_deals, write_leads, write_referrals
from tasks.sample.orders import write_orders
from tasks.sample.review_sites import write_reviews
from tasks.sample.service import write_departures, write_renewal_answers, write_surveys, write_tickets
from tasks.sample.wish_answers import write_wish_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.sample.events import Events
    from tasks.sample.extract_writer import ExtractWriter, Seeded
    from tasks.sample.headline import Headline

Progress = Callable[[str, int, int], None]
"""Called after each file: its name, how many are written, how many there will be."""
SALES_FILES = (
    "sales/customers.csv",
    *(f"sales/orders_{year}.csv.gz" for year in range(2022, 2027)),
    "sales/contracts.parquet",
    "sales/exchange_rates.csv",
    "sales/cancellations.csv",
)
MARKETING_FILES = ("marketing/leads.csv", "marketing/deals.csv", "marketing/campaigns.xlsx", "marketing/referrals.jsonl")
SERVICE_FILES = (
    "service/tickets.csv",
    "service/survey_answers.csv",
    "service/renewal_answers.csv",
    "service/brand_study.csv",
    "service/reviews.csv",
    "service/wishes.csv",
    "service/departures.csv",
)
FILES = (*SALES_FILES, *MARKETING_FILES, *SERVICE_FILES)
FORMER_FILE = "truth/headline.csv"
"""A sample of an earlier version has it, in a folder of files that are written no more."""


class FolderInUseError(Refusal):
    """A folder holds something else than a sample, which would be lost; the message says what."""

    exit_status = ExitStatus.WRONG_USE


@dataclass(frozen=True)
class Sample:
    """What was written, and what it was written from."""

    folder: Path
    scale: float
    rows_by_file: dict[str, int]
    """Rows of every file below its headings, totals rows included."""
    events: Events
    headline: Headline
    seeded: tuple[Seeded, ...]
    """How many rows of each kind every extract holds."""

    @property
    def summary(self) -> str:
        """What was written, in a sentence or two."""
        return (
            f"{len(FILES)} extracts with {sum(self.rows_by_file.values()):,} rows in {self.folder}; planted in {HEADLINE_PERIOD}: "
            f"{self.headline.customers_in:,} customers in and {self.headline.customers_out:,} out of {self.headline.opening_customers:,}."
        )


def write_sample(folder: Path, *, scale: float = 1.0, progress: Progress | None = None) -> Sample:
    """Write the extracts of the demo company.

    The same bytes on every run. At scale 1, 22,000 customers came and 27,000 of 122,727 went in 2026-Q3; at 0.01, 220
    and 270 of 1,227. Raises ValueError for a scale at which no story is left, and FolderInUseError for a folder that
    holds something else.
    """
    if not 0.001 <= scale <= 10:
        raise ValueError(f"scale: expected a number from 0.001 to 10, found {scale}; 1 is the whole company")
    with _replaced_whole(folder) as partial, extract_writer(partial, scale=scale) as writer:
        writer.on_file = _counted(progress)
        events = events_of(scale)
        headline = headline_of(events.scenario)
        _write_sales(writer, events, headline=headline)
        _write_marketing(writer, events)
        _write_service(writer, events)
        rows_by_file = {path: writer.rows_by_file[path] for path in FILES}
    return Sample(folder, scale, rows_by_file, events, headline, tuple(writer.seeded))


def _write_sales(writer: ExtractWriter, events: Events, *, headline: Headline) -> None:
    write_customers(writer, events.scenario, movers=headline.movers)
    write_orders(writer, events.purchases)
    writer.clear()
    write_contracts(writer, events.contract_terms)
    write_exchange_rates(writer, events.rates)
    write_cancellations(writer, events.cancellations)


def _write_marketing(writer: ExtractWriter, events: Events) -> None:
    write_leads(writer, events.leads)
    write_deals(writer, events.scenario, leads=events.leads)
    write_campaigns(writer)
    write_referrals(writer, events.recommendations)


def _write_service(writer: ExtractWriter, events: Events) -> None:
    write_tickets(writer, events.tickets)
    write_surveys(writer, events.tickets)
    write_renewal_answers(writer, events.renewal_answers)
    write_brand_study(writer, events.brand_study)
    write_reviews(writer, events.reviews)
    write_wish_study(writer, events.wish_study)
    write_departures(writer, events.departures)


def _counted(progress: Progress | None) -> Callable[[str], None]:
    """Reports the progress after each file, if anybody listens."""
    written: list[str] = []

    def report(path: str) -> None:
        written.append(path)
        if progress is not None:
            progress(path, len(written), len(FILES))

    return report


@contextmanager
def _replaced_whole(folder: Path) -> Iterator[Path]:
    """A folder beside, which takes this one's place only when everything is written; never a folder of anything else."""
    _refuse_foreign_files(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial, former = (folder.with_name(f".{folder.name}.{os.getpid()}-{os.urandom(4).hex()}.{what}") for what in ("partial", "before"))
    for silo in ("sales", "marketing", "service"):
        (partial / silo).mkdir(parents=True)
    try:
        yield partial
        if folder.exists():
            folder.replace(former)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def _refuse_foreign_files(folder: Path) -> None:
    """Raises FolderInUseError for a folder with a file that no sample holds: replacing the folder would destroy it."""
    if folder.exists() and not folder.is_dir():
        raise FolderInUseError(f"{folder}: expected a folder, found a file; choose another folder")
    former_folder = (folder / FORMER_FILE).parent if (folder / FORMER_FILE).is_file() else None
    files = (path for path in folder.rglob("*") if not path.is_dir() and path.parent != former_folder)
    foreign = next((path for path in (file.relative_to(folder) for file in files) if path.as_posix() not in FILES), None)
    if foreign:
        raise FolderInUseError(f"{folder}: expected an empty folder or an earlier sample, found {foreign} in it; choose another folder")
