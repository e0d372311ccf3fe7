"""The stages one after the other, as the flow runs them, but without a flow engine around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from config.company import load_company
from config.settings import PROJECT_FOLDER, Settings
from flows.restate import Run, restate_published
from flows.stages import Recomputed
from tasks.assemble import check_period, covered_days, keep_ledger
from tasks.correct import correct_landed
from tasks.customer_math.ledger.periods import Plan, period_named, plan_for
from tasks.extract import land_extract
from tasks.measure import measure_ledgers
from tasks.publish import Assembled, Published, publish_edition
from tasks.reconcile import ReconciliationInputs, keep_alignment
from tasks.store.editions import code_fingerprint
from tasks.store.engine import engine
from tasks.store.homes import home_of
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from config.company import Company
    from expectations.verdict import Accepted
    from tasks.sources import Landed
    from tasks.store.engine import Home

TODAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stages:
    """One company's extracts, read and judged, ready for any period."""

    company: Company
    settings: Settings
    home: Home
    landed: dict[str, Landed]
    accepted: dict[str, Accepted]

    def figures(self, periods: Sequence[str], *, as_of: date = TODAY) -> dict[tuple[str, str, str, str], Decimal]:
        """Figures of some periods by period, segment_by, segment and measure."""
        return {
            (row["period"], row["segment_by"], row["segment"], row["measure"]): row["value"]
            for row in self.figure_rows(periods, as_of=as_of)
            if row["split_by"] == "all"
        }

    def figure_rows(self, periods: Sequence[str], *, as_of: date = TODAY) -> list[dict[str, Any]]:
        """Figures of some periods, split ones and rates too, as figures.parquet has them."""
        named = tuple(sorted(period_named(name, self.company.definitions.calendar) for name in periods))
        accepted, plan = tuple(self.accepted.values()), Plan(named[-1], None, None, named)
        ledger = keep_ledger(self.company, accepted, plan, settings=self.settings, home=self.home, code="tests", as_of=as_of)
        measured = measure_ledgers(self.company, ledger.folder, plan, settings=self.settings)
        with engine(self.settings) as connection:
            return connection.read_parquet(measured.path).to_pyarrow().to_pylist()

    def alignment(self, name: str) -> tuple[dict[str, Any], ...]:
        """The lines of every silo's bridge in one period."""
        period, accepted = period_named(name, self.company.definitions.calendar), tuple(self.accepted.values())
        ledger = keep_ledger(self.company, accepted, Plan.alone(period), settings=self.settings, home=self.home, code="tests", as_of=TODAY)
        with engine(self.settings) as connection:
            bench = ReconciliationInputs(connection, self.company, accepted, ledger.folder, period)
            return keep_alignment(bench, ledger.folder / f"alignment-{name}.parquet")

    def publish(self, name: str, *, now: datetime = NOW, code: str | None = None) -> Published:
        """An edition of a period, unless the latest one says the same; another `code` assembles its ledgers anew."""
        code = code or code_fingerprint(PROJECT_FOLDER)
        period, accepted = period_named(name, self.company.definitions.calendar), tuple(self.accepted.values())
        check_period(self.company, list(self.landed.values()), period)
        check_period(self.company, accepted, period)
        covers_from, covers_through, _ = covered_days(self.company, accepted)
        plan = plan_for(period, self.company.definitions.calendar, covers_from=covers_from)
        ledger = keep_ledger(self.company, accepted, plan, settings=self.settings, home=self.home, code=code, as_of=now.date())
        measured = measure_ledgers(self.company, ledger.folder, plan, settings=self.settings)
        shown, code_now = Recomputed(ledger, measured.path), code_fingerprint(PROJECT_FOLDER)
        run = Run(self.company, period, accepted, now, now, self.settings, self.home, code_now, shown)
        restated, not_compared = restate_published(run)
        notes = (*ledger.notes, *not_compared)
        assembled = Assembled(plan, ledger.path(period), measured.path, accepted, ledger.verdicts, notes, now, covers_through, restated)
        return publish_edition(self.company, assembled, settings=self.settings, home=self.home, published_at=now)


def read_and_judge(name_or_folder: str | Path, home: Path, *, today: date = TODAY) -> Stages:
    """Read and judge every extract of a company."""
    settings = settings_in(home)
    company = load_company(name_or_folder)
    at = home_of(company, settings)
    landed = {name: land_extract(company, name, settings=settings, home=at) for name in company.mapped_extracts}
    landed = {name: correct_landed(company, each, settings=settings, home=at, as_of=today) for name, each in landed.items()}
    accepted: dict[str, Accepted] = {}
    for each in sorted(landed.values(), key=lambda one: one.dataset != "customers"):
        known = next((one.path for one in accepted.values() if one.dataset == "customers"), None)
        known_customers = None if each.dataset == "customers" else known
        accepted[each.extract] = accept_extract(company, each, known_customers=known_customers, settings=settings, home=at, as_of=today)
    return Stages(company, settings, at, landed, accepted)


def settings_in(home: Path, **changes: Any) -> Settings:
    """Settings with a home of their own and no Slack."""
    given = {"home": home, "slack_token": None, "slack_channel": None, "slack_url": "", "memory_limit": "1GB", "threads": 2}
    return Settings(**{**given, **changes})
