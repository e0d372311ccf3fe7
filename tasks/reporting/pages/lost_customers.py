"""The page of lost customers: how many went and what they were worth, why, how far that is known, and how long they had stayed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.roll_forward import lines_of
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details, format_share
from tasks.reporting.pages.departure_reasons import ENDS, TOP_COUNT, UNKNOWN_REASON, figure_and_share, left_apart, reason_rows
from tasks.reporting.pages.tenure import share_of, tenure_tables
from tasks.reporting.pages.where_lost import where_tables
from tasks.reporting.sentences import FigureName, Sentence, named_figures
from tasks.reporting.text import format_customers, in_full, lowered, measure_heading, measure_label, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.entries import Entry
    from tasks.reporting.blocks import BarColourRole, CellValue
    from tasks.reporting.model import Parts, ScorecardData
    from tasks.reporting.pages.departure_reasons import ReasonRow

OUT, LOST, RECORDED = "customers_out", "customers_out_amount", "told_departure_customers"
REASON = "departures.reason_code"
NO_MONEY = Decimal(0)
ENDS_OUT = {**ENDS, "silent": gettext_noop("Went silent")}
"""How a stay ended, as a row is called."""
FAR_MORE = 2
"""Departures that were recorded of so many times those who went are said in words: most of these customers stayed."""
PARTS_OUT = {line.customers: line.amount for line in lines_of("part_out") if line.customers}
"""What measures those who went in each way, and what was lost with them."""
COLOUR_ROLES: dict[str, BarColourRole] = {"left_customers": "out", "lapsed_customers": "base", "in_and_out_customers": "in"}
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


def lost_customers_page(data: ScorecardData) -> Page:
    """Who went, why, and what was lost with them; those who left are always told apart from those who lapsed."""
    return Page(
        title=gettext("Lost customers"),
        question=gettext("Who went, why, and what did we lose with them?"),
        sentence=_sentence(data),
        bars=_bars(data),
        tables=(
            _parts_out(data),
            *_ends(data),
            *where_tables(data),
            *_reasons(data),
            *details(_recorded_departures(data)),
            *details(tenure_tables(data)),
            *details(_value_groups(data)),
            *details([compared(data, COMPARED)]),
            *by_segment(data, _in_groups(data)),
        ),
        missing=tuple(_missing(data)),
    )


def lost_customers_lines(data: ScorecardData) -> list[Sentence]:
    """For the digest: the reasons that most customers gave, with heads and value, and of how many a reason is known."""
    out, recorded = data.count(OUT), _recorded_lines(data)
    if not out or not data.has(REASON):
        return recorded
    share = format_share(data.count("reason_known_customers"), out, smallest=data.smallest_rate_base)
    worth, whole = (money_short(data.money(name), data.currency) for name in ("reason_known_amount", LOST))
    values = {"share": share, "worth": worth, "whole": whole}
    line = gettext("Why they went: known of {share} customers out, and of {worth} of {whole} a year.", **values)
    figures = named_figures(data.period, "reason_known_customers", OUT, "reason_known_amount", LOST)
    return [Sentence("why_they_went", line, figures), *(_digest_line(data, row) for row in _top(data)), *recorded]


def _recorded_lines(data: ScorecardData) -> list[Sentence]:
    """Departures recorded of far more customers than went, with the reason that most gave."""
    recorded, rows = _describe_recorded(data), _recorded_reasons(data)
    figures, codes = named_figures(data.period, RECORDED), rows[0].codes if rows else ()
    most = (FigureName(RECORDED, data.period, split_by="told_reason", split=code) for code in codes)
    line = f"{gettext(label_of('departures_told_count'))}: {recorded}."
    return [Sentence("departures_recorded", line, (*figures, *most))] if recorded else []


def _digest_line(data: ScorecardData, row: ReasonRow) -> Sentence:
    """A reason with its heads and value; what stands before the colon is shown bold."""
    worth = money_short(Decimal(row.figure(LOST)), data.currency)
    reason, customers = row.label.replace(": ", " "), format_customers(int(row.figure(OUT)))
    line = gettext("{reason}: {customers}, {worth} a year.", reason=reason, customers=customers, worth=worth)
    figures = (name for code in row.codes for name in named_figures(data.period, OUT, LOST, split_by="reason", split=code))
    return Sentence("reason", line, tuple(figures))


def _sentence(data: ScorecardData) -> str:
    out, label = data.count(OUT), data.labels[data.period]
    recorded = _describe_recorded(data)
    recorded_sentence = f" {gettext('Departures were recorded of {customers}.', customers=recorded)}" if recorded else ""
    if not out:
        return f"{gettext('No customer went in {period}.', period=label)}{recorded_sentence}"
    phrases = [f"{whole_number(data.count(name))} {lowered(label_of(name))}" for name in ("left_customers", "lapsed_customers")]
    phrases[0] += left_apart(data)
    brief = data.count("in_and_out_customers")
    parts = gettext(" and ").join(phrases)
    if brief:
        parts = gettext(
            "{left}, {lapsed} and {brief} came and went in the period", left=phrases[0], lapsed=phrases[1], brief=whole_number(brief)
        )
    went = ngettext(
        "{customers} went in {period}, worth {worth} a year: {parts}",
        "{customers} went in {period}, worth {worth} a year: {parts}",
        out,
        customers=format_customers(out),
        period=label,
        worth=money_short(data.money(LOST), data.currency),
        parts=parts,
    )
    return f"{went}{_why(data)}.{recorded_sentence}"


def _describe_recorded(data: ScorecardData) -> str:
    """Of how many a departure was recorded, and why, where that is said of far more customers than those who told us and went."""
    recorded = data.figure(RECORDED) or 0
    went = data.count("left_customers") + data.count("in_and_out_customers")
    if not data.has(REASON) or recorded <= FAR_MORE * went:
        return ""
    rows = _recorded_reasons(data)
    text = gettext("{customers}, whether or not they went", customers=format_customers(int(recorded)))
    if not rows:
        return text
    count = in_full(rows[0].figure(RECORDED))
    return f"{text}, {gettext('most often “{reason}” ({count})', reason=rows[0].label, count=count)}"


def _recorded_reasons(data: ScorecardData) -> list[ReasonRow]:
    """The reasons of all departures recorded, the most frequent first."""
    parts = {code: part for code, part in data.parts("told_reason").items() if code != UNKNOWN_REASON}
    return reason_rows(parts, data.reason_labels, by=RECORDED)


def _why(data: ScorecardData) -> str:
    """What is known of the reasons, at the end of the sentence."""
    if not data.has(REASON):
        return ""
    top = _top(data)
    if not top:
        return f"; {gettext('of none of them a reason is known')}"
    share = format_share(data.count("reason_known_customers"), data.count(OUT), smallest=data.smallest_rate_base)
    most = _customers_and_value(data, top[0])
    return f"; {gettext('the reason told most is {reason}, and a reason is known of {share}', reason=most, share=share)}"


def _top(data: ScorecardData) -> list[ReasonRow]:
    """The reasons that most of the lost gave, without the row of the rest."""
    return _mapped_reasons(data)[:TOP_COUNT]


def _mapped_reasons(data: ScorecardData) -> list[ReasonRow]:
    """The company's reasons that the lost gave: neither none known nor codes that nobody mapped, which have a table of their own."""
    parts = {code: part for code, part in data.parts("reason").items() if code != UNKNOWN_REASON and code in data.reason_labels}
    return reason_rows(parts, data.reason_labels, by=OUT)


