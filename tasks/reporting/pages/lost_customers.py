"""The page of lost customers: how many went and what they were worth, why, how far that is known, and how long they had stayed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.roll_forward import lines_of
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details, share_in_words
from tasks.reporting.pages.departure_reasons import ENDS, NO_REASON_KNOWN, TOP_COUNT, left_apart, reason_rows, told_apart
from tasks.reporting.pages.tenure import share_of, tenure_tables
from tasks.reporting.pages.where_lost import where_tables
from tasks.reporting.sentences import FigureName, Sentence, named_figures
from tasks.reporting.text import customers_in_words, in_full, lowered, measure_heading, measure_label, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.entries import Entry
    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import Parts, ScorecardData
    from tasks.reporting.pages.departure_reasons import ReasonRow

OUT, LOST, TOLD = "customers_out", "customers_out_amount", "told_departure_customers"
REASON = "departures.reason_code"
NO_MONEY = Decimal(0)
ENDS_OUT = {**ENDS, "silent": gettext_noop("Went silent")}
"""How a stay ended, as a row is called."""
FAR_MORE = 2
"""Departures that were recorded of so many times those who went are said in words: most of these customers stayed."""
WAYS = {line.customers: line.amount for line in lines_of("part_out") if line.customers}
"""What measures those who went in each way, and what was lost with them."""
TONES: dict[str, ColourRole] = {"left_customers": "out", "lapsed_customers": "base", "in_and_out_customers": "in"}
IN_GROUPS = entries_of(OUT, "left_customers", "lapsed_customers", "out_of_opening_rate", LOST)
COMPARED = entries_of(
    OUT,
    "left_customers",
    "lapsed_customers",
    LOST,
    "left_amount",
    "lapsed_amount",
    "out_of_opening_rate",
    "reason_coverage_rate",
    "reason_coverage_amount_rate",
    "reason_conflict_customers",
)


def lost_customers_page(facts: ScorecardData) -> Page:
    """Who went, why, and what was lost with them; those who left are always told apart from those who lapsed."""
    return Page(
        title=gettext("Lost customers"),
        question=gettext("Who went, why, and what did we lose with them?"),
        sentence=_sentence(facts),
        bars=_bars(facts),
        tables=(
            _ways(facts),
            *_ends(facts),
            *where_tables(facts),
            *_reasons(facts),
            *details(_told(facts)),
            *details(tenure_tables(facts)),
            *details(_value_groups(facts)),
            *details([compared(facts, COMPARED)]),
            *by_segment(facts, _in_groups(facts)),
        ),
        missing=tuple(_missing(facts)),
    )


def lost_customers_lines(facts: ScorecardData) -> list[Sentence]:
    """For the digest: the reasons that most customers gave, with heads and value, and of how many a reason is known."""
    out, recorded = facts.heads(OUT), _recorded_lines(facts)
    if not out or not facts.has(REASON):
        return recorded
    share = share_in_words(facts.heads("reason_known_customers"), out, smallest=facts.smallest_rate_base)
    worth, whole = (money_short(facts.money(name), facts.currency) for name in ("reason_known_amount", LOST))
    known = {"share": share, "worth": worth, "whole": whole}
    line = gettext("Why they went: known of {share} customers out, and of {worth} of {whole} a year.", **known)
    figures = named_figures(facts.period, "reason_known_customers", OUT, "reason_known_amount", LOST)
    return [Sentence("why_they_went", line, figures), *(_digest_line(facts, row) for row in _top(facts)), *recorded]


def _recorded_lines(facts: ScorecardData) -> list[Sentence]:
    """Departures recorded of far more customers than went, with the reason that most gave."""
    recorded, rows = _told_said(facts), _recorded_reasons(facts)
    figures, codes = named_figures(facts.period, TOLD), rows[0].codes if rows else ()
    most = (FigureName(TOLD, facts.period, split_by="told_reason", split=code) for code in codes)
    line = f"{gettext(label_of('departures_told_count'))}: {recorded}."
    return [Sentence("departures_recorded", line, (*figures, *most))] if recorded else []


def _digest_line(facts: ScorecardData, row: ReasonRow) -> Sentence:
    """A reason with its heads and value; what stands before the colon is shown bold."""
    worth = money_short(Decimal(row.figure(LOST)), facts.currency)
    reason, customers = row.says.replace(": ", " "), customers_in_words(int(row.figure(OUT)))
    line = gettext("{reason}: {customers}, {worth} a year.", reason=reason, customers=customers, worth=worth)
    figures = (name for code in row.codes for name in named_figures(facts.period, OUT, LOST, split_by="reason", split=code))
    return Sentence("reason", line, tuple(figures))


def _sentence(facts: ScorecardData) -> str:
    out, label = facts.heads(OUT), facts.labels[facts.period]
    told = _told_said(facts)
    beside = f" {gettext('Departures were recorded of {customers}.', customers=told)}" if told else ""
    if not out:
        return f"{gettext('No customer went in {period}.', period=label)}{beside}"
    ways = [f"{whole_number(facts.heads(name))} {lowered(label_of(name))}" for name in ("left_customers", "lapsed_customers")]
    ways[0] += left_apart(facts)
    brief = facts.heads("in_and_out_customers")
    parts = gettext(" and ").join(ways)
    if brief:
        parts = gettext("{left}, {lapsed} and {brief} came and went in the period", left=ways[0], lapsed=ways[1], brief=whole_number(brief))
    went = ngettext(
        "{customers} went in {period}, worth {worth} a year: {parts}",
        "{customers} went in {period}, worth {worth} a year: {parts}",
        out,
        customers=customers_in_words(out),
        period=label,
        worth=money_short(facts.money(LOST), facts.currency),
        parts=parts,
    )
    return f"{went}{_why(facts)}.{beside}"


def _told_said(facts: ScorecardData) -> str:
    """Of how many a departure was recorded, and why, where that is said of far more customers than those who told us and went."""
    told = facts.figure(TOLD) or 0
    went = facts.heads("left_customers") + facts.heads("in_and_out_customers")
    if not facts.has(REASON) or told <= FAR_MORE * went:
        return ""
    rows = _recorded_reasons(facts)
    said = gettext("{customers}, whether or not they went", customers=customers_in_words(int(told)))
    if not rows:
        return said
    count = in_full(rows[0].figure(TOLD))
    return f"{said}, {gettext('most often “{reason}” ({count})', reason=rows[0].says, count=count)}"


def _recorded_reasons(facts: ScorecardData) -> list[ReasonRow]:
    """The reasons of all departures recorded, the most frequent first."""
    parts = {code: part for code, part in facts.parts("told_reason").items() if code != NO_REASON_KNOWN}
    return reason_rows(parts, facts.words_of, by=TOLD)


def _why(facts: ScorecardData) -> str:
    """What is known of the reasons, at the end of the sentence."""
    if not facts.has(REASON):
        return ""
    top = _top(facts)
    if not top:
        return f"; {gettext('of none of them a reason is known')}"
    share = share_in_words(facts.heads("reason_known_customers"), facts.heads(OUT), smallest=facts.smallest_rate_base)
    most = _heads_and_value(facts, top[0])
    return f"; {gettext('the reason told most is {reason}, and a reason is known of {share}', reason=most, share=share)}"


def _top(facts: ScorecardData) -> list[ReasonRow]:
    """The reasons that most of the lost gave, without the row of the rest."""
    return _known(facts)[:TOP_COUNT]


def _known(facts: ScorecardData) -> list[ReasonRow]:
    """The company's reasons that the lost gave: neither none known nor codes that nobody mapped, which have a table of their own."""
    parts = {code: part for code, part in facts.parts("reason").items() if code != NO_REASON_KNOWN and code in facts.words_of}
    return reason_rows(parts, facts.words_of, by=OUT)


