"""What a run is asked for: a company, and a period of its calendar, by its name, by a day in it, or as the latest that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, cast
from zoneinfo import ZoneInfo

from pydantic import Field, WithJsonSchema

from config.company import company_names, load_company
from config.definitions import PeriodKind
from expectations.suites import check_rules
from tasks.customer_math.ledger.periods import PeriodNameError, check_that_it_is_over, last_complete, period_around, period_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.company import Company
    from config.definitions import Calendar
    from tasks.customer_math.ledger.periods import Period

CompanyName = Annotated[
    str, WithJsonSchema({"type": "string", "enum": list(company_names())}), Field(json_schema_extra={"title": "Company"})
]
"""A company's folder by name; a form offers those that exist, the command line takes the path of any other as well."""
KindOfPeriod = Annotated[PeriodKind, Field(json_schema_extra={"title": "Kind of period"})]
DayInPeriod = Annotated[
    date | None,
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date", "title": "A day"}, {"type": "null", "title": "The latest"}]}),
    Field(json_schema_extra={"title": "A day in the period"}),
]
PERIOD_NAME = r"^([0-9]{4}(-W[0-9]{2}|-[0-9]{2}|-Q[1-4])?)?$"
"""How a period is written, or nothing; a form says so before a run is made, and the run says which there are."""
ExactPeriod = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "pattern": PERIOD_NAME}),
    Field(json_schema_extra={"title": "Or the period's exact name"}),
]
NotifySlack = Annotated[bool, Field(json_schema_extra={"title": "Tell Slack"})]
Reason = Annotated[str | None, WithJsonSchema({"type": "string"}), Field(json_schema_extra={"title": "Reason for a rerun"})]
"""The fields of a form, with the names that its readers see; one that may stay empty is a plain field, and left out when it does."""


@dataclass(frozen=True)
class PeriodRequest:
    """Which period is asked for: by its name, or by kind and a day in it, or by kind alone (the latest that is over)."""

    period: str | None = None
    kind: PeriodKind = "week"
    day: date | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> PeriodRequest:
        """The question that a run's parameters put; a form sends a day as text."""
        day = parameters.get("day_in_period")
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return cls(parameters.get("period") or None, cast("PeriodKind", parameters.get("period_kind") or "week"), day)

    def answer(self, calendar: Calendar, *, today: date) -> Period:
        """The period that is meant; raises PeriodNameError where it is asked for in two ways that do not agree."""
        if self.period is None:
            return period_around(self.day, self.kind, calendar) if self.day else last_complete(self.kind, today, calendar)
        named = period_named(self.period, calendar)
        if self.day and not named.opens_on <= self.day < named.closes_on:
            raise PeriodNameError(f"period {named.name} does not hold the day {self.day}: leave one of the two empty")
        return named


def resolve_request(company: str, question: str | PeriodRequest | None, *, now: datetime) -> tuple[Company, Period]:
    """The company as its folder describes it, and a period of its calendar that is over; raises what is wrong with either."""
    resolved_company = load_company(company)
    check_rules(resolved_company)
    calendar, today = resolved_company.definitions.calendar, now.astimezone(ZoneInfo(resolved_company.definitions.time_zone)).date()
    request = question if isinstance(question, PeriodRequest) else PeriodRequest(question)
    period = request.answer(calendar, today=today)
    check_that_it_is_over(period, today=today)
    return resolved_company, period
