"""The form of a deployment: it offers the recent periods of the company's calendar, and takes any other by its name."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment as own_deployment

from flows.orchestration.parameters import PERIOD_NAME
from tasks.customer_math.ledger.periods import last_complete, period_before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

    from config.company import Company
    from config.definitions import Calendar, PeriodKind

LOG = logging.getLogger("tasks.flow")
OFFERED: dict[PeriodKind, int] = {"week": 8, "month": 6, "quarter": 5, "year": 3}
"""How many periods of each kind a form offers, the latest first."""


def recent_periods(calendar: Calendar, *, today: date) -> tuple[str, ...]:
    """The names of the latest periods that are over, kind by kind."""
    return tuple(name for kind, count in OFFERED.items() for name in islice(_ending(kind, calendar, today=today), count))


def _ending(kind: PeriodKind, calendar: Calendar, *, today: date) -> Iterator[str]:
    period = last_complete(kind, today, calendar)
    while True:
        yield period.name
        period = period_before(period, calendar)


def with_recent_periods(schema: dict[str, Any], calendar: Calendar, *, today: date) -> dict[str, Any]:
    """A deployment's schema of parameters whose field `period` offers the recent ones, and still takes any other by its name."""
    field = {name: value for name, value in schema["properties"]["period"].items() if name not in {"type", "pattern"}}
    offered = {"type": "string", "title": "A recent one", "enum": list(recent_periods(calendar, today=today))}
    any_other = {"type": "string", "title": "Any other", "pattern": PERIOD_NAME}
    return {**schema, "properties": {**schema["properties"], "period": {**field, "anyOf": [offered, any_other]}}}


def offer_recent_periods(client: SyncPrefectClient, deployment_id: UUID, company: Company, *, now: datetime) -> None:
    """Let a deployment's form offer the periods that are recent now; one without a period is left as it is."""
    schema = client.read_deployment(deployment_id).parameter_openapi_schema or {}
    if "period" in schema.get("properties", {}):
        today = now.astimezone(ZoneInfo(company.definitions.time_zone)).date()
        offered = with_recent_periods(schema, company.definitions.calendar, today=today)
        if offered != schema:
            client.update_deployment(deployment_id, DeploymentUpdate(parameter_openapi_schema=offered))


def refresh_own_form(company: Company, *, now: datetime) -> None:
    """The same of the deployment that this run is of, if of any; a run fails by no form that stays as it was."""
    if not own_deployment.id:
        return
    try:
        with get_client(sync_client=True) as client:
            offer_recent_periods(client, own_deployment.id, company, now=now)
    except (HTTPError, ObjectNotFound) as error:
        LOG.warning("the form still offers the periods that it did before: %s", error)
