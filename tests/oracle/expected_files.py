"""The expected figures as files: what a right scorecard says, and what was corrupted on purpose."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from counted_events import counted_events
from expected_cohorts import cohort_rows, cost_rows
from expected_experiences import expected_experiences, expected_opportunities
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, MOVEMENTS, NEW, RETURNED, ledger, ledger_rows, net_amount_in, spans
from expected_reconciliation import reconciliation_rows
from expected_topics import TOPIC_PERIODS, topic_rows
from silo_claims import claims_in
from tasks.sample.assumptions import HEADLINE_PERIOD
from tasks.sample.text_formats import customer_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from counted_events import CountedEvents
    from expected_ledger import Ledger, LedgerRow, Span
    from expected_topics import ExpectedRow
    from silo_claims import Claims
    from tasks.sample import Sample
    from tasks.sample.extract_writer import Seeded

MOVERS = (NEW, RETURNED, LEFT, LAPSED, IN_AND_OUT)


def write_expected_files(sample: Sample, folder: Path) -> None:
    """Write into a new folder the figures of every period, who moved in the headline's, and what each extract holds."""
    events, periods = counted_events(sample), list(spans())
    ledgers = {span.name: ledger(events, span) for span in periods}
    rows = [row for period_ledger in ledgers.values() for row in ledger_rows(events, period_ledger)]
    claims = claims_in(sample.folder, registered_count=events.registered_count)
    tables = {
        f"movers_{HEADLINE_PERIOD}": _mover_lines(ledgers[HEADLINE_PERIOD]),
        "heads": _figure_lines(rows, periods, is_money=False),
        "value": _figure_lines(rows, periods, is_money=True),
        "net_amount": (("period", "net_amount"), *((span.name, money(net_amount_in(events, span))) for span in periods)),
        "answers": _topic_lines(topic_rows(events)),
        "intakes": _topic_lines(cohort_rows(events)),
        "intake_costs": _cost_lines(events),
        "bridges": _reconciliation_lines(claims, events, periods),
        f"experiences_{HEADLINE_PERIOD}": _experience_lines(events, ledgers[HEADLINE_PERIOD]),
        f"opportunities_{HEADLINE_PERIOD}": _opportunity_lines(events),
        "extracts": _extract_lines(sample.seeded),
        "defects": _defect_lines(sample.seeded),
    }
    folder.mkdir()
    for name, lines in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)


def money(cents: int) -> str:
    """An amount in cents as a plain number."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _figure_lines(rows: Sequence[LedgerRow], periods: Sequence[Span], *, is_money: bool) -> Iterable[Sequence[object]]:
    names = [name for name in rows[0].figures if name.endswith("_amount") == is_money]
    days = {span.name: (_day(span.opens_on), _day(span.closes_on)) for span in periods}
    yield ("period", "opens_on", "closes_on", "segment_by", "segment", *names)
    for row in rows:
        figures = (money(row.figures[name]) if is_money else row.figures[name] for name in names)
        yield (row.period, *days[row.period], row.segment_by, row.segment, *figures)


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _experience_lines(events: CountedEvents, period_ledger: Ledger) -> Iterable[Sequence[object]]:
    """Who had which experience and was lost; of what was planted, how many times as often: as a person reads it, so rounded."""
    yield ("experience", "part", "exposed_count", "lost_count", "ratio", "crude_ratio")
    for each in expected_experiences(events, period_ledger):
        ratios = (f"{ratio:.4f}" if ratio else "" for ratio in (each.ratio, each.crude_ratio))
        yield (each.experience, each.part, each.exposed_count, each.lost_count, *ratios)


def _opportunity_lines(events: CountedEvents) -> Iterable[Sequence[object]]:
    yield ("name", "customers_count", "important_count", "satisfied_count", "opportunity")
    for *counts, opportunity in expected_opportunities(events):
        yield (*counts, f"{opportunity:.4f}")


def _mover_lines(period_ledger: Ledger) -> Iterable[Sequence[object]]:
    """The customers who came or went; a list of what a person may look up, not an extract."""
    movers = np.flatnonzero(np.isin(period_ledger.movement, MOVERS))
    amounts = (period_ledger.opening_cents, period_ledger.closing_cents, period_ledger.fx_cents, period_ledger.brought_cents)
    columns = [period_ledger.movement[movers].tolist(), *(amount[movers].tolist() for amount in amounts)]
    yield ("customer_id", "movement", "opening_amount", "closing_amount", "fx_effect_amount", "in_and_out_amount")
    for number, movement, *cents in zip(movers.tolist(), *columns, strict=True):
        yield (customer_text(number), MOVEMENTS[movement], *(money(amount) for amount in cents))


def _topic_lines(rows: Iterable[ExpectedRow]) -> Iterable[Sequence[object]]:
    """The figures of the topics in long form."""
    yield ("period", "segment_by", "segment", "split_by", "split", "measure", "value")
    for row in rows:
        value = money(row.value) if row.measure.endswith("_amount") else row.value
        yield (row.period, row.segment_by, row.segment, row.split_by, row.split, row.measure, value)


def _cost_lines(events: CountedEvents) -> Iterable[Sequence[object]]:
    """What intakes cost and brought, and when they had paid it back; an empty cell: not yet."""
    counted = ("customers_count", "looked_at_days")
    yield ("period", "intake", "cost_by", "name", *counted, "cost_amount", "brought_amount", "paid_back_days")
    for row in cost_rows(events):
        paid = row.paid_back_days if row.paid_back_days >= 0 else ""
        numbers = (row.customers_count, row.looked_at_days, money(row.cost_cents), money(row.brought_cents))
        yield (row.period, row.intake, row.cost_by, row.name, *numbers, paid)


def _reconciliation_lines(claims: Sequence[Claims], events: CountedEvents, periods: Sequence[Span]) -> Iterable[Sequence[object]]:
    """From each silo's count to the company's, line by line."""
    yield ("period", "silo", "extract", "claimed", "line", "customers_count")
    for span in periods:
        if span.name in TOPIC_PERIODS:
            for row in reconciliation_rows(events, claims, span):
                yield (span.name, *row)


def _extract_lines(seeded: Sequence[Seeded]) -> Iterable[Sequence[object]]:
    """Control totals of every extract, amounts in the rows' own currencies: read = used + set aside + superseded."""
    yield (
        "extract",
        "rows",
        "used_rows",
        "set_aside_rows",
        "superseded_rows",
        "dropped_rows",
        "amount",
        "used_amount",
        "set_aside_amount",
        "superseded_amount",
    )
    for extract in dict.fromkeys(kind.extract for kind in seeded):
        rows, cents = defaultdict[str, int](int), defaultdict[str, int](int)
        for kind in seeded:
            if kind.extract == extract and not kind.is_among_sound:
                rows[kind.handled] += kind.rows
                cents[kind.handled] += kind.cents
        used, used_cents = rows["sound"] + rows["noted"], cents["sound"] + cents["noted"]
        amounts = (used_cents + cents["set_aside"] + cents["superseded"], used_cents, cents["set_aside"], cents["superseded"])
        read = used + rows["set_aside"] + rows["superseded"]
        yield (extract, read, used, rows["set_aside"], rows["superseded"], rows["dropped"], *(money(amount) for amount in amounts))


def _defect_lines(seeded: Sequence[Seeded]) -> Iterable[Sequence[object]]:
    yield ("extract", "kind", "handled", "rows", "amount")
    for kind in seeded:
        if kind.handled != "sound":
            yield (kind.extract, kind.kind, kind.handled, kind.rows, money(kind.cents))
