"""The scorecard as one page that any browser shows, on a phone and on a desk, from the blocks that the workbook is made of."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import as_localized, localization, percentage
from tasks.reporting.blocks import Curves
from tasks.reporting.model import SCORECARD_FILE
from tasks.reporting.pages.front import data_line, front_lines, groups_table
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.meeting import about, roll_forward_tables, scale_of, small_print
from tasks.reporting.render.cell_text import Numbers, ShownCell, shown_rows, shown_total
from tasks.reporting.render.page_style import STYLE
from tasks.reporting.render.steps import steps_of_customers, steps_of_money
from tasks.reporting.render.svg_charts import bars, intervals, lines, trend, waterfall
from tasks.reporting.text import in_full, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tasks.reporting.blocks import Kind, Page, Tab, Table
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.front import FrontLine
    from tasks.reporting.render.svg import Chart

FILES = (
    (SCORECARD_FILE, gettext_noop("The whole scorecard as a workbook")),
    ("validation/index.html", gettext_noop("What was checked, rule by rule")),
)
"""What lies beside the page, as it is called there."""
SHORT, MANY_COLUMNS = 28, 10
"""Text of at most so many characters stays on one line beside numbers; tables of more columns than that are written smaller."""
UNITS: dict[Kind, float] = {"share": 0.01, "times": 0.0}
"""The smallest difference that numbers beside an axis show, where that is not 1."""
NOT_IN_AN_ANCHOR = re.compile(r"[^a-z0-9]+")


def anchor_of(title: str) -> str:
    """Where on the page a tab begins: who-left."""
    return NOT_IN_AN_ANCHOR.sub("-", title.lower()).strip("-")


@as_localized
def page_html(data: ScorecardData, tabs: Sequence[Tab]) -> str:
    """The whole page, without scripts and without anything from elsewhere: what stands on the front sheet, then the tabs' printed parts."""
    shown = [tab for tab in tabs if tab.kind != "notes"]
    title = escape(f"{about(data)}: {headline(data)}")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
    body = "\n".join([*_front(data, shown), *_tabs(data, shown), *_end(data)])
    language = localization().language
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head>{head}<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n'
    )


def front_charts(data: ScorecardData) -> list[Chart]:
    """How the customers changed, how their value did where that can be drawn, and the trend where there is one.

    Nothing is drawn where nobody knows who was a customer at opening.
    """
    if data.is_opening_unknown:
        return []
    charts = [
        waterfall(steps_of_customers(data), gettext("How the number of customers changed"), number=_whole, description=headline(data))
    ]
    money = steps_of_money(data)
    if any(step.height for step in money):
        title = gettext("How their value changed, {currency}", currency=data.currency)
        charts.append(waterfall(money, title, number=_short_amount, description=value_line(data)))
    if len(data.trend_with_customers) > 1:
        until = {"count": len(data.trend_with_customers), "period": data.labels[data.period]}
        shown = gettext("Customers in and out of {count} periods up to {period}", **until)
        charts.append(trend(data, gettext("Customers in above the line, out below it, and the net"), description=shown))
    return charts


def _whole(number: int | Decimal) -> str:
    return whole_number(int(number))


def _short_amount(number: int | Decimal) -> str:
    return money_short(Decimal(number), "").replace(" ", "").strip()


def _front(data: ScorecardData, tabs: Sequence[Tab]) -> Iterator[str]:
    numbers = Numbers(data.minor_units, data.smallest_rate_base, scale_of(data))
    titles = {tab.title for tab in tabs}
    yield f'<header><p class="about">{escape(about(data))}</p><h1>{escape(headline(data))}</h1>'
    yield f'<p class="value">{escape(value_line(data))}</p></header>'
    yield "".join(_front_line(line, titles) for line in front_lines(data))
    yield f'<div class="two">{"".join(_table(table, numbers) for table in roll_forward_tables(data))}</div>'
    groups = groups_table(data)
    pictures = [f"<figure>{chart.svg}</figure>" for chart in front_charts(data)]
    yield f'<div class="two">{"".join(pictures)}{_table(groups, numbers) if groups else ""}</div>'
    yield f'<p class="soft">{escape(data_line(data))}</p>'
    links = "".join(f'<a href="#{anchor_of(tab.title)}">{escape(tab.heading)}</a>' for tab in tabs)
    yield f"<nav>{links}</nav>" if links else ""


def _front_line(line: FrontLine, titles: set[str]) -> str:
    look = " ".join(name for name, is_so in (("bold", line.is_bold), ("alarm", line.is_alarm), ("soft", line.is_small)) if is_so)
    text = escape(line.text)
    if line.tab in titles:
        text = f'<a href="#{anchor_of(line.tab)}">{text}</a>'
    return f'<p class="line {look}">{text}</p>'


