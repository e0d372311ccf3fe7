"""The page of renewals: what came due and was renewed, who bought again, why customers stay, and what comes due next."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tasks.reporting.pages import Bars, Column, Page, Series, Share, Table, by_segment, compared, share_in_words
from tasks.reporting.reasons import reason_rows
from tasks.reporting.wording import customers_in_words, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.facts import Facts
    from tasks.reporting.pages import Asked, Cell

TERMS, BUYING = "contracts.ends_on", "purchases.amount"
CONTRACTS = "contracts.starts_on"
STAYING = ("surveys.reason_code", "surveys.occasion")
WAYS = {
    "on_time": "Renewed on time",
    "early": "Renewed early",
    "late": "Renewed late, within the grace",
    "beside": "Kept by another contract",
}
AHEAD = (1, 2, 3)
"""Places of the company's numbers of days ahead."""
OF_TERMS: tuple[tuple[str, Asked], ...] = (
    ("Terms due", "terms_due_count"),
    ("Terms renewed", "terms_renewed_count"),
    ("Renewal rate", ("terms_renewed_count", "terms_due_count")),
    ("Value of terms due", "terms_due_amount"),
    ("Value not renewed", "terms_not_renewed_amount"),
)
OF_BUYING: tuple[tuple[str, Asked], ...] = (
    ("Bought again", "bought_again_customers"),
    ("Repeat-buying rate", ("bought_again_customers", "opening_customers")),
    ("Value bought again", "bought_again_amount"),
)
ONLY_COMPARED: tuple[tuple[str, Asked], ...] = (
    ("Customers with a term due", "due_customers"),
    ("Customers who renewed all", ("renewed_customers", "due_customers")),
    ("Terms renewed early", "terms_early_count"),
    ("Terms renewed late", "terms_late_count"),
    ("Terms in grace at the end", "terms_in_grace_count"),
    ("Reason for staying known", ("staying_reason_known_customers", "stayed_customers")),
)


def renewals_page(facts: Facts) -> Page:
    """What came due and was renewed, who bought again; a company that only sells by repeat purchase has no terms."""
    asked_for = (*(OF_TERMS if _has_terms(facts) else ()), *(OF_BUYING if _has_buying(facts) else ()))
    tables = (
        *_terms(facts),
        *_customers(facts),
        *_buying(facts),
        *_ahead(facts),
        *_staying(facts),
        compared(facts, (*asked_for, *ONLY_COMPARED)),
    )
    return Page(
        title="Renewals",
        question="What came due, who renewed or bought again, and why do customers stay?",
        sentence=_sentence(facts),
        bars=_bars(facts),
        tables=(*tables, *(by_segment(facts, asked_for) if asked_for else ())),
        missing=tuple(_missing(facts)),
    )


def renewals_lines(facts: Facts) -> list[str]:
    """For the digest: terms renewed of those due, who bought again, and what comes due next, a line each."""
    lines = [f"Renewals: {line}." for line in _terms_said(facts) if facts.figure("terms_due_count")]
    lines += [f"Bought again: {line}." for line in _buying_said(facts) if facts.figure("opening_customers")]
    return [*lines, *(f"Coming due: {line}." for line in _ahead_said(facts) if facts.figure(f"due_ahead_{len(_windows(facts))}_count"))]


def _has_terms(facts: Facts) -> bool:
    return facts.has(TERMS) and facts.figure("terms_due_count") is not None


def _has_buying(facts: Facts) -> bool:
    return facts.has(BUYING) and facts.figure("bought_again_customers") is not None


def _windows(facts: Facts) -> tuple[int, ...]:
    """The company's numbers of days ahead, as the settings print them."""
    said = next((each.value for each in facts.settings if each.name == "renewals.due_days"), "")
    return tuple(int(days) for days in said.split(", ") if days)


def _sentence(facts: Facts) -> str:
    said = [*_terms_said(facts), *_buying_said(facts), *_ahead_said(facts)]
    return (
        " ".join(f"{each[0].upper()}{each[1:]}." for each in said)
        or "Nothing is known of renewals: no extract brings contracts or purchases."
    )