def _heads_and_value(facts: ScorecardData, row: ReasonRow) -> str:
    customers, worth = customers_in_words(int(row.figure(OUT))), money_short(Decimal(row.figure(LOST)), facts.currency)
    return gettext("“{reason}” ({customers}, {worth} a year)", reason=row.says, customers=customers, worth=worth)


def _bars(facts: ScorecardData) -> Bars | None:
    """Left and lapsed by reason, where any is known; else over the periods, where anybody went."""
    rows = _known(facts) if facts.has(REASON) else []
    if rows:
        title = gettext("Customers out whose reason is known, {period}", period=facts.labels[facts.period])
        categories = tuple(row.says for row in rows)
        values = {name: tuple(row.figure(name) for row in rows) for name in WAYS}
    else:
        periods = facts.trend_with_customers
        title, categories = measure_label(OUT), tuple(facts.labels[period] for period in periods)
        values = {name: tuple(facts.figure(name, period=period) or 0 for period in periods) for name in WAYS}
    series = tuple(Series(measure_heading(name), values[name], tone) for name, tone in TONES.items() if any(values[name]))
    return Bars(title, categories, series, is_stacked=True) if series else None


def _ways(facts: ScorecardData) -> Table:
    """Left, lapsed, and in and out, in heads and value."""
    out, lost = facts.heads(OUT), facts.money(LOST)
    rows: list[tuple[CellValue, ...]] = []
    for name, lost_with_them in WAYS.items():
        heads, amount = facts.heads(name), facts.money(lost_with_them)
        rows.append((measure_label(name), heads, Share(heads, out), amount, Share(amount, lost)))
    columns = (Column("", "text"), *_heads_and_money(label_of(OUT), label_of(LOST)))
    return Table(
        gettext("How customers went"), columns, tuple(rows), total=(measure_label(OUT), out, Share(out, out), lost, Share(lost, lost))
    )


