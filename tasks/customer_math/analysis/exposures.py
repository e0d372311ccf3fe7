"""Who had which experience before a period opened, and what became of everybody in it: counts by stratum, made in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.measures.experiences import EXPERIENCES, OF_EXPERIENCE
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.segments import at_opening

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

    from config.measures.experiences import Parting
    from config.topic_settings import Experience

    Condition = Callable[[Table, "Landmark"], BooleanValue]

MOST_PARTS = 12
"""Of what complaints were about, so many are looked at, those that most customers had: every further test costs the others certainty."""
COUNTED = ("customers_count", "lost_count", "due_count", "renewed_count", "bought_more_count")
"""What is counted of a stratum: its customers, those lost, those with terms to renew and those who did, those who grew in value."""
SQUARED_MONEY_TYPE = "decimal(38, 6)"
"""Amounts and their squares, exact: no currency has more than three decimals."""
LOST: tuple[str, ...] = ("left", "lapsed")
"""How a customer at opening is lost."""


@dataclass(frozen=True)
class Landmark:
    """The day on which a period opens: what is known of experiences then, and nothing that came to be known later."""

    opens_on: date
    choices: Experience

    def is_in_window(self, happened: Table) -> BooleanValue:
        """Whether an experience fell into the exposure days before."""
        first_day = self.opens_on - timedelta(days=self.choices.exposure_days)
        return happened.experienced_on.between(as_day(first_day), as_day(self.opens_on - timedelta(days=1)))

    def is_past(self, happened: Table, column: str) -> BooleanValue:
        """Whether what a column has the day of had happened by then."""
        return (happened[column] < as_day(self.opens_on)).fill_null(False)


def exposed(happened: Table, landmark: Landmark, *, supplied: Collection[str]) -> Table | None:
    """Who had which experience in the exposure days: experience, part, customer_id, first_on, last_on, times_count.

    `happened` is the table of experiences. The part is the category, stage or theme that an experience is told apart by,
    empty for others. Experiences of which the extracts do not tell are left out, and none of a later day is looked at; none
    where they tell of no kind.
    """
    rated = (happened.kind == "answer") & happened.score.notnull()
    latest_first = [_.experienced_on.desc(), _.experience_id.desc()]
    seen = happened.filter(landmark.is_in_window(happened)).mutate(is_rated=rated)
    seen = seen.mutate(nth_latest=ibis.row_number().over(group_by=["customer_id", "is_rated"], order_by=latest_first))
    parts = [_had(seen, name, landmark) for name, entry in EXPERIENCES.items() if set(entry.needs) <= set(supplied)]
    return ibis.union(*parts) if len(parts) > 1 else (parts[0] if parts else None)


def _had(seen: Table, name: str, landmark: Landmark) -> Table:
    """The customers who had one experience, with each of its parts."""
    parted_by = EXPERIENCES[name].parted_by
    such = seen.filter(CONDITIONS[name](seen, landmark))
    such = such.mutate(experience=ibis.literal(name), part=_part(such, parted_by))
    days = such.filter(such.part.notnull()).group_by("experience", "part", "customer_id")
    return days.agg(first_on=_.experienced_on.min(), last_on=_.experienced_on.max(), times_count=_.count())


def _part(such: Table, parted_by: Parting | None) -> StringValue:
    """What an experience is told apart by; one of several themes is one of each."""
    if parted_by == "theme":
        return such.themes.unnest()
    return such[parted_by] if parted_by else ibis.literal("")


def _is_complaint(seen: Table, _landmark: Landmark) -> BooleanValue:
    return (seen.kind == "ticket") & seen.is_complaint


def _is_open(seen: Table, landmark: Landmark) -> BooleanValue:
    return (seen.kind == "ticket") & ~landmark.is_past(seen, "closed_on")


def _was_slow(seen: Table, landmark: Landmark) -> BooleanValue:
    last_day = as_day(landmark.opens_on - timedelta(days=1))
    until = ibis.least(seen.closed_on.fill_null(last_day), last_day)
    return (seen.kind == "ticket") & (until.delta(seen.experienced_on, unit="day") > landmark.choices.slow_days)


def _was_low(seen: Table, landmark: Landmark) -> BooleanValue:
    return _is_latest_score(seen) & (seen.score <= landmark.choices.detractors_through)


def _was_high(seen: Table, landmark: Landmark) -> BooleanValue:
    return _is_latest_score(seen) & (seen.score >= landmark.choices.promoters_from)


def _is_refund(seen: Table, _landmark: Landmark) -> BooleanValue:
    return seen.kind == "refund"


def _is_latest_score(seen: Table) -> BooleanValue:
    return seen.is_rated & (seen.nth_latest == 0)


CONDITIONS: Mapping[str, Condition] = {
    "complaint": _is_complaint,
    "complaint_about": _is_complaint,
    "complaint_at": _is_complaint,
    "unresolved_complaint": lambda seen, landmark: _is_complaint(seen, landmark) & _is_open(seen, landmark),
    "unresolved_ticket": _is_open,
    "slow_ticket": _was_slow,
    "reopened_ticket": lambda seen, landmark: (seen.kind == "ticket") & landmark.is_past(seen, "reopened_on"),
    "complaint_without_follow_up": lambda seen, landmark: _is_complaint(seen, landmark) & ~landmark.is_past(seen, "followed_up_on"),
    "comment_about": lambda seen, _landmark: seen.themes.notnull(),
    "unmet_outcome": lambda seen, landmark: (
        (seen.importance >= landmark.choices.high_from) & (seen.satisfaction < landmark.choices.high_from)
    ),
    "refund": _is_refund,
    "detractor": _was_low,
    "passive": lambda seen, landmark: _is_latest_score(seen) & ~_was_low(seen, landmark) & ~_was_high(seen, landmark),
    "promoter": _was_high,
    "detractor_without_follow_up": lambda seen, landmark: _was_low(seen, landmark) & ~landmark.is_past(seen, "followed_up_on"),
}
"""How each experience of the table is recognised among those of the exposure days."""


def opening_base(ledger: Table, *, segments: Sequence[str], further: Sequence[str] = ()) -> Table:
    """The customers at opening, each with its like and with what became of it, from the ledger of the period.

    Columns: customer_id, stratum (its segments, value group and tenure at opening), movement, opening_amount, is_lost,
    is_due (had terms that ended in the period and are past grace), has_renewed (all of these), has_bought_more.
    """
    base = ledger.filter(ledger.is_active_at_opening)
    decided = base.terms_due_count - base.terms_in_grace_count
    is_due = decided > 0
    return base.select(
        "customer_id",
        "movement",
        "opening_amount",
        *further,
        stratum=_stratum(base, (*map(at_opening, segments), "opening_group", "opening_tenure_group")),
        is_lost=base.movement.isin(LOST),
        is_due=is_due,
        has_renewed=is_due & (base.terms_not_renewed_count == base.terms_in_grace_count),
        has_bought_more=base.movement == "increased",
    )


def _stratum(base: Table, columns: Sequence[str]) -> StringValue:
    """What makes customers alike, as one text; a bar inside of a part is marked, so that two strata cannot run into one."""
    first, *others = (base[name].replace("|", "\\|") for name in columns)
    return sum((" | " + part for part in others), start=first)


def of_opening_base(exposures: Table, base: Table) -> Table:
    """The exposures of the customers at opening, a row each with what became of the customer."""
    return exposures.join(base, "customer_id")


def among(base: Table, exposures: Table, experience: str) -> Table:
    """The customers at opening who had an experience."""
    return base.semi_join(exposures.filter(exposures.experience == experience), "customer_id")


def with_experience_name(exposures: Table) -> Table:
    """With the name by which an experience can be asked for: `experience.complaint`, or `experience.complaint_at.delivery`."""
    part = (exposures.part == "").ifelse("", ibis.literal(".") + exposures.part)
    return exposures.mutate(experience_name=ibis.literal(OF_EXPERIENCE) + exposures.experience + part)


def largest_parts(exposures: Table) -> Table:
    """Of experiences that are told apart, those that most customers had: experience, part, rank from 0, is_shown."""
    sizes = exposures.group_by("experience", "part").agg(customers_count=_.count())
    largest_first = ibis.window(group_by="experience", order_by=[ibis.desc("customers_count"), "part"])
    ranked = sizes.mutate(rank=ibis.row_number().over(largest_first))
    return ranked.select("experience", "part", "rank", is_shown=ranked["rank"] < MOST_PARTS)


def counts_of_base(base: Table) -> Table:
    """Everybody, a row a stratum: stratum and the counts."""
    return base.group_by("stratum").agg(**dict(_counts(base))).order_by("stratum")


def counts_of_exposed(exposures: Table, shown: Table) -> Table:
    """The exposed, a row an experience, part and stratum: the counts, and the opening value of those lost, summed and squared."""
    chosen = exposures.semi_join(shown.filter(shown.is_shown), ["experience", "part"])
    amount = chosen.opening_amount
    squared = (amount * amount).cast(SQUARED_MONEY_TYPE)
    sums = {"lost_amount": amount.sum(where=chosen.is_lost), "lost_amount_squared": squared.sum(where=chosen.is_lost)}
    filled = {name: value.fill_null(0).cast(SQUARED_MONEY_TYPE) for name, value in sums.items()}
    by_stratum = chosen.group_by("experience", "part", "stratum")
    return by_stratum.agg(**dict(_counts(chosen)), **filled).order_by("experience", "part", "stratum")


def _counts(customers: Table) -> Iterator[tuple[str, IntegerValue]]:
    flags = (None, "is_lost", "is_due", "has_renewed", "has_bought_more")
    for name, flag in zip(COUNTED, flags, strict=True):
        yield name, customers.count() if flag is None else customers[flag].cast("int64").sum()


def comments_by_theme(happened: Table) -> Table:
    """What was written, theme by theme, most first: theme (empty: of none), comments_count, customers_count.

    One comment may be of several themes.
    """
    written = happened.filter(happened.themes.notnull())
    none = ibis.array([ibis.null("string")])
    parted = written.select("customer_id", theme=(written.themes.length() > 0).ifelse(written.themes, none).unnest())
    counted = parted.group_by("theme").agg(comments_count=_.count(), customers_count=_.customer_id.nunique())
    return counted.order_by(_.theme.isnull(), _.comments_count.desc(), "theme")
