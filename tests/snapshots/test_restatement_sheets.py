"""Restatements, control totals and corrections as a reader finds them: in the workbook, in the digest, in the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.measures.table import label_of
from expectations.tie_out import AppliedCorrection, DeclaredTotal, TieOut
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.edition_history import Chapter, Input, history
from tasks.reporting.pages.restatements import restatements_page
from tasks.reporting.render.slack import digest, plain_thread
from tasks.reporting.restated import PartOfChange, RestatedFigure, RestatedPeriod, is_material, restated_lines, story

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

ABOUT: dict[str, Any] = {"reason": "The shop's till was set to the wrong day.", "owner": "store operations"}
DAYS: dict[str, Any] = {"entered_on": date(2026, 9, 1), "expires_on": date(2026, 12, 31)}


def figure(measure: str, label: str, values: tuple[str, str], *parts: PartOfChange, **where: str) -> RestatedFigure:
    unit = "money" if measure.endswith("amount") else "customers"
    place = {"segment_by": "all", "segment": "all"} | where
    return RestatedFigure(
        measure, label, unit, place["segment_by"], place["segment"], value_from=Decimal(values[0]), value_to=Decimal(values[1]), parts=parts
    )


LATE, MERGED = PartOfChange("late row", Decimal(7), 7), PartOfChange("identity merged", Decimal(-2), 2)
RECAST = RestatedPeriod(
    period="2026-Q2",
    label="Q2 2026",
    edition_from=1,
    edition_to=2,
    is_material=True,
    customers_count=9,
    figures=(
        figure("customers_in", "Customers in", ("22500", "22505"), LATE, MERGED),
        figure("customers_out", "Customers out", ("25060", "25061"), PartOfChange("corrected row and late row", Decimal(1), 1)),
        figure("closing_amount", "Value at closing", ("51020.50", "51420.75"), PartOfChange("unexplained", Decimal("400.25"), None)),
        figure(
            "customers_in",
            "Customers in",
            ("8550", "8555"),
            replace(LATE, difference=Decimal(5), customers_count=None),
            segment_by="region",
            segment="North",
        ),
        figure("net_customers", label_of("net_customers"), ("1", "6"), LATE, segment_by="region", segment="North"),
        replace(
            figure("renewed_count", "Renewed", ("12", "13"), replace(LATE, difference=Decimal(1), customers_count=1)),
            unit="count",
            is_of_a_question=True,
        ),
    ),
    changed_count=8,
)
SETTLED = RestatedPeriod(
    period="2025-Q3",
    label="Q3 2025",
    edition_from=3,
    edition_to=None,
    is_material=False,
    customers_count=1,
    figures=(figure("unchanged_drift_amount", "Drift within tolerance", ("1.00", "-1.50"), PartOfChange("fx rate", Decimal("-2.50"), 1)),),
    changed_count=1,
)
TIE_OUTS = (
    TieOut("orders", DeclaredTotal(1_204_518, Decimal("214820117.42"), "EUR", "orders.total.json"), 1_204_518, Decimal("214820117.4200")),
    TieOut(
        "contracts",
        DeclaredTotal(18_205, None, None, "a query on its database"),
        18_204,
        Decimal(30_112_000),
        "One contract was signed after the export.",
        date(2026, 10, 31),
    ),
    TieOut(
        "leads", DeclaredTotal(None, Decimal(12), None, "sources.yaml"), 96_000, None, "The agency counts money that it does not export."
    ),
)
CORRECTIONS = (
    AppliedCorrection(0, "purchased_on of row 4711 of orders corrected", **ABOUT, **DAYS, state="applied", rows_count=1, amount=Decimal(0)),
    AppliedCorrection(1, "row 815 of orders left out", **ABOUT, **DAYS, state="gone", rows_count=0, amount=Decimal("-12.50")),
    AppliedCorrection(2, "customers c1, c2 merged into c3", **ABOUT, **DAYS, state="expired", rows_count=0, amount=None),
)


def told(data: ScorecardData) -> ScorecardData:
    return replace(data, restated=(SETTLED, RECAST), tie_outs=TIE_OUTS, corrections=CORRECTIONS)


def sheet_as_text(data: ScorecardData, made_up: Any, title: str) -> str:
    rows = made_up.sheet_of(data, {"Restatements": restatements_page, "Data quality": data_quality_page}[title](data)).iter_rows()
    cells = [[f"{cell.coordinate} {cell.value!r} {cell.number_format}" for cell in row if cell.value is not None] for row in rows]
    return "\n".join(" | ".join(row) for row in cells if row)


def test_every_restated_figure_stands_with_its_causes(data: ScorecardData, made_up: Any, snapshot: SnapshotAssertion) -> None:
    assert sheet_as_text(told(data), made_up, "Restatements") == snapshot


def test_control_totals_and_corrections_stand_with_their_results(data: ScorecardData, made_up: Any, snapshot: SnapshotAssertion) -> None:
    text = sheet_as_text(told(data), made_up, "Data quality")
    start, end = text.index("Control totals: what the sources say"), text.index("Every rule")
    assert text[start:end].rpartition("\n")[0] == snapshot


def test_every_extract_may_have_a_control_total(data: ScorecardData, made_up: Any) -> None:
    only = replace(data, totals=data.totals[:1], tie_outs=TIE_OUTS[:1])
    assert "'Every extract has one.'" in sheet_as_text(only, made_up, "Data quality")


def test_more_figures_than_a_reader_takes_are_left_to_the_file(data: ScorecardData, made_up: Any) -> None:
    group = RECAST.figures[3]
    many = tuple(replace(group, segment=f"Region {number}") for number in range(61))
    text = sheet_as_text(replace(data, restated=(replace(RECAST, figures=many, changed_count=61),)), made_up, "Restatements")
    assert "'1 more figure, by group and by part, is in restatements.parquet.'" in text


def test_a_change_of_nothing_but_parts_is_told_with_its_causes(data: ScorecardData, made_up: Any) -> None:
    parts = replace(RECAST, figures=(), changed_count=4, causes=("corrected row and late row", "group limits"), is_material=False)
    text = sheet_as_text(replace(data, restated=(parts,)), made_up, "Restatements")
    assert "'4 more figures, by group and by part, are in restatements.parquet.'" in text
    assert "Rows that arrived late, rows that were corrected and value groups whose limits moved." in text
    assert next(iter(story(parts, "EUR"))).startswith("4 figures changed, by 9 customers. Reason: rows that arrived late, ")


def test_the_digest_tells_of_what_is_material_and_of_no_more(data: ScorecardData) -> None:
    assert [each.line for each in restated_lines([SETTLED, RECAST], "EUR")] == [
        (
            "Restated: Q2 2026 (edition 1 → 2): customers in 22,500 → 22,505 (+5); customers out 25,060 → 25,061 (+1), by rows "
            "that arrived "
            "late, rows that were corrected, customers who are one and a cause that could not be found"
        )
    ]
    many = [replace(SETTLED, is_material=True, label=f"Q{number}") for number in range(1, 6)]
    lines = [each.line for each in restated_lines(many, "EUR")]
    assert lines[0] == ("Restated: Q5 (not recast): drift within tolerance EUR 1 → -EUR 2 (-EUR 3), by exchange rates that changed")
    assert (len(lines), lines[-1]) == (4, "Restated: 2 earlier periods; the workbook has them")
    assert "Restated: Q2 2026 (edition 1 → 2)" in plain_thread(digest(told(data), workbook_name="scorecard.xlsx"))


def test_a_change_is_material_beyond_the_companys_share_of_what_was_published() -> None:
    heads, money = RECAST.figures[0], replace(RECAST.figures[2], measure="closing_amount")
    assert not is_material([heads], customers_rate=5 / 22_500, value_rate=0)
    assert is_material([heads], customers_rate=0.0002, value_rate=0)
    assert is_material([money], customers_rate=1, value_rate=0.0078)
    assert not is_material([money], customers_rate=1, value_rate=0.008)
    assert not is_material([RECAST.figures[3], SETTLED.figures[0]], customers_rate=0, value_rate=0)


def test_a_restatement_without_a_cause_says_so() -> None:
    assert replace(RECAST, figures=(figure("customers_in", "Customers in", ("1", "2")),), causes=()).reasons == "nothing that is known"


def chapter(edition: int, *inputs: Input, **changes: Any) -> Chapter:
    instant = datetime(2026, 10, 4 + edition, 6, tzinfo=UTC)
    first = Chapter(edition, "We lost 4.", instant, instant, date(2026, 9, 30), inputs, "words", "code", None, ())
    return replace(first, **changes)


def test_the_history_of_a_period_is_told_in_words(snapshot: SnapshotAssertion) -> None:
    orders, late = Input("orders", "a", 16), Input("orders", "b", 17)
    chapters = [
        chapter(1, orders, Input("rates", "a", 2)),
        chapter(2, late, Input("rates", "a", 2), restated=RECAST),
        chapter(3, replace(late, fingerprint="c"), Input("leads", "a", 1), restated=SETTLED, definitions_fingerprint="others"),
        chapter(4, replace(late, fingerprint="c"), Input("leads", "a", 1), definitions_fingerprint="others", code_fingerprint="other"),
        chapter(
            5,
            replace(late, fingerprint="c"),
            Input("leads", "a", 1),
            definitions_fingerprint="others",
            code_fingerprint="other",
            broken=("x: was changed",),
        ),
    ]
    assert "\n\n".join(history("Q2 2026", chapters, "EUR")) == snapshot


def test_a_period_that_was_never_restated_says_so() -> None:
    assert next(history("Q2 2026", [chapter(1)], "EUR")) == "Q2 2026 was published once and never restated."


def test_restatements_come_first_in_the_notes_where_there_are_any(data: ScorecardData) -> None:
    assert [page.title for page in tabs(told(data))[-1].pages][:2] == ["Restatements", "Data quality"]
    assert "Restatements" not in [page.title for page in tabs(data)[-1].pages]
