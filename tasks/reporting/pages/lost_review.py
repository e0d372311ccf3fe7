"""The page of the lost-customer review: whom somebody spoke with, and what was said beside what preceded losses."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.departures import REASON
from config.measures.experiences import EXPERIENCES
from tasks.reporting.blocks import Column, Marked, Page, Share, Table
from tasks.reporting.pages.departure_reasons import reason_rows
from tasks.reporting.pages.recognition import RECOGNITION, recognition_table
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import ExperienceLine
    from tasks.reporting.model import ScorecardData

TITLE = gettext_noop("Lost-customer review")
QUESTION = gettext_noop("Whom did we speak with, what did they say, and what preceded their going?")
CALLS, CALL_LIST = "calls", gettext_noop("Call list")
"""The table of calls among the small ones, and the sheet that lists whom to call."""
OUT, LOST = "customers_out", "customers_out_amount"
CONTACT_COLUMNS = (
    Column("", "text"),
    Column("Customers"),
    Column("Value", "money"),
    Column("Of customers", "share"),
    Column("Of value", "share"),
)
EXECUTIVE_COLUMNS = (
    Column("Executive", "text"),
    Column("Listed"),
    Column("Called"),
    Column("Reached"),
    Column("Reason given"),
    Column("Won back"),
)
STEPS = (
    ("listed", gettext_noop("On a call list")),
    ("called", gettext_noop("Called")),
    ("reached", gettext_noop("Reached")),
    ("reason", gettext_noop("Reason given in a call")),
    ("won_back", gettext_noop("Won back")),
)
BOTH_COLUMNS = (
    Column("They said", "text"),
    Column("Customers"),
    Column("Value", "money"),
    Column("What preceded losses", "text", spans=3),
    Column("", "gap"),
    Column("", "gap"),
    Column("Times as often", "times"),
    Column("may explain, from", "money"),
    Column("may explain, to", "money"),
)
MOST_LINKS = 6
"""So many experiences stand beside the reasons, the surest first."""
TIMES_DIGITS = 2
NOTE = gettext_noop(
    "Left: reasons as they were told, by customers. Right: experiences that are demonstrated to precede losses, of everybody who had them, "
    "asked or not. The rows of both sides are ranked by themselves and do not belong together."
)


def lost_review_page(data: ScorecardData) -> Page | None:
    """Coverage of contact, what was said beside what preceded, calls and recognition; none without losses, or without any of these."""
    is_reviewed = data.experience or _calls(data) or data.tables.get(RECOGNITION)
    tables = tuple(_tables(data)) if data.figure(OUT) and is_reviewed else ()
    return Page(gettext(TITLE), gettext(QUESTION), _headline(data), tables=tables) if tables else None


def _calls(data: ScorecardData) -> tuple[Mapping[str, Any], ...]:
    return data.tables.get(CALLS, ())


def _headline(data: ScorecardData) -> str:
    reasons_count, calls, lost = data.figure("reason_known_customers") or 0, _calls(data), data.count(OUT)
    recorded = ngettext(
        "Of {count} customer lost in {period} the reason of {known} is known",
        "Of {count} customers lost in {period} the reason of {known} is known",
        lost,
        period=data.labels[data.period],
        known=whole_number(int(reasons_count)),
    )
    if not calls:
        return f"{recorded}; {gettext('no call is recorded')}."
    called, reached = (sum(row[f"{step}_count"] for row in calls) for step in ("called", "reached"))
    spoken = ngettext("{count} were called and {reached} reached", "{count} were called and {reached} reached", called, reached=reached)
    return f"{recorded}; {spoken}."


def _tables(data: ScorecardData) -> Iterator[Table]:
    calls, links = _calls(data), _demonstrated(data)
    has_reasons = data.has(REASON[0])
    if calls or has_reasons:
        yield _contact(data, calls, has_reasons=has_reasons)
    if has_reasons:
        yield _stated_and_preceded(data, links)
    if calls:
        rows = tuple((row["executive"] or gettext("nobody named"), *(row[f"{step}_count"] for step, _label in STEPS)) for row in calls)
        yield Table(gettext("Calls"), EXECUTIVE_COLUMNS, rows)
    yield from recognition_table(data)


def _demonstrated(data: ScorecardData) -> list[ExperienceLine]:
    lines = data.experience.of("lost") if data.experience else ()
    return [line for line in lines if line.is_demonstrated][:MOST_LINKS]


def _contact(data: ScorecardData, calls: Sequence[Mapping[str, Any]], *, has_reasons: bool) -> Table:
    """How many of the lost somebody spoke with, in customers and in what they were worth."""
    whole, worth = data.count(OUT), data.money(LOST)
    recorded = [(gettext("Reason known, from whomever"), data.count("reason_known_customers"), data.money("reason_known_amount"))]
    steps = [(gettext(label), sum(row[f"{step}_count"] for row in calls), _amount(calls, step)) for step, label in STEPS] if calls else []
    lines = [(gettext("Lost"), whole, worth), *(recorded if has_reasons else []), *steps]
    rows = tuple((label, count, amount, Share(count, whole), Share(amount, worth)) for label, count, amount in lines)
    return Table(gettext("Whom we spoke with"), CONTACT_COLUMNS, rows)


def _amount(calls: Sequence[Mapping[str, Any]], step: str) -> Decimal:
    return sum((row[f"{step}_amount"] for row in calls), Decimal(0))


def _stated_and_preceded(data: ScorecardData, links: Sequence[ExperienceLine]) -> Table:
    reasons = reason_rows(data.parts("reason"), data.reason_labels, by=OUT)
    stated = [(row.label, row.figure(OUT), row.figure(LOST)) for row in reasons]
    preceded = [_preceded(line) for line in links]
    rows = tuple((*(one or (None,) * 3), *(other or (None,) * 6)) for one, other in zip_longest(stated, preceded))
    below = "" if links else gettext("No experience is demonstrated to precede losses.")
    return Table(gettext("What they said, and what preceded"), BOTH_COLUMNS, rows, description=gettext(NOTE), below=below)


def _preceded(line: ExperienceLine) -> tuple[CellValue, ...]:
    label = Marked(EXPERIENCES[line.experience].called(line.part), is_bold=True)
    return label, None, None, round(Decimal(line.ratio or 0), TIMES_DIGITS), line.explained_low_amount, line.explained_high_amount
