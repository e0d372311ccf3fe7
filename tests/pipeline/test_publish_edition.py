"""An edition: the same numbers in every file of it, whole or not at all, and never changed again."""

from __future__ import annotations

import csv
import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import ibis
import openpyxl
import pyarrow.parquet as pq
import pytest
from ibis import _

from config.datasets import DATASETS
from config.measures.roll_forward import ROLL_FORWARD
from config.published_files import FILES as PUBLISHED_FILES
from config.settings import PROJECT_FOLDER
from expectations.verdict import RefusedError
from tasks.customer_math.catalogue import CUSTOMER_MEASURES
from tasks.customer_math.ledger.movements import core_ledger
from tasks.reporting.pages.segments import AMOUNTS, CUSTOMERS
from tasks.store.editions import Manifest, editions

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.publish import Published

PERIOD = "2026-08"
WRITERS = (
    "tasks.reporting.render.workbook.workbook",
    "tasks.reporting.render.png.trend_picture",
    "tasks.publish.digest",
    "tasks.publish.validation_page",
)
TOMORROW = date(2026, 11, 2)
FILES = {
    "company/definitions.yaml",
    "company/sources.yaml",
    "customers.xlsx",
    "digest.json",
    "digest.txt",
    "thread.txt",
    "sentences.json",
    "figures.csv",
    "figures.parquet",
    "intakes.parquet",
    "mail.html",
    "manifest.json",
    "movements.parquet",
    "page.html",
    "page.pdf",
    "restatements.parquet",
    "scorecard.xlsx",
    "trend.png",
    "validation/index.html",
    "validation/set-aside-orders.parquet",
}
Figures = dict[tuple[str, ...], Decimal]


