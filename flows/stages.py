"""The stages one after the other, for periods that were published before: as they were known then, or as they are known now."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.company_snapshot import company_as_kept
from expectations.verdict import RefusedError
from tasks.assemble import covered_days, keep_ledger
from tasks.correct import correct_landed
from tasks.customer_math.ledger.periods import plan_for
from tasks.measure import measure_ledgers
from tasks.sources.landing import remembered
from tasks.store.editions import COMPANY
from tasks.store.engine import Home, write_if_absent
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.assemble import Ledger
    from tasks.customer_math.ledger.periods import Period, Plan
    from tasks.sources import Landed
    from tasks.store.editions import Edition


@dataclass(frozen=True)
class Recomputed:
    """Periods computed again: the ledgers and the figures."""

    ledger: Ledger
    figures: Path


def landed_at(edition: Edition, *, home: Home) -> list[Landed]:
    """The landed extracts that an edition rests on; raises RefusedError naming those that are no longer kept."""
    found = {each.extract: remembered(home.folder / each.path, each.fingerprint) for each in edition.manifest.landed}
    gone = [each for each in edition.manifest.landed if found[each.extract] is None]
    if gone or not edition.manifest.landed:
        names = ", ".join(f"{each.extract} ({each.path})" for each in gone) or "any"
        raise RefusedError(
            f"edition {edition.number} of {edition.manifest.period}: expected its landed extracts, found that these are no longer kept: "
            f"{names}; it cannot be computed again (`keeping.replay_years` in definitions.yaml says how long an edition can)"
        )
    return [landed for landed in found.values() if landed]


def company_at(edition: Edition, company: Company) -> Company:
    """The company as its folder described it when the edition was published."""
    return company_as_kept(edition.folder / COMPANY, company)


def accept_all(
    company: Company,
    landed: Sequence[Landed],
    *,
    settings: Settings,
    home: Home,
    as_of: date,
    correct: Callable[..., Landed] = correct_landed,
    judge: Callable[..., Accepted] = accept_extract,
) -> tuple[Accepted, ...]:
    """Every landed extract corrected and judged, customers first, since the others are held against them."""
    accepted: list[Accepted] = []
    for each in sorted(landed, key=lambda one: one.dataset != "customers"):
        known = next((one.path for one in accepted if one.dataset == "customers"), None)
        corrected = correct(company, each, settings=settings, home=home, as_of=as_of)
        known_customers = known if each.dataset != "customers" else None
        accepted.append(judge(company, corrected, known_customers=known_customers, settings=settings, home=home, as_of=as_of))
    return tuple(accepted)


def recompute(
    company: Company, accepted: Sequence[Accepted], plan: Plan, *, settings: Settings, home: Home, code: str, as_of: date
) -> Recomputed:
    """The ledgers and figures of the periods of a plan from accepted extracts."""
    ledger = keep_ledger(company, accepted, plan, settings=settings, home=home, code=code, as_of=as_of)
    return Recomputed(ledger, measure_ledgers(company, ledger.folder, plan, settings=settings).path)


def plan_of(company: Company, accepted: Sequence[Accepted], period: Period) -> Plan:
    """A period with those that it is shown beside, as far back as the extracts reach."""
    covers_from, _covers_through, _limiting = covered_days(company, accepted)
    return plan_for(period, company.definitions.calendar, covers_from=covers_from)


def historical_home(home: Home, place: Path, *, as_of: date) -> Home:
    """A home apart that knows of customers' groups what was known on a day, so that nothing of then is remembered as news of now."""
    for landing in sorted((home.folder / "attributes").glob("*/*.parquet")):
        kept = place / landing.relative_to(home.folder)
        if landing.stem.partition("-")[2] <= as_of.isoformat() and not kept.exists():
            with write_if_absent(kept) as beside:
                shutil.copyfile(landing, beside)
    return Home(place)