def _customers_and_value(data: ScorecardData, row: ReasonRow) -> str:
    customers, worth = format_customers(int(row.figure(OUT))), money_short(Decimal(row.figure(LOST)), data.currency)
    return gettext("“{reason}” ({customers}, {worth} a year)", reason=row.label, customers=customers, worth=worth)


def _bars(data: ScorecardData) -> Bars | None:
    """Left and lapsed by reason, where any is known; else over the periods, where anybody went."""
    rows = _mapped_reasons(data) if data.has(REASON) else []
    if rows:
        title = gettext("Customers out whose reason is known, {period}", period=data.labels[data.period])
        categories = tuple(row.label for row in rows)
        values = {name: tuple(row.figure(name) for row in rows) for name in PARTS_OUT}
    else:
        periods = data.trend_with_customers
        title, categories = measure_label(OUT), tuple(data.labels[period] for period in periods)
        values = {name: tuple(data.figure(name, period=period) or 0 for period in periods) for name in PARTS_OUT}
    series = tuple(
        Series(measure_heading(name), values[name], colour_role) for name, colour_role in COLOUR_ROLES.items() if any(values[name])
    )
    return Bars(title, categories, series, is_stacked=True) if series else None


def _parts_out(data: ScorecardData) -> Table:
    """Left, lapsed, and in and out, in heads and value."""
    out, lost = data.count(OUT), data.money(LOST)
    rows: list[tuple[CellValue, ...]] = []
    for name, lost_with_them in PARTS_OUT.items():
        customers, amount = data.count(name), data.money(lost_with_them)
        rows.append((measure_label(name), customers, Share(customers, out), amount, Share(amount, lost)))
    columns = (Column("", "text"), *_customers_and_money(label_of(OUT), label_of(LOST)))
    return Table(
        gettext("How customers went"), columns, tuple(rows), total=(measure_label(OUT), out, Share(out, out), lost, Share(lost, lost))
    )


