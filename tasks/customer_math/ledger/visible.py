"""What the ledger of a period can see of a history: where that is the same, so is the ledger, whatever else was recorded since."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import later
from tasks.customer_math.ledger.departures import BEFORE_LAST_PURCHASE_DAYS
from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED
from tasks.customer_math.ledger.prepared import days_needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period


@dataclass(frozen=True)
class Sight:
    """One table of a history as ledgers look at it: on which day a row is there, and what of it they ask for."""

    name: str
    on: str
    """The day of a row; empty: it has always been there."""
    columns: tuple[str, ...]
    ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns with a day of their own, which only whoever looks that far knows, each with what is known together with it."""

    @property
    def at_once(self) -> tuple[str, ...]:
        """The columns that are known on the day of the row."""
        later = {*self.ends, *(name for names in self.ends.values() for name in names)}
        return tuple(name for name in self.columns if name not in later)


SIGHTS = (
    Sight("purchases", "purchased_on", ("customer_id", "purchased_on", "amount", "product_group", "cost_amount", "is_qualifying")),
    Sight("purchase_days", "bought_on", ("customer_id", "bought_on", "gap_days")),
    Sight(
        "contracts",
        "starts_on",
        (
            *("customer_id", "starts_on", "annual_amount", "currency", "seats_count", "term_starts_on", "is_deduction"),
            *("ends_on", "due_on", "term_ends_on"),
        ),
        {"ends_on": (), "due_on": (), "term_ends_on": ()},
    ),
    Sight("departures", "departed_on", ("customer_id", "departed_on", "reason_code", "silo")),
    Sight("called", "departed_on", ("customer_id", "departed_on", "reason_code", "silo")),
    Sight("rates", "rate_on", ("currency", "rate_on", "rate", "rate_through"), {"rate_through": ()}),
    Sight("acquisitions", "contacted_on", ("customer_id", "contacted_on", "channel", "campaign")),
    Sight("referrals", "referred_on", ("customer_id", "referred_customer_id", "referred_on", "reason_code", "referral_id")),
    Sight("tickets", "opened_on", ("customer_id", "opened_on", "is_complaint")),
    Sight("surveys", "answered_on", ("customer_id", "answered_on", "occasion", "reason_code")),
    Sight(
        "comparisons",
        "answered_on",
        (
            *("customer_id", "answer_id", "answered_on", "own_worth", "competitor_worth"),
            *("brands_count", "half_ranks", "spend_amount"),
        ),
    ),
    Sight("spells", "started_on", ("customer_id", "started_on", "ended_on", "is_end_observed"), {"ended_on": ("is_end_observed",)}),
    Sight("first_days", "first_came_on", ("customer_id", "first_came_on")),
)
"""Of each table what ledgers ask for. Groups come after them (`groups_sight`), whose columns are the company's own."""
GROUPS = "attributes"


def groups_sight(segments: tuple[str, ...]) -> Sight:
    """Customers' groups; of somebody of whom nothing is seen yet, they are not seen either."""
    return Sight(GROUPS, "from_on", ("customer_id", "from_on", "until_on", *segments), {"until_on": ()})


def as_seen(history: History, segments: tuple[str, ...]) -> History:
    """A prepared history with what is in a sight, and nothing else: a ledger that asks for more would stand when that changes."""
    assert history.prepared is not None, "spells and first days are seen, too"
    tables = history.tables
    seen = {sight.name: tables[sight.name].select(*sight.columns) for sight in (*SIGHTS, groups_sight(segments)) if sight.name in tables}
    ready = replace(history.prepared, spells=seen.pop("spells"), first_days=seen.pop("first_days"))
    unseen = dict.fromkeys(vars(history).keys() & tables.keys() - seen.keys())
    return replace(history, **unseen, **seen, prepared=ready)


@dataclass(frozen=True)
class Span:
    """The days of which a ledger looks at the rows of a table, both included."""

    from_on: date
    through: date


def spans_of(period: Period, rules: LedgerRules, *, last_term_starts_on: date | None = None) -> dict[tuple[str, bool], Span]:
    """From which day to which a ledger looks, by table, and whether it is about days that rows begin or about days that they name.

    `last_term_starts_on`: the latest day on which the term begins of anything that runs by the closing: a deduction may run
    before its term, and its rate is the one of that day.
    """
    closing = period.closing_day
    first = min(days_needed(period, rules.calendar)) - timedelta(days=rules.value.value_days)
    departing, grace_days = rules.departing, rules.renewals.grace_days
    before_days = max(departing.reason_before_days, rules.activity.lapse_days + BEFORE_LAST_PURCHASE_DAYS)
    stated = Span(period.opens_on - timedelta(days=before_days), closing + timedelta(days=departing.reason_after_days))
    rates = Span(ALWAYS, max(closing, last_term_starts_on or closing))
    spans = {(sight.name, is_end): Span(ALWAYS, closing) for sight in (*SIGHTS, groups_sight(())) for is_end in (False, True)}
    inside = Span(period.opens_on, closing)
    return {
        **spans,
        ("purchases", False): Span(first, closing),
        ("contracts", False): Span(ALWAYS, closing + timedelta(days=grace_days)),
        ("contracts", True): Span(ALWAYS, closing + timedelta(days=grace_days + _further_days("contracts", rules))),
        **{(name, False): stated for name in ("departures", "called")},
        **{("rates", is_end): rates for is_end in (False, True)},
        **{(name, False): inside for name in ("surveys", "comparisons")},
    }