def _ends(facts: ScorecardData) -> Iterator[Table]:
    """Told us, contract ended, or went silent; who came and went in the period among them. Left out where none can be told apart."""
    parts = facts.parts("ended_by")
    if not facts.heads(OUT) or not parts:
        return
    out, lost = facts.heads(OUT), facts.money(LOST)
    rows: list[tuple[CellValue, ...]] = []
    for end, label in ENDS_OUT.items():
        part = parts.get(end, {})
        if part.get(OUT) or facts.figure(f"left_{end}_customers") is not None:
            heads, amount, brief = part.get(OUT, 0), Decimal(part.get(LOST, 0)), part.get("in_and_out_customers", 0)
            rows.append((gettext(label), heads, Share(heads, out), brief, amount, Share(amount, lost)))
    if len(rows) == 1:
        return
    columns = (Column("", "text"), *_heads_and_money(label_of(OUT), label_of(LOST)))
    columns = (*columns[:3], Column("Of which came and went"), *columns[3:])
    brief = facts.heads("in_and_out_customers")
    yield Table(
        gettext("How it ended"), columns, tuple(rows), total=(measure_label(OUT), out, Share(out, out), brief, lost, Share(lost, lost))
    )


def _heads_and_money(heads: str, money: str) -> tuple[Column, ...]:
    return Column("Customers"), share_of(heads), Column("Value", "money"), share_of(money)


def _reasons(facts: ScorecardData) -> Iterator[Table]:
    """Reasons by volume and by value, how far they are known, and the codes that nobody mapped."""
    parts = facts.parts("reason")
    if not facts.has(REASON) or not facts.heads(OUT):
        return
    yield _reason_table(facts, parts, by=LOST, title=gettext("Why, by value lost"))
    yield from details([_coverage(facts)])
    unmapped = {code: part for code, part in parts.items() if part.get("unmapped_reason_customers")}
    if unmapped:
        rows = tuple(
            (code, part["unmapped_reason_customers"], part.get("unmapped_reason_amount", NO_MONEY))
            for code, part in sorted(unmapped.items())
        )
        says = gettext("Each is to be mapped to one of the company's reasons, or to become one; nothing is dropped.")
        yield Table(gettext("Codes not mapped"), (Column("Code", "text"), Column("Customers"), Column("Value", "money")), rows, says=says)


def _reason_table(facts: ScorecardData, parts: Parts, *, by: str, title: str) -> Table:
    out, lost = facts.heads(OUT), facts.money(LOST)
    rows = tuple(
        (
            row.says,
            *told_apart(row, OUT, out),
            row.figure("left_customers"),
            row.figure("lapsed_customers"),
            Decimal(row.figure(LOST)),
            Share(Decimal(row.figure(LOST)), lost),
        )
        for row in reason_rows(parts, facts.words_of, by=by)
    )
    columns = (
        Column("Reason", "text"),
        column_of(OUT),
        share_of(label_of(OUT)),
        column_of("left_customers"),
        column_of("lapsed_customers"),
        column_of(LOST),
        share_of(label_of(LOST)),
    )
    left, lapsed = facts.heads("left_customers"), facts.heads("lapsed_customers")
    total = (measure_label(OUT), out, Share(out, out), left, lapsed, lost, Share(lost, lost))
    brief = facts.heads("in_and_out_customers")
    says = ngettext(
        "Customers out hold {customers} who came and went in the period, beside left and lapsed.",
        "Customers out hold {customers} who came and went in the period, beside left and lapsed.",
        brief,
        customers=customers_in_words(brief),
    )
    return Table(title, columns, rows, total=total, says=says if brief else "")