def _ends(data: ScorecardData) -> Iterator[Table]:
    """Told us, contract ended, or went silent; who came and went in the period among them. Left out where none can be told apart."""
    parts = data.parts("ended_by")
    if not data.count(OUT) or not parts:
        return
    out, lost = data.count(OUT), data.money(LOST)
    rows: list[tuple[CellValue, ...]] = []
    for end, label in ENDS_OUT.items():
        part = parts.get(end, {})
        if part.get(OUT) or data.figure(f"left_{end}_customers") is not None:
            customers, amount, brief = part.get(OUT, 0), Decimal(part.get(LOST, 0)), part.get("in_and_out_customers", 0)
            rows.append((gettext(label), customers, Share(customers, out), brief, amount, Share(amount, lost)))
    if len(rows) == 1:
        return
    columns = (Column("", "text"), *_customers_and_money(label_of(OUT), label_of(LOST)))
    columns = (*columns[:3], Column("Of which came and went"), *columns[3:])
    brief = data.count("in_and_out_customers")
    yield Table(
        gettext("How it ended"), columns, tuple(rows), total=(measure_label(OUT), out, Share(out, out), brief, lost, Share(lost, lost))
    )


def _customers_and_money(customers: str, money: str) -> tuple[Column, ...]:
    return Column("Customers"), share_of(customers), Column("Value", "money"), share_of(money)


def _reasons(data: ScorecardData) -> Iterator[Table]:
    """Reasons by volume and by value, how far they are known, and the codes that nobody mapped."""
    parts = data.parts("reason")
    if not data.has(REASON) or not data.count(OUT):
        return
    yield _reason_table(data, parts, by=LOST, title=gettext("Why, by value lost"))
    yield from details([_coverage(data)])
    unmapped = {code: part for code, part in parts.items() if part.get("unmapped_reason_customers")}
    if unmapped:
        rows = tuple(
            (code, part["unmapped_reason_customers"], part.get("unmapped_reason_amount", NO_MONEY))
            for code, part in sorted(unmapped.items())
        )
        description = gettext("Each is to be mapped to one of the company's reasons, or to become one; nothing is dropped.")
        yield Table(
            gettext("Codes not mapped"),
            (Column("Code", "text"), Column("Customers"), Column("Value", "money")),
            rows,
            description=description,
        )


