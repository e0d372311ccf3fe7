"""A restatement: by how much a published figure differs, and the cause of every customer's change; the causes add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from tasks.customer_math.analysis.restatements import (
    EarlierAndCurrentRows,
    cause_differences,
    changed_customers,
    changed_figures,
    customers_behind,
    evidence_in_rates,
    evidence_in_rows,
    evidence_of_grace,
    evidence_of_limits,
    evidence_of_merges,
    nothing_restated,
    renamed,
    restated_catalogue,
    restated_customers,
    restatement,
    with_causes,
)
from tasks.customer_math.catalogue import CATALOGUE, CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named

if TYPE_CHECKING:
    from collections.abc import Sequence

MARCH = period_named("2026-03", Calendar())
ROLL_FORWARD = CATALOGUE.only({measure.name for measure in (*CUSTOMER_MEASURES, *MONEY)}, ())
"""What a ledger without topics tells."""
THEN = "|c|d|a|\n|x|2026-02-01|100|\n|y|2026-03-02|50|\n|w|2026-03-03|30|"
NOW = "|c|d|a|\n|x|2026-02-01|120|\n|y|2026-03-02|50|\n|z|2026-03-05|70|"
GROUPS = {"x": "North", "y": "North", "z": "South", "w": "South"}
SCHEMA = pa.schema([(name, pa.string()) for name in ("customer_id", "record_key", "amount")] + [("purchased_on", pa.date32())])


@dataclass(frozen=True)
class Bench:
    """An engine, and how histories are told."""

    connection: Any
    told: Any

    def held(self, table: ibis.Table) -> ibis.Table:
        return self.connection.create_table(ibis.util.gen_name("restated"), self.connection.to_pyarrow(table), temp=True)

    def ledger(self, bought: str, groups: dict[str, str] | None = None) -> ibis.Table:
        happened = self.told.Told(purchases=self.told.bought(bought), groups=GROUPS if groups is None else groups)
        return self.held(movements(happened.history(), MARCH, self.told.rules()))

    def figures(self, ledger: ibis.Table) -> ibis.Table:
        return self.held(figures(ledger, periods=[MARCH.name], segments=["region"], catalogue=ROLL_FORWARD))

    def rows(self, table: ibis.Table) -> list[dict[str, Any]]:
        return self.connection.to_pyarrow(table).to_pylist()


@pytest.fixture(scope="module")
def bench(connection: Any, told: Any) -> Bench:
    return Bench(connection, told)


def causes(**of: str) -> ibis.Table:
    rows = [{"customer_id": who, "cause": cause} for who, each in of.items() for cause in each.split(", ")]
    return ibis.memtable(pa.Table.from_pylist(rows, pa.schema({"customer_id": pa.string(), "cause": pa.string()})))


def restated(bench: Bench, steps: list[tuple[ibis.Table, ibis.Table, ibis.Table]], remainder: str = "unexplained") -> list[dict[str, Any]]:
    changed = compared(bench.figures(steps[0][0]), bench.figures(steps[-1][1]))
    parts = bench.held(cause_differences(steps, segments=["region"], catalogue=ROLL_FORWARD))
    return bench.rows(restatement(changed, parts, bench.held(customers_behind(steps, ROLL_FORWARD)), remainder=remainder))


def compared(then: ibis.Table, now: ibis.Table, segments: Sequence[str] = ("region",)) -> ibis.Table:
    return changed_figures(then, now, period=MARCH.name, segments=segments)


def of_figure(rows: list[dict[str, Any]], measure: str, group: str = "all") -> dict[str, tuple[int, int | None]]:
    """The parts of a figure: by cause, the part of the difference and the customers behind it."""
    return {
        row["cause"]: (int(row["cause_difference"]), row["customers_count"])
        for row in rows
        if row["measure"] == measure and row["segment"] == group
    }


def test_a_figure_that_changed_has_its_causes_beside_it(bench: Bench) -> None:
    then, now = bench.ledger(THEN), bench.ledger(NOW)
    found = bench.held(with_causes(changed_customers(then, now), causes(x="corrected row", z="late row", w="deleted row"), otherwise="?"))
    rows = restated(bench, [(then, now, found)])
    assert of_figure(rows, "closing_amount") == {"corrected row": (20, 1), "late row": (70, 1), "deleted row": (-30, 1)}
    assert of_figure(rows, "closing_customers") == {}  # 3 then, 3 now: nothing to restate
    assert of_figure(rows, "closing_amount", "South") == {"late row": (70, None), "deleted row": (-30, None)}
    for row in rows:
        others = [each for each in rows if (each["segment"], each["measure"]) == (row["segment"], row["measure"])]
        assert sum(each["cause_difference"] for each in others) == row["difference"] == row["value_to"] - row["value_from"]


def test_a_restatement_of_nothing_is_empty(bench: Bench) -> None:
    then, again = bench.ledger(THEN), bench.ledger(THEN)
    found = bench.held(with_causes(changed_customers(then, again), None, otherwise="unexplained"))
    assert bench.rows(found) == []
    assert restated(bench, [(then, again, found)]) == []
    assert bench.rows(restated_customers(then, again, found, merged_into={})) == []


def test_a_customer_with_several_causes_has_them_all(bench: Bench) -> None:
    found = with_causes(causes(x="late row").select("customer_id"), causes(x="late row, corrected row, late row"), otherwise="?")
    assert bench.rows(found) == [{"customer_id": "x", "cause": "corrected row and late row"}]


def test_a_change_without_evidence_says_so(bench: Bench) -> None:
    then, now = bench.ledger(THEN), bench.ledger(NOW)
    found = with_causes(changed_customers(then, now), causes(x="corrected row"), otherwise="unexplained")
    assert {row["customer_id"]: row["cause"] for row in bench.rows(found)} == {"x": "corrected row", "z": "unexplained", "w": "unexplained"}


def test_steps_one_after_the_other_add_up_to_the_whole(bench: Bench) -> None:
    then, between, now = bench.ledger(THEN), bench.ledger(THEN.replace("|100|", "|90|")), bench.ledger(NOW)
    first = bench.held(with_causes(changed_customers(then, between), None, otherwise="definition change"))
    second = bench.held(with_causes(changed_customers(between, now), causes(x="late row", z="late row", w="deleted row"), otherwise="?"))
    rows = restated(bench, [(then, between, first), (between, now, second)])
    parts = of_figure(rows, "opening_amount")
    assert parts == {"definition change": (-10, 1), "late row": (30, 1)}  # 100 to 90, 90 to 120


def test_what_no_step_explains_is_a_line_of_its_own(bench: Bench) -> None:
    then, now = bench.ledger(THEN), bench.ledger(NOW)
    nobody = bench.held(causes(nobody="late row"))
    rows = restated(bench, [(then, now, nobody)], remainder="code change")
    assert of_figure(rows, "opening_amount") == {"code change": (20, None)}


def test_a_measure_that_was_not_published_is_not_restated(bench: Bench) -> None:
    then, now = bench.figures(bench.ledger(THEN)), bench.figures(bench.ledger(NOW))
    fewer = then.filter(then.measure != "opening_amount")
    assert "opening_amount" not in {row["measure"] for row in bench.rows(compared(fewer, now))}


def test_a_way_of_grouping_that_was_not_published_is_not_restated_and_an_empty_one_is(bench: Bench) -> None:
    then, nobody = bench.figures(bench.ledger(THEN)), bench.figures(bench.ledger(THEN).filter(False))
    for segments, groups in (([], {"all"}), (["region"], {"all", "North", "South"})):
        assert {row["segment"] for row in bench.rows(compared(then, nobody, segments))} == groups


def test_figures_that_are_split_further_now_are_compared_where_they_are_whole(bench: Bench) -> None:
    then, now = bench.figures(bench.ledger(THEN)), bench.figures(bench.ledger(NOW))
    then = then.drop("split_by", "split")
    both = now.union(now.mutate(split_by=ibis.literal("size"), split=ibis.literal("large")))
    plain = sorted(map(str, bench.rows(compared(then, now))))
    assert sorted(map(str, bench.rows(compared(then, both)))) == plain


def test_a_merged_customer_is_merged_and_a_split_one_split_never_left_or_new(bench: Bench) -> None:
    one = bench.ledger("|c|d|a|\n|x|2026-02-01|100|\n|y|2026-03-02|50|")
    merged = bench.ledger("|c|d|a|\n|x|2026-02-01|100|\n|x|2026-03-02|50|")
    found = bench.held(with_causes(changed_customers(one, merged), evidence_of_merges(["x", "y"], []), otherwise="?"))
    rows = {row["customer_id"]: row for row in bench.rows(restated_customers(one, merged, found, merged_into={"y": "x"}))}
    assert (rows["y"]["movement_from"], rows["y"]["movement_to"]) == ("new", "merged")
    assert (rows["x"]["movement_from"], rows["x"]["movement_to"]) == ("unchanged", "increased")
    back = bench.held(with_causes(changed_customers(merged, one), evidence_of_merges([], ["x", "y"]), otherwise="?"))
    split = {row["customer_id"]: row for row in bench.rows(restated_customers(merged, one, back, merged_into={"y": "x"}))}
    assert (split["y"]["movement_from"], split["y"]["movement_to"], split["y"]["cause"]) == ("split", "new", "identity split")


def accepted(text: str) -> ibis.Table:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    rows = [
        {"customer_id": who or None, "record_key": key, "amount": amount, "purchased_on": date.fromisoformat(on)}
        for who, key, amount, on in lines
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, SCHEMA))


NOBODY = ibis.memtable(pa.Table.from_pylist([], SCHEMA))


def evidence(
    bench: Bench,
    then: str,
    now: str,
    *,
    aside_earlier: str = "",
    aside_latest: str = "",
    is_keyed: bool = True,
    merged_into: dict[str, str] | None = None,
) -> set[tuple[str, str]]:
    aside = [accepted(text) if text else NOBODY for text in (aside_earlier, aside_latest)]
    rows = EarlierAndCurrentRows(accepted(then), accepted(now), *aside, is_keyed=is_keyed, day="purchased_on")
    found = evidence_in_rows(rows, through=MARCH.closing_day, merged_into=merged_into or {})
    return {(row["customer_id"], row["cause"]) for row in bench.rows(found)}


BASE = "x | 1 | 10 | 2026-03-01"


@pytest.mark.parametrize(
    ("then", "now", "aside", "found"),
    [
        (BASE, f"{BASE}\ny | 2 | 5 | 2026-03-02", {}, {("y", "late row")}),
        (BASE, f"{BASE}\ny | 2 | 5 | 2026-04-02", {}, set()),
        (f"{BASE}\ny | 2 | 5 | 2026-03-02", BASE, {}, {("y", "deleted row")}),
        (BASE, BASE.replace("10", "11"), {}, {("x", "corrected row")}),
        (BASE, BASE.replace("x", "y"), {}, {("x", "corrected row"), ("y", "corrected row")}),
        (BASE, f"{BASE}\ny | 2 | 5 | 2026-03-02", {"aside_earlier": "y | 2 | ? | 2026-03-02"}, {("y", "corrected row")}),
        (BASE, f"{BASE}\ny | 2 | 5 | 2026-03-02", {"aside_earlier": "y | 2 | 5 | 2026-03-02"}, {("y", "late row")}),
        (f"{BASE}\ny | 2 | 5 | 2026-03-02", BASE, {"aside_latest": "y | 2 | ? | 2026-03-02"}, {("y", "corrected row")}),
        (BASE, f"{BASE}\n | 2 | 5 | 2026-03-02", {}, set()),
        (BASE, BASE.replace("x", "y"), {"merged_into": {"x": "y"}}, set()),
        (f"{BASE}\nx | 2 | 10 | 2026-03-01", BASE, {"is_keyed": False}, {("x", "deleted row")}),
        (BASE, f"{BASE}\n{BASE}".replace("| 1 |", "| 7 |"), {"is_keyed": False}, {("x", "late row")}),
    ],
)
def test_rows_tell_what_happened_to_them(bench: Bench, then: str, now: str, aside: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert evidence(bench, then, now, **aside) == found


@pytest.mark.parametrize("is_keyed", [True, False])
def test_a_row_whose_key_stands_for_another_customer_was_matched_otherwise(bench: Bench, is_keyed: bool) -> None:
    """Row 1 of key k was Ann's and is Ben's; row 2 of Cay was sent as d and is sent as k; row 3 of e stood aside as unclear."""

    def sent(*lines: str) -> ibis.Table:
        cells = [[cell.strip() or None for cell in line.split("|")] for line in lines]
        names = ("customer_id", "sent_customer_id", "record_key", "unclear_customer")
        rows = [{**dict(zip(names, each, strict=True)), "amount": f"{each[2]}0", "purchased_on": date(2026, 3, 2)} for each in cells]
        schema = pa.schema([*((name, pa.string()) for name in (*names, "amount")), ("purchased_on", pa.date32())])
        return ibis.memtable(pa.Table.from_pylist(rows, schema))

    then, now = sent("ann | k | 1 |", "cay | d | 2 |"), sent("ben | k | 1 |", "dan | k | 2 |", "eve | e | 3 |")
    rows = EarlierAndCurrentRows(then, now, sent("e | e | 3 | ambiguous"), sent(), is_keyed=is_keyed, day="purchased_on")
    found = {(row["customer_id"], row["cause"]) for row in bench.rows(evidence_in_rows(rows, through=MARCH.closing_day, merged_into={}))}
    matched = {("ann", "identity matched"), ("ben", "identity matched"), ("eve", "identity matched")}
    other = {("cay", "corrected row"), ("dan", "corrected row")} if is_keyed else {("cay", "deleted row"), ("dan", "late row")}
    assert found == matched | other


def test_evidence_may_go_by_another_name(bench: Bench) -> None:
    found = causes(x="corrected row", y="late row")
    assert {row["cause"] for row in bench.rows(renamed(found, {"corrected row": "attribute change"}))} == {"attribute change", "late row"}
    assert renamed(found, {}) is found


def test_a_rate_that_changed_touches_the_customers_of_its_currency(bench: Bench) -> None:
    def rates(**of: str) -> ibis.Table:
        rows = [{"currency": name[:3], "rate_on": date(2026, int(name[3:]), 1), "rate": Decimal(rate)} for name, rate in of.items()]
        schema = pa.schema({"currency": pa.string(), "rate_on": pa.date32(), "rate": pa.decimal128(18, 8)})
        return ibis.memtable(pa.Table.from_pylist(rows, schema))

    rows = ibis.memtable({"customer_id": ["x", "y", "z"], "currency": ["CHF", "USD", "EUR"]})
    then, now = rates(CHF3="1.05", USD3="0.9"), rates(CHF3="1.06", USD3="0.9", USD4="0.8")
    found = evidence_in_rates(then, now, [rows], through=ibis.literal(MARCH.closing_day))
    assert bench.rows(found) == [{"customer_id": "x", "cause": "fx rate"}]


def test_an_empty_restatement_has_the_columns_of_a_full_one(bench: Bench) -> None:
    empty = nothing_restated(bench.figures(bench.ledger(THEN)))
    assert bench.rows(empty) == []
    assert empty.columns == (
        *("period", "edition_from", "edition_to", "is_recast", "segment_by", "segment", "split_by", "split", "measure", "unit"),
        *("value_from", "value_to", "difference", "cause", "cause_difference", "customers_count"),
    )


def test_a_customer_whose_group_moved_because_others_did_says_so(bench: Bench) -> None:
    ledger: Any = bench.ledger(THEN).mutate(value_group=ibis.literal("middle"), opening_group=ibis.literal("middle"))
    moved: Any = ledger.mutate(value_group=(ledger.customer_id == "x").ifelse("best", "middle"))
    worth_more = moved.mutate(closing_amount=moved.closing_amount + (moved.customer_id == "y").cast("int64"))
    assert bench.rows(evidence_of_limits(ledger, worth_more)) == [{"customer_id": "x", "cause": "group limits"}]


def test_figures_are_told_apart_only_as_far_as_every_ledger_has_their_columns(bench: Bench) -> None:
    ledger = bench.ledger(THEN)
    changed = [("customers_out", "all"), ("customers_out", "value_group"), ("revenue_amount", "all")]
    known = restated_catalogue(changed, [ledger, ledger])
    assert (set(known.measures), known.splits) == ({"customers_out", "closing_customers"}, ())
    grouped = ledger.mutate(value_group=ibis.literal("best"), revenue_amount=ibis.literal(Decimal(1)))
    assert [split.name for split in restated_catalogue(changed, [grouped, grouped]).splits] == ["value_group"]
    assert restated_catalogue(changed, [grouped, ledger]).splits == ()


def test_terms_whose_grace_is_over_since_have_a_cause_of_their_own(bench: Bench) -> None:
    """The data reach 10 July now: Ann failed by then, Ben renewed, a departure decided Cay before, and Dan still waits."""
    ends = {"ann": date(2026, 7, 10), "ben": date(2026, 7, 10), "cay": date(2026, 7, 20), "dan": date(2026, 7, 20)}
    before = [
        {"customer_id": who, "terms_not_renewed_count": 1, "terms_in_grace_count": 1, "grace_ends_on": on} for who, on in ends.items()
    ]
    counts = {"ann": (1, 0), "ben": (0, 0), "cay": (1, 0), "dan": (1, 1)}
    after = [{"customer_id": who, "terms_not_renewed_count": one, "terms_in_grace_count": two} for who, (one, two) in counts.items()]
    found = evidence_of_grace(ibis.memtable(before), ibis.memtable(after), data_through=date(2026, 7, 10))
    assert bench.rows(found) == [{"customer_id": "ann", "cause": "grace over"}]
