"""Where customers stood some time after a day: who was followed up in time, what the score of the year before had said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day, later

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from ibis.expr.types import BooleanValue, StringValue, Table

    from config.topic_settings import Experience

SCORED_DAYS = 365
"""A score says something of a customer for so many days."""
KINDS = {"complaint": ("tickets.is_complaint", "tickets.followed_up_on"), "detractor": ("surveys.score", "surveys.followed_up_on")}
"""What somebody may come back to a customer about, and what extracts must tell for it: else nobody would seem to have done so."""


def with_standing(base: Table, spells: Table, days: Mapping[str, date]) -> Table:
    """Customers with whether each was lost by each of some days: is no customer on it, whatever happened in between."""
    active = {name: ((spells.started_on <= as_day(day)) & (spells.ended_on > as_day(day))).any() for name, day in days.items()}
    standing = spells.group_by("customer_id").agg(**active)
    joined = base.left_join(standing, "customer_id").drop("customer_id_right")
    return joined.mutate(**{name: ~joined[name].fill_null(False) for name in days})


def followed_up(recorded: Table, opens_on: date, choices: Experience) -> Table:
    """Who complained or scored low before a day, and whether every time somebody came back in time: kind, customer_id, is_in_time.

    Only what happened so long before the day that the time to come back was over by then: who was still a customer on the day
    had not left while waiting, and those who were called had no longer to stay for it than the others.
    """
    first_day, last_day = opens_on - timedelta(days=choices.exposure_days), opens_on - timedelta(days=choices.follow_up_days + 1)
    inside = recorded.filter(recorded.experienced_on.between(as_day(first_day), as_day(last_day)))
    in_time = (inside.followed_up_on <= later(inside.experienced_on, choices.follow_up_days)).fill_null(False)
    is_kind = {
        "complaint": (inside.kind == "ticket") & inside.is_complaint,
        "detractor": (inside.kind == "answer") & (inside.score <= choices.detractors_through),
    }
    named = inside.mutate(is_in_time=in_time, part=ibis.cases(*((condition, kind) for kind, condition in is_kind.items())))
    such = named.filter(named.part.notnull())
    return such.group_by("customer_id", kind=such.part).agg(is_in_time=such.is_in_time.all())


def kinds_recorded(supplied: Collection[str]) -> list[str]:
    """The kinds of which extracts tell whether somebody came back."""
    return [kind for kind, needs in KINDS.items() if set(needs) <= set(supplied)]


def counts_in_time(followed: Table, base: Table, outcomes: Sequence[str]) -> Table:
    """Customers by kind, stratum and whether somebody came back in time: customers_count, and how many were lost by each day."""
    joined = followed.join(base, "customer_id")
    lost = {f"{name}_count": joined[name].cast("int64").sum() for name in outcomes}
    return joined.group_by("kind", "stratum", "is_in_time").agg(customers_count=joined.count(), **lost).order_by("kind", "stratum")


def latest_scores(recorded: Table, opens_on: date, choices: Experience) -> Table:
    """What customers last scored in the year before a day: customer_id, score_group (`detractor`, `passive` or `promoter`)."""
    first_day, last_day = opens_on - timedelta(days=SCORED_DAYS), opens_on - timedelta(days=1)
    given = recorded.filter(
        (recorded.kind == "answer") & recorded.score.notnull() & recorded.experienced_on.between(as_day(first_day), as_day(last_day))
    )
    latest = ibis.window(group_by="customer_id", order_by=[_.experienced_on.desc(), _.experience_id.desc()])
    last = given.mutate(nth_latest=ibis.row_number().over(latest)).filter(_.nth_latest == 0)
    return last.select("customer_id", score_group=_score_group(last, choices))


def _score_group(given: Table, choices: Experience) -> StringValue:
    is_low: BooleanValue = given.score <= choices.detractors_through
    return ibis.cases((is_low, "detractor"), (given.score >= choices.promoters_from, "promoter"), else_="passive")


def counts_by_score(scores: Table, base: Table, outcome: str) -> Table:
    """Scored customers by what is known without the score and with it: digit, tenure, value_group, score_group, then the counts.

    The digit, of sixteen, is drawn from the id: customers of some digits can be foretold from those of the others.
    """
    joined = scores.join(base, "customer_id")
    digit = joined.customer_id.hexdigest("md5").left(1)
    by = {"digit": digit, "tenure": joined.opening_tenure_group, "value_group": joined.opening_group}
    counts = {"customers_count": joined.count(), "lost_count": joined[outcome].cast("int64").sum()}
    keys = ("digit", "tenure", "value_group", "score_group")
    return joined.group_by("score_group", **by).agg(**counts).select(*keys, *counts).order_by(*keys)


def counts_by_segment(scores: Table, base: Table, outcome: str, *, segments: Mapping[str, str]) -> Table:
    """Scored customers by group and score: segment_by, segment, score_group, customers_count, lost_count.

    `segments` names the column of the base that holds the group of each way of grouping.
    """
    joined = scores.join(base, "customer_id")
    lost = joined[outcome].cast("int64")
    parts = [
        joined.select("score_group", segment_by=ibis.literal(name), segment=joined[column], lost=lost) for name, column in segments.items()
    ]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    counted = every.group_by("segment_by", "segment", "score_group").agg(customers_count=_.count(), lost_count=_.lost.sum())
    return counted.order_by("segment_by", "segment", "score_group")