def _further_days(name: str, rules: LedgerRules) -> int:
    """By how many days more a ledger looks ahead at days that rows of a table name than at the rows themselves: at what comes due."""
    return max(0, max(rules.renewals.due_days) - rules.renewals.grace_days) if name == "contracts" else 0


def seen_by_day(history: History, rules: LedgerRules) -> Table:
    """Everything that ledgers can see, summed up by day: table, is_end, day, rows_count and two sums of what rows say.

    A row is seen on its day without what it says of later days, and once more on each of these. So rows that are alike as
    far as a ledger looks have equal sums up to there, in whatever order they lie and wherever they came from.
    """
    tables = history.tables
    sights = [sight for sight in SIGHTS if sight.name in tables]
    seen = {**tables, GROUPS: _groups_of_seen(history, sights)}
    every = (*sights, groups_sight(rules.segments))
    rows = ibis.union(*(rows for sight in every for rows in _rows_seen(sight, seen[sight.name], _further_days(sight.name, rules))))
    summed = {name: rows[name].cast("decimal(38, 0)").sum().cast("string") for name in ("added", "mixed")}
    return rows.group_by("table", "is_end", "day").agg(rows_count=_.count(), **summed)


def last_term_start(history: History) -> Table | None:
    """By day on which contracts begin, the latest day on which a term of theirs does: starts_on, last_on; none without any later."""
    if history.contracts is None:
        return None
    ahead = history.contracts.filter(_.term_starts_on > _.starts_on)
    return ahead.group_by("starts_on").agg(last_on=_.term_starts_on.max())


def _rows_seen(sight: Sight, table: Table, further_days: int) -> Iterator[Table]:
    """What is seen of a table: table, is_end, day, and two numbers for each row that differ where rows do.

    A day that a row names is seen by nobody who does not look as far as the row itself, though it looks further at such days.
    """
    first_on = table[sight.on].fill_null(ibis.literal(ALWAYS))
    yield _numbered(sight, table, day=first_on, values={name: table[name] for name in sight.at_once})
    for end in sight.ends:
        ended = table.filter(table[end] < ibis.literal(OPEN_ENDED))
        values = {name: ended[name] for name in sight.at_once}
        for other, companions in sight.ends.items():
            is_reached = ended[other] <= ended[end]
            values |= {name: is_reached.ifelse(ended[name], ibis.null(ended[name].type())) for name in (other, *companions)}
        begins_on = ended[sight.on].fill_null(ibis.literal(ALWAYS))
        day = ibis.greatest(ended[end], ibis.least(later(begins_on, further_days), ibis.literal(OPEN_ENDED)))
        yield _numbered(sight, ended, day=day, values=values, end=end)


def _numbered(sight: Sight, table: Table, *, day: ibis.Value, values: Mapping[str, ibis.Value], end: str = "") -> Table:
    number = ibis.struct({"end": ibis.literal(end), **values}).hash()
    # A sum of numbers made of columns one by one could stay the same where two rows exchange a value: made once more, it does not.
    numbered = table.select(table=ibis.literal(sight.name), is_end=ibis.literal(bool(end)), day=day, number=number)
    added = ibis.struct({"number": numbered.number}).hash()
    return numbered.select("table", "is_end", "day", added=added, mixed=ibis.struct({"number": numbered.number, "again": added}).hash())


def _groups_of_seen(history: History, sights: list[Sight]) -> Table:
    """Groups from the first day on which anything is seen of their customer."""
    naming = [(history.tables[sight.name], sight) for sight in sights if "customer_id" in sight.columns]
    days = (table.select("customer_id", day=table[sight.on].fill_null(ibis.literal(ALWAYS))) for table, sight in naming)
    first = ibis.union(*(table.group_by("customer_id").agg(day=_.day.min()) for table in days))
    seen = first.group_by("customer_id").agg(seen_on=_.day.min())
    groups = history.attributes.join(seen, "customer_id")
    return groups.mutate(from_on=ibis.greatest(groups.from_on, groups.seen_on)).drop("seen_on")
