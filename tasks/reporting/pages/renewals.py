"""The page of renewals: what came due and was renewed, who bought again, why customers stay, and what comes due next."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details, format_share
from tasks.reporting.pages.departure_reasons import reason_rows
from tasks.reporting.sentences import FigureName, Sentence, named_figures
from tasks.reporting.text import format_customers, format_day, lowered, measure_heading, measure_label, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.measures.entries import Entry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

COMING_DUE = gettext_noop("Coming due")
"""The list of the customers whose terms come due."""
TERMS, BUYING = "contracts.ends_on", "purchases.amount"
CONTRACTS = "contracts.starts_on"
STAYING = ("surveys.reason_code", "surveys.occasion")
TERMS_SHOWN = ("terms_renewed_count", "terms_not_renewed_count", "terms_in_grace_count")
"""What the bars are made of: those not renewed without those in grace, which are a part of them."""
OUTCOMES = (
    ("terms_on_time_count", "terms_on_time_amount"),
    ("terms_early_count", "terms_early_amount"),
    ("terms_late_count", "terms_late_amount"),
    ("terms_beside_count", "terms_beside_amount"),
    ("terms_renewed_count", "terms_renewed_amount"),
    ("terms_not_renewed_count", "terms_not_renewed_amount"),
)
"""What became of the terms due, in number and value: the ways to be renewed, then all renewed, then those not."""
OF_TERMS = entries_of("terms_due_count", "terms_renewed_count", "renewal_rate", "terms_due_amount", "terms_not_renewed_amount")
IN_GRACE = entries_of("terms_in_grace_count")
"""The third number of the rate, where there is one."""
NOT_COMPARED_IN_GRACE = entries_of("renewal_rate", "renewed_customers_rate")
"""Those renewed count at once, and those not only when their grace is over: until then a rate is too high for any other period's."""
OF_BUYING = entries_of("bought_again_customers", "repeat_buying_rate", "bought_again_amount")
ONLY_COMPARED = entries_of(
    "due_customers",
    "renewed_customers_rate",
    "terms_early_count",
    "terms_late_count",
    "staying_reason_coverage_rate",
)


def renewals_page(data: ScorecardData) -> Page:
    """What came due and was renewed, who bought again; a company that only sells by repeat purchase has no terms."""
    grace = IN_GRACE if _in_grace(data) else ()
    entries = (*((*OF_TERMS[:2], *grace, *OF_TERMS[2:]) if _has_terms(data) else ()), *(OF_BUYING if _has_buying(data) else ()))
    tables = (
        *_terms(data),
        *_customers(data),
        *_buying(data),
        *_ahead(data),
        *_staying(data),
        *details([_compared(data, (*entries, *ONLY_COMPARED))]),
    )
    return Page(
        title=gettext("Renewals"),
        question=gettext("What came due, who renewed or bought again, and why do customers stay?"),
        sentence=_sentence(data),
        bars=_bars(data),
        tables=(*tables, *(by_segment(data, entries) if entries else ())),
        missing=tuple(_missing(data)),
    )


def renewals_lines(data: ScorecardData) -> list[Sentence]:
    """For the digest: terms renewed of those due, who bought again, and what comes due next, a line each."""
    ahead = [f"due_ahead_{len(data.due_days)}_{what}" for what in ("count", "customers", "amount")]
    bought = ("opening_customers", "bought_again_customers", "bought_again_amount")
    every = (
        ("renewals", gettext_noop("Renewals"), _describe_terms(data), _terms_figures(data)),
        ("bought_again", label_of("bought_again_customers"), _describe_buying(data), named_figures(data.period, *bought)),
        ("coming_due", COMING_DUE, _describe_ahead(data), named_figures(data.period, *ahead)),
    )
    return [
        Sentence(kind, f"{gettext(label)}: {line}.", figures)
        for kind, label, lines, figures in every
        for line in lines
        if data.figure(figures[0].measure)
    ]


def _terms_figures(data: ScorecardData) -> tuple[FigureName, ...]:
    """What the sentence of the terms is made of, those by another contract and those in grace where there are any."""
    measures = ["terms_due_count", "terms_renewed_count", "terms_due_amount", "terms_renewed_amount"]
    measures += ["terms_beside_count"] if data.figure("terms_beside_count") else []
    return named_figures(data.period, *measures, *(("terms_in_grace_count", "terms_decided_count") if _in_grace(data) else ()))