class Lines(logging.Handler):
    """Every line that is logged anywhere, however quiet its logger is."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{record.getMessage()} {record.exc_info or ''}")


@dataclass(frozen=True)
class Made:
    """A published period of the small company: its folder, its stages, its first edition, and what was logged on the way."""

    company: Any
    home: Path
    stages: Any
    published: Published
    logged: list[str]

    def file(self, name: str) -> Path:
        return self.published.folder / name

    @property
    def manifest(self) -> Manifest:
        return Manifest.model_validate_json(self.file("manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(shop: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder, lines = tmp_path_factory.mktemp("published"), Lines()
    company = shop(folder / "shop")
    names = ("tasks", "expectations", "config", "great_expectations")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(lines)
    try:
        stages = pipelines.read_and_validate(company.folder, folder / "home")
        published = stages.publish(PERIOD)
    finally:
        logging.getLogger().removeHandler(lines)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    return Made(company, folder / "home", stages, published, lines.said)


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


NUMBERS = ("numerator", "denominator", "value")


def figures_of(made: Made) -> Figures:
    """The figures of every period that the edition shows, as figures.parquet has them."""
    rows = pq.read_table(made.file("figures.parquet")).to_pylist()
    return {(row["period"], row["segment_by"], row["segment"], row["measure"]): row["value"] for row in rows if row["split_by"] == "all"}


def figure(made: Made, measure: str, *, segment_by: str = "all", segment: str = "all", period: str = PERIOD) -> Decimal:
    return figures_of(made)[period, segment_by, segment, measure]


def test_every_file_of_an_edition_and_every_column_has_its_sentence(made: Made) -> None:
    written = {file.name: file for file in PUBLISHED_FILES}
    silent = []
    for path in sorted(each for each in made.published.folder.rglob("*") if each.is_file()):
        name = path.relative_to(made.published.folder).as_posix()
        alike = (name, name.replace(".parquet", ".csv"), re.sub(r"set-aside-\w+", "set-aside-*", name), name.split("/")[0] + "/")
        file = next((written[each] for each in alike if each in written), None)
        columns = pq.read_schema(path).names if path.suffix == ".parquet" else []
        of_its_table = {*DATASETS["purchases"].column_names} if "set-aside" in name else set()
        silent += (
            [name] if file is None else [f"{name}: {each}" for each in columns if not (each in of_its_table or file.sentence_of(each))]
        )
    assert silent == []


def test_an_edition_holds_every_file_that_a_run_leaves(made: Made) -> None:
    assert made.published.folder == made.home / "shop" / "scorecards" / PERIOD / "edition-1"
    assert (made.published.edition, made.published.is_new) == (1, True)
    assert set(bytes_in(made.published.folder)) == FILES
    assert all(bytes_in(made.published.folder).values())


def test_the_figures_are_those_that_were_made_up(made: Made) -> None:
    heads = {measure.name: int(figure(made, measure.name)) for measure in CUSTOMER_MEASURES if not measure.name.startswith("transferred_")}
    assert heads == {
        "opening_customers": 8,
        "new_customers": 1,
        "returned_customers": 1,
        "in_and_out_customers": 1,
        "customers_in": 3,
        "left_customers": 2,
        "lapsed_customers": 1,
        "customers_out": 4,
        "net_customers": -1,
        "closing_customers": 7,
        "increased_customers": 1,
        "decreased_customers": 1,
        "unchanged_customers": 2,
        "out_and_back_customers": 1,
    }
    amounts = {name: figure(made, f"{name}_amount") for name in ("customers_in", "customers_out", "increased", "decreased", "fx_effect")}
    assert amounts == {
        "customers_in": 100 + (40 + 60) + 10 * 12,
        "customers_out": 120 + Decimal("45.50") + 30 + 10 * 12,
        "increased": 70,
        "decreased": 30,
        "fx_effect": 100 * 12 * (Decimal("1.06") - Decimal("1.05")),
    }


def test_the_csv_holds_the_same_figures_as_the_parquet_file(made: Made) -> None:
    with made.file("figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [{**row, **{name: Decimal(row[name]) if row[name] else None for name in NUMBERS}} for row in rows]
    assert found == pq.read_table(made.file("figures.parquet")).to_pylist()


def test_the_intakes_of_an_edition_are_the_customers_behind_its_figures(made: Made) -> None:
    came = pq.read_table(made.file("intakes.parquet")).to_pylist()
    assert len(came) == figure(made, "intake_customers")
    assert sum(row["first_purchase_amount"] for row in came) == figure(made, "intake_first_purchase_amount")
    assert {row["intake"] for row in came if row["customer_id"] == "c01"} == {PERIOD}


def test_searching_for_a_published_name_finds_it_in_the_table(made: Made) -> None:
    table = "".join(path.read_text(encoding="utf-8") for path in (PROJECT_FOLDER / "config/measures").glob("*.py"))
    published = {row["measure"] for row in pq.read_table(made.file("figures.parquet")).to_pylist()}
    searched = {re.sub(r"(?<=intake_)(reached|stayed|value)_\d+_", r"\1_{days}_", name) for name in published}
    assert len(published) > 100
    assert [name for name in sorted(searched) if f'name="{name}"' not in table] == []


def test_the_workbooks_first_sheet_shows_the_same_figures(made: Made) -> None:
    rows = list(openpyxl.load_workbook(made.file("scorecard.xlsx"))["Scorecard"].iter_rows(values_only=True))
    first = next(number for number, row in enumerate(rows) if row[0] == ROLL_FORWARD[0].label)
    for movement, row in zip(ROLL_FORWARD, rows[first:], strict=False):
        for measure, column in ((movement.customers, 1), (movement.amount, 7)):
            if measure:
                assert Decimal(str(row[column])) == figure(made, measure), movement.label
                assert Decimal(str(row[column + 1])) == figure(made, measure, period="2026-07"), movement.label


def test_the_workbooks_segments_show_the_same_figures(made: Made) -> None:
    sheet = openpyxl.load_workbook(made.file("scorecard.xlsx"))["Groups"]
    rows = {row[0]: row for row in reversed(list(sheet.iter_rows(values_only=True)))}  # of each name the first row
    for group in ("North", "South", "not recorded"):
        shown = [rows[group][1 : len(CUSTOMERS) + 1], rows[group][len(CUSTOMERS) + 1 :]]
        for cells, measures in zip(shown, (CUSTOMERS, AMOUNTS), strict=True):
            found = [Decimal(str(cell)) for cell in cells[: len(measures)]]
            assert found == [figure(made, name, segment_by="region", segment=group) for name in measures]


@pytest.mark.parametrize(
    ("sheet", "measure", "amount"),
    [("Customers in", "customers_in", "customers_in_amount"), ("Customers out", "customers_out", "customers_out_amount")],
)
def test_the_workbooks_lists_have_a_row_for_every_customer_and_add_up(made: Made, sheet: str, measure: str, amount: str) -> None:
    rows = list(openpyxl.load_workbook(made.file("customers.xlsx"))[sheet].iter_rows(values_only=True))
    heading = next(number for number, row in enumerate(rows) if row[0] == "Customer id")
    value = rows[heading].index("Value, EUR")
    customers = [row for row in rows[heading + 1 :] if row[0]]
    assert len(customers) == figure(made, measure)
    assert sum(Decimal(str(row[value])) for row in customers) == figure(made, amount)


def test_the_digest_says_the_same_numbers(made: Made) -> None:
    said = made.file("digest.txt").read_text(encoding="utf-8")
    assert said.startswith("We brought in 3 customers, but we lost 4.\n")
    for line in ("5 of 8 customers stayed", "8 → 7 customers (-1)", "In: 3 (in July 2026 4)", "Out: 4 (in July 2026 1)"):
        assert line in said
    thread = made.file("thread.txt").read_text(encoding="utf-8")
    assert "In: 1 new (EUR 100), 1 returned (EUR 100), 1 in and out (EUR 120)" in thread
    assert "Out: 2 left (on record) (EUR 166) (1 told us, 1 contract ended), 1 lapsed (went silent) (EUR 30), 1 in and out" in thread
    posted = json.loads(made.file("digest.json").read_text(encoding="utf-8"))
    assert "We brought in 3 customers, but we lost 4." in posted["text"]
    assert posted["blocks"][0]["text"]["text"] == "We brought in 3 customers, but we lost 4."
    assert made.published.headline == made.manifest.headline == "We brought in 3 customers, but we lost 4."


def test_the_movements_are_the_customers_behind_the_figures(made: Made) -> None:
    rows = pq.read_table(made.file("movements.parquet")).to_pylist()
    assert {row["customer_id"]: row["movement"] for row in rows} == {
        "c01": "new",
        "c02": "returned",
        "c03": "lapsed",
        "c04": "left",
        "c05": "left",
        "c06": "in_and_out",
        "c07": "out_and_back",
        "c08": "increased",
        "c09": "decreased",
        "c10": "unchanged",
        "c11": "unchanged",
    }
    assert sum(row["opening_amount"] for row in rows) == figure(made, "opening_amount")
    assert {row["customer_id"]: row["reason_code"] for row in rows if row["out_count"]} == {
        "c03": "no_reason_known",
        "c04": "price",
        "c05": "no_reason_known",
        "c06": "no_reason_known",
    }


def test_the_rows_set_aside_are_kept_with_their_reasons(made: Made) -> None:
    rows = pq.read_table(made.file("validation/set-aside-orders.parquet")).to_pylist()
    assert [(row["customer_id"], row["amount"], row["broken_rules"]) for row in rows] == [
        ("c99", Decimal(500), "orders.customer_is_known"),
    ]


def test_the_manifest_says_what_the_edition_rests_on(made: Made, pipelines: Any) -> None:
    manifest = made.manifest
    assert (manifest.company, manifest.period, manifest.edition) == ("Corner Shop (made up)", PERIOD, 1)
    assert (str(manifest.data_through), manifest.as_of, manifest.published_at) == ("2026-09-30", *[pipelines.NOW] * 2)
    assert manifest.code_version == version("customer-math")
    fingerprints = (manifest.definitions_fingerprint, manifest.code_fingerprint, manifest.figures_fingerprint)
    assert {len(text) for text in (*fingerprints, *(each.fingerprint for each in manifest.inputs))} == {64}
    assert [each.extract for each in manifest.inputs] == ["customers", "orders", "contracts", "departures", "rates"]


def test_the_manifest_counts_rows_and_money_of_every_input(made: Made) -> None:
    inputs = {each.extract: each for each in made.manifest.inputs}
    orders = inputs["orders"]
    assert (orders.rows_read_count, orders.rows_used_count, orders.rows_set_aside_count, orders.rows_superseded_count) == (16, 14, 1, 1)
    amounts = (orders.amount_read, orders.amount_used, orders.amount_set_aside, orders.amount_superseded)
    assert amounts == (Decimal("2113.50"), Decimal("1514.50"), Decimal(500), Decimal(99))
    assert (orders.files, str(orders.covers_from), str(orders.covers_through)) == (("orders.csv",), "2026-05-02", "2026-09-30")
    assert (inputs["customers"].rows_read_count, inputs["customers"].amount_read) == (11, None)


def test_no_customers_name_is_told_to_those_who_need_none(made: Made) -> None:
    texts = {name: made.file(name).read_text(encoding="utf-8") for name in FILES if name.endswith((".txt", ".json", ".html", ".csv"))}
    texts |= {page.name: page.read_text(encoding="utf-8") for page in made.home.glob("shop/accepted/*/*/validation.html")}
    texts["log"] = "\n".join(made.logged)
    assert "published edition 1 of 2026-08" in texts["log"]
    assert {name for name, text in texts.items() if "Quux" in text or "Zephyrine" in text} == set()


def test_the_scorecard_holds_neither_names_nor_ids_of_customers(made: Made) -> None:
    ids = {row["customer_id"] for row in pq.read_table(made.file("movements.parquet")).to_pylist()}
    book = openpyxl.load_workbook(made.file("scorecard.xlsx"))
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert not texts & ids
    assert [text for text in texts if "Quux" in text or "Zephyrine" in text] == []


def test_a_name_that_looks_like_a_formula_is_inert_in_the_workbook(made: Made) -> None:
    cells = [cell for row in openpyxl.load_workbook(made.file("customers.xlsx"))["Customers in"].iter_rows() for cell in row]
    (named,) = [cell for cell in cells if cell.value == '=HYPERLINK("Quux")']
    assert named.data_type == "s"


def test_publishing_again_the_next_day_makes_no_new_edition(made: Made, pipelines: Any) -> None:
    before = bytes_in(made.home / "shop" / "scorecards")
    stages = pipelines.read_and_validate(made.company.folder, made.home, today=TOMORROW)
    again = stages.publish(PERIOD, now=pipelines.NOW + timedelta(days=1))
    assert (again.edition, again.is_new, again.folder, again.headline) == (1, False, made.published.folder, made.published.headline)
    assert bytes_in(made.home / "shop" / "scorecards") == before


def test_that_nothing_has_changed_is_known_before_anything_is_weighed(made: Made, pipelines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.publish.with_analyses", None)
    again = pipelines.read_and_validate(made.company.folder, made.home).publish(PERIOD)
    assert again == replace(made.published, is_new=False)


def test_a_corrected_input_makes_the_next_edition_and_leaves_the_first_as_it_was(made: Made, pipelines: Any) -> None:
    first = bytes_in(made.published.folder)
    made.company.change("orders.csv", "1,c02,2026-05-02,40.00", "1,c02,2026-05-02,41.00")
    second = pipelines.read_and_validate(made.company.folder, made.home).publish(PERIOD)
    assert (second.edition, second.is_new, second.folder.name) == (2, True, "edition-2")
    assert bytes_in(made.published.folder) == first
    now, then = (edition.manifest for edition in reversed(editions(made.published.folder.parent)))
    changed = [each.extract for each, before in zip(now.inputs, then.inputs, strict=True) if each.fingerprint != before.fingerprint]
    assert changed == ["orders"]
    assert now.figures_fingerprint != then.figures_fingerprint
    made.company.change("orders.csv", "1,c02,2026-05-02,41.00", "1,c02,2026-05-02,40.00")


def test_a_changed_definition_makes_a_new_edition_though_every_figure_is_the_same(made: Made, pipelines: Any) -> None:
    made.company.change("definitions.yaml", "Too expensive", "Not worth its price")
    third = pipelines.read_and_validate(made.company.folder, made.home).publish(PERIOD)
    assert (third.is_new, third.edition) == (True, len(editions(third.folder.parent)))
    latest = editions(third.folder.parent)[-1].manifest
    assert latest.definitions_fingerprint != made.manifest.definitions_fingerprint
    assert latest.figures_fingerprint == made.manifest.figures_fingerprint


@pytest.mark.parametrize("writer", WRITERS)
def test_a_crash_in_the_middle_of_writing_leaves_nothing(made: Made, monkeypatch: pytest.MonkeyPatch, writer: str) -> None:
    def crash(*_given: object, **_named: object) -> None:
        raise MemoryError(writer)

    monkeypatch.setattr(writer, crash)
    with pytest.raises(MemoryError, match=writer):
        made.stages.publish("2026-07")
    assert list((made.home / "shop" / "scorecards" / "2026-07").iterdir()) == []


@pytest.mark.parametrize(
    ("of_period", "changes", "message"),
    [
        (
            "2026-08",
            {"reason_code": ibis.null("string")},
            r"the ledger is not what it must be: rule ledger\.reason_named \(.*\) 11 rows of 11; nothing is published",
        ),
        (
            "2026-07",
            {"closing_amount": (_.movement == "unchanged").ifelse(_.closing_amount + 1, _.closing_amount)},
            r"a period does not close as the next one opens \(later 2026-08, .*residual 1.*expected a residual of 0; nothing is published",
        ),
    ],
    ids=["a rule", "the chain"],
)
def test_a_ledger_that_is_not_what_it_must_be_is_not_published(
    made: Made, monkeypatch: pytest.MonkeyPatch, of_period: str, changes: dict[str, Any], message: str
) -> None:
    def tampered(history: Any, period: Any, rules: Any) -> Any:
        ledger: Any = core_ledger(history, period, rules)
        named = {name: value.resolve(ledger) if isinstance(value, ibis.Deferred) else value for name, value in changes.items()}
        return ledger.mutate(**{name: (ledger.period == of_period).ifelse(value, ledger[name]) for name, value in named.items()})

    monkeypatch.setattr("tasks.store.ledgers.core_ledger", tampered)
    monkeypatch.setattr("tasks.store.ledgers.statement_of", lambda *given, **_folder: given[-1]())  # other tests shall not find it
    with pytest.raises(RefusedError, match=message):
        made.stages.publish(PERIOD, code=f"tampered with {of_period}")
