"""Themes of comments: keywords as they are looked for, the company's file, and what is counted of none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from config.company import load_company
from config.company_snapshot import company_from_snapshot, write_snapshot
from config.themes import Theme, Themes, plain_text
from config.topic_settings import Experience
from config.yaml_file import CompanyFolderError
from tasks.customer_math.analysis.exposures import Landmark, comments_by_theme, exposed
from tasks.customer_math.ledger.comments import with_themes
from tasks.customer_math.ledger.experiences import experiences
from tests.small_company import small_company

if TYPE_CHECKING:
    from pathlib import Path

LATE = Theme(name="Late", keywords=("late", "zu spät"))
PARCEL = Theme(name="Parcel", keywords=("parcel*", "Não entregue"))
CASES = (
    ("The parcel came LATE,\nagain", ["Late", "Parcel"]),
    ("Parcels!", ["Parcel"]),
    ("the latest news", []),
    ("kam viel zu spat", ["Late"]),
    ("nao  ENTREGUE", ["Parcel"]),
    ("na\u0303o entregue", ["Parcel"]),
    ("entregue, não", []),
    ("...", None),
    (None, None),
)
SURVEYS = {"customer_id": "string", "answered_on": "date", "stage": "string", "comment": "string", "record_key": "string"}
FILE = "themes:\n  - name: Late\n    keywords: [late]\n  - name: Rude\n    keywords: [rude]\n    use: false\n"


def comments(*texts: str | None) -> ibis.Table:
    """Answers of one customer each, on one day."""
    rows = {
        "customer_id": [f"c{number}" for number in range(len(texts))],
        "answered_on": ["2026-06-10"] * len(texts),
        "stage": [None] * len(texts),
        "comment": list(texts),
        "record_key": [f"k{number}" for number in range(len(texts))],
    }
    return ibis.memtable(rows, schema={**SURVEYS, "answered_on": "string"}).cast(SURVEYS)


def test_a_comment_is_of_every_theme_that_has_a_keyword_in_it(connection: Any) -> None:
    found = connection.to_pyarrow(with_themes(comments(*(text for text, _ in CASES)), (LATE, PARCEL)).order_by("record_key"))
    assert found["themes"].to_pylist() == [names for _, names in CASES]
    assert "plain_comment" not in found.column_names


def test_the_engine_and_the_program_make_plain_text_alike(connection: Any) -> None:
    for text, names in CASES:
        held = [theme.name for theme in (LATE, PARCEL) if any(part in f" {plain_text(text or '')} " for part in theme.looked_for)]
        assert held == (names or [])


def test_rows_without_comments_are_left_as_they_are() -> None:
    rows = comments("late").drop("comment")
    assert with_themes(rows, (LATE,)) is rows


def test_who_wrote_about_a_theme_was_exposed_to_it_and_what_is_of_none_is_counted(connection: Any) -> None:
    happened = experiences(None, comments("late again", "parcel late", "lovely", None), None, themes=(LATE, PARCEL))
    assert happened is not None
    found = exposed(happened, Landmark(date(2026, 7, 1), Experience()), supplied=frozenset({"comments.theme"}))
    rows = connection.to_pyarrow(found).to_pylist()
    assert {(row["experience"], row["part"], row["customer_id"]) for row in rows} == {
        ("comment_about", "Late", "c0"),
        ("comment_about", "Late", "c1"),
        ("comment_about", "Parcel", "c1"),
    }
    counted = connection.to_pyarrow(comments_by_theme(happened)).to_pylist()
    assert [tuple(row.values()) for row in counted] == [("Late", 2, 2), ("Parcel", 1, 1), (None, 1, 1)]


def test_the_company_s_file_decides_which_themes_count(tmp_path: Path) -> None:
    folder = small_company(tmp_path / "shop").folder
    assert load_company(folder).themes == Themes()
    (folder / "themes.yaml").write_text(FILE, encoding="utf-8")
    company = load_company(folder)
    assert [theme.name for theme in company.themes.themes] == ["Late", "Rude"]
    assert [theme.name for theme in company.themes.used] == ["Late"]
    assert "comments.theme" not in company.supplied  # no extract maps what customers wrote


def test_the_themes_are_part_of_what_an_edition_keeps(tmp_path: Path) -> None:
    folder = small_company(tmp_path / "shop").folder
    (folder / "themes.yaml").write_text(FILE, encoding="utf-8")
    company = load_company(folder)
    write_snapshot(company, tmp_path / "kept")
    assert company_from_snapshot(tmp_path / "kept", company).themes == company.themes


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("themes:\n- name: Late\n  keywords: [x]\n", "expected keywords of two letters or more"),
        ("themes:\n- name: a|b\n  keywords: [late]\n", "expected a name without `|`"),
        ("themes:\n- name: Late\n  keywords: [late]\n- name: Late\n  keywords: [slow]\n", "lists Late twice; keep one"),
        ("themes:\n- name: Late\n  keywords: []\n", "themes.0.keywords"),
    ],
)
def test_a_theme_that_cannot_be_looked_for_is_refused_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    folder = small_company(tmp_path / "shop").folder
    (folder / "themes.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CompanyFolderError) as refused:
        load_company(folder)
    assert problem in str(refused.value)
    assert f"{folder / 'themes.yaml'}:" in str(refused.value)
