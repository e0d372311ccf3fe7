"""What a company's folder says once it has been read: definitions, extracts, places, and what the machine adds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from config.company import company_folders, find_company, load_company
from config.corrections import Corrections
from config.datasets import DATASETS, Dataset
from config.definitions import Definitions, settings_in_force
from config.schema import SCHEMA_FOLDER, schemas, write_schemas
from config.settings import PROJECT_FOLDER, Settings, home_folder, settings_from_environment
from config.sources import Extract, Sources
from config.themes import Themes
from config.yaml_file import CompanyFolderError, YamlModel, read_yaml
from tasks.customer_math.ledger.movements import LedgerRules

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

DEFINITIONS = """\
company: Demo
currency: JPY
time_zone: Asia/Tokyo
sells_by: [repeat_purchase, contract]
segments:
  plan: {says: Plan, from: subscriptions.product_group}
reasons:
  - {code: price, says: Too dear}
  - {code: moved, says: Moved away}
allowed_differences:
  - {extract: orders, because: The export runs late, until: 2025-12-31}
value: {tolerance_amount: 0.1}
"""
SOURCES = """\
extracts:
  orders:
    silo: sales
    dataset: purchases
    path: ${SHOP_EXPORTS}/orders.csv
    key: place_in_file
    columns: {customer_id: who, purchased_on: day}
    constants: {amount: no}
    codes: {status: {7: paid, 007: test, no: cancelled}}
    covers_through: 2025-09-30
    control_total: {rows: 3, amount: 123456789012345678.10}
  subscriptions:
    silo: sales
    dataset: contracts
    database: postgresql://reader:${SHOP_PASSWORD}@shop/sales
    table: sales.subscriptions
    key: [id]
    columns: {customer_id: who, starts_on: start, recurring_amount: fee, product_group: plan}
  lookup:
    silo: sales
    sql: select 1 as one
    key: [one]
    read: {encoding: cp1252}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company that sells by contract and by repeat purchase."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "definitions.yaml").write_text(DEFINITIONS)
    (folder / "sources.yaml").write_text(SOURCES)
    return folder


def test_a_company_is_called_as_its_folder(folder: Path) -> None:
    assert load_company(folder).name == "shop"


def test_extracts_are_found_by_the_shared_table_that_they_become(folder: Path) -> None:
    company = load_company(folder)
    assert list(company.extracts_of("purchases")) == ["orders"]
    assert list(company.extracts_of("contracts")) == ["subscriptions"]
    assert company.extracts_of("surveys") == {}
    assert company.mapped_extracts == ("orders", "subscriptions"), "the others are only joined"


def test_an_extract_knows_the_shared_table_that_its_rows_become(folder: Path) -> None:
    extracts = load_company(folder).sources.extracts
    assert extracts["orders"].shared is DATASETS["purchases"]
    assert extracts["lookup"].shared is None


def test_amounts_and_days_are_read_exactly(folder: Path) -> None:
    company = load_company(folder)
    orders = company.sources.extracts["orders"]
    assert company.definitions.value.tolerance_amount == Decimal("0.1")
    assert orders.control_total is not None
    assert orders.control_total.amount == Decimal("123456789012345678.10")
    assert orders.covers_through == date(2025, 9, 30)


def test_codes_are_text_as_they_are_written(folder: Path) -> None:
    orders = load_company(folder).sources.extracts["orders"]
    assert orders.codes == {"status": {"7": "paid", "007": "test", "no": "cancelled"}}
    assert orders.constants == {"amount": "no"}


def test_reasons_keep_the_companys_order(folder: Path) -> None:
    assert load_company(folder).definitions.reason_codes == ("price", "moved")
    assert load_company("demo").definitions.staying_reason_codes == ("taste", "habit", "care", "price", "plan")


def test_what_a_company_does_not_sell_by_is_not_supplied(folder: Path) -> None:
    company = load_company("demo")
    only_buying = replace(company, definitions=company.definitions.model_copy(update={"sells_by": ("repeat_purchase",)}))
    assert {"contracts.ends_on", "purchases.amount", "surveys.reason_code"} <= company.supplied
    assert company.supplied - only_buying.supplied == {name for name in company.supplied if name.startswith("contracts.")}


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_a_currency_has_its_own_minor_unit(folder: Path, currency: str, decimals: int) -> None:
    (folder / "definitions.yaml").write_text(DEFINITIONS.replace("JPY", currency))
    assert load_company(folder).definitions.minor_units == decimals