def _coverage(facts: ScorecardData) -> Table:
    """How far reasons are known, in heads and in value."""
    out, lost = facts.heads(OUT), facts.money(LOST)
    known, known_amount = facts.heads("reason_known_customers"), facts.money("reason_known_amount")
    unmapped, unmapped_amount = facts.heads("unmapped_reason_customers"), facts.money("unmapped_reason_amount")
    unknown, unknown_amount = out - known - unmapped, lost - known_amount - unmapped_amount
    conflicts = facts.heads("reason_conflict_customers")
    rows: tuple[tuple[CellValue, ...], ...] = (
        (measure_label("reason_known_customers"), known, Share(known, out), known_amount, Share(known_amount, lost)),
        (gettext("No reason known"), unknown, Share(unknown, out), unknown_amount, Share(unknown_amount, lost)),
        (measure_label("unmapped_reason_customers"), unmapped, Share(unmapped, out), unmapped_amount, Share(unmapped_amount, lost)),
        (measure_label("reason_conflict_customers"), conflicts, Share(conflicts, out), None, None),
    )
    trust = next((each.value for each in facts.settings if each.name == "departing.trust"), "")
    says = gettext("Where silos give different reasons, the first of these that knows one decides: {silos}.", silos=trust) if trust else ""
    return Table(
        gettext("How far reasons are known"), (Column("", "text"), *_heads_and_money(label_of(OUT), label_of(LOST))), rows, says=says
    )


def _told(facts: ScorecardData) -> Iterator[Table]:
    """Departures that were recorded, whether or not the customer went."""
    if not facts.has(REASON) or not facts.figure("told_departure_customers"):
        return
    heads, amount = facts.heads("told_departure_customers"), facts.money("told_departure_amount")
    rows = tuple(
        (
            row.says,
            *told_apart(row, "told_departure_customers", heads),
            Decimal(row.figure("told_departure_amount")),
            Share(Decimal(row.figure("told_departure_amount")), amount),
            row.figure("departures_told_count"),
        )
        for row in reason_rows(facts.parts("told_reason"), facts.words_of, by="told_departure_customers")
    )
    columns = (
        Column("Reason", "text"),
        *_heads_and_money(gettext_noop("these customers"), gettext_noop("their value")),
        Column("Departures"),
    )
    says = gettext(
        "Every customer of whom a departure was recorded in the period, whether or not it went: who keeps another contract, or buys "
        "again, stays a customer. Value at opening; of those who came in the period, what they brought."
    )
    counted = "departures_told_count"
    total = (measure_label("told_departure_customers"), heads, Share(heads, heads), amount, Share(amount, amount), facts.heads(counted))
    yield Table(measure_label(counted), columns, rows, total=total, says=says)


def _value_groups(facts: ScorecardData) -> Iterator[Table]:
    """In which value group the lost had been, the most valuable first."""
    parts = facts.parts("value_group")
    out, lost = facts.heads(OUT), facts.money(LOST)
    groups = [group for group in facts.value_groups if group in parts]
    if not out or not groups:
        return
    rows = [(group, parts[group].get(OUT, 0), Decimal(parts[group].get(LOST, 0))) for group in groups]
    columns = (Column("", "text"), *_heads_and_money(label_of(OUT), label_of(LOST)))
    total = (measure_label(OUT), out, Share(out, out), lost, Share(lost, lost))
    lines = tuple((group, heads, Share(heads, out), value, Share(value, lost)) for group, heads, value in rows)
    note = gettext("The group at opening; of who came and went, what it brought.")
    yield Table(gettext("Value group of the lost"), columns, lines, total=total, says=note)


def _in_groups(facts: ScorecardData) -> tuple[Entry, ...]:
    return (*IN_GROUPS, *entries_of("reason_coverage_rate")) if facts.has(REASON) else IN_GROUPS


def _missing(facts: ScorecardData) -> Iterator[str]:
    if not facts.has(REASON):
        yield gettext(
            "No extract says why customers leave. Any silo may supply it: an extract with `dataset: departures` in sources.yaml that maps "
            "customer_id, departed_on and reason_code."
        )
    elif not facts.words_of:
        yield gettext(
            "definitions.yaml lists no `reasons`, so that every code counts as not mapped; list the company's reasons there, and map the "
            "silos' codes to them in sources.yaml."
        )
