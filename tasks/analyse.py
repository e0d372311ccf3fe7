"""Weigh: what a steady rate hides, and what another lapse window or another system's rules would have said of the same extracts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from config.language import gettext_noop
from tasks.customer_math.analysis import lapse_window as windows
from tasks.customer_math.analysis.counting_rule_headlines import (
    AcceptedRows,
    headline_under,
    history_under,
    movements_under,
    movements_without_value,
    what_is_recorded,
)
from tasks.customer_math.analysis.counting_rules import PRESETS, Recorded, describe_choices, missing_for
from tasks.customer_math.analysis.retention import wilson_interval
from tasks.customer_math.analysis.retention_check import guard
from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.segments import latest_groups
from tasks.reporting.what_if import CustomerCounts, LapseLine, LapsePoint, LapseWindow, PresetLine, Presets, SteadyRate
from tasks.store.engine import atomic_write, rows_of, stored, stored_only_within
from tasks.store.history import HistoryStore, load_history, with_spells

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table
    from pyarrow import StructArray

    from config.company import Company
    from config.definitions import Definitions
    from config.definitions import LapseWindow as LapseSettings
    from expectations.verdict import Accepted
    from tasks.customer_math.analysis.counting_rules import Choices
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.model import ScorecardData

TIMES_THE_SUGGESTION = 3
"""Replicates look no further than so many times the longest suggestion; one that lies beyond is told as longer."""
LAPSE_WINDOW = TypeAdapter(LapseWindow)
NO_PURCHASES = gettext_noop(
    "The company sells nothing by repeat purchase: its customers leave when their contracts end, and no silence is interpreted."
)
NOBODY_BOUGHT = gettext_noop("Nobody has bought yet, so that no silence can be measured.")


@dataclass(frozen=True)
class AnalysisInputs:
    """What the weighing rests on: the ledger's own history, and the accepted rows that it was made from."""

    ledger_folder: Path
    accepted: tuple[Accepted, ...]
    data_through: date


@dataclass(frozen=True)
class _GroupOfBuyers:
    """One group of one segment, and how its customers' silences end."""

    segment_by: str
    segment: str
    counts: windows.GapCounts


def with_choices_weighed(
    connection: Backend, data: ScorecardData, *, company: Company, inputs: AnalysisInputs, period: Period
) -> ScorecardData:
    """The facts with what a steady rate hides, the lapse window from data, and the headline under other systems' rules."""
    with stored_only_within(connection):
        window = lapse_window(connection, company, inputs)
    with stored_only_within(connection):
        under_rules = presets(connection, company, inputs, period=period)
    return replace(data, steady_rate=steady_rate(data), lapse_window=window, presets=under_rules)


def steady_rate(data: ScorecardData) -> SteadyRate | None:
    """What the period's retention rate hides, if it is steady and hides anything."""
    retention = data.retention
    customers = retention.customers if retention else None
    if retention is None or customers is None or customers.verdict != "steady" or not retention.before or not customers.interval:
        return None
    whole = {(period, measure): value for (period, by, _segment, measure), value in data.figures.items() if by == ALL}
    reach = retention.value.reach if retention.value else None
    hidden = guard(whole, period=data.period, before=retention.before, value_reach=reach)
    if hidden is None:
        return None
    current = hidden.current
    return SteadyRate(
        rate=current.rate,
        interval=wilson_interval(current.opening_count - current.lost_count, current.opening_count),
        against=(hidden.before.period, hidden.before.rate),
        difference=customers.interval,
        lost_against_count=hidden.before.lost_count,
        conditions=hidden.conditions,
        lost_of_opening_count=current.lost_count,
        out_count=hidden.break_even_count,
        in_count=hidden.in_count,
        lost_amount=hidden.lost_amount,
        lost_customers_share=Fraction(current.lost_count, current.opening_count),
        lost_value_share=hidden.lost_value_share,
    )


def lapse_window(connection: Backend, company: Company, inputs: AnalysisInputs) -> LapseWindow:
    """The window that the purchases suggest beside the one in force, for the whole and every group; the whole's error curves.

    It rests on all purchases up to the last day covered, whatever the period: written down beside the ledgers of these extracts.
    """
    path = inputs.ledger_folder / f"lapse-window-{inputs.data_through}.json"
    with suppress(FileNotFoundError, ValidationError):
        return LAPSE_WINDOW.validate_json(path.read_bytes())
    window = _lapse_window(connection, company, inputs)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(LAPSE_WINDOW.dump_json(window, indent=1))
    return window


def _lapse_window(connection: Backend, company: Company, inputs: AnalysisInputs) -> LapseWindow:
    definitions = company.definitions
    choices = definitions.lapse_window
    shown = LapseWindow(definitions.activity.lapse_days, choices.tolerance_rate, choices.within_days)
    history = load_history(connection, company, inputs.ledger_folder)
    if history.purchases is None:
        return replace(shown, why_not=NO_PURCHASES)
    groups = _groups_of_buyers(connection, history, data_through=inputs.data_through, segments=tuple(definitions.segments))
    if not groups:
        return replace(shown, why_not=NOBODY_BOUGHT)
    own = tuple(windows.curves(windows.observed(group.counts), choices) for group in groups)
    return replace(shown, lines=_lapse_lines(groups, own, definitions), curve=tuple(LapsePoint(**day) for day in own[0].days()))


