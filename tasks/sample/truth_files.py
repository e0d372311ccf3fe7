"""The planted truth as files: what a right scorecard says, and what was spoilt on purpose."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.answers import ANSWERED, answer_rows
from tasks.sample.answers_intakes import cost_rows, intake_rows
from tasks.sample.bridges import bridge_rows
from tasks.sample.invented import HEADLINE_PERIOD
from tasks.sample.truth import IN_AND_OUT, LAPSED, LEFT, MOVEMENTS, NEW, RETURNED, ledger, net_amount_in, spans, truth_rows
from tasks.sample.wording import customer_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tasks.sample.answers import AnswerRow
    from tasks.sample.chance import Numbers
    from tasks.sample.truth import Books, Ledger, Span, TruthRow
    from tasks.sample.workshop import Planted, Workshop

MOVERS = (NEW, RETURNED, LEFT, LAPSED, IN_AND_OUT)
HEADLINE_FILE = "truth/headline.csv"
MOVERS_FILE = f"truth/movers_{HEADLINE_PERIOD}.csv"
TRUTH_FILES = (
    HEADLINE_FILE,
    "truth/heads.csv",
    "truth/value.csv",
    "truth/net_amount.csv",
    "truth/answers.csv",
    "truth/intakes.csv",
    "truth/intake_costs.csv",
    "truth/bridges.csv",
    MOVERS_FILE,
    "truth/extracts.csv",
    "truth/dirt.csv",
)


@dataclass(frozen=True)
class Headline:
    """The headline of the planted truth."""

    period: str
    opening_customers: int
    customers_in: int
    customers_out: int
    closing_customers: int


def movers_of(found: Ledger) -> Numbers:
    """Numbers of the customers who came or went in a period."""
    return np.flatnonzero(np.isin(found.movement, MOVERS))


def write_truth(shop: Workshop, books: Books) -> Headline:
    """Write the figures of every period, who moved in the headline's, and what each extract holds."""
    periods = list(spans())
    rows: list[TruthRow] = []
    for span in periods:
        found = ledger(books, span)
        rows += truth_rows(books, found)
        if span.name == HEADLINE_PERIOD:
            _write(shop, MOVERS_FILE, rows=_movers(found))
    _write(shop, "truth/heads.csv", rows=_figures(rows, periods, is_money=False))
    _write(shop, "truth/value.csv", rows=_figures(rows, periods, is_money=True))
    _write(
        shop, "truth/net_amount.csv", rows=(("period", "net_amount"), *((span.name, money(net_amount_in(books, span))) for span in periods))
    )
    _write(shop, "truth/answers.csv", rows=_answers(answer_rows(books)))
    _write(shop, "truth/intakes.csv", rows=_answers(intake_rows(books)))
    _write(shop, "truth/intake_costs.csv", rows=_costs(books))
    _write(shop, "truth/bridges.csv", rows=_bridges(shop, books, periods))
    _write(shop, "truth/extracts.csv", rows=_extracts(shop.planted))
    _write(shop, "truth/dirt.csv", rows=_dirt(shop.planted))
    headline = _headline(rows)
    _write(shop, HEADLINE_FILE, rows=(tuple(vars(headline)), tuple(vars(headline).values())))
    return headline


def _write(shop: Workshop, path: str, *, rows: Iterable[Sequence[object]]) -> None:
    lines = list(rows)
    with (shop.folder / path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    shop.written(path, len(lines) - 1)


def money(cents: int) -> str:
    """An amount in cents as a plain number."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _headline(rows: Sequence[TruthRow]) -> Headline:
    figures = next(row.figures for row in rows if row.period == HEADLINE_PERIOD and row.segment_by == "all")
    return Headline(
        period=HEADLINE_PERIOD,
        opening_customers=figures["opening_customers"],
        customers_in=figures["customers_in"],
        customers_out=figures["customers_out"],
        closing_customers=figures["closing_customers"],
    )


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
    movers = movers_of(found)
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


def _costs(books: Books) -> Iterable[Sequence[object]]:
    """What intakes cost and brought, and when they had paid it back; an empty cell: not yet."""
    counted = ("customers_count", "looked_at_days")
    yield ("period", "intake", "cost_by", "name", *counted, "cost_amount", "brought_amount", "paid_back_days")
    for row in cost_rows(books):
        paid = row.paid_back_days if row.paid_back_days >= 0 else ""
        numbers = (row.customers_count, row.looked_at_days, money(row.cost_cents), money(row.brought_cents))
        yield (row.period, row.intake, row.cost_by, row.name, *numbers, paid)


def _bridges(shop: Workshop, books: Books, periods: Sequence[Span]) -> Iterable[Sequence[object]]:
    """From each silo's count to the company's, line by line."""
    yield ("period", "silo", "extract", "claimed", "line", "customers_count")
    for span in periods:
        if span.name in ANSWERED:
            for row in bridge_rows(books, shop.claims, span):
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
