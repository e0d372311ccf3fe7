"""Preview: what Slack is told of a published period, before or after it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.verdict import RefusedError
from tasks.customer_math.ledger.periods import period_named
from tasks.store.edition_checks import checked_editions
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings


def preview(company: Company, period: str, *, settings: Settings, edition: int | None = None, as_text: bool = False) -> str:
    """The digest of a published period: Slack's blocks as JSON, or as text.

    Raises RefusedError where there is none, or where the period is not as it was published.
    """
    named = period_named(period, company.definitions.calendar)
    published = checked_editions(home_of(company, settings), named.name)
    if not published:
        raise RefusedError(f"{named.name} of {company.name} was not published; publish it: customer-math run --period {named.name}")
    selected = next((candidate for candidate in reversed(published) if edition in {None, candidate.number}), None)
    if selected is None:
        numbers = ", ".join(str(candidate.number) for candidate in published)
        raise RefusedError(f"edition {edition} of {named.name} was not published; expected one of {numbers}")
    return (selected.folder / ("digest.txt" if as_text else "digest.json")).read_text(encoding="utf-8").rstrip()