def _terms_said(facts: Facts) -> Iterator[str]:
    if not _has_terms(facts):
        return
    due, renewed = facts.heads("terms_due_count"), facts.heads("terms_renewed_count")
    label = facts.labels[facts.period]
    if not due:
        yield f"no term came due in {label}"
        return
    share = share_in_words(renewed, due, smallest=facts.smallest_rate_base)
    worth, whole = (money_short(facts.money(f"terms_{kind}_amount"), facts.currency) for kind in ("renewed", "due"))
    was, terms = "was" if renewed == 1 else "were", "term" if due == 1 else "terms"
    yield f"{share} {terms} due in {label} {was} renewed, worth {worth} of {whole} a year{_kept_said(facts)}{_in_grace_said(facts)}"


def _kept_said(facts: Facts) -> str:
    """How many of those renewed were followed by no new contract, since nobody would call these a renewal."""
    kept = facts.heads("terms_beside_count")
    return f", {whole_number(kept)} of them only by another contract that goes on" if kept else ""


def _in_grace_said(facts: Facts) -> str:
    grace = facts.heads("terms_in_grace_count")
    were = "was" if grace == 1 else "were"
    return f"; {whole_number(grace)} of the others {were} still within the grace on its last day" if grace else ""


def _buying_said(facts: Facts) -> Iterator[str]:
    if not _has_buying(facts):
        return
    opening, again = facts.heads("opening_customers"), facts.heads("bought_again_customers")
    label = facts.labels[facts.period]
    if not opening:
        yield f"nobody was a customer when {label} opened, so nobody could buy again"
        return
    share = share_in_words(again, opening, smallest=facts.smallest_rate_base)
    yield f"{share} customers at opening bought again in {label}, for {money_short(facts.money('bought_again_amount'), facts.currency)}"


def _ahead_said(facts: Facts) -> Iterator[str]:
    windows = _windows(facts)
    if not _has_terms(facts) or not windows:
        return
    last = len(windows)
    terms, customers = facts.heads(f"due_ahead_{last}_count"), facts.heads(f"due_ahead_{last}_customers")
    within = f"within {windows[-1]:,} days after the period"
    if not terms:
        yield f"no term comes due {within}"
        return
    worth = money_short(facts.money(f"due_ahead_{last}_amount"), facts.currency)
    come = "term comes" if terms == 1 else "terms come"
    yield f"{whole_number(terms)} {come} due {within}, of {customers_in_words(customers)}, worth {worth} a year"


def _bars(facts: Facts) -> Bars | None:
    """Terms renewed and not over the periods; who bought again, where there are no terms."""
    periods = facts.trend_with_customers
    measures = {"terms_renewed_count": "Terms renewed", "terms_not_renewed_count": "Terms not renewed"}
    title = "Terms due"
    if not _has_terms(facts):
        measures, title = {"bought_again_customers": "Customers who bought again"}, "Bought again"
    values = {name: tuple(facts.figure(name, period=period) or 0 for period in periods) for name in measures}
    if not any(any(each) for each in values.values()):
        return None
    tones = ("in", "out")
    series = tuple(Series(says, values[name], tone) for (name, says), tone in zip(measures.items(), tones, strict=False))
    return Bars(title, tuple(facts.labels[period] for period in periods), series, is_stacked=True)


def _terms(facts: Facts) -> Iterator[Table]:
    """How the terms that came due were followed, in number and value."""
    if not _has_terms(facts):
        return
    due, amount = facts.heads("terms_due_count"), facts.money("terms_due_amount")

    def row(says: str, kind: str) -> tuple[Cell, ...]:
        count, value = facts.heads(f"terms_{kind}_count"), facts.money(f"terms_{kind}_amount")
        return says, count, Share(count, due), value, Share(value, amount)

    rows = (
        *(row(says, way) for way, says in WAYS.items()),
        row("Renewed, all together", "renewed"),
        row("Not renewed", "not_renewed"),
        row("of which within the grace on the last day", "in_grace"),
    )
    columns = (
        Column("", "text"),
        Column("Terms"),
        Column("Of terms due", "share"),
        Column("Value a year", "money"),
        Column("Of value due", "share"),
    )
    grace = _setting(facts, "renewals.grace_days")
    says = (
        f"A term is renewed if its customer has a contract on its end, or at most {grace} days after: on time, if one starts on that day; "
        "early, if one had started before; late, if one starts after; kept by another, if only a contract goes on that is at least as old. "
        "Value: what the term brought, not what follows it. A contract that starts after the period, within the grace, makes a restatement."
    )
    yield Table("Terms due", columns, rows, total=("Due", due, Share(due, due), amount, Share(amount, amount)), says=says)


