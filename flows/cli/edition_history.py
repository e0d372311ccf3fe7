"""The history of a published period: its editions read back, what each restates of the one before, and whether its seal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.customer_math.ledger.periods import period_named
from tasks.reporting.pages.edition_history import Chapter, Input, history
from tasks.restate import read_restated
from tasks.store import editions
from tasks.store.edition_checks import read_history
from tasks.store.engine import engine
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.restated import RestatedPeriod
    from tasks.store.editions import Edition


def tell(company: Company, period: str, *, settings: Settings) -> tuple[list[str], bool]:
    """The editions of a period in words, and whether every one of them is as it was published; raises RefusedError for none."""
    named = period_named(period, company.definitions.calendar)
    home = home_of(company, settings)
    published = read_history(home, named.name)
    if not published.findings:
        editions.edition_of(home.scorecards(named.name), None)
    with engine(settings) as connection:
        chapters = [_chapter(connection, company, named, edition, broken=published.of(edition.number)) for edition in published.editions]
    paragraphs = list(history(named.label, chapters, company.definitions.currency, broken=published.of(None)))
    return paragraphs, not published.findings


def _chapter(connection: Backend, company: Company, period: Period, edition: Edition, *, broken: tuple[str, ...]) -> Chapter:
    manifest = edition.manifest
    return Chapter(
        edition=edition.number,
        headline=manifest.headline,
        published_at=manifest.published_at,
        as_of=manifest.as_of,
        data_through=manifest.data_through,
        inputs=tuple(Input(each.extract, each.fingerprint, each.rows_read_count) for each in manifest.inputs),
        definitions_fingerprint=manifest.definitions_fingerprint,
        code_fingerprint=manifest.code_fingerprint,
        restated=None if broken else _restated(connection, company, period, edition),
        broken=broken,
    )


def _restated(connection: Backend, company: Company, period: Period, edition: Edition) -> RestatedPeriod | None:
    paths = [edition.folder / name for name in ("restatements.parquet", "restated-customers.parquet")]
    if not all(path.is_file() for path in paths):
        return None
    rows, customers = (connection.read_parquet(path) for path in paths)
    return read_restated(connection, rows=rows, customers=customers, period=period, rule=company.definitions.restatements)
