"""Explain: exactly the customers behind a published number, or a sentence on what could be asked for."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from config.company import load_company
from expectations.verdict import RefusedError
from tasks.customer_math.catalogue import CATALOGUE, MEASURES
from tasks.customer_math.ledger.periods import PeriodNameError
from tasks.explain import ExplainRequest, explain
from tasks.open_edition import UnknownNameError
from tests.small_company import EXTRACTS

if TYPE_CHECKING:
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from tasks.explain import Explanation
    from tests.pipeline.golden_edition import GoldenEdition

PERIOD = "2026-08"
SUPPLIED = frozenset(f"{extract['dataset']}.{column}" for extract in EXTRACTS.values() for column in extract["columns"])
PUBLISHED = CATALOGUE.supplied_by(SUPPLIED).measures
"""What the small company's extracts tell."""
COUNTED = [name for name, measure in PUBLISHED.items() if measure.unit == "customers" and name != "net_customers"]
ADDED_UP = [name for name in PUBLISHED if name not in COUNTED]
GROUPS = [("region", "North"), ("region", "South"), ("region", "not recorded"), ("size", "household"), ("size", "office")]
TRANSFERRED = [name for name in PUBLISHED if name.startswith("transferred_")]
"""What customers who stayed carried from one group to another: nothing of it is in the whole."""
FEW = ["opening_customers", "closing_amount", "terms_decided_count", *TRANSFERRED]
"""A measure of each unit and each side, which are explained for a group; the others' groups are in the rows of the whole."""


@dataclass(frozen=True)
class Shown:
    """The small company with a published period."""

    company: Company
    settings: Settings
    edition: Path
    figures: dict[tuple[str, str], Decimal]
    """What the edition says of the period, by group and measure."""

    def figure(self, measure: str, group: str | None) -> Decimal:
        return self.figures[group or "all=all", measure]

    def explain(self, measure: str, group: str | None = None, *, period: str = PERIOD, **named: Any) -> Explanation:
        question = ExplainRequest(period, measure, group, named.pop("edition", None), named.pop("part", None))
        return explain(self.company, question, settings=self.settings, **named)

    def problem(self, measure: str = "customers_out", group: str | None = None, **named: Any) -> str:
        with pytest.raises((UnknownNameError, RefusedError, PeriodNameError)) as refused:
            self.explain(measure, group, **named)
        return str(refused.value)

    def of_groups(self, measure: str) -> dict[str, Decimal]:
        """What the edition says of a measure of every group."""
        return {f"{segment_by}={segment}": self.figure(measure, f"{segment_by}={segment}") for segment_by, segment in GROUPS}


