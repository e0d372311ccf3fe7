"""Extract: read what the silos export, and keep it as it was read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tasks.sources.control_totals import declared_total
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.steps import tracked
from tasks.store.engine import Home, engine, write_if_absent

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings
    from tasks.sources.landed import Landed


def land_extract(company: Company, extract_name: str, *, settings: Settings, home: Home) -> Landed:
    """Read one extract of a company and keep it under its home; raises SourceError where it cannot be read."""
    store = LandingStore(partial(home.landed, extract_name), write_if_absent, home.texts(extract_name))
    with engine(settings) as connection:
        landed = land(company, extract_name, connection=connection, store=store)
        return replace(landed, declared=declared_total(company, landed, connection=connection))


extract = tracked(land_extract, name="extract", run_name="extract {extract_name}")