def _has_terms(data: ScorecardData) -> bool:
    return data.has(TERMS) and data.figure("terms_due_count") is not None


def _has_buying(data: ScorecardData) -> bool:
    return data.has(BUYING) and data.figure("bought_again_customers") is not None


def _sentence(data: ScorecardData) -> str:
    clauses = [*_describe_terms(data), *_describe_buying(data), *_describe_ahead(data)]
    unknown = gettext("Nothing is known of renewals: no extract brings contracts or purchases.")
    return " ".join(f"{clause[0].upper()}{clause[1:]}." for clause in clauses) or unknown


def _in_grace(data: ScorecardData) -> int:
    """How many terms are not decided yet."""
    return data.count("terms_in_grace_count") if _has_terms(data) else 0


def _compared(data: ScorecardData, entries: Sequence[Entry]) -> Table:
    """The measures beside those of other periods, and the rates only where no term is in grace."""
    grace = _in_grace(data)
    shown = [entry for entry in entries if not (grace and entry in NOT_COMPARED_IN_GRACE)]
    table = compared(data, shown)
    wait = ngettext(
        "Rates are compared once the grace of every term is over: {count} term waits.",
        "Rates are compared once the grace of every term is over: {count} terms wait.",
        grace,
    )
    return replace(table, description=" ".join(filter(None, (table.description, wait)))) if grace else table


def _describe_terms(data: ScorecardData) -> Iterator[str]:
    if not _has_terms(data):
        return
    due, renewed = data.count("terms_due_count"), data.count("terms_renewed_count")
    label = data.labels[data.period]
    if not due:
        yield gettext("no term came due in {period}", period=label)
        return
    share = gettext("{part} of {whole}", part=whole_number(renewed), whole=whole_number(due))
    if not _in_grace(data):
        share = format_share(renewed, due, smallest=data.smallest_rate_base)
    worth, whole = (money_short(data.money(f"terms_{kind}_amount"), data.currency) for kind in ("renewed", "due"))
    terms = ngettext("{share} term due in {period}", "{share} terms due in {period}", due, share=share, period=label)
    text = ngettext(
        "{terms} was renewed, worth {worth} of {whole} a year",
        "{terms} were renewed, worth {worth} of {whole} a year",
        renewed,
        terms=terms,
        worth=worth,
        whole=whole,
    )
    yield f"{text}{_describe_other_contract(data)}{_describe_grace(data)}"


def _describe_other_contract(data: ScorecardData) -> str:
    """How many of those renewed were followed by no new contract, since nobody would call these a renewal."""
    by_other_contract = data.count("terms_beside_count")
    text = ngettext(
        "{count} of them only by another contract that goes on", "{count} of them only by another contract that goes on", by_other_contract
    )
    return f", {text}" if by_other_contract else ""


def _describe_grace(data: ScorecardData) -> str:
    """What is still open, and the rate of the rest: what is renewed counts at once, what is not when its grace is over."""
    grace, renewed, decided = (data.count(f"terms_{kind}_count") for kind in ("in_grace", "renewed", "decided"))
    if not grace:
        return ""
    rate = gettext("none is decided")
    if decided:
        rate = gettext("renewed of those decided: {share}", share=format_share(renewed, decided, smallest=data.smallest_rate_base))
    open_terms = ngettext(
        "{count} of the others is in grace on {day}, {rate}",
        "{count} of the others are in grace on {day}, {rate}",
        grace,
        day=format_day(data.data_through),
        rate=rate,
    )
    return f"; {open_terms}"


def _describe_buying(data: ScorecardData) -> Iterator[str]:
    if not _has_buying(data):
        return
    opening, again = data.count("opening_customers"), data.count("bought_again_customers")
    label = data.labels[data.period]
    if not opening:
        yield gettext("nobody was a customer when {period} opened, so nobody could buy again", period=label)
        return
    share = format_share(again, opening, smallest=data.smallest_rate_base)
    amount = money_short(data.money("bought_again_amount"), data.currency)
    yield gettext("{share} customers at opening bought again in {period}, for {amount}", share=share, period=label, amount=amount)


