"""Weigh: what a steady rate hides, and what another lapse window or another system's rules would have said of the same extracts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from tasks.customer_math.analysis import lapse_window as windows
from tasks.customer_math.analysis.counting_rule_headlines import (
    AcceptedRows,
    headline_under,
    history_under,
    movements_without_value,
    what_is_recorded,
)
from tasks.customer_math.analysis.counting_rules import PRESETS, Recorded, choices_in_words, missing_for
from tasks.customer_math.analysis.retention_check import guard
from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.segments import latest_groups
from tasks.reporting.what_if import Heads, LapseLine, LapsePoint, LapseWindow, PresetLine, Presets, SteadyRate
from tasks.store.history import kept_history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.definitions import Definitions
    from expectations.verdict import Accepted
    from tasks.customer_math.analysis.counting_rules import Choices
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.model import ScorecardData

TIMES_THE_SUGGESTION = 3
"""Replicates look no further than so many times the longest suggestion; one that lies beyond is told as longer."""
NO_PURCHASES = "The company sells nothing by repeat purchase: its customers leave when their contracts end, and no silence is interpreted."
NOBODY_BOUGHT = "Nobody has bought yet, so that no silence can be measured."


@dataclass(frozen=True)
class AnalysisInputs:
    """What the weighing rests on: the ledger's own history, and the accepted rows that it was made from."""

    ledger_folder: Path
    accepted: tuple[Accepted, ...]
    data_through: date


def with_choices_weighed(
    connection: Backend, facts: ScorecardData, *, company: Company, rests: AnalysisInputs, period: Period
) -> ScorecardData:
    """The facts with what a steady rate hides, the lapse window from data, and the headline under other systems' rules."""
    return replace(
        facts,
        steady_rate=steady_rate(facts),
        lapse_window=lapse_window(connection, company, rests),
        presets=presets(connection, company, rests, period=period),
    )


def steady_rate(facts: ScorecardData) -> SteadyRate | None:
    """What the period's retention rate hides, if it did not change and hides anything."""
    whole = {(period, measure): value for (period, by, _segment, measure), value in facts.figures.items() if by == ALL}
    comparisons = [each for each in dict.fromkeys((facts.previous, facts.year_before)) if each]
    found = guard(whole, period=facts.period, comparisons=comparisons)
    if found is None:
        return None
    return SteadyRate(
        rate=found.current.rate,
        interval=found.current.interval,
        against=tuple((each.period, each.rate) for each in found.against),
        changed_against=tuple((each.period, each.rate) for each in found.changed_against),
        rose_against=tuple((each.period, each.lost_count) for each in found.rose_against),
        conditions=found.conditions,
        lost_of_opening_count=found.current.lost_count,
        out_count=found.break_even_count,
        in_count=found.in_count,
        lost_amount=found.lost_amount,
        lost_heads_share=Fraction(found.current.lost_count, found.current.opening_count),
        lost_value_share=found.lost_value_share,
    )


def lapse_window(connection: Backend, company: Company, rests: AnalysisInputs) -> LapseWindow:
    """The window that the purchases suggest beside the one in force, for the whole and every group; the whole's error curves."""
    definitions = company.definitions
    choices = definitions.lapse_window
    shown = LapseWindow(definitions.activity.lapse_days, choices.tolerance_rate, choices.within_days)
    history = kept_history(connection, company, rests.ledger_folder)
    if history.purchases is None:
        return replace(shown, why_not=NO_PURCHASES)
    segments = tuple(definitions.segments)
    silent = windows.with_sample_group(windows.purchase_gaps(history.purchases, rests.data_through))
    by_day = _computed(connection, windows.ends_by_day(silent, latest_groups(history.attributes), segments))
    curve = _computed(connection, windows.curves(windows.kaplan_meier(windows.observed(by_day)), choices))
    lines = _lapse_lines(connection, by_day, curve, history=history, rests=rests, definitions=definitions)
    if not lines:
        return replace(shown, why_not=NOBODY_BOUGHT)
    whole = curve.filter(curve.line == windows.LINES_OF_ONE_GROUP).drop("line").order_by("day")
    return replace(shown, lines=lines, curve=tuple(LapsePoint(**row) for row in _rows(connection, whole)))