def _customers(facts: Facts) -> Iterator[Table]:
    if not _has_terms(facts):
        return
    due, renewed, not_renewed = (facts.heads(f"{name}_customers") for name in ("due", "renewed", "not_renewed"))
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Renewed all of their terms", renewed, Share(renewed, due)),
        ("Did not renew at least one", not_renewed, Share(not_renewed, due)),
    )
    columns = (Column("", "text"), Column("Customers"), Column("Of customers due", "share"))
    yield Table("Customers with a term due", columns, rows, total=("Customers with a term due", due, Share(due, due)))


def _buying(facts: Facts) -> Iterator[Table]:
    if not _has_buying(facts):
        return
    opening, again = facts.heads("opening_customers"), facts.heads("bought_again_customers")
    columns = (
        Column("", "text"),
        Column("Customers at opening"),
        Column("Bought again"),
        Column("Repeat-buying rate", "share"),
        Column("Value bought again", "money"),
    )
    rows = (("All customers", opening, again, Share(again, opening), facts.money("bought_again_amount")),)
    mixed = " Customers who only have contracts are among those at opening." if _has_terms(facts) else ""
    says = (
        "Who was a customer at opening and bought in the period bought again. Who did not may still be a customer: this is no "
        f"retention rate.{mixed}"
    )
    yield Table("Bought again", columns, rows, says=says)


def _ahead(facts: Facts) -> Iterator[Table]:
    """What comes due within each of the company's numbers of days after the period."""
    windows = _windows(facts)
    if not _has_terms(facts) or not windows:
        return
    rows = tuple(
        (
            f"within {days:,} days",
            facts.heads(f"due_ahead_{place}_count"),
            facts.heads(f"due_ahead_{place}_customers"),
            facts.money(f"due_ahead_{place}_amount"),
        )
        for place, days in zip(AHEAD, windows, strict=False)
    )
    columns = (Column("After the period's last day", "text"), Column("Terms"), Column("Customers"), Column("Value a year", "money"))
    yield Table("Coming due", columns, rows, says="Each row holds the ones above it.")


def _staying(facts: Facts) -> Iterator[Table]:
    """Why customers stay, as they said when asked at renewal, and of how many that is known."""
    if not facts.has(*STAYING) or not facts.figure("stayed_customers"):
        return
    stayed, amount = facts.heads("stayed_customers"), facts.money("stayed_amount")
    known, known_amount = facts.heads("staying_reason_known_customers"), facts.money("staying_reason_known_amount")
    rows = tuple(
        (
            row.says,
            row.figure("stayed_customers"),
            Share(row.figure("stayed_customers"), stayed),
            Decimal(row.figure("stayed_amount")),
            Share(Decimal(row.figure("stayed_amount")), amount),
        )
        for row in reason_rows(facts.parts("staying_reason"), facts.staying_words_of, by="stayed_customers")
    )
    columns = (
        Column("Reason", "text"),
        Column("Customers"),
        Column("Of who stayed", "share"),
        Column("Value", "money"),
        Column("Of their value", "share"),
    )
    share = share_in_words(known, stayed, smallest=facts.smallest_rate_base)
    of_value = share_in_words(known_amount, amount, smallest=0)
    says = (
        f"A reason is known of {share} who stayed, and of {of_value} of their value ({facts.currency}). Asked at the occasion "
        f"“{_setting(facts, 'renewals.asked_at')}”; of several answers in the period the latest counts."
    )
    total = ("Stayed", stayed, Share(stayed, stayed), amount, Share(amount, amount))
    yield Table("Why customers stay", columns, rows, total=total, says=says)


def _setting(facts: Facts, name: str) -> str:
    return next((each.value for each in facts.settings if each.name == name), "the company's")


def _missing(facts: Facts) -> Iterator[str]:
    if facts.has(CONTRACTS) and not facts.has(TERMS):
        yield "The contracts have no ends, so no term comes due. Map `ends_on` of the extract of contracts in sources.yaml."
    if not facts.has(*STAYING):
        yield (
            "No extract says why customers stay. Ask them at renewal: an extract with `dataset: surveys` in sources.yaml that maps "
            "customer_id, answered_on, occasion and reason_code."
        )
    elif not facts.staying_words_of:
        yield "definitions.yaml lists no `staying_reasons`; list the company's, and map the survey's codes to them in sources.yaml."