def _describe_ahead(data: ScorecardData) -> Iterator[str]:
    if not _has_terms(data) or not data.due_days:
        return
    last = len(data.due_days)
    terms, customers = data.count(f"due_ahead_{last}_count"), data.count(f"due_ahead_{last}_customers")
    days = whole_number(data.due_days[-1])
    if not terms:
        yield gettext("no term comes due within {days} days after the period", days=days)
        return
    yield ngettext(
        "{count} term comes due within {days} days after the period, of {customers}, worth {worth} a year",
        "{count} terms come due within {days} days after the period, of {customers}, worth {worth} a year",
        terms,
        days=days,
        customers=format_customers(customers),
        worth=money_short(data.money(f"due_ahead_{last}_amount"), data.currency),
    )


def _bars(data: ScorecardData) -> Bars | None:
    """Terms renewed, not and in grace over the periods; who bought again, where there are no terms."""
    has_terms = _has_terms(data)
    measures = TERMS_SHOWN if has_terms else ("bought_again_customers",)
    periods = data.trend_with_customers
    values = {name: tuple(data.figure(name, period=period) or 0 for period in periods) for name in measures}
    if not any(any(counts) for counts in values.values()):
        return None
    if has_terms:
        failed, grace = (values[name] for name in TERMS_SHOWN[1:])
        values[TERMS_SHOWN[1]] = tuple(count - waits for count, waits in zip(failed, grace, strict=True))
        values = values if any(grace) else {name: values[name] for name in TERMS_SHOWN[:2]}
    colour_roles = ("in", "out", "base")
    series = tuple(
        Series(measure_heading(name), counts, colour_role)
        for (name, counts), colour_role in zip(values.items(), colour_roles, strict=False)
    )
    title = measure_label("terms_due_count" if has_terms else "bought_again_customers")
    return Bars(title, tuple(data.labels[period] for period in periods), series, is_stacked=True)


def _terms(data: ScorecardData) -> Iterator[Table]:
    """How the terms that came due were followed, in number and value."""
    if not _has_terms(data):
        return
    due, amount = data.count("terms_due_count"), data.money("terms_due_amount")

    def row(label: str, *, count: str, value: str) -> tuple[CellValue, ...]:
        terms, worth = data.count(count), data.money(value)
        return label, terms, Share(terms, due), worth, Share(worth, amount)

    in_grace = gettext("of which {label}", label=lowered(label_of("terms_in_grace_count")))
    rows = (
        *(row(measure_label(count), count=count, value=value) for count, value in OUTCOMES),
        row(in_grace, count="terms_in_grace_count", value="terms_in_grace_amount"),
        *(
            (row(measure_label("terms_decided_count"), count="terms_decided_count", value="terms_decided_amount"),)
            if _in_grace(data)
            else ()
        ),
    )
    columns = (
        Column("", "text"),
        Column("Terms"),
        Column("Of terms due", "share"),
        Column("Value a year", "money"),
        Column("Of value due", "share"),
    )
    grace = _setting(data, "renewals.grace_days")
    description = gettext(
        "A term is renewed if its customer has a contract on its end, or at most {grace} days after: on time, if one starts on that day; "
        "early, if one had started before; late, if one starts after; kept by another, if only a contract goes on that is at least as old. "
        "Value: what the term brought, not what follows it. In grace: these days are not over on the last day that the extracts cover, and "
        "no departure is recorded; the renewal rate is of the terms decided, which are the others. Their decision makes a restatement.",
        grace=grace,
    )
    title = measure_label("terms_due_count")
    yield Table(title, columns, rows, total=(title, due, Share(due, due), amount, Share(amount, amount)), description=description)


def _customers(data: ScorecardData) -> Iterator[Table]:
    if not _has_terms(data):
        return
    due, renewed, not_renewed, grace = (data.count(f"{name}_customers") for name in ("due", "renewed", "not_renewed", "in_grace"))
    rows: tuple[tuple[CellValue, ...], ...] = (
        (measure_label("renewed_customers"), renewed, Share(renewed, due)),
        (measure_label("not_renewed_customers"), not_renewed, Share(not_renewed, due)),
        *(((gettext("of which {label}", label=lowered(label_of("in_grace_customers"))), grace, Share(grace, due)),) if grace else ()),
    )
    columns = (Column("", "text"), Column("Customers"), Column("Of customers due", "share"))
    title = measure_label("due_customers")
    yield Table(title, columns, rows, total=(title, due, Share(due, due)))


