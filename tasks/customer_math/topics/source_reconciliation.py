"""Alignment: from what a silo counts as new or lost to what the company counts, in lines that add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import ibis
from ibis import _

from config.sources import UNCLEAR
from tasks.customer_math.ledger.customer_keys import COMPARED_AS
from tasks.customer_math.ledger.dates import later
from tasks.customer_math.ledger.spells import every_spell

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from config.definitions import Activity
    from config.sources import Claim
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period

Claimed = Literal["new", "lost"]
Line = Literal[
    "agreed",
    "outside_scope",
    "unknown_customer",
    "ambiguous_customer",
    "duplicate",
    "never_a_customer",
    "customer_before",
    "still_a_customer",
    "gone_before",
    "other_period",
    "claimed_elsewhere",
    "missing_from_silo",
]
LINES: tuple[Line, ...] = get_args(Line)
SHARED_LINES: tuple[Line, ...] = ("agreed", "claimed_elsewhere", "missing_from_silo")
"""Lines whose customers the company counts; all others, and `agreed`, are counted by the silo."""


@dataclass(frozen=True)
class ReconciliationQuery:
    """Which claim of a silo is held against which period."""

    claimed: Claimed
    period: Period
    timing_days: int
    """A claim so many days from the day on which it came true is real, but belongs to another period."""
    is_standing: bool = False
    """Whether the claim has no day, as a flag that once was set: it is held against everybody who ever came or went."""


def claims_of(rows: Table, claim: Claim) -> Table:
    """The rows that a silo counts, each a claim: claim_key, key (the silo's key of the customer), claimed_on, is_outside_scope, is_unclear.

    `rows`: record_key, source_file, source_row, and the columns that the claim names; two rows that are alike are two claims.
    Where they say themselves (`unclear_customer`) that their key stands for several customers, so do the claims.
    """
    rows = rows.mutate(place=ibis.row_number().over(ibis.window(order_by=["record_key", "source_file", "source_row"])))
    key = rows[claim.customer].cast("string")
    counted = rows.mutate(
        claim_key=rows.record_key.fill_null("") + "#" + rows.place.cast("string"),
        key=COMPARED_AS[claim.matched_by](key),
        claimed_on=rows[claim.on] if claim.on else ibis.null("date"),
        is_outside_scope=_has(rows, claim.outside) if claim.outside else ibis.literal(False),
        is_unclear=(rows[UNCLEAR] == "ambiguous").fill_null(False) if UNCLEAR in rows.columns else ibis.literal(False),
    )
    claims = counted.filter(_has(counted, claim.where)) if claim.where else counted
    return claims.select("claim_key", "key", "claimed_on", "is_outside_scope", "is_unclear")


def claims_in(claims: Table, question: ReconciliationQuery) -> Table:
    """The claims that are made for a period; a standing claim is made for everything up to its last day.

    `claims`: claim_key, customer_id (empty: not matched), match (`matched`, `unmatched` or `ambiguous`), claimed_on
    (empty for a standing claim), is_outside_scope.
    """
    if question.is_standing:
        return claims
    return claims.filter(claims.claimed_on.between(ibis.literal(question.period.opens_on), ibis.literal(question.period.closing_day)))


def matched_by_key(claims: Table, keys: Table) -> Table:
    """Claims with the one customer that their key stands for; a key that stands for several is never guessed.

    `claims`: claim_key, key (may be empty), claimed_on, is_outside_scope, is_unclear; `keys`: key, customer_id, in any number.
    """
    usable = keys.filter(keys.key.notnull() & keys.customer_id.notnull()).distinct()
    counted = usable.group_by("key").agg(customers_count=_.count(), only_id=_.customer_id.max())
    joined = claims.left_join(counted, "key").drop("key_right")
    match = ibis.cases(
        (joined.is_unclear | (joined.customers_count > 1), "ambiguous"), (joined.customers_count == 1, "matched"), else_="unmatched"
    )
    return joined.mutate(match=match, customer_id=(match == "matched").ifelse(joined.only_id, ibis.null("string"))).select(
        "claim_key", "customer_id", "match", "claimed_on", "is_outside_scope"
    )


def bridge(claims: Table, ledger: Table, history: History, *, activity: Activity, question: ReconciliationQuery) -> Table:
    """Every claim of a period, and every customer whom the silo missed, in exactly one line.

    Columns: claim_key (empty where the silo claims nothing), customer_id (empty where it is not matched), claimed_on,
    line. The silo's count is all rows that are a claim; the company's count is `agreed`, `claimed_elsewhere` (the silo
    claims the customer in another period, at most the timing days from the day on which it came or went) and
    `missing_from_silo` (it never does).
    """
    selected = claims_in(claims, question)
    lives = _lives(history, activity, question, among=None if question.is_standing else selected)
    shared = _shared(ledger, lives, question)
    placed = _ranked(selected).left_join(shared.mutate(is_shared=True), "customer_id").drop("customer_id_right")
    placed = placed.left_join(_claim_row(placed, lives, question), "claim_key").drop("claim_key_right")
    lined = placed.select("claim_key", "customer_id", "claimed_on", line=_line_of(placed, question))
    missed = shared.anti_join(lined.filter(lined.line == "agreed"), "customer_id")
    near = _claimed_near(claims, ledger, question).select("customer_id", is_near=ibis.literal(True))
    missed = missed.left_join(near, "customer_id").drop("customer_id_right")
    line = missed.is_near.fill_null(False).ifelse("claimed_elsewhere", "missing_from_silo")
    nothing = {"claim_key": ibis.null("string"), "claimed_on": ibis.null("date"), "line": line}
    return lined.union(missed.select("customer_id", **nothing).select("claim_key", "customer_id", "claimed_on", "line"))


def _claimed_near(claims: Table, ledger: Table, question: ReconciliationQuery) -> Table:
    """Customers whom the silo claims near the day on which they came or went, in whatever period: customer_id, each once."""
    turned = ledger.select("customer_id", turned_on=ledger.came_on if question.claimed == "new" else ledger.went_on)
    matched = claims.filter((claims.match == "matched") & ~claims.is_outside_scope)
    both = matched.join(turned, "customer_id")
    days = question.timing_days
    return both.filter(both.claimed_on.between(later(both.turned_on, -days), later(both.turned_on, days))).select("customer_id").distinct()


def counted_by_company(ledger: Table, claimed: Claimed, period: Period) -> Table:
    """How many the company counts, from the ledger alone and without the bridge: customers_count."""
    is_new = (ledger.in_count > 0) & (ledger.first_came_on >= ibis.literal(period.opens_on))
    counted = is_new if claimed == "new" else ledger.out_count > 0
    return ledger.agg(customers_count=counted.sum().fill_null(0))


def counts(bridged: Table) -> Table:
    """How many claims, or customers, stand in each line: line, customers_count."""
    return bridged.group_by("line").agg(customers_count=bridged.count())


def _ranked(claims: Table) -> Table:
    """Each claim's place among those of its customer that count, the earliest first."""
    counts_for = (claims.match == "matched") & ~claims.is_outside_scope
    order = ibis.window(group_by=["customer_id", counts_for], order_by=["claimed_on", "claim_key"])
    return claims.mutate(place=ibis.row_number().over(order))


def _lives(history: History, activity: Activity, question: ReconciliationQuery, *, among: Table | None) -> Table:
    """Every spell, as known now, of everybody or of the customers of some claims, and whether it was going on when the period closed."""
    closing = ibis.literal(question.period.closing_day)
    every = every_spell(history, activity)
    lives = every if among is None else every.filter(every.customer_id.isin(among.customer_id))
    return lives.mutate(is_going_on=(lives.started_on <= closing) & (lives.ended_on > closing))


def _shared(ledger: Table, lives: Table, question: ReconciliationQuery) -> Table:
    """Whom the company counts: customer_id."""
    opens_on, closing = (ibis.literal(day) for day in (question.period.opens_on, question.period.closing_day))
    if question.is_standing:
        customers = lives.filter(lives.started_on <= closing).group_by("customer_id").agg(is_one=_.is_going_on.any())
        return customers.select("customer_id") if question.claimed == "new" else customers.filter(~customers.is_one).select("customer_id")
    if question.claimed == "new":
        return ledger.filter((ledger.in_count > 0) & (ledger.first_came_on >= opens_on)).select("customer_id")
    return ledger.filter(ledger.out_count > 0).select("customer_id")


def _claim_row(placed: Table, lives: Table, question: ReconciliationQuery) -> Table:
    """What is known of the customer of each claim: claim_key, first_started_on, is_one, turned_near."""
    claims = placed.filter(placed.customer_id.notnull()).select("claim_key", "customer_id", "claimed_on")
    joined = claims.join(lives, "customer_id")
    turned_on = joined.started_on if question.claimed == "new" else joined.ended_on
    near = joined.claimed_on.between(later(turned_on, -question.timing_days), later(turned_on, question.timing_days))
    first = joined.started_on == joined.started_on.min().over(ibis.window(group_by="claim_key"))
    is_turn = near & first if question.claimed == "new" else near
    turned = joined.mutate(is_turn=is_turn.fill_null(False))
    return turned.group_by("claim_key").agg(first_started_on=_.started_on.min(), is_one=_.is_going_on.any(), turned_near=_.is_turn.any())


def _line_of(placed: Table, question: ReconciliationQuery) -> StringValue:
    closing = ibis.literal(question.period.closing_day)
    before = (
        (placed.is_outside_scope, "outside_scope"),
        (placed.match == "ambiguous", "ambiguous_customer"),
        (placed.match == "unmatched", "unknown_customer"),
        (placed.place > 0, "duplicate"),
        (placed.is_shared.fill_null(False), "agreed"),
        (placed.first_started_on.isnull(), "never_a_customer"),
    )
    if question.claimed == "new":
        return ibis.cases(
            *before,
            (placed.turned_near.fill_null(False) | (placed.first_started_on > closing), "other_period"),
            else_="customer_before",
        )
    return ibis.cases(
        *before,
        (placed.is_one.fill_null(False), "still_a_customer"),
        (placed.turned_near.fill_null(False) | (placed.first_started_on > closing), "other_period"),
        else_="gone_before",
    )


def with_line_key(bridged: Table) -> Table:
    """Bridges with the `place` of each row: `silo.claimed.line`."""
    return bridged.mutate(place=bridged.silo + "." + bridged.claimed + "." + bridged.line)


def _has(rows: Table, wanted: dict[str, tuple[str, ...]]) -> BooleanValue:
    conditions = [rows[column].cast("string").isin(values).fill_null(False) for column, values in wanted.items()]
    return ibis.and_(*conditions)


def silo_count(lines: dict[str, int]) -> int:
    """What the silo counts: all of its claims."""
    return sum(count for line, count in lines.items() if line == "agreed" or line not in SHARED_LINES)


def shared_count(lines: dict[str, int]) -> int:
    """What the company counts, by the lines of the bridge."""
    return sum(lines.get(line, 0) for line in SHARED_LINES)


def unexplained(lines: dict[str, int], *, counted: int) -> int:
    """What is left between the company's count and the bridge's; a line of its own, never a rounding."""
    return counted - shared_count(lines)
