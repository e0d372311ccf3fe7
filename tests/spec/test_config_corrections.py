"""What a company corrects: each correction says why, whose and until when, and what cannot be meant is told by file and line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from config.company_snapshot import company_from_snapshot, write_snapshot
from config.control_total import ControlTotal
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = """
- reason: The shop entered it for the wrong customer.
  owner: sales operations
  date: 2026-09-01
  expiry: 2026-12-31
"""
MERGE = f"{ABOUT}  merge: [c02, 3]\n  into: c01\n"


def folder_with(folder: Path, corrections: str) -> Path:
    folder.mkdir()
    (folder / "definitions.yaml").write_text("company: Shop\ncurrency: EUR\ntime_zone: UTC\nsells_by: [repeat_purchase]\n")
    (folder / "sources.yaml").write_text(
        "extracts:\n"
        "  orders:\n"
        "    {silo: sales, dataset: purchases, path: o.csv, key: [id], attributes: {shop: shop},\n"
        "     columns: {customer_id: c, purchased_on: d, amount: a}}\n"
        "  lines: {silo: sales, path: l.csv, key: [id]}\n"
        "  files: {silo: sales, dataset: customers, path: c.csv, key: place_in_file, columns: {customer_id: c}}\n"
        "  tickets:\n"
        "    {silo: service, dataset: tickets, path: t.csv, key: [id], columns: {customer_id: c, opened_on: d, is_complaint: x}}\n"
        "  surveys:\n"
        "    {silo: service, dataset: surveys, path: s.csv, key: [id, d], columns: {customer_id: c, answered_on: d, score: s}}\n"
    )
    (folder / "corrections.yaml").write_text(f"corrections:{corrections}")
    return folder


def problem(folder: Path, corrections: str) -> str:
    with pytest.raises(CompanyFolderError) as told:
        load_company(folder_with(folder / "shop", corrections))
    (only,) = told.value.problems
    return only.removeprefix(f"{folder / 'shop' / 'corrections.yaml'}:")


def test_a_company_without_the_file_corrects_nothing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "shop", "")
    (folder / "corrections.yaml").unlink()
    assert load_company(folder).corrections.corrections == ()


def test_a_correction_says_what_it_does_without_a_customers_data(tmp_path: Path) -> None:
    further = [
        f"{ABOUT}  extract: orders\n  key: 14\n  column: customer_id\n  from: c99\n  to: c09\n",
        f"{ABOUT}  extract: surveys\n  key: [a|b, 2026-09-01]\n  drop: true\n",
        f"{ABOUT}  extract: surveys\n  key: [7]\n  column: score\n  from:\n  to: 9\n",
        f"{ABOUT}  extract: tickets\n  key: 8\n  column: is_complaint\n  from: true\n  to: false\n",
        f"{ABOUT}  extract: orders\n  key: 9\n  column: purchased_on\n  from: 2026-09-10\n  to: 2026-10-09\n",
        f"{ABOUT}  merge: [c04]\n  into: c01\n",
    ]
    corrections = load_company(folder_with(tmp_path / "shop", MERGE + "".join(further))).corrections
    assert [each.description for each in corrections.corrections] == [
        "customers c02, 3 merged into c01",
        "customer_id of row 14 of orders corrected",
        "row a\\|b|2026-09-01 of surveys left out",
        "score of row 7 of surveys corrected",
        "is_complaint of row 8 of tickets corrected",
        "purchased_on of row 9 of orders corrected",
        "customer c04 merged into c01",
    ]
    assert corrections.merged_into_on(date(2026, 12, 31)) == {"c02": "c01", "3": "c01", "c04": "c01"}
    assert corrections.merged_into_on(date(2027, 1, 1)) == {}


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        (
            ABOUT.replace("  owner", "  #owner") + "  merge: [a]\n  into: b\n",
            "2: corrections.0.owner: is missing and has no default; add it",
        ),
        ("\n- owner: x\n  date: 2026-09-01\n  expiry: 2026-09-02\n  merge: [a]\n  into: b\n", "2: corrections.0.reason: is missing and"),
        (MERGE.replace("The shop entered it for the wrong customer.", "typo"), "2: corrections.0.reason: expected 10 or more characters"),
        (MERGE.replace("2026-12-31", "2026-08-31"), "2: corrections.0: `expiry` (2026-08-31) is before `date` (2026-09-01); correct one"),
        (ABOUT, "2: corrections.0: expected one of `column` (with `from` and `to`), `drop: true` or `merge` (with `into`), found none"),
        (
            f"{MERGE}  drop: true\n",
            "2: corrections.0: expected one of `column` (with `from` and `to`), `drop: true` or `merge` (with `into`), found",
        ),
        (f"{ABOUT}  extract: orders\n  key: 1\n  column: amount\n  to: 1\n", "2: corrections.0: `column` needs `from` beside it; add what"),
        (f"{MERGE}  extract: orders\n", "2: corrections.0: `merge` has no use for `extract`; remove it"),
        (
            f"{ABOUT}  extract: order\n  key: 1\n  drop: true\n",
            "6: corrections.0.extract: no extract `order` in sources.yaml; name one of orders",
        ),
        (f"{ABOUT}  extract: lines\n  key: 1\n  drop: true\n", "6: corrections.0.extract: extract `lines` has no `dataset`"),
        (f"{ABOUT}  extract: files\n  key: 1\n  drop: true\n", "7: corrections.0.key: extract `files` has no key of its own"),
        (
            f"{ABOUT}  extract: orders\n  key: 1\n  column: colour\n  from: a\n  to: b\n",
            "8: corrections.0.column: extract `orders` maps no column `colour`; it maps customer_id, purchased_on, amount, shop",
        ),
        (
            f"{ABOUT}  extract: orders\n  key: 1\n  column: amount\n  from: a\n  to: b\n",
            "10: corrections.0.to: expected a number such as 12.50 for amount, found 'b'; correct it, or leave it empty",
        ),
        (
            f"{ABOUT}  extract: orders\n  key: 1\n  column: purchased_on\n  from: a\n  to: 31.12.2026\n",
            "10: corrections.0.to: expected a day such as 2025-12-31 for purchased_on, found '31.12.2026'",
        ),
        (f"{ABOUT}  extract: orders\n  key: 1\n  drop: true\n" * 2, "10: corrections.1: the same row as in corrections.0; keep one"),
        (
            f"{ABOUT}  extract: orders\n  key: 1\n  column: shop\n  from: a\n  to: b\n" * 2,
            "12: corrections.1: the same row and column as in corrections.0; keep one",
        ),
        (f"{MERGE}{ABOUT}  merge: [c02]\n  into: c07\n", "13: corrections.1.merge: c02 has two masters, c01 and c07; keep the right one"),
        (f"{MERGE}{ABOUT}  merge: [c05]\n  into: c02\n", "14: corrections.1.into: c02 is itself merged into c01; name c01 here"),
        (f"{ABOUT}  merge: [c05]\n  into: c05\n", "6: corrections.0.merge: c05 would be merged into itself; remove it"),
    ],
)
def test_what_cannot_be_meant_is_told_by_line(tmp_path: Path, correction: str, says: str) -> None:
    assert problem(tmp_path, correction).startswith(says)


def test_a_companys_folder_is_kept_word_for_word(tmp_path: Path) -> None:
    company = load_company(folder_with(tmp_path / "shop", MERGE))
    write_snapshot(company, tmp_path / "kept")
    assert (tmp_path / "kept" / "corrections.yaml").read_text() == f"corrections:{MERGE}"
    then = company_from_snapshot(tmp_path / "kept", company)
    assert (then.name, then.folder, then.corrections) == ("shop", company.folder, company.corrections)


@pytest.mark.parametrize("change", ["currency: USD", "currency: not a currency"])
def test_a_folder_that_was_changed_meanwhile_is_kept_as_it_was_understood(tmp_path: Path, change: str) -> None:
    company = load_company(folder_with(tmp_path / "shop", MERGE))
    path = company.folder / "definitions.yaml"
    path.write_text(path.read_text().replace("currency: EUR", change))
    write_snapshot(company, tmp_path / "kept")
    then: Any = company_from_snapshot(tmp_path / "kept", company)
    assert (then.definitions, then.sources, then.corrections) == (company.definitions, company.sources, company.corrections)


def test_a_file_that_is_gone_meanwhile_is_kept_as_it_was_understood(tmp_path: Path) -> None:
    company = load_company(folder_with(tmp_path / "shop", ""))
    (company.folder / "sources.yaml").unlink()
    write_snapshot(company, tmp_path / "kept")
    assert company_from_snapshot(tmp_path / "kept", company).sources == company.sources


def test_a_control_total_is_said_in_one_way_only() -> None:
    with pytest.raises(ValueError, match=r"expected numbers .*, a `query` or a `file`, and only one of these; keep one"):
        ControlTotal(rows=3, query="SELECT 1 AS rows")
