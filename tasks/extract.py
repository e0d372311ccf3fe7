"""Extract: read what the silos export, and keep it as it was read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.company import Company
from config.faults import faults_in_a_sentence
from config.settings import Settings
from tasks.sources.control_totals import declared_total
from tasks.sources.landed import Landed
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import Home, engine, write_if_absent


def land_extract(company: Company, extract_name: str, *, settings: Settings, home: Home) -> Landed:
    """Read one extract of a company and keep it under its home; raises SourceError where it cannot be read."""
    store = LandingStore(partial(home.landed, extract_name), write_if_absent, home.texts(extract_name))
    with engine(settings) as connection:
        landed = land(company, extract_name, connection=connection, store=store)
        return replace(landed, declared=declared_total(company, landed, connection=connection))


# Without retries: a database is asked again where its network fails, and a file does not get better by itself.
@task(name="extract", task_run_name="extract {extract_name}", cache_policy=NO_CACHE)
@faults_in_a_sentence
def extract(company: Company, extract_name: str, *, settings: Settings, home: Home) -> Landed:
    """Read one extract of a company, as a step of its own."""
    return land_extract(company, extract_name, settings=settings, home=home)
