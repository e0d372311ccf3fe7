"""Replay: an edition computed again from the extracts and by the definitions of then, in a place of its own, and compared."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import PROJECT_FOLDER
from flows.stages import PipelineContext, accept_all, assembled, company_at, computed_run, historical_home, landed_at
from tasks.customer_math.ledger.periods import period_named
from tasks.publish import write_tables
from tasks.replay import compare
from tasks.store import editions
from tasks.store.edition_checks import checked_editions
from tasks.store.engine import engine
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings
    from tasks.replay import Replayed
    from tasks.store.editions import Edition
    from tasks.store.engine import Home


def replay(company: Company, period: str, *, edition: int | None, settings: Settings, apart: Path | None = None) -> Replayed:
    """An edition (none given: the latest) against itself computed again; nothing that was kept is used but the landed extracts.

    It is computed in a folder apart, which several replays may share; none given: in one of its own, gone afterwards.
    Raises RefusedError where the period is not as it was published, or its landed extracts are no longer kept.
    """
    home = home_of(company, settings)
    named = period_named(period, company.definitions.calendar)
    checked_editions(home, named.name)
    original = editions.edition_of(home.scorecards(named.name), edition)
    code = editions.code_fingerprint(PROJECT_FOLDER)
    with tempfile.TemporaryDirectory(prefix="customer-math-replay-") as folder:
        again = Path(folder) / "edition"
        again.mkdir()
        replay_home = historical_home(home, (apart or Path(folder)) / company.name, as_of=original.manifest.as_of.date())
        _compute_again(company, original, home=home, apart=replay_home, settings=settings, folder=again)
        return compare(original, again, code=code, settings=settings)


def _compute_again(company: Company, edition: Edition, *, home: Home, apart: Home, settings: Settings, folder: Path) -> None:
    """Write the tables of an edition anew, with a home apart, so that nothing that its run computed is used."""
    manifest, earlier_company = edition.manifest, company_at(edition, company)
    context = PipelineContext(earlier_company, settings, apart, manifest.as_of, manifest.code_fingerprint)
    accepted = accept_all(context, landed_at(edition, home=home))
    run = computed_run(context, period_named(manifest.period, earlier_company.definitions.calendar), accepted)
    with engine(settings) as connection:
        write_tables(connection, assembled(run), folder)
