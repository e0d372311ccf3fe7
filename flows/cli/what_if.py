"""What other choices would have said, asked on the command line: from the extracts as they are now, without publishing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.settings import PROJECT_FOLDER
from flows.stages import accept_all
from tasks import analyse
from tasks.assemble import check_period, covered_days, keep_ledger
from tasks.customer_math.ledger.periods import Plan, last_complete
from tasks.extract import land_extract
from tasks.store.editions import code_fingerprint
from tasks.store.engine import engine
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.what_if import LapseWindow, Presets


def lapse_window_of(company: Company, *, settings: Settings) -> LapseWindow:
    """The lapse window that the company's purchases suggest, with the data as they are now."""
    accepted = _accepted(company, None, settings=settings)
    _first, covers_through, _limiting = covered_days(company, accepted)
    week = last_complete("week", covers_through + timedelta(days=1), company.definitions.calendar)
    rests = _rests(company, accepted, week, settings=settings)
    with engine(settings) as connection:
        return analyse.lapse_window(connection, company, rests)


def presets_of(company: Company, period: Period, *, settings: Settings) -> Presets:
    """The headline of a period under every set of choices, with the data as they are now."""
    rests = _rests(company, _accepted(company, period, settings=settings), period, settings=settings)
    with engine(settings) as connection:
        return analyse.presets(connection, company, rests, period=period)


def _accepted(company: Company, period: Period | None, *, settings: Settings) -> tuple[Accepted, ...]:
    """Every extract read, corrected and judged."""
    home, today = home_of(company, settings), datetime.now(ZoneInfo(company.definitions.time_zone)).date()
    landed = [land_extract(company, name, settings=settings, home=home) for name in company.mapped_extracts]
    if period:
        check_period(company, landed, period)
    accepted = accept_all(company, landed, settings=settings, home=home, as_of=today)
    if period:
        check_period(company, accepted, period)
    return accepted


def _rests(company: Company, accepted: tuple[Accepted, ...], period: Period, *, settings: Settings) -> analyse.AnalysisInputs:
    home = home_of(company, settings)
    code, today = code_fingerprint(PROJECT_FOLDER), datetime.now(ZoneInfo(company.definitions.time_zone)).date()
    ledger = keep_ledger(company, accepted, Plan.alone(period), settings=settings, home=home, code=code, as_of=today)
    _first, covers_through, _limiting = covered_days(company, accepted)
    return analyse.AnalysisInputs(ledger.folder, accepted, covers_through)