@pytest.fixture(scope="module")
def shown(golden_edition: GoldenEdition, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("explained")
    company = load_company(golden_edition.copied_to(folder).folder)
    edition = folder / "home" / "shop" / "scorecards" / PERIOD / "edition-1"
    rows = pq.read_table(edition / "figures.parquet").to_pylist()
    whole = (row for row in rows if (row["period"], row["split_by"]) == (PERIOD, "all"))
    figures = {(f"{row['segment_by']}={row['segment']}", row["measure"]): row["value"] for row in whole}
    return Shown(company, pipelines.settings_in(folder / "home"), edition, figures)


def added_up(found: Explanation) -> dict[str, Decimal]:
    """What the listed customers contribute to each group."""
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    sums = {
        f"{segment_by}={segment}": sum((Decimal(str(row["contribution"])) for row in rows if row[segment_by] == segment), Decimal(0))
        for segment_by, segment in GROUPS
    }
    assert all({row["region"], row["size"]} <= {segment for _by, segment in GROUPS} for row in rows)
    return sums


@pytest.mark.parametrize("measure", COUNTED)
def test_as_many_customers_are_listed_as_the_number_says(shown: Shown, measure: str) -> None:
    found, expected = shown.explain(measure, rows_count=100), int(shown.figure(measure, None))
    assert (found.customers_count, len(found.rows), len({row[0] for row in found.rows})) == (expected,) * 3
    assert {row[-1] for row in found.rows} <= {1}
    assert f": {expected:,} customer" in found.sentence
    assert measure in TRANSFERRED or added_up(found) == shown.of_groups(measure)


@pytest.mark.parametrize("measure", ADDED_UP)
def test_what_the_listed_customers_contribute_adds_up_to_the_number(shown: Shown, measure: str) -> None:
    missing = [need for need in MEASURES[measure].needs if need not in shown.company.supplied]
    if missing:
        with pytest.raises(UnknownNameError, match=f"not published: .* does not supply {', '.join(missing)}"):
            shown.explain(measure, rows_count=100)
        return
    found = shown.explain(measure, rows_count=100)
    contributions = [Decimal(str(row[-1])) for row in found.rows]
    assert sum(contributions) == shown.figure(measure, None)
    assert 0 not in contributions
    assert len(contributions) == found.customers_count
    assert measure in TRANSFERRED or added_up(found) == shown.of_groups(measure)


@pytest.mark.parametrize(("measure", "group"), [(name, GROUPS[turn % len(GROUPS)]) for turn, name in enumerate(FEW)])
def test_the_customers_of_a_group_are_those_of_the_whole_who_are_in_it(shown: Shown, measure: str, group: tuple[str, str]) -> None:
    segment_by, segment = group
    whole, found = (shown.explain(measure, asked, rows_count=100) for asked in (None, f"{segment_by}={segment}"))
    assert found.rows == tuple(row for row in whole.rows if row[whole.columns.index(segment_by)] == segment)
    assert sum(Decimal(str(row[-1])) for row in found.rows) == shown.figure(measure, f"{segment_by}={segment}")
    assert found.customers_count == len(found.rows)
    assert f" of {segment_by}={segment}, {PERIOD}, edition 1: " in found.sentence


@pytest.mark.parametrize("measure", ["intake_customers", "intake_second_customers", "intake_value_30_amount"])
def test_the_customers_behind_a_figure_of_the_intakes_add_up_to_it(shown: Shown, measure: str) -> None:
    for group in (None, "region=North", "size=office"):
        found = shown.explain(measure, group, rows_count=100)
        assert sum(Decimal(str(row[-1])) for row in found.rows) == shown.figure(measure, group), group
        assert found.columns[:3] == ("customer_id", "intake", "first_came_on")


def test_the_largest_contributions_come_first_and_no_more_than_asked_for(shown: Shown) -> None:
    found = shown.explain("customers_out_amount", rows_count=3)
    assert [(row[0], row[-1]) for row in found.rows] == [("c05", Decimal(120)), ("c06", Decimal(120)), ("c04", Decimal("45.50"))]
    assert found.customers_count == 4
    assert found.sentence == (
        "Value lost, 2026-08, edition 1: EUR 315.50, from 4 customers. "
        "What the customers out were worth in a year: at opening, or on their last day if they also came in the period."
    )


def test_a_row_says_who_moved_how_and_in_which_groups(shown: Shown) -> None:
    found = shown.explain("left_customers", "region=South")
    (row,) = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    assert {name: str(value) for name, value in row.items()} == {
        "customer_id": "c04",
        "customer_name": "Kasimir Quux",
        "movement": "left",
        "came_on": "None",
        "went_on": "2026-08-15",
        "opening_amount": "45.50",
        "closing_amount": "0.00",
        "reason_code": "price",
        "region": "South",
        "size": "household",
        "contribution": "1",
    }
    assert found.sentence.startswith("Left (on record) of region=South, 2026-08, edition 1: 1 customer")


def test_the_parts_of_what_a_measure_is_told_apart_by_add_up_to_it(shown: Shown) -> None:
    by_reason = {part: shown.explain("customers_out", part=f"reason={part}") for part in ("price", "no_reason_known")}
    assert [found.customers_count for found in by_reason.values()] == [1, 3]
    assert by_reason["price"].sentence.startswith("Customers out of reason=price, 2026-08, edition 1: 1 customer")
    assert [row[0] for row in shown.explain("customers_out", "region=South", part="reason=price").rows] == ["c04"]


def test_a_file_holds_every_customer_however_few_are_shown(shown: Shown, tmp_path: Path) -> None:
    output = tmp_path / "to" / "closing.csv"
    found = shown.explain("closing_amount", rows_count=2, output=output)
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(found.rows), len(rows), found.customers_count) == (2, 7, 7)
    assert tuple(rows[0]) == found.columns
    assert sum(Decimal(row["contribution"]) for row in rows) == shown.figure("closing_amount", None)
    assert [path.name for path in output.parent.iterdir()] == ["closing.csv"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"measure": "customer_out"}, "measure 'customer_out': did you mean customers_out?"),
        ({"measure": "people"}, "measure 'people': expected one of opening_customers, new_customers, returned_customers, "),
        ({"group": "region"}, "segment 'region': expected region=... or size=..."),
        ({"group": "country=North"}, "segment 'country=North': expected region=... or size=..."),
        ({"group": "region=Nort"}, "segment 'region=Nort': did you mean North?"),
        ({"group": "region=Mars"}, "segment 'region=Mars': expected one of North, South, not recorded"),
        ({"period": "2026-07"}, "2026-07 of shop was not published; published periods: 2026-08"),
        ({"period": "August"}, "period 'August': expected a week (2025-W36), month (2025-08), quarter (2025-Q3) or year (2025)"),
        ({"edition": 2}, "edition 2: 2026-08 has editions 1"),
        ({"part": "reason"}, "part 'reason': expected ended_by=... or reason=... or tenure=... or since_first=... "),
        ({"part": "reason=pric"}, "part 'reason=pric': did you mean price?"),
        ({"measure": "net_customers", "part": "reason=price"}, "part 'reason=price': expected "),
    ],
)
def test_what_there_is_none_of_is_answered_with_what_there_is(shown: Shown, asked: dict[str, Any], message: str) -> None:
    assert shown.problem(**asked).startswith(message)


def test_a_period_whose_writing_was_broken_off_was_not_published(shown: Shown) -> None:
    broken_off = shown.edition.parent.parent / "2026-06"
    broken_off.mkdir()
    assert shown.problem(period="2026-06") == "2026-06 of shop was not published; published periods: 2026-08"
    broken_off.rmdir()


def test_a_measure_that_an_edition_is_too_old_for_is_refused_in_words(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = replace(MEASURES["opening_customers"], name="new_in_town_customers", contribution=lambda ledger: ledger.new_in_town)
    monkeypatch.setitem(MEASURES, newer.name, newer)
    assert shown.problem(newer.name) == (
        "measure 'new_in_town_customers': expected it in figures.csv of edition 1 of 2026-08, found none: it was published before there "
        "was this measure, or what it needs; run the period again"
    )


def test_a_way_of_grouping_that_was_declared_later_is_refused_in_words_and_not_shown(shown: Shown) -> None:
    company = shown.company
    later = company.definitions.model_copy(update={"segments": (*company.definitions.segments, "tier")})
    ask = partial(explain, replace(company, definitions=later), settings=shown.settings)
    with pytest.raises(UnknownNameError, match="edition was published before tier was declared; run the period again"):
        ask(ExplainRequest(PERIOD, "opening_customers", "tier=gold"))
    assert ask(ExplainRequest(PERIOD, "opening_customers")) == shown.explain("opening_customers")