def test_variables_are_filled_into_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_EXPORTS", "/exports")
    assert load_company(folder).resolved_path("${SHOP_EXPORTS}/orders.csv") == "/exports/orders.csv"


def test_the_home_folder_has_a_place_without_being_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMER_MATH_HOME", raising=False)
    assert load_company(folder).resolved_path("${CUSTOMER_MATH_HOME}/x") == f"{PROJECT_FOLDER / 'var'}/x"


def test_a_missing_variable_is_told_with_the_line_that_needs_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    with pytest.raises(CompanyFolderError) as told:
        load_company(folder).resolved_path("postgresql://reader:${SHOP_PASSWORD}@shop/sales")
    assert str(told.value) == (
        f"{folder / 'sources.yaml'}:15: `postgresql://reader:${{SHOP_PASSWORD}}@shop/sales` "
        "needs the environment variable SHOP_PASSWORD, which is not set; set it (export SHOP_PASSWORD=...)"
    )


def test_a_company_is_found_by_its_name_under_config() -> None:
    for folder in company_folders():
        assert find_company(folder.name) == folder


def test_unquoted_values_are_numbers_truths_or_nothing_only_where_they_look_so(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    written = ["5", "-5", "0.50", "007", "1.2345678", "1e3", "true", "False", "no", "on", "null", "~", "''", "'5'", "2025-12-31", "12:30"]
    path.write_text(f"values: [{', '.join(written)}]\nempty:\nlines:\n- a: 1\n", encoding="utf-8-sig")
    file = read_yaml(path)
    assert file.content == {
        "values": [5, -5, 0.5, "007", "1.2345678", "1e3", True, False, "no", "on", None, None, "", "5", "2025-12-31", "12:30"],
        "empty": None,
        "lines": [{"a": 1}],
    }
    assert file.line(("lines", 0, "a")) == 4
    assert file.line(("lines", 7, "b")) == 3
    assert file.line(("unheard",)) == 1


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    here = {subclass for subclass in model.__subclasses__() if subclass.__module__.startswith("config.")}
    return {model, *(inner for subclass in here for inner in _models(subclass))}


def test_every_setting_has_a_sentence() -> None:
    silent = [
        f"{model.__name__}.{name}" for model in _models(YamlModel) for name, field in model.model_fields.items() if not field.description
    ]
    assert silent == []


def test_every_choice_of_the_definitions_has_an_owner() -> None:
    groups = {"calendar", "activity", "value", "digest"}
    unowned = [
        f"{group}.{name}"
        for group in sorted(groups)
        for name, field in type(Definitions.model_fields[group].default).model_fields.items()
        if not isinstance(field.json_schema_extra, dict) or not field.json_schema_extra.get("owner")
    ]
    assert unowned == []


def test_the_settings_in_force_are_told_with_their_owners(folder: Path) -> None:
    told = {setting.name: setting for setting in settings_in_force(load_company(folder).definitions)}
    assert told["activity.lapse_days"].value == "365"
    assert told["activity.lapse_days"].owner == "customer experience"
    assert told["activity.lapse_days"].description.startswith("A customer who buys repeatedly is active")
    assert told["activity.excluded_statuses"].value == "none"
    assert told["sells_by"].value == "repeat_purchase, contract"
    assert told["value.tolerance_amount"].value == "0.1"


def test_every_shared_tables_day_and_money_are_columns_of_it() -> None:
    for dataset in DATASETS.values():
        assert {dataset.event_on or dataset.required[0], dataset.amount or dataset.required[0]} <= set(dataset.column_names)


KINDS_BY_ENDING = {"_id": "id", "_on": "date", "_amount": "amount", "_rate": "rate", "_count": "integer"}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset.name)
def test_a_shared_tables_columns_carry_their_kind_in_their_names(dataset: Dataset) -> None:
    assert dataset.column(dataset.column_names[0]) == dataset.columns[0]
    for column in dataset.columns:
        for ending, kind in KINDS_BY_ENDING.items():
            assert not column.name.endswith(ending) or column.kind == kind, column
        assert (column.kind == "boolean") == column.name.startswith(("is_", "was_", "has_")), column
        assert column.kind != "date" or column.name.endswith("_on"), column
        assert column.kind != "amount" or column.name.endswith("amount"), column


