"""The page of referrals: who recommends us, whom that brings, why others would not, and the recommendations worth telling."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import percentage
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details, value_of
from tasks.reporting.model import CUSTOMERS_FILE
from tasks.reporting.pages.cohorts import ages, per_customer, reached, stayed, value_after
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
TOP_REFERRALS = "referrals_worth_telling"
"""The small table of the recommendations that won most: referrer_id, referrer_name, customer_id, customer_name, amount."""
NEW = "referred_new_customers"
REFERRALS, CAME, REFUSED = "referrals.referred_on", "referrals.referred_customer_id", "referrals.reason_code"
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
IN_GROUPS_DESCRIPTION = gettext_noop("{won} counts newcomers in the group of those who recommended us to them; {new}, in their own group.")
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


def referrals_page(data: ScorecardData) -> Page:
    """Who recommended us, the customers whom that brought and their value, and why others would not."""
    if not data.has(REFERRALS):
        unknown = gettext("Whether customers recommend us is not known.")
        return Page(gettext(TITLE), gettext(QUESTION), unknown, missing=(gettext(NO_REFERRALS),))
    tables = (*details([compared(data, COMPARED)]), *_later(data), *_reasons(data), *_segments(data))
    return Page(
        gettext(TITLE),
        gettext(QUESTION),
        f"{_describe_referrers(data)}{_won(data)}.",
        bars=_bars(data),
        tables=tables,
        missing=(*_top_referrals(data), *_missing(data)),
    )


def referrals_lines(data: ScorecardData) -> list[Sentence]:
    """For the digest: recommendations and whom they brought, nobody by name."""
    if not data.has(REFERRALS) or not data.figure("referrals_count"):
        return []
    line = f"{gettext('Recommended')}: {_describe_referrers(data)}{_won(data)}"
    top = data.tables.get(TOP_REFERRALS, ())
    if top and data.count("referred_new_customers") > 1:
        worth = money_short(top[0]["amount"], data.currency)
        line += f"; {gettext('the most valuable of them is worth {worth} a year', worth=worth)}"
    measures = ("referring_customers", "period_customers") if data.count("referring_customers") else ("referring_former_customers",)
    brought = ("referred_new_customers", "new_customers", "referred_new_amount") if data.has(CAME) else ()
    return [Sentence("referrals", f"{line}.", named_figures(data.period, *measures, *brought))]


def _rate(data: ScorecardData, part: int, whole: int) -> str:
    """A rate in brackets, with a decimal where it is small; nothing where the whole is too small for one."""
    rate = Share(part, whole).rate
    if rate is None or whole < data.smallest_rate_base:
        return ""
    if 0 < rate < TINY_RATE:
        return f" ({gettext('under {rate}', rate=percentage(LEAST_RATE, decimals=1))})"
    return f" ({percentage(rate, decimals=1) if rate < SMALL_RATE else whole_percent(rate)})"


def _describe_referrers(data: ScorecardData) -> str:
    label, referrers, former = (data.labels[data.period], *map(data.count, ("referring_customers", "referring_former_customers")))
    if not referrers and not former:
        return gettext("Nobody recommended us in {period}", period=label)
    if not referrers:
        return ngettext(
            "No customer recommended us in {period}, but {count} who is none did",
            "No customer recommended us in {period}, but {count} who are none did",
            former,
            period=label,
        )
    customers = data.count("period_customers")
    return ngettext(
        "{part} of {count} customer{rate} recommended us in {period}",
        "{part} of {count} customers{rate} recommended us in {period}",
        customers,
        part=whole_number(referrers),
        rate=_rate(data, referrers, customers),
        period=label,
    )


def _won(data: ScorecardData) -> str:
    """Whom recommendations brought, at the end of the sentence."""
    if not data.has(CAME):
        return ""
    came, new = data.count("referred_new_customers"), data.count("new_customers")
    if not new:
        return f"; {gettext('there were no new customers')}"
    if not came:
        return "; " + ngettext(
            "none of {count} new customer had been recommended to us before",
            "none of {count} new customers had been recommended to us before",
            new,
        )
    worth = money_short(data.money("referred_new_amount"), data.currency)
    return "; " + ngettext(
        "{part} of {count} new customer{rate} had been recommended to us before, worth {worth} a year",
        "{part} of {count} new customers{rate} had been recommended to us before, worth {worth} a year",
        new,
        part=whole_number(came),
        rate=_rate(data, came, new),
        worth=worth,
    )


def _bars(data: ScorecardData) -> Bars:
    periods = data.trend_with_customers
    referring = Series(measure_heading("referring_customers"), tuple(_customers(data, "referring_customers", period) for period in periods))
    came = Series(measure_heading(NEW), tuple(_customers(data, NEW, period) for period in periods), colour_role="in")
    labels = tuple(data.labels[period] for period in periods)
    return Bars(gettext("Customers who recommended us, and whom it brought"), labels, (referring, came) if data.has(CAME) else (referring,))


def _customers(data: ScorecardData, measure: str, period: str) -> int:
    return int(data.figure(measure, period=period) or 0)


def _top_referrals(data: ScorecardData) -> Iterator[str]:
    """Where the one or two that won most stand with their names, where there are any."""
    top = data.tables.get(TOP_REFERRALS, ())
    if data.has(CAME) and top:
        amounts = gettext(" and ").join(money_short(row["amount"], data.currency) for row in top)
        yield ngettext(
            "The recommendation that won most, worth {amounts} a year{listed}.",
            "The {count} recommendations that won most, worth {amounts} a year{listed}.",
            len(top),
            amounts=amounts,
            listed=_listed(data),
        )


def _listed(data: ScorecardData) -> str:
    """Where who recommended us to whom is listed by name, for readers who have it."""
    if not data.shares_customers:
        return ""
    return gettext(": who recommended us to whom is listed in {file}, {list}", file=CUSTOMERS_FILE, list=gettext(RECOMMENDED))


def _later(data: ScorecardData) -> Iterator[Table]:
    """What became of those who had been recommended to us, beside all others who came in the same months, at the same age."""
    parts = data.parts("came_by_referral")
    both = (parts.get("referred", {}), parts.get("others", {}))
    rows = [
        (gettext("After {days} days", days=days), *(cell for part in both for cell in _at_age(data, part, days=days)))
        for days in ages(data)
    ]
    second = (gettext("Came again within the horizon"), *(cell for part in both for cell in _again(part)))
    if parts:
        description = gettext(
            "Of those who came for the first time in the months that are looked at, as far as their whole month has reached the age."
        )
        title = gettext("Later behaviour of the referred and the others, at the same age")
        yield Table(title, (Column("", "text"), *LATER), (*rows, second), description=description)


def _at_age(data: ScorecardData, part: Mapping[str, int | Decimal], *, days: int) -> tuple[CellValue, ...]:
    customers, amount = int(part.get(reached(days), 0)), Decimal(part.get(value_after(days), 0))
    return customers, Share(part.get(stayed(days), 0), customers), per_customer(amount, customers, data)


def _again(part: Mapping[str, int | Decimal]) -> tuple[CellValue, ...]:
    observed = int(part.get("intake_horizon_customers", 0))
    return observed, Share(part.get("intake_second_customers", 0), observed), None


def _reasons(data: ScorecardData) -> Iterator[Table]:
    """Why people would not recommend us, most often first, beside the period before."""
    if not data.has(REFUSED):
        return
    now = _refusing(data, data.period)
    before: dict[str, int] = _refusing(data, data.previous) if data.previous else {}
    total = sum(now.values())
    columns = [Column("Reason", "text"), column_of("refusing_customers"), Column("Share", "share")]
    columns += [Column(data.labels[data.previous]), Column("Change", "signed_count")] if data.previous else []

    def row(label: str, people: int, earlier: int) -> tuple[CellValue, ...]:
        return (label, people, Share(people, total), *((earlier, people - earlier) if data.previous else ()))

    codes = sorted({*now, *before}, key=lambda code: (-now.get(code, 0), code))
    rows = tuple(row(data.reason_labels.get(code, code), now.get(code, 0), before.get(code, 0)) for code in codes)
    whole = row(gettext("All reasons"), total, sum(before.values())) if rows else None
    description = gettext("Of each person the latest reason of the period counts; a code that is not mapped stands as it came.")
    yield Table(gettext("Why not"), tuple(columns), rows, total=whole, description=description)


def _refusing(data: ScorecardData, period: str) -> dict[str, int]:
    parts = data.parts("refused_reason", period=period)
    return {code: int(part["refusing_customers"]) for code, part in parts.items() if "refusing_customers" in part}


def _segments(data: ScorecardData) -> tuple[Table, ...]:
    shown = [entry for entry in IN_GROUPS if value_of(data, entry) is not None]
    description = gettext(IN_GROUPS_DESCRIPTION, won=measure_label("referred_won_count"), new=lowered(label_of("referred_new_customers")))
    return by_segment(data, shown, description=description if data.has(CAME) else "")


def _missing(data: ScorecardData) -> Iterator[str]:
    if not data.has(CAME):
        yield gettext(NO_REFERRED)
    if not data.has(REFUSED):
        yield gettext(NO_REASONS)