def _reason_table(data: ScorecardData, parts: Parts, *, by: str, title: str) -> Table:
    out, lost = data.count(OUT), data.money(LOST)
    rows = tuple(
        (
            row.label,
            *figure_and_share(row, OUT, out),
            row.figure("left_customers"),
            row.figure("lapsed_customers"),
            Decimal(row.figure(LOST)),
            Share(Decimal(row.figure(LOST)), lost),
        )
        for row in reason_rows(parts, data.reason_labels, by=by)
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
    left, lapsed = data.count("left_customers"), data.count("lapsed_customers")
    total = (measure_label(OUT), out, Share(out, out), left, lapsed, lost, Share(lost, lost))
    brief = data.count("in_and_out_customers")
    description = ngettext(
        "Customers out hold {customers} who came and went in the period, beside left and lapsed.",
        "Customers out hold {customers} who came and went in the period, beside left and lapsed.",
        brief,
        customers=format_customers(brief),
    )
    return Table(title, columns, rows, total=total, description=description if brief else "")


def _coverage(data: ScorecardData) -> Table:
    """How far reasons are known, in heads and in value."""
    out, lost = data.count(OUT), data.money(LOST)
    with_reason, with_reason_amount = data.count("reason_known_customers"), data.money("reason_known_amount")
    unmapped, unmapped_amount = data.count("unmapped_reason_customers"), data.money("unmapped_reason_amount")
    unknown, unknown_amount = out - with_reason - unmapped, lost - with_reason_amount - unmapped_amount
    conflicts = data.count("reason_conflict_customers")
    rows: tuple[tuple[CellValue, ...], ...] = (
        (
            measure_label("reason_known_customers"),
            with_reason,
            Share(with_reason, out),
            with_reason_amount,
            Share(with_reason_amount, lost),
        ),
        (gettext("No reason known"), unknown, Share(unknown, out), unknown_amount, Share(unknown_amount, lost)),
        (measure_label("unmapped_reason_customers"), unmapped, Share(unmapped, out), unmapped_amount, Share(unmapped_amount, lost)),
        (measure_label("reason_conflict_customers"), conflicts, Share(conflicts, out), None, None),
    )
    trust = next((setting.value for setting in data.settings if setting.name == "departing.trust"), "")
    description = (
        gettext("Where silos give different reasons, the first of these that knows one decides: {silos}.", silos=trust) if trust else ""
    )
    return Table(
        gettext("How far reasons are known"),
        (Column("", "text"), *_customers_and_money(label_of(OUT), label_of(LOST))),
        rows,
        description=description,
    )


def _recorded_departures(data: ScorecardData) -> Iterator[Table]:
    """Departures that were recorded, whether or not the customer went."""
    if not data.has(REASON) or not data.figure("told_departure_customers"):
        return
    customers, amount = data.count("told_departure_customers"), data.money("told_departure_amount")
    rows = tuple(
        (
            row.label,
            *figure_and_share(row, "told_departure_customers", customers),
            Decimal(row.figure("told_departure_amount")),
            Share(Decimal(row.figure("told_departure_amount")), amount),
            row.figure("departures_told_count"),
        )
        for row in reason_rows(data.parts("told_reason"), data.reason_labels, by="told_departure_customers")
    )
    columns = (
        Column("Reason", "text"),
        *_customers_and_money(gettext_noop("these customers"), gettext_noop("their value")),
        Column("Departures"),
    )
    description = gettext(
        "Every customer of whom a departure was recorded in the period, whether or not it went: who keeps another contract, or buys "
        "again, stays a customer. Value at opening; of those who came in the period, what they brought."
    )
    counted = "departures_told_count"
    total = (
        measure_label("told_departure_customers"),
        customers,
        Share(customers, customers),
        amount,
        Share(amount, amount),
        data.count(counted),
    )
    yield Table(measure_label(counted), columns, rows, total=total, description=description)


def _value_groups(data: ScorecardData) -> Iterator[Table]:
    """In which value group the lost had been, the most valuable first."""
    parts = data.parts("value_group")
    out, lost = data.count(OUT), data.money(LOST)
    groups = [group for group in data.value_groups if group in parts]
    if not out or not groups:
        return
    rows = [(group, parts[group].get(OUT, 0), Decimal(parts[group].get(LOST, 0))) for group in groups]
    columns = (Column("", "text"), *_customers_and_money(label_of(OUT), label_of(LOST)))
    total = (measure_label(OUT), out, Share(out, out), lost, Share(lost, lost))
    lines = tuple((group, customers, Share(customers, out), value, Share(value, lost)) for group, customers, value in rows)
    note = gettext("The group at opening; of who came and went, what it brought.")
    yield Table(gettext("Value group of the lost"), columns, lines, total=total, description=note)


def _in_groups(data: ScorecardData) -> tuple[Entry, ...]:
    return (*IN_GROUPS, *entries_of("reason_coverage_rate")) if data.has(REASON) else IN_GROUPS


def _missing(data: ScorecardData) -> Iterator[str]:
    if not data.has(REASON):
        yield gettext(
            "No extract says why customers leave. Any silo may supply it: an extract with `dataset: departures` in sources.yaml that maps "
            "customer_id, departed_on and reason_code."
        )
    elif not data.reason_labels:
        yield gettext(
            "definitions.yaml lists no `reasons`, so that every code counts as not mapped; list the company's reasons there, and map the "
            "silos' codes to them in sources.yaml."
        )