def test_a_table_has_no_column_that_it_does_not_name() -> None:
    with pytest.raises(KeyError):
        DATASETS["purchases"].column("price")


def test_the_schemas_that_editors_use_are_fresh() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in SCHEMA_FOLDER.iterdir()}
    assert kept == schemas(), "run `make fix`"


def test_the_schemas_are_written_as_they_are(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new")
    assert {path.name: json.loads(path.read_text()) for path in (tmp_path / "new").iterdir()} == {
        "definitions.schema.json": Definitions.model_json_schema(),
        "sources.schema.json": Sources.model_json_schema(),
        "corrections.schema.json": Corrections.model_json_schema(),
        "themes.schema.json": Themes.model_json_schema(),
    }


def test_the_machines_settings_have_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("CUSTOMER_MATH_HOME", "SLACK_BOT_TOKEN", "SLACK_CHANNEL", "SLACK_API_URL", "CUSTOMER_MATH_MEMORY", "CUSTOMER_MATH_THREADS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert settings_from_environment() == Settings(
        home=PROJECT_FOLDER / "var",
        slack_token=None,
        slack_channel=None,
        slack_url="https://slack.com/api/",
        memory_limit="2GB",
        threads=None,
    )


def test_the_machines_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path))
    monkeypatch.setenv("CUSTOMER_MATH_MEMORY", "512MB")
    monkeypatch.setenv("CUSTOMER_MATH_THREADS", "3")
    settings = settings_from_environment()
    assert (settings.home, settings.memory_limit, settings.threads) == (tmp_path.resolve(), "512MB", 3)
    assert home_folder() == tmp_path.resolve()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CUSTOMER_MATH_THREADS", "many", "expected a number of threads such as 4, found 'many'"),
        ("CUSTOMER_MATH_THREADS", "0", "expected a number of threads such as 4, found '0'"),
        ("CUSTOMER_MATH_MEMORY", "lots", "expected an amount of memory such as 2GB, found 'lots'"),
    ],
)
def test_a_variable_that_makes_no_sense_is_told(monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CompanyFolderError) as told:
        settings_from_environment()
    assert str(told.value) == f"environment variable {name}: {expected}; set it so, or unset it"


def test_settings_never_show_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "secret-token")
    assert "secret-token" not in repr(settings_from_environment())


def test_an_extract_may_be_made_by_a_query_alone() -> None:
    extract = Extract.model_validate({"silo": "sales", "sql": "select 1 as one", "key": ["one"]})
    assert (extract.path, extract.database, extract.key) == (None, None, ("one",))


def test_a_companys_choices_decide_its_ledgers() -> None:
    definitions = load_company("demo").definitions
    rules = LedgerRules.of(definitions)
    assert (rules.activity, rules.value, rules.segments) == (definitions.activity, definitions.value, tuple(definitions.segments))
    assert (rules.reasons, rules.value_groups) == (definitions.reasons, definitions.value_groups)


def test_only_what_makes_a_customer_has_a_day_on_which_it_begins(folder: Path) -> None:
    (folder / "sources.yaml").write_text(SOURCES.replace("    covers_through", "    covers_from: founding\n    covers_through"))
    assert load_company(folder).sources.extracts["orders"].covers_from == "founding"
    sources = SOURCES.replace("dataset: purchases", "dataset: surveys").replace(
        "    covers_through", "    covers_from: 2025-01-01\n    covers_through"
    )
    (folder / "sources.yaml").write_text(sources.replace("{customer_id: who, purchased_on: day}", "{answered_on: day}"))
    with pytest.raises(CompanyFolderError, match="`covers_from` is about purchases and contracts"):
        load_company(folder)