def _tabs(data: ScorecardData, tabs: Sequence[Tab]) -> Iterator[str]:
    """What is behind the front."""
    for tab in tabs:
        yield _tab(data, tab)


def _tab(data: ScorecardData, tab: Tab) -> str:
    minor_units = data.minor_units if tab.minor_units is None else tab.minor_units
    numbers = Numbers(minor_units, data.smallest_rate_base)
    pages = "".join(_page(page, numbers, is_titled=len(tab.pages) > 1) for page in tab.pages)
    about_it = gettext(tab.about)
    what = f"{about_it[:1].upper()}{about_it[1:]}."
    return f'<section id="{anchor_of(tab.title)}"><h2>{escape(tab.heading)}</h2><p class="soft">{escape(what)}</p>{pages}</section>'


def _page(page: Page, numbers: Numbers, *, is_titled: bool) -> str:
    """What is printed of a page; nothing where all of it is for those who look something up."""
    tables = [table for table in page.tables if not table.is_detail]
    charts = _charts(page)
    if not (page.sentence or charts or tables):
        return ""
    title = f"<h3>{escape(page.heading or page.title)}</h3>" if is_titled else ""
    sentence = f'<p class="said">{escape(page.sentence)}</p>' if page.sentence else ""
    missing = "".join(f'<p class="soft">{escape(text)}</p>' for text in page.missing)
    pictures = "".join(f"<figure>{chart.svg}</figure>" for chart in charts)
    small = "".join(f'<p class="soft">{escape(text)}</p>' for text in page.small_print)
    return f"{title}{sentence}{missing}{pictures}{''.join(_table(table, numbers) for table in tables)}{small}"


def _charts(page: Page) -> list[Chart]:
    description = page.sentence or page.title
    charts = []
    if page.bars and page.bars.highest:
        number: Callable[[int | Decimal], str] = _short_amount if page.bars.is_money else _whole
        charts.append(bars(page.bars, number=number, description=description))
    if page.intervals:
        charts.append(intervals(page.intervals, description=description))
    for chart in (page.curves, page.run_chart):
        if chart and chart.numbers.rows:
            kind = "share" if isinstance(chart, Curves) else chart.numbers.columns[1].kind
            number = partial(_of_kind, kind=kind)
            charts.append(lines(chart, number=number, unit=UNITS.get(kind, 1), description=description))
    return charts


def _of_kind(number: int | Decimal, *, kind: Kind) -> str:
    if kind in {"share", "times"}:
        return percentage(number) if kind == "share" else in_full(Decimal(f"{number:g}"))
    return _whole(number) if kind == "count" else _short_amount(number)


def _table(table: Table, numbers: Numbers) -> str:
    """A table, which scrolls by itself where it is wider than the screen."""
    title = f"<h4>{escape(table.title)}</h4>" if table.title else ""
    notes = "".join(f'<p class="soft">{escape(text)}</p>' for text in (table.note, table.description) if text)
    columns = [column for column in table.columns if column.kind != "gap"]
    headings = "".join(
        f"<th{' class=n' if number and column.kind not in {'text', 'day'} else ''}>{escape(column.heading)}</th>"
        for number, column in enumerate(columns)
    )
    head = f"<thead><tr>{headings}</tr></thead>" if table.has_headings else ""
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown_rows(table, numbers))
    if not rows and table.when_empty:
        rows = f'<tr><td class="soft" colspan="{len(columns)}">{escape(gettext(table.when_empty))}</td></tr>'
    total = shown_total(table, numbers)
    rows += f'<tr class="total">{"".join(map(_cell, total))}</tr>' if total else ""
    below = f'<p class="soft">{escape(table.below)}</p>' if table.below else ""
    look = "table wide" if len(columns) > MANY_COLUMNS else "table"
    return f'<div class="{look}">{title}{notes}<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>{below}</div>'


def _cell(cell: ShownCell) -> str:
    looks = (
        ("n", cell.align == "right"),
        ("short", cell.align == "left" and len(cell.text) <= SHORT),
        (cell.colour_role or "", cell.colour_role is not None),
        ("bold", cell.is_bold),
        ("part", cell.is_indented),
        (f"{'worse' if cell.shade > 0 else 'better'}{abs(cell.shade)}", cell.shade != 0),
    )
    look = " ".join(name for name, is_so in looks if is_so)
    return f'<td class="{look}">{escape(cell.text)}</td>' if look else f"<td>{escape(cell.text)}</td>"


def _end(data: ScorecardData) -> Iterator[str]:
    small = "".join(f"<p>{escape(text)}</p>" for text in small_print(data, workbook=SCORECARD_FILE))
    links = "".join(f'<a href="{name}">{escape(gettext(what))}</a>' for name, what in FILES)
    yield f"<footer>{small}<nav>{links}</nav></footer>"
