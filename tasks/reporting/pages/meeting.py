"""The page for the meeting, and the front sheet: from the opening base to the closing base beside other periods, and its small print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from config.localization import short_word
from config.measures.roll_forward import ROLL_FORWARD
from config.measures.table import MEASURES, heading_of, label_of
from tasks.reporting.blocks import Column, Marked, Table
from tasks.reporting.pages.roll_forward import NO_NUMBER, is_unknown
from tasks.reporting.text import format_customers, lowered, money_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.measures.entries import Sign
    from config.measures.roll_forward import Role, RollForwardLine
    from tasks.reporting.blocks import CellValue, ColourRole, Kind
    from tasks.reporting.model import ScorecardData

NOTES_SHOWN_COUNT = 3
MARKS: Mapping[Sign, str] = {"plus": " (+)", "minus": " (-)"}
"""How a line says in which way it changes the value."""
COLOUR_ROLES: Mapping[Role, ColourRole] = {"opening": "base", "in": "in", "out": "out", "net": "base", "closing": "base"}
"""The other lines are parts of these."""
BILLING = ("opening_amount", "closing_amount", "customers_in_amount", "customers_out_amount")
MILLIONS_FROM, THOUSANDS_FROM, MINOR_BELOW = 100_000_000, 10_000_000, 1_000
"""From which value on amounts are shown in millions with a decimal, or in thousands; and below which to the minor unit."""


@dataclass(frozen=True)
class Scale:
    """What amounts are counted in where they stand for a reader in a hurry."""

    step: int = 1
    letter: str = ""
    decimals: int = 0


def about(data: ScorecardData) -> str:
    """Whose period it is, and which edition."""
    return f"{data.company}  ·  {data.labels[data.period]}  ·  {gettext('edition {edition}', edition=data.edition)}"


def scale_of(data: ScorecardData) -> Scale:
    """Millions or thousands where amounts are large."""
    highest = max(abs(data.money(name)) for name in BILLING)
    if highest >= MILLIONS_FROM and short_word(6):
        return Scale(1_000_000, short_word(6), 1)
    if highest >= THOUSANDS_FROM and short_word(3):
        return Scale(1_000, short_word(3))
    return Scale(decimals=data.minor_units if highest < MINOR_BELOW else 0)


def line_label(line: RollForwardLine, *, measure: str | None = None) -> str:
    """What the line is called, with how it changes the value: `Customers in (+)`, `Stayed: decreased (-)`.

    A line that others are parts of is called as its measure where one is given: `Value in (+)`.
    """
    mark = MARKS.get(MEASURES[line.amount].sign, "") if line.role in {"in", "out", "stayed"} else ""
    called = label_of(measure) if measure and line.role in COLOUR_ROLES else line.label
    stayed = gettext(heading_of("staying_customers"))
    return f"{f'{stayed}: {lowered(called)}' if line.role == 'stayed' else gettext(called)}{mark}"


def period_headings(data: ScorecardData) -> tuple[str, ...]:
    """This period, the one before, a year before; where the data does not reach back, the heading says so."""
    return (
        data.labels[data.period],
        data.labels[data.previous] if data.previous else gettext("No data before"),
        gettext("Change") if data.previous else "",
        data.labels[data.year_before] if data.year_before else gettext("No data a year before"),
        gettext("Change") if data.year_before else "",
    )


def roll_forward_tables(data: ScorecardData) -> tuple[Table, Table]:
    """From opening to closing in customers and in value, beside a year before, or the period before where that is not known."""
    compared = data.year_before or data.previous
    between = data.previous if data.previous != compared else None
    customers = _movements(data, gettext("Customers"), [period for period in (data.period, between, compared) if period], is_money=False)
    title = gettext("Value, {currency}", currency=data.currency)
    value = _movements(data, title, [period for period in (data.period, compared) if period], is_money=True)
    return customers, value


def _movements(data: ScorecardData, title: str, periods: list[str], *, is_money: bool) -> Table:
    """A row a line in which anything happened; the last period is the one that changes are held against."""
    kind: Kind = "signed_money" if is_money else "signed_count"
    since = gettext("Change since {period}", period=data.labels[periods[-1]])
    change = [Column(since, kind, colour_role="quiet")] if len(periods) > 1 else []
    columns = (Column("", "text"), *(Column(data.labels[period], "money" if is_money else "count") for period in periods), *change)
    lines = ((line, line.amount if is_money else line.customers) for line in ROLL_FORWARD)
    rows = (_movement(data, line, name, periods=periods) for line, name in lines if name)
    return Table(title, columns, tuple(row for row in rows if row))


def _movement(data: ScorecardData, line: RollForwardLine, name: str, *, periods: list[str]) -> tuple[CellValue, ...] | None:
    """The line's label and figures with the change; none for a part in which nothing happened."""
    figures = [data.figure(name, period=period) for period in periods]
    colour_role = COLOUR_ROLES.get(line.role)
    if colour_role is None and not any(figures):
        return None
    entry = MEASURES[name]
    kind: Kind = "money" if entry.unit == "money" else "count"
    if entry.sign == "either":
        kind = "signed_money" if entry.unit == "money" else "signed_count"
    look = "quiet" if line.role == "stayed" and entry.unit != "money" else colour_role
    shown: list[CellValue] = [Marked(figure, look, number == 0 and colour_role is not None, kind) for number, figure in enumerate(figures)]
    if is_unknown(data, line):
        shown[0] = gettext(NO_NUMBER)
    now, earlier = figures[0], figures[-1]
    change = [None if now is None or earlier is None else now - earlier] if len(periods) > 1 else []
    return (Marked(line_label(line, measure=name), colour_role, colour_role is not None, is_indented=colour_role is None), *shown, *change)


def small_print(data: ScorecardData, *, workbook: str = "") -> Iterator[str]:
    """What a reader may ask at the figures; nothing is explained that did not happen.

    `workbook` is the file that has the sheets which are spoken of, where these lines stand elsewhere.
    """
    sheet = gettext("the sheet Notes of {file}", file=workbook) if workbook else gettext("the sheet Notes")
    in_and_out, out_and_back = data.count("in_and_out_customers"), data.count("out_and_back_customers")
    if in_and_out:
        yield gettext(
            "{label}: {customers} came and went within the period, counted once in and once out, in customers and in value ({value}), so "
            "that the base is not changed.",
            label=gettext(label_of("in_and_out_customers")),
            customers=format_customers(in_and_out),
            value=money_exact(data.money("in_and_out_amount"), data.currency, minor_units=data.minor_units),
        )
    if out_and_back:
        yield gettext(
            "{label}: {customers} went and returned within the period: customers at both ends, and nobody's loss.",
            label=gettext(label_of("out_and_back_customers")),
            customers=format_customers(out_and_back),
        )
    yield gettext(
        "{label}: figures in grey are customers who were there at both ends. They do not change the number of customers; beside them "
        "stands what they changed in value.",
        label=gettext(heading_of("staying_customers")),
    )
    is_one = "" if data.customer == "customer" else f"{gettext('One customer is one {unit}.', unit=data.customer)} "
    yield f"{is_one}{gettext('What every word means, and the settings in force, are on {sheet}.', sheet=sheet)}"
    yield from data.notes[:NOTES_SHOWN_COUNT]
    further = len(data.notes) - NOTES_SHOWN_COUNT
    if further > 0:
        yield ngettext("{count} further note: on {sheet}.", "{count} further notes: on {sheet}.", further, sheet=sheet)