def presets(connection: Backend, company: Company, inputs: AnalysisInputs, *, period: Period) -> Presets:
    """The headline of a period under each set of choices, the company's own first."""
    definitions = company.definitions
    history = with_spells(connection, load_history(connection, company, inputs.ledger_folder), definitions, folder=inputs.ledger_folder)
    store = HistoryStore(connection, company, inputs.accepted, inputs.ledger_folder)
    rows = AcceptedRows(contracts=store.rows("contracts"), purchases=store.rows("purchases"))
    (answer,) = rows_of(connection, what_is_recorded(rows))
    recorded = Recorded(**answer)
    ledgers = _Ledgers(connection, history, period, definitions)
    lines: list[PresetLine] = []
    for preset in PRESETS:
        missing, counts = missing_for(preset.choices, definitions, recorded), None
        if not missing:
            preset_history = history_under(preset.choices, history, rows, period=period, definitions=definitions)
            ledger = ledgers.of(preset_history, preset.choices)
            headline = headline_under(preset.choices, ledger, preset_history, period=period, definitions=definitions)
            counts = CustomerCounts(**rows_of(connection, headline)[0])
        choices_text = describe_choices(preset.choices, definitions)
        lines.append(PresetLine(preset.name, preset.label, preset.habit, choices_text, counts, missing, can_lose=preset.choices.can_lose))
    return Presets(tuple(lines), definitions.presets.range_told_rate)


@dataclass(frozen=True)
class _Ledgers:
    """The movements of a period under choices, each computed once; choices that only count them otherwise share one."""

    connection: Backend
    own: History
    period: Period
    definitions: Definitions
    stored: dict[Choices, Table] = field(default_factory=dict)

    def of(self, history: History, choices: Choices) -> Table:
        """The movements in a history as these choices tell it."""
        alike = replace(choices, returned="ever", inside="counted")
        if alike not in self.stored:
            self.stored[alike] = self._as_own if history is self.own else stored(self.connection, self._under(history, choices))
        return self.stored[alike]

    @cached_property
    def _as_own(self) -> Table:
        return stored(self.connection, movements_without_value(self.own, self.period, self.definitions))

    def _under(self, history: History, choices: Choices) -> Table:
        about = {"own": self.own, "movements": self._as_own, "period": self.period, "definitions": self.definitions}
        return movements_under(choices, history, **about)


def _groups_of_buyers(
    connection: Backend, history: History, *, data_through: date, segments: tuple[str, ...]
) -> tuple[_GroupOfBuyers, ...]:
    """Everybody who ever bought, then each group of each segment; none where nobody did."""
    assert history.purchase_days is not None
    gaps = windows.with_groups(windows.purchase_gaps(history.purchase_days, data_through), latest_groups(history.attributes), segments)
    table = connection.to_pyarrow(windows.gaps_by_group(stored(connection, gaps), segments))
    return tuple(
        _GroupOfBuyers(str(segment_by), str(segment), _gap_counts(entries.values))
        for segment_by, segment, entries in zip(*(table[name] for name in ("segment_by", "segment", "gaps")), strict=True)
    )


def _gap_counts(entries: StructArray) -> windows.GapCounts:
    sample_group, day, ended, silences = (column.to_numpy() for column in entries.flatten())
    return windows.GapCounts.by_sample_group(sample_group, day, ended=ended, silences=silences)


def _lapse_lines(groups: tuple[_GroupOfBuyers, ...], own: tuple[windows.Curves, ...], definitions: Definitions) -> tuple[LapseLine, ...]:
    choices, in_force_days = definitions.lapse_window, definitions.activity.lapse_days
    suggested = [next(iter(windows.suggestions(curve, choices)), None) for curve in own]
    longest_days = max((days for days in suggested if days is not None), default=None)
    weights = windows.sample_weights()
    lines: list[LapseLine] = []
    for group, curve, suggested_days in zip(groups, own, suggested, strict=True):
        counts = group.counts
        watched = _watched(counts, choices, longest_days=longest_days)
        low_days, high_days = windows.interval(windows.suggestions(windows.curves(windows.bootstrap(watched, weights), choices), choices))
        lines.append(
            LapseLine(
                segment_by=group.segment_by,
                segment=group.segment,
                customers_count=counts.still_silent_count(),
                silences_count=counts.silences_count,
                returns_count=counts.returns_count,
                suggested_days=suggested_days,
                low_days=low_days,
                high_days=high_days,
                back_in_force_rate=curve.back_within_rate_at(in_force_days),
                active_in_force_count=counts.still_silent_count(less_than_days=in_force_days),
                active_suggested_count=None if suggested_days is None else counts.still_silent_count(less_than_days=suggested_days),
            )
        )
    return tuple(lines)


def _watched(counts: windows.GapCounts, choices: LapseSettings, *, longest_days: int | None) -> windows.GapCounts:
    """The counts as far as replicates look; whole where no group has a suggestion."""
    if longest_days is None:
        return counts
    return windows.censor_after(counts, longest_days * TIMES_THE_SUGGESTION + choices.within_days)
