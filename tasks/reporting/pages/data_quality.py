"""What the figures rest on: every extract with every row and amount accounted for, and every rule with what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, look_up, ngettext
from config.localization import number
from tasks.reporting.blocks import Column, Marked, Page, Table, details
from tasks.reporting.pages.control_totals import correction_tables, tie_out_table
from tasks.reporting.pages.matched_keys import matched_tables
from tasks.reporting.pages.quality_summary import CALLED, Shown, describe_verdicts, most_important_first, shown_state
from tasks.reporting.pages.statuses import status_table
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal

    from expectations.verdict import ControlTotals, RuleResult
    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import CoveredExtract, ScorecardData

TITLE = gettext_noop("Data quality")
WIDTHS = (22, 28, 52, 15, 17, 13)
"""Of the columns before those of numbers."""
NARROWEST_NUMBER, NUMBER_COLUMNS = 17, 5
BROKEN_SHOWN_COUNT = 10
"""So many findings stand first; all are further below."""
SILOS = {"sales": gettext_noop("sales"), "marketing": gettext_noop("marketing"), "service": gettext_noop("service")}
FILES_NAMED = 4
"""Files of an extract that are named; the others are counted."""
FEWEST_DECIMALS = 2
"""Extracts hold amounts of several currencies, so they are shown with at least so many decimals."""
IF_BROKEN = {"stop": gettext_noop("the run stops"), "set_aside": gettext_noop("row is set aside"), "note": gettext_noop("is noted")}
COLOUR_ROLES: dict[Shown, ColourRole] = {
    "could not be judged": "out",
    "stops": "out",
    "set aside": "out",
    "noted": "base",
    "not judged": "quiet",
    "kept": "quiet",
}
QUIET: frozenset[Shown] = frozenset({"kept", "not judged"})
MONEY_IS_MIXED = gettext_noop("Money is in the rows' own currencies, added up as it stands.")
EXTRACT_COLUMNS = (
    Column("Extract", "text"),
    Column("Silo and table", "text"),
    Column("Files", "text"),
    Column("Covers from", "day"),
    Column("Covers through", "day"),
    Column("Counted in", "text", colour_role="quiet"),
    Column("Read", "figure"),
    Column("Used", "figure"),
    Column("Set aside", "figure"),
    Column("Superseded", "figure"),
    Column("Unaccounted for", "figure"),
)
BROKEN_COLUMNS = (
    Column("Extract", "text"),
    Column("Result", "text"),
    Column("Rule", "text"),
    Column("Break it"),
    Column("Set aside"),
    Column("", "gap"),
    Column("What was found", "text", spans=6),
)
RULE_COLUMNS = (
    Column("Extract", "text"),
    Column("Rule", "text"),
    Column("What it says, and why", "text"),
    Column("If broken", "text", is_indented=True),
    Column("Result", "text", is_indented=True),
    Column("Rows judged"),
    Column("Break it"),
    Column("Set aside"),
    Column("Money in them", "money"),
    Column("What was found", "text", spans=2),
)


def data_quality_page(data: ScorecardData) -> Page:
    """First what a reader must know, then the extracts, then the rules, those that found something first."""
    decimals = max(data.minor_units, FEWEST_DECIMALS)
    largest = max((abs(totals.amount_read) for totals in data.totals if totals.amount_read is not None), default=0)
    number_width = max(NARROWEST_NUMBER, len(number(largest, decimals=decimals)) + 2)
    return Page(
        title=gettext(TITLE),
        question=gettext("What the figures of {period} rest on.", period=data.labels[data.period]),
        missing=data.notes,
        tables=(
            _broken_rules(data),
            *details([_extracts(data)]),
            *details(matched_tables(data)),
            tie_out_table(data),
            *correction_tables(data),
            *details([status_table(data)]),
            _rules(data),
        ),
        widths=(*WIDTHS, *(number_width,) * NUMBER_COLUMNS),
        minor_units=decimals,
    )


def _extracts(data: ScorecardData) -> Table:
    covered = {extract.extract: extract for extract in data.covered}
    return Table(
        gettext("Extracts: read = used + set aside + superseded"),
        EXTRACT_COLUMNS,
        tuple(row for totals in data.totals for row in _accounted(covered.get(totals.extract), totals)),
        description=data.beginning.sentence if data.beginning else "",
        note=gettext(MONEY_IS_MIXED),
        note_column=3,
        when_empty="",
        is_wrapped=True,
        is_ruled=True,
    )


def _accounted(extract: CoveredExtract | None, totals: ControlTotals) -> Iterator[tuple[CellValue, ...]]:
    """An extract in rows: where they come from, which days they cover, what became of each; then the same in money."""
    silo, files = (f"{gettext(SILOS.get(extract.silo, extract.silo))}, {extract.dataset}", _files(extract.files)) if extract else ("", "")
    days = (_day(extract.covers_from), _day(extract.covers_through)) if extract else (_day(None), _day(None))
    about: tuple[CellValue, ...] = (totals.extract, silo, files, *days)
    counts = (totals.rows_read_count, totals.rows_used_count, totals.rows_set_aside_count, totals.rows_superseded_count)
    yield *about, gettext("rows"), *counts, _residual(totals.rows_residual_count)
    if totals.amount_residual is not None:
        amounts = (totals.amount_read, totals.amount_used, totals.amount_set_aside, totals.amount_superseded)
        yield *(None,) * len(about), gettext("money"), *amounts, _residual(totals.amount_residual)


def _day(day: date | None) -> CellValue:
    return day or Marked(gettext("not dated"), "quiet")


def _files(files: tuple[str, ...]) -> str:
    named = ", ".join(files[:FILES_NAMED])
    others_count = len(files) - FILES_NAMED
    return gettext("{files} and {count} more", files=named, count=whole_number(others_count)) if others_count > 0 else named


def _residual(residual: int | Decimal) -> Marked:
    return Marked(residual, "out" if residual else "in", is_bold=True)


def _broken_rules(data: ScorecardData) -> Table:
    """The rules that something breaks, a line each."""
    verdicts = [verdict for verdict in sorted(data.verdicts, key=most_important_first) if shown_state(verdict) not in QUIET]
    more_count = len(verdicts) - BROKEN_SHOWN_COUNT
    rows = tuple(
        (
            verdict.extract,
            Marked(gettext(CALLED[shown_state(verdict)]), COLOUR_ROLES[shown_state(verdict)], is_bold=True),
            verdict.rule_id.removeprefix(f"{verdict.extract}."),
            verdict.unexpected_count,
            verdict.set_aside_count,
            None,
            verdict.found,
        )
        for verdict in verdicts[:BROKEN_SHOWN_COUNT]
    )
    below = ngettext("{count} more rule: under Every rule, below.", "{count} more rules: under Every rule, below.", more_count)
    return Table(
        gettext("What was found. {rules}", rules=describe_verdicts(data.verdicts)),
        BROKEN_COLUMNS,
        rows,
        when_empty=gettext_noop("Nothing breaks a rule."),
        below=below if more_count > 0 else "",
        is_wrapped=True,
    )


def _rules(data: ScorecardData) -> Table:
    verdicts = sorted(data.verdicts, key=most_important_first)
    broken_count = sum(shown_state(verdict) not in QUIET for verdict in verdicts)
    quiet_count = len(verdicts) - broken_count
    folded = ngettext(
        "{count} rule that nothing breaks is folded away below: open the group at the left.",
        "{count} rules that nothing breaks are folded away below: open the group at the left.",
        quiet_count,
    )
    return Table(
        gettext("Every rule"),
        RULE_COLUMNS,
        tuple(_rule(verdict) for verdict in verdicts),
        description=folded if quiet_count else "",
        when_empty="",
        is_wrapped=True,
        folded_from=broken_count,
        is_detail=True,
    )


def _rule(verdict: RuleResult) -> tuple[CellValue, ...]:
    state = shown_state(verdict)
    return (
        verdict.extract,
        verdict.rule_id.removeprefix(f"{verdict.extract}."),
        f"{look_up(verdict.says)} {look_up(verdict.why)}",
        gettext(IF_BROKEN[verdict.if_broken]),
        Marked(gettext(CALLED[state]), COLOUR_ROLES[state], is_bold=verdict.state != "kept"),
        verdict.rows_count,
        verdict.unexpected_count,
        verdict.set_aside_count,
        Marked(gettext("no money"), "quiet") if verdict.amount is None else verdict.amount,
        f"{verdict.found}\n{_relaxed(verdict.relaxed_because)}" if verdict.relaxed_because else verdict.found,
    )


def _relaxed(reason: str) -> str:
    return gettext("Relaxed by the company: {reason}", reason=reason)
