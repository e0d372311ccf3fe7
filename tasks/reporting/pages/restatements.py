"""What was published and is another now: every figure with its causes, which add up to the difference."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, look_up, ngettext
from tasks.reporting.blocks import Column, Marked, Page, Table
from tasks.reporting.model import named as group_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.restated import PartOfChange, RestatedFigure, RestatedPeriod

TITLE = gettext_noop("Restatements")
WIDTHS = (36, 17, 17, 17, 17, 12, 44)
REASON_COLUMNS = (Column("", "text"), Column("", "text", spans=len(WIDTHS) - 1))
FIGURE_COLUMNS = (
    Column("As published", "figure"),
    Column("Now", "figure"),
    Column("Difference", "signed_figure"),
    Column("Of the difference", "signed_figure"),
    Column("Customers"),
    Column("Cause", "text", spans=6),
)
GROUPS_SHOWN_COUNT, QUESTIONS_SHOWN_COUNT = 60, 40
"""How many figures of groups, and of the questions, a period shows; all are in the file beside."""
QUESTION = gettext_noop("Figures that were published and are others now. What was published is kept; causes add up to the difference.")
NOTHING = gettext_noop("Nothing that was published is another now.")


def restatements_page(data: ScorecardData) -> Page:
    """The restated periods, the latest first: the figures of all customers, then those of the questions and of groups."""
    tables = tuple(table for restated in reversed(data.restated) for table in _period(data, restated))
    return Page(
        title=gettext(TITLE),
        question=f"{gettext(QUESTION)} {gettext('Amounts are in {currency}.', currency=data.currency)}",
        tables=tables or (Table("", (), (), has_headings=False, when_empty=NOTHING),),
        widths=WIDTHS,
    )


def _period(data: ScorecardData, restated: RestatedPeriod) -> list[Table]:
    """Why the period is another, its figures, and how many more there are: parts, and figures that few ask for."""
    whole, question_figures, groups = restated.whole, restated.of_questions[:QUESTIONS_SHOWN_COUNT], restated.groups[:GROUPS_SHOWN_COUNT]
    named = {figure: f"{look_up(figure.label)}, {group_name(figure.segment)} ({figure.segment_by.replace('_', ' ')})" for figure in groups}
    tables = [_reasons(restated)]
    if whole:
        tables.append(replace(_figures(data, whole, heading=gettext_noop("Figure, all customers"), named=named), is_joined=True))
    further = ((gettext_noop("Figure of the questions, all customers"), question_figures), (gettext_noop("Figure, by group"), groups))
    tables += [_figures(data, shown, heading=heading, named=named) for heading, shown in further if shown]
    more = restated.changed_count - len(whole) - len(question_figures) - len(groups)
    if more > 0:
        below = ngettext(
            "{count} more figure, by group and by part, is in restatements.parquet.",
            "{count} more figures, by group and by part, are in restatements.parquet.",
            more,
        )
        tables[-1] = replace(tables[-1], below=below)
    return tables


def _reasons(restated: RestatedPeriod) -> Table:
    editions = {"earlier": restated.edition_from, "later": restated.edition_to}
    edition = gettext("edition {earlier} → {later}", **editions) if restated.is_recast else gettext("not recast")
    material = "" if restated.is_material else f" ({gettext('below the limits that the digest tells of')})"
    rows = tuple(
        (Marked(name, is_bold=True), f"{text[:1].upper()}{text[1:]}.")
        for name, text in ((gettext("Reason"), restated.reasons), (gettext("Effect on prior figures"), restated.effect))
    )
    title = f"{restated.label}, {edition}"
    return Table(title, REASON_COLUMNS, rows, note=f"{restated.changed}{material}", has_headings=False, is_wrapped=True)


def _figures(data: ScorecardData, shown: Sequence[RestatedFigure], *, heading: str, named: Mapping[RestatedFigure, str]) -> Table:
    rows = tuple(row for figure in shown for row in _figure(data, figure, name=named.get(figure, look_up(figure.label))))
    return Table("", (Column(heading, "text"), *FIGURE_COLUMNS), rows, is_wrapped=True, is_ruled=True)


def _figure(data: ScorecardData, figure: RestatedFigure, *, name: str) -> Iterator[tuple[CellValue, ...]]:
    """The figure with its first cause, and a row for each further one."""
    values = (_shown(data, figure, value) for value in (figure.value_from, figure.value_to))
    about: tuple[CellValue, ...] = (name, *values, Marked(_shown(data, figure, figure.difference), is_bold=True))
    for part in figure.parts:
        yield *about, _shown(data, figure, part.difference), _behind(part), _cause(part)
        about = (None,) * len(about)


def _cause(part: PartOfChange) -> Marked:
    return Marked(f"{part.reason[:1].upper()}{part.reason[1:]}", "out" if part.cause == "unexplained" else None)


def _behind(part: PartOfChange) -> CellValue:
    return Marked(gettext("not counted"), "quiet") if part.customers_count is None else part.customers_count


def _shown(data: ScorecardData, figure: RestatedFigure, value: Decimal) -> int | Decimal:
    return int(value) if figure.unit != "money" else value.quantize(Decimal(1).scaleb(-data.minor_units))