def _buying(data: ScorecardData) -> Iterator[Table]:
    if not _has_buying(data):
        return
    opening, again = data.count("opening_customers"), data.count("bought_again_customers")
    shown = ("opening_customers", "bought_again_customers", "repeat_buying_rate", "bought_again_amount")
    columns = (Column("", "text"), *map(column_of, shown))
    rows = ((gettext("All customers"), opening, again, Share(again, opening), data.money("bought_again_amount")),)
    mixed = f" {gettext('Customers who only have contracts are among those at opening.')}" if _has_terms(data) else ""
    description = gettext(
        "Who was a customer at opening and bought in the period bought again. Who did not may still be a customer: this is no retention "
        "rate."
    )
    yield Table(measure_label("bought_again_customers"), columns, rows, description=f"{description}{mixed}")


def _ahead(data: ScorecardData) -> Iterator[Table]:
    """What comes due within each of the company's numbers of days after the period."""
    if not _has_terms(data) or not data.due_days:
        return
    rows = tuple(
        (
            gettext("within {days} days", days=whole_number(days)),
            data.count(f"due_ahead_{number}_count"),
            data.count(f"due_ahead_{number}_customers"),
            data.money(f"due_ahead_{number}_amount"),
        )
        for number, days in enumerate(data.due_days, start=1)
    )
    columns = (Column("After the period's last day", "text"), Column("Terms"), Column("Customers"), Column("Value a year", "money"))
    yield Table(gettext(COMING_DUE), columns, rows, description=gettext("Each row holds the ones above it."))


def _staying(data: ScorecardData) -> Iterator[Table]:
    """Why customers stay, as they said when asked at renewal, and of how many that is known."""
    if not data.has(*STAYING) or not data.figure("stayed_customers"):
        return
    stayed, amount = data.count("stayed_customers"), data.money("stayed_amount")
    with_reason, with_reason_amount = data.count("staying_reason_known_customers"), data.money("staying_reason_known_amount")
    rows = tuple(
        (
            row.label,
            row.figure("stayed_customers"),
            Share(row.figure("stayed_customers"), stayed),
            Decimal(row.figure("stayed_amount")),
            Share(Decimal(row.figure("stayed_amount")), amount),
        )
        for row in reason_rows(data.parts("staying_reason"), data.staying_reason_labels, by="stayed_customers")
    )
    columns = (
        Column("Reason", "text"),
        Column("Customers"),
        Column("Of who stayed", "share"),
        Column("Value", "money"),
        Column("Of their value", "share"),
    )
    share = format_share(with_reason, stayed, smallest=data.smallest_rate_base)
    of_value = format_share(with_reason_amount, amount, smallest=0)
    description = gettext(
        "A reason is known of {share} who stayed, and of {of_value} of their value ({currency}). Asked at the occasion “{occasion}”; of "
        "several answers in the period the latest counts.",
        share=share,
        of_value=of_value,
        currency=data.currency,
        occasion=_setting(data, "renewals.asked_at"),
    )
    total = (measure_label("stayed_customers"), stayed, Share(stayed, stayed), amount, Share(amount, amount))
    yield Table(gettext("Why customers stay"), columns, rows, total=total, description=description)


def _setting(data: ScorecardData, name: str) -> str:
    return next((setting.value for setting in data.settings if setting.name == name), gettext("the company's"))


def _missing(data: ScorecardData) -> Iterator[str]:
    if data.has(CONTRACTS) and not data.has(TERMS):
        yield gettext("The contracts have no ends, so no term comes due. Map `ends_on` of the extract of contracts in sources.yaml.")
    if not data.has(*STAYING):
        yield gettext(
            "No extract says why customers stay. Ask them at renewal: an extract with `dataset: surveys` in sources.yaml that maps "
            "customer_id, answered_on, occasion and reason_code."
        )
    elif not data.staying_reason_labels:
        yield gettext(
            "definitions.yaml lists no `staying_reasons`; list the company's, and map the survey's codes to them in sources.yaml."
        )
