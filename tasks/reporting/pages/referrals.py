"""The page of referrals: who recommends us, whom that brings, why others would not, and the recommendations worth telling."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import percentage
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details, value_of
from tasks.reporting.model import CUSTOMERS_FILE
from tasks.reporting.pages.cohorts import ages, each, reached, stayed, value_after
from tasks.reporting.sentences import Sentence, named_figures
from tasks.reporting.text import lowered, measure_heading, measure_label, money_short, whole_number, whole_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

TITLE, QUESTION = gettext_noop("Referrals"), gettext_noop("Who recommends us, and whom does that bring?")
LATER = (
    Column("Referred: known so long"),
    Column("Referred: customers still, or again", "share"),
    Column("Referred: value each", "money"),
    Column("Others: known so long"),
    Column("Others: customers still, or again", "share"),
    Column("Others: value each", "money"),
)
RECOMMENDED = gettext_noop("Recommended customers")
"""The list of the recommendations that won most, with names."""
WORTH_TELLING = "referrals_worth_telling"
"""The small table of the recommendations that won most: referrer_id, referrer_name, customer_id, customer_name, amount."""
NEW = "referred_new_customers"
MADE, CAME, REFUSED = "referrals.referred_on", "referrals.referred_customer_id", "referrals.reason_code"
SMALL_RATE = Decimal("0.1")
"""Below this a rate is said with a decimal, or a third of a per cent would be none."""
TINY_RATE, LEAST_RATE = Decimal("0.0005"), Decimal("0.001")
"""Below this a rate would be said as 0.0%."""
COMPARED = entries_of(
    "period_customers",
    "referring_customers",
    "referral_rate",
    "referring_former_customers",
    "referrals_count",
    "referred_new_customers",
    "referred_new_rate",
    "referred_new_amount",
    "refusing_customers",
)
IN_GROUPS = entries_of(
    "period_customers",
    "referring_customers",
    "referral_rate",
    "referred_won_count",
    "referred_won_amount",
    "referred_new_customers",
    "referred_new_rate",
    "refusing_customers",
)
IN_GROUPS_SAYS = gettext_noop("{won} counts newcomers in the group of those who recommended us to them; {new}, in their own group.")
NO_REFERRALS = gettext_noop(
    "Recommendations are not recorded. Bring an extract of `referrals` in sources.yaml: a row for each, with customer_id, referred_on and, "
    "where somebody came by it, referred_customer_id."
)
NO_REFERRED = gettext_noop(
    "Nobody knows who came by a recommendation. Map referred_customer_id of `referrals` in sources.yaml to the customer whom it brought."
)
NO_REASONS = gettext_noop(
    "Reasons against recommending us are not recorded. Map reason_code of `referrals` in sources.yaml; a row that has one is a refusal."
)


def referrals_page(facts: ScorecardData) -> Page:
    """Who recommended us, the customers whom that brought and their value, and why others would not."""
    if not facts.has(MADE):
        unknown = gettext("Whether customers recommend us is not known.")
        return Page(gettext(TITLE), gettext(QUESTION), unknown, missing=(gettext(NO_REFERRALS),))
    tables = (*details([compared(facts, COMPARED)]), *_later(facts), *_reasons(facts), *_segments(facts))
    return Page(
        gettext(TITLE),
        gettext(QUESTION),
        f"{_made(facts)}{_won(facts)}.",
        bars=_bars(facts),
        tables=tables,
        missing=(*_worth_telling(facts), *_missing(facts)),
    )


def referrals_lines(facts: ScorecardData) -> list[Sentence]:
    """For the digest: recommendations and whom they brought, nobody by name."""
    if not facts.has(MADE) or not facts.figure("referrals_count"):
        return []
    line = f"{gettext('Recommended')}: {_made(facts)}{_won(facts)}"
    told = facts.tables.get(WORTH_TELLING, ())
    if told and facts.heads("referred_new_customers") > 1:
        worth = money_short(told[0]["amount"], facts.currency)
        line += f"; {gettext('the most valuable of them is worth {worth} a year', worth=worth)}"
    measures = ("referring_customers", "period_customers") if facts.heads("referring_customers") else ("referring_former_customers",)
    brought = ("referred_new_customers", "new_customers", "referred_new_amount") if facts.has(CAME) else ()
    return [Sentence("referrals", f"{line}.", named_figures(facts.period, *measures, *brought))]


def _rate(facts: ScorecardData, part: int, whole: int) -> str:
    """A rate in brackets, with a decimal where it is small; nothing where the whole is too small for one."""
    rate = Share(part, whole).rate
    if rate is None or whole < facts.smallest_rate_base:
        return ""
    if 0 < rate < TINY_RATE:
        return f" ({gettext('under {rate}', rate=percentage(LEAST_RATE, decimals=1))})"
    return f" ({percentage(rate, decimals=1) if rate < SMALL_RATE else whole_percent(rate)})"


def _made(facts: ScorecardData) -> str:
    label, referrers, former = (facts.labels[facts.period], *map(facts.heads, ("referring_customers", "referring_former_customers")))
    if not referrers and not former:
        return gettext("Nobody recommended us in {period}", period=label)
    if not referrers:
        return ngettext(
            "No customer recommended us in {period}, but {count} who is none did",
            "No customer recommended us in {period}, but {count} who are none did",
            former,
            period=label,
        )
    customers = facts.heads("period_customers")
    return ngettext(
        "{part} of {count} customer{rate} recommended us in {period}",
        "{part} of {count} customers{rate} recommended us in {period}",
        customers,
        part=whole_number(referrers),
        rate=_rate(facts, referrers, customers),
        period=label,
    )


def _won(facts: ScorecardData) -> str:
    """Whom recommendations brought, at the end of the sentence."""
    if not facts.has(CAME):
        return ""
    came, new = facts.heads("referred_new_customers"), facts.heads("new_customers")
    if not new:
        return f"; {gettext('there were no new customers')}"
    if not came:
        return "; " + ngettext(
            "none of {count} new customer had been recommended to us before",
            "none of {count} new customers had been recommended to us before",
            new,
        )
    worth = money_short(facts.money("referred_new_amount"), facts.currency)
    return "; " + ngettext(
        "{part} of {count} new customer{rate} had been recommended to us before, worth {worth} a year",
        "{part} of {count} new customers{rate} had been recommended to us before, worth {worth} a year",
        new,
        part=whole_number(came),
        rate=_rate(facts, came, new),
        worth=worth,
    )


def _bars(facts: ScorecardData) -> Bars:
    periods = facts.trend_with_customers
    made = Series(measure_heading("referring_customers"), tuple(_heads(facts, "referring_customers", period) for period in periods))
    came = Series(measure_heading(NEW), tuple(_heads(facts, NEW, period) for period in periods), tone="in")
    labels = tuple(facts.labels[period] for period in periods)
    return Bars(gettext("Customers who recommended us, and whom it brought"), labels, (made, came) if facts.has(CAME) else (made,))


def _heads(facts: ScorecardData, measure: str, period: str) -> int:
    return int(facts.figure(measure, period=period) or 0)


def _worth_telling(facts: ScorecardData) -> Iterator[str]:
    """Where the one or two that won most stand with their names, where there are any."""
    told = facts.tables.get(WORTH_TELLING, ())
    if facts.has(CAME) and told:
        amounts = gettext(" and ").join(money_short(row["amount"], facts.currency) for row in told)
        yield ngettext(
            "The recommendation that won most, worth {amounts} a year{listed}.",
            "The {count} recommendations that won most, worth {amounts} a year{listed}.",
            len(told),
            amounts=amounts,
            listed=_listed(facts),
        )


def _listed(facts: ScorecardData) -> str:
    """Where who recommended us to whom is listed by name, for readers who have it."""
    if not facts.shares_customers:
        return ""
    return gettext(": who recommended us to whom is listed in {file}, {list}", file=CUSTOMERS_FILE, list=gettext(RECOMMENDED))


def _later(facts: ScorecardData) -> Iterator[Table]:
    """What became of those who had been recommended to us, beside all others who came in the same months, at the same age."""
    parts = facts.parts("came_by_referral")
    both = (parts.get("referred", {}), parts.get("others", {}))
    rows = [
        (gettext("After {days} days", days=days), *(cell for part in both for cell in _at_age(facts, part, days=days)))
        for days in ages(facts)
    ]
    second = (gettext("Came again within the horizon"), *(cell for part in both for cell in _again(part)))
    if parts:
        says = gettext(
            "Of those who came for the first time in the months that are looked at, as far as their whole month has reached the age."
        )
        title = gettext("Later behaviour of the referred and the others, at the same age")
        yield Table(title, (Column("", "text"), *LATER), (*rows, second), says=says)


def _at_age(facts: ScorecardData, part: Mapping[str, int | Decimal], *, days: int) -> tuple[CellValue, ...]:
    customers, amount = int(part.get(reached(days), 0)), Decimal(part.get(value_after(days), 0))
    return customers, Share(part.get(stayed(days), 0), customers), each(amount, customers, facts)


def _again(part: Mapping[str, int | Decimal]) -> tuple[CellValue, ...]:
    known = int(part.get("intake_horizon_customers", 0))
    return known, Share(part.get("intake_second_customers", 0), known), None


def _reasons(facts: ScorecardData) -> Iterator[Table]:
    """Why people would not recommend us, most often first, beside the period before."""
    if not facts.has(REFUSED):
        return
    now = _refusing(facts, facts.period)
    before: dict[str, int] = _refusing(facts, facts.previous) if facts.previous else {}
    total = sum(now.values())
    columns = [Column("Reason", "text"), column_of("refusing_customers"), Column("Share", "share")]
    columns += [Column(facts.labels[facts.previous]), Column("Change", "signed_count")] if facts.previous else []

    def row(says: str, people: int, then: int) -> tuple[CellValue, ...]:
        return (says, people, Share(people, total), *((then, people - then) if facts.previous else ()))

    codes = sorted({*now, *before}, key=lambda code: (-now.get(code, 0), code))
    rows = tuple(row(facts.words_of.get(code, code), now.get(code, 0), before.get(code, 0)) for code in codes)
    whole = row(gettext("All reasons"), total, sum(before.values())) if rows else None
    says = gettext("Of each person the latest reason of the period counts; a code that is not mapped stands as it came.")
    yield Table(gettext("Why not"), tuple(columns), rows, total=whole, says=says)


def _refusing(facts: ScorecardData, period: str) -> dict[str, int]:
    parts = facts.parts("refused_reason", period=period)
    return {code: int(part["refusing_customers"]) for code, part in parts.items() if "refusing_customers" in part}


def _segments(facts: ScorecardData) -> tuple[Table, ...]:
    shown = [entry for entry in IN_GROUPS if value_of(facts, entry) is not None]
    says = gettext(IN_GROUPS_SAYS, won=measure_label("referred_won_count"), new=lowered(label_of("referred_new_customers")))
    return by_segment(facts, shown, says=says if facts.has(CAME) else "")


def _missing(facts: ScorecardData) -> Iterator[str]:
    if not facts.has(CAME):
        yield gettext(NO_REFERRED)
    if not facts.has(REFUSED):
        yield gettext(NO_REASONS)
