"""The expected figures as files: what a right scorecard says, and what was corrupted on purpose."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from counted_events import counted_events
from expected_cohorts import cost_rows, intake_rows
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, MOVEMENTS, NEW, RETURNED, ledger, net_amount_in, spans, truth_rows
from expected_reconciliation import bridge_rows
from expected_topics import ANSWERED, answer_rows
from silo_claims import claims_in
from tasks.sample.invented import HEADLINE_PERIOD
from tasks.sample.wording import customer_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span, TruthRow
    from expected_topics import AnswerRow
    from silo_claims import Claims
    from tasks.sample import Sample
    from tasks.sample.workshop import Planted

MOVERS = (NEW, RETURNED, LEFT, LAPSED, IN_AND_OUT)


def write_expected_files(sample: Sample, folder: Path) -> None:
    """Write into a new folder the figures of every period, who moved in the headline's, and what each extract holds."""
    events, periods = counted_events(sample), list(spans())
    ledgers = {span.name: ledger(events, span) for span in periods}
    rows = [row for found in ledgers.values() for row in truth_rows(events, found)]
    claims = claims_in(sample.folder, registered_count=events.registered_count)
    tables = {
        f"movers_{HEADLINE_PERIOD}": _movers(ledgers[HEADLINE_PERIOD]),
        "heads": _figures(rows, periods, is_money=False),
        "value": _figures(rows, periods, is_money=True),
        "net_amount": (("period", "net_amount"), *((span.name, money(net_amount_in(events, span))) for span in periods)),
        "answers": _answers(answer_rows(events)),
        "intakes": _answers(intake_rows(events)),
        "intake_costs": _costs(events),
        "bridges": _bridges(claims, events, periods),
        "extracts": _extracts(sample.seeded),
        "defects": _dirt(sample.seeded),
    }
    folder.mkdir()
    for name, lines in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)


def money(cents: int) -> str:
    """An amount in cents as a plain number."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _figures(rows: Sequence[TruthRow], periods: Sequence[Span], *, is_money: bool) -> Iterable[Sequence[object]]:
    names = [name for name in rows[0].figures if name.endswith("_amount") == is_money]
    days = {span.name: (_day(span.opens_on), _day(span.closes_on)) for span in periods}
    yield ("period", "opens_on", "closes_on", "segment_by", "segment", *names)
    for row in rows:
        figures = (money(row.figures[name]) if is_money else row.figures[name] for name in names)
        yield (row.period, *days[row.period], row.segment_by, row.segment, *figures)


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _movers(found: Ledger) -> Iterable[Sequence[object]]:
    """The customers who came or went; a list of what a person may look up, not an extract."""
    movers = np.flatnonzero(np.isin(found.movement, MOVERS))
    amounts = (found.opening_cents, found.closing_cents, found.fx_cents, found.brought_cents)
    columns = [found.movement[movers].tolist(), *(amount[movers].tolist() for amount in amounts)]
    yield ("customer_id", "movement", "opening_amount", "closing_amount", "fx_effect_amount", "in_and_out_amount")
    for number, movement, *cents in zip(movers.tolist(), *columns, strict=True):
        yield (customer_text(number), MOVEMENTS[movement], *(money(amount) for amount in cents))


def _answers(rows: Iterable[AnswerRow]) -> Iterable[Sequence[object]]:
    """The figures of the questions in long form."""
    yield ("period", "segment_by", "segment", "split_by", "split", "measure", "value")
    for row in rows:
        value = money(row.value) if row.measure.endswith("_amount") else row.value
        yield (row.period, row.segment_by, row.segment, row.split_by, row.split, row.measure, value)


def _costs(events: CountedEvents) -> Iterable[Sequence[object]]:
    """What intakes cost and brought, and when they had paid it back; an empty cell: not yet."""
    counted = ("customers_count", "looked_at_days")
    yield ("period", "intake", "cost_by", "name", *counted, "cost_amount", "brought_amount", "paid_back_days")
    for row in cost_rows(events):
        paid = row.paid_back_days if row.paid_back_days >= 0 else ""
        numbers = (row.customers_count, row.looked_at_days, money(row.cost_cents), money(row.brought_cents))
        yield (row.period, row.intake, row.cost_by, row.name, *numbers, paid)


def _bridges(claims: Sequence[Claims], events: CountedEvents, periods: Sequence[Span]) -> Iterable[Sequence[object]]:
    """From each silo's count to the company's, line by line."""
    yield ("period", "silo", "extract", "claimed", "line", "customers_count")
    for span in periods:
        if span.name in ANSWERED:
            for row in bridge_rows(events, claims, span):
                yield (span.name, *row)


def _extracts(planted: Sequence[Planted]) -> Iterable[Sequence[object]]:
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
    for extract in dict.fromkeys(found.extract for found in planted):
        rows, cents = defaultdict[str, int](int), defaultdict[str, int](int)
        for found in planted:
            if found.extract == extract and not found.is_among_sound:
                rows[found.handled] += found.rows
                cents[found.handled] += found.cents
        used, used_cents = rows["sound"] + rows["noted"], cents["sound"] + cents["noted"]
        amounts = (used_cents + cents["set_aside"] + cents["superseded"], used_cents, cents["set_aside"], cents["superseded"])
        read = used + rows["set_aside"] + rows["superseded"]
        yield (extract, read, used, rows["set_aside"], rows["superseded"], rows["dropped"], *(money(amount) for amount in amounts))


def _dirt(planted: Sequence[Planted]) -> Iterable[Sequence[object]]:
    yield ("extract", "kind", "handled", "rows", "amount")
    for found in planted:
        if found.handled != "sound":
            yield (found.extract, found.kind, found.handled, found.rows, money(found.cents))
