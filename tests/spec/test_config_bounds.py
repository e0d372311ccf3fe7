"""What a company's folder may not hold: more than anybody writes, what no file can be, and passwords in a message."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from config.company import Company, load_company
from config.redaction import without_password
from config.refusal import Refusal
from config.sources import Sources
from config.yaml_file import CompanyFolderError, YamlModel, check, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "hunter2hunter2"
EXTRACT = {"silo": "sales", "path": "orders.csv", "key": ["id"]}


def problem(path: Path) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(CompanyFolderError) as refused:
        read_yaml(path)
    return str(refused.value).replace(f"{path}:", "")


def told_of_sources(folder: Path, extract: dict[str, Any] | str) -> str:
    """What is said of a folder whose one extract is declared so, as JSON, which is YAML too."""
    (folder / "definitions.yaml").write_text("company: Shop\ncurrency: EUR\ntime_zone: UTC\nsells_by: [repeat_purchase]\n")
    (folder / "sources.yaml").write_text(f"extracts:\n  orders: {extract}\n")
    with pytest.raises(CompanyFolderError) as refused:
        load_company(folder)
    return str(refused.value)


def test_aliases_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 15)]
    (tmp_path / "sources.yaml").write_text("\n".join(lines))
    assert problem(tmp_path / "sources.yaml").startswith("1: expected 100,000 values at most, found 1,")


def test_levels_without_end_are_refused(tmp_path: Path) -> None:
    for endless in ("a: " + "[" * 5000 + "]" * 5000, "a: &a [*a]"):
        (tmp_path / "sources.yaml").write_text(endless)
        assert problem(tmp_path / "sources.yaml") == "1: is nested without end (an alias inside what it stands for?); write it out"


def test_a_file_that_nobody_wrote_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("a: b\n" + "#" * (1 << 20))
    os.mkfifo(tmp_path / "definitions.yaml")
    for name in ("sources.yaml", "definitions.yaml"):
        assert "expected a file of at most 1 MB, found something else" in problem(tmp_path / name)


def test_a_key_that_is_none_is_refused_without_its_words(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(f"database: *{PASSWORD}\n")
    assert problem(tmp_path / "sources.yaml") == (
        "1: is not YAML: cannot be understood from here on; look at the indentation, the quotes and the colons"
    )


@pytest.mark.parametrize("setting", ["silo", "columns", "read", "covers_through", "dataset"])
def test_a_url_in_the_wrong_setting_is_not_shown(tmp_path: Path, setting: str) -> None:
    told = told_of_sources(tmp_path, f"{{path: a.csv, key: [id], {setting}: 'postgresql://u:{PASSWORD}@shop/sales'}}")
    assert f"orders.{setting}: " in told
    assert PASSWORD not in told


def test_a_long_value_is_shown_by_its_beginning(tmp_path: Path) -> None:
    assert f"found '{'x' * 60}'..." in told_of_sources(tmp_path, f"{{path: a.csv, key: [id], silo: {'x' * 5000}}}")


def test_a_kind_of_mistake_without_words_of_its_own_is_told_in_ours(tmp_path: Path) -> None:
    total = "{path: a.csv, key: [id], silo: sales, control_total: {amount: Infinity}}"
    assert "orders.control_total.amount: is not what this setting takes" in told_of_sources(tmp_path, total)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://u:{PASSWORD}@shop/${{SALES}}", "postgresql://u:***@shop/${SALES}"),
        ("postgresql://u:${SHOP_PASSWORD}@shop/sales", "postgresql://u:${SHOP_PASSWORD}@shop/sales"),
        (f"postgresql://shop/sales?password={PASSWORD}&user=u", "postgresql://shop/sales?password=***&user=u"),
        ("postgresql://ada:p@ss:w/rd@shop/sales", "postgresql://ada:***@shop/sales"),
        ("exports/orders.csv", "exports/orders.csv"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ({"encoding": name}, "expected an encoding of text")
        for name in (
            "undefined",
            "idna",
            "punycode",
            "base64",
            "rot13",
            "unicode_escape",
            "raw_unicode_escape",
            "utf-7",
            "utf_7",
            "no such",
        )
    ]
    + [({"delimiter": mark}, "expected a `delimiter` and a `quote` that differ") for mark in ("\n", "\r", '"', ';"', "\0")]
    + [({"quote": "\n"}, "expected a `delimiter` and a `quote` that differ")]
    + [({"drop_lines_matching": ["("]}, "expected a regular expression, found a text that is none")]
    + [({"dates": []}, "at least 1 item"), ({"dates": ["%Q"]}, "strptime pattern")]
    + [({"skip_rows": 10**15}, "less than or equal to 1000"), ({"header_rows": 10**15}, "less than or equal to 1000")],
)
def test_a_way_of_reading_that_cannot_be_is_refused(read: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sources.model_validate({"extracts": {"orders": {**EXTRACT, "read": read}}})


@pytest.mark.parametrize(
    "read", [{"quote": ""}, {"delimiter": "\\t"}, {"delimiter": "||"}, {"encoding": "UTF16"}, {"drop_lines_matching": ["^#"]}]
)
def test_a_way_of_reading_that_can_be_is_taken(read: dict[str, Any]) -> None:
    assert Sources.model_validate({"extracts": {"orders": {**EXTRACT, "read": read}}})


def test_a_path_is_shown_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_EXPORTS", "/exports-of-the-shop")
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path))
    company: Any = Company(tmp_path, None, None)  # pyright: ignore[reportArgumentType] - paths need neither
    assert company.shown_path("${SHOP_EXPORTS}/orders.csv") == "${SHOP_EXPORTS}/orders.csv"
    assert company.shown_path("${CUSTOMER_MATH_HOME}/orders.csv") == f"{tmp_path}/orders.csv"
    assert company.shown_path("orders-${SHOP_EXPORTS}.csv") == f"{tmp_path}/orders-${{SHOP_EXPORTS}}.csv"
    assert company.shown_path("https://me:s3cret@host/orders.csv?key=abc") == "https://me:***@host/orders.csv"
    assert company.shown_path("sftp://me:${SHOP_EXPORTS}@host/*.csv") == "sftp://me:${SHOP_EXPORTS}@host/*.csv"
    assert company.shown_name("exports-of-the-shop", "${SHOP_EXPORTS}") == "exports-of-the-shop"


def test_any_refusal_leaves_out_the_middle_of_thousands_of_letters() -> None:
    assert len(str(Refusal(f"expected a file at {'x/' * 5_000}, found none"))) < 2_100


def test_of_problems_that_differ_by_numbers_alone_the_first_few_are_said_and_how_many_more(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("numbers: [\n" + "x,\n" * 300 + "]\nother: x\n", encoding="utf-8")
    with pytest.raises(CompanyFolderError) as refused:
        check(read_yaml(path), _Numbers)
    assert [problem.removeprefix(f"{path}:") for problem in refused.value.problems] == [
        "2: numbers.0: expected a whole number, found 'x'",
        "3: numbers.1: expected a whole number, found 'x'",
        "4: numbers.2: expected a whole number, found 'x'",
        "5: and so 297 times more, here and below",
        "303: other: expected a whole number, found 'x'",
    ]


class _Numbers(YamlModel):
    numbers: tuple[int, ...]
    other: int


def test_of_a_problem_of_thousands_of_letters_the_middle_is_left_out() -> None:
    (problem,) = CompanyFolderError([f"a.yaml:3: no extract `{'x' * 5_000}`; name one of orders"]).problems
    assert problem.startswith("a.yaml:3: no extract `xxx")
    assert problem.endswith("xxx`; name one of orders")
    assert len(problem) < 2_100