def presets(connection: Backend, company: Company, rests: AnalysisInputs, *, period: Period) -> Presets:
    """The headline of a period under each set of choices, the company's own first."""
    definitions = company.definitions
    history = kept_history(connection, company, rests.ledger_folder)
    rows = AcceptedRows(*(_accepted(connection, company, rests.accepted, dataset=dataset) for dataset in ("contracts", "purchases")))
    (answer,) = _rows(connection, what_is_recorded(rows, definitions))
    recorded = Recorded(**answer)
    ledgers: dict[Choices, Table] = {}
    lines: list[PresetLine] = []
    for preset in PRESETS:
        missing, heads = missing_for(preset.choices, definitions, recorded), None
        if missing is None:
            told = history_under(preset.choices, history, rows, period=period, definitions=definitions)
            ledger = _ledger_of(connection, told, preset.choices, ledgers=ledgers, period=period, definitions=definitions)
            headline = headline_under(preset.choices, ledger, told, period=period, definitions=definitions)
            heads = Heads(**_rows(connection, headline)[0])
        words = choices_in_words(preset.choices, definitions)
        lines.append(PresetLine(preset.name, preset.label, preset.habit, words, heads, missing))
    return Presets(tuple(lines), definitions.presets.range_told_rate)


def _ledger_of(
    connection: Backend, told: History, choices: Choices, *, ledgers: dict[Choices, Table], period: Period, definitions: Definitions
) -> Table:
    """The movements in a history; choices that only count them otherwise share one ledger."""
    told_alike = replace(choices, returned="ever", inside="counted")
    if told_alike not in ledgers:
        ledgers[told_alike] = _computed(connection, movements_without_value(told, period, definitions))
    return ledgers[told_alike]


def _lapse_lines(
    connection: Backend, by_day: Table, curve: Table, *, history: History, rests: AnalysisInputs, definitions: Definitions
) -> tuple[LapseLine, ...]:
    assert history.purchases is not None
    in_force, group = definitions.activity.lapse_days, _.line // windows.LINES_OF_ONE_GROUP
    known = windows.group_sizes(by_day)
    suggested = _computed(connection, windows.suggestions(curve, definitions.lapse_window).select("suggested_days", group_number=group))
    interval = _computed(connection, windows.intervals(_replicates(connection, by_day, suggested, definitions=definitions)))
    at_force = curve.filter(curve.day == in_force).select(group_number=group, back_in_force_rate=_.back_within_rate)
    for more in (suggested, interval, at_force):
        known = known.left_join(more, "group_number").drop("group_number_right")
    known = _computed(connection, known)
    buyers = windows.silent_buyers(
        history.purchases, latest_groups(history.attributes), tuple(definitions.segments), data_through=rests.data_through
    )
    sides = windows.on_either_side(buyers, known.select("segment_by", "segment", "suggested_days"), in_force_days=in_force)
    every = known.join(sides, ["segment_by", "segment"]).order_by("group_number").drop("group_number")
    return tuple(LapseLine(**row) for row in _rows(connection, every))


def _replicates(connection: Backend, by_day: Table, suggested: Table, *, definitions: Definitions) -> Table:
    """What the company would be told if other customers of its kind had bought: line, suggested_days."""
    choices = definitions.lapse_window
    (longest,) = _rows(connection, suggested.agg(days=suggested.suggested_days.max()))
    watched = (
        by_day if longest["days"] is None else windows.censor_after(by_day, longest["days"] * TIMES_THE_SUGGESTION + choices.within_days)
    )
    return windows.suggestions(windows.curves(windows.kaplan_meier(windows.bootstrap(watched)), choices), choices)


def _accepted(connection: Backend, company: Company, accepted: Sequence[Accepted], *, dataset: str) -> Table | None:
    """The accepted rows of a shared table, of all extracts that bring any, where the company counts them."""
    sells = {"contracts": "contract", "purchases": "repeat_purchase"}[dataset]
    tables = [connection.read_parquet(each.path) for each in accepted if each.dataset == dataset]
    if not tables or sells not in company.definitions.sells_by:
        return None
    shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)]
    return ibis.union(*(table.select(*shared) for table in tables)) if len(tables) > 1 else tables[0]


def _computed(connection: Backend, table: Table) -> Table:
    """The table with its rows in memory, so that what is asked of it twice is computed once."""
    return connection.create_table(ibis.util.gen_name("weighed"), table, temp=True)


def _rows(connection: Backend, table: Table) -> list[dict[str, Any]]:
    return connection.to_pyarrow(table).to_pylist()
