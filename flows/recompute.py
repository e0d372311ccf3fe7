"""The stages one after the other, for periods that were published before: as they were known then, or as they are known now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.keeping import company_as_kept
from expectations.verdict import RefusedError
from tasks.assemble import keep_ledger
from tasks.correct import correct_landed
from tasks.customer_math.periods import Plan, period_named
from tasks.editions import COMPANY
from tasks.measure import measure_ledgers
from tasks.sources.landing import remembered
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.assemble import Ledger
    from tasks.customer_math.periods import Period
    from tasks.editions import Edition
    from tasks.sources import Landed
    from tasks.warehouse import Home


@dataclass(frozen=True)
class Recomputed:
    """Periods computed again: the ledgers and the figures."""

    ledger: Ledger
    figures: Path


def landed_then(edition: Edition, *, home: Home) -> list[Landed]:
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


def company_then(edition: Edition, company: Company) -> Company:
    """The company as its folder described it when the edition was published."""
    return company_as_kept(edition.folder / COMPANY, company)


def accept_all(company: Company, landed: Sequence[Landed], *, settings: Settings, home: Home, as_of: date) -> tuple[Accepted, ...]:
    """Every landed extract corrected and judged, customers first, since the others are held against them."""
    accepted: list[Accepted] = []
    for each in sorted(landed, key=lambda one: one.dataset != "customers"):
        known = next((one.path for one in accepted if one.dataset == "customers"), None)
        corrected = correct_landed(company, each, settings=settings, home=home, as_of=as_of)
        known_customers = known if each.dataset != "customers" else None
        accepted.append(accept_extract(company, corrected, known_customers=known_customers, settings=settings, home=home, as_of=as_of))
    return tuple(accepted)


def recompute(
    company: Company, accepted: Sequence[Accepted], periods: Sequence[Period], *, settings: Settings, home: Home, code: str
) -> Recomputed:
    """The ledgers and figures of some periods from accepted extracts."""
    ledger = keep_ledger(company, accepted, periods, settings=settings, home=home, code=code)
    return Recomputed(ledger, measure_ledgers(company, ledger.folder, periods, settings=settings).path)


def plan_then(edition: Edition, company: Company) -> Plan:
    """The periods that an edition shows."""
    shown, calendar = edition.manifest.plan, company.definitions.calendar
    assert shown is not None, "a sealed manifest has its plan"
    previous, year_before = (period_named(name, calendar) if name else None for name in (shown.previous, shown.year_before))
    trend = tuple(period_named(name, calendar) for name in shown.trend)
    return Plan(period_named(edition.manifest.period, calendar), previous, year_before, trend)
