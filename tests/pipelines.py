"""The stages of flows/stages.py for one company, without a flow engine around them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.company import load_company
from config.settings import Settings
from flows.restate import restate_published
from flows.stages import PipelineContext, assemble_ledger, compute, computed_run, publish_run
from flows.stages import read_and_validate as read_and_accept
from tasks.assemble import check_period
from tasks.customer_math.ledger.periods import Plan, period_named
from tasks.experience import ExperienceInputs, experience_links
from tasks.reconcile import ReconciliationInputs, write_reconciliation
from tasks.store.engine import engine
from tests.pipeline.golden_edition import COMPANY, made_once
from tests.small_company import small_company

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from config.company import Company
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.publish import Published
    from tasks.reporting.experience import ExperienceLinks
    from tasks.sources import Landed
    from tasks.store.engine import Home

TODAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
UNCHANGED = ("landed", "accepted")
"""What of a home is the same for all companies whose extracts are the same."""


@dataclass(frozen=True)
class Stages:
    """One company's extracts, read and judged, ready for any period."""

    context: PipelineContext
    landed: dict[str, Landed]
    accepted: dict[str, Accepted]

    @property
    def company(self) -> Company:
        return self.context.company

    @property
    def settings(self) -> Settings:
        return self.context.settings

    @property
    def home(self) -> Home:
        return self.context.home

    def figures(self, periods: Sequence[str], *, as_of: date = TODAY) -> dict[tuple[str, str, str, str], Decimal]:
        """Figures of some periods by period, segment_by, segment and measure."""
        return {
            (row["period"], row["segment_by"], row["segment"], row["measure"]): row["value"]
            for row in self.figure_rows(periods, as_of=as_of)
            if row["split_by"] == "all"
        }

    def figure_rows(self, periods: Sequence[str], *, as_of: date = TODAY) -> list[dict[str, Any]]:
        """Figures of some periods, split ones and rates too, as figures.parquet has them."""
        named = tuple(sorted(self._period(name) for name in periods))
        context = replace(self.context, as_of=datetime.combine(as_of, NOW.timetz()))
        computed = compute(context, tuple(self.accepted.values()), Plan.alone(*named))
        with engine(self.settings) as connection:
            return connection.read_parquet(computed.figures).to_pyarrow().to_pylist()

    def alignment(self, name: str) -> tuple[dict[str, Any], ...]:
        """The lines of every silo's bridge in one period."""
        period, accepted = self._period(name), tuple(self.accepted.values())
        folder = assemble_ledger(self.context, accepted, Plan.alone(period)).folder
        with engine(self.settings) as connection:
            bench = ReconciliationInputs(connection, self.company, accepted, folder, period)
            return write_reconciliation(bench, folder / f"alignment-{name}.parquet")

    def experience(self, name: str) -> ExperienceLinks | None:
        """What the experiences before a period are linked to in it."""
        period, accepted = self._period(name), tuple(self.accepted.values())
        folder = assemble_ledger(self.context, accepted, Plan.alone(period)).folder
        with engine(self.settings) as connection:
            inputs = ExperienceInputs(connection, self.company, accepted, folder, period)
            return experience_links(inputs, folder / f"experiences-{name}.parquet")

    def publish(self, name: str, *, now: datetime = NOW, code: str | None = None) -> Published:
        """An edition of a period, unless the latest one says the same; another `code` assembles its ledgers anew."""
        period, accepted = self._period(name), tuple(self.accepted.values())
        context = replace(self.context, as_of=now)
        for extracts in (list(self.landed.values()), accepted):
            check_period(self.company, extracts, period)
        run = computed_run(replace(context, code=code or context.code), period, accepted)
        return publish_run(replace(run, context=context, published_at=now), restate=restate_published)

    def _period(self, name: str) -> Period:
        return period_named(name, self.company.definitions.calendar)


@dataclass
class Shared:
    """The small company's extracts as they are before a test changes anything, read and judged once for all tests."""

    folder: Path | None = None

    def lend(self, home: Path) -> None:
        """Give a home that holds nothing yet what was accepted: an extract that a test has not changed is not judged again."""
        if self.folder is not None and not home.exists():
            unchanged = made_once(self.folder, lambda folder: from_nothing(small_company(folder / COMPANY).folder, folder / "home"))
            for part in UNCHANGED:
                shutil.copytree(unchanged / "home" / COMPANY / part, home / COMPANY / part)


SHARED = Shared()


def read_and_validate(name_or_folder: str | Path, home: Path, *, today: date = TODAY) -> Stages:
    """Read and judge every extract of a company; those of the small company that are as they were are accepted already."""
    if Path(name_or_folder).name == COMPANY:
        SHARED.lend(home)
    return from_nothing(name_or_folder, home, today=today)


def from_nothing(name_or_folder: str | Path, home: Path, *, today: date = TODAY) -> Stages:
    """The same, with nothing accepted before."""
    now = datetime.combine(today, NOW.timetz())
    context = PipelineContext.of(load_company(name_or_folder), settings=settings_in(home), now=now)
    landed, accepted = read_and_accept(context)
    return Stages(context, {each.extract: each for each in landed}, {each.extract: each for each in accepted})


def settings_in(home: Path, **changes: Any) -> Settings:
    """Settings with a home of their own and no Slack."""
    given = {"home": home, "slack_token": None, "slack_channel": None, "slack_url": "", "memory_limit": "1GB", "threads": 1}
    return Settings(**{**given, **changes})
