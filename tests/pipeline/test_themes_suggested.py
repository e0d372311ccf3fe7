"""Themes of what customers wrote: suggested into a file, counted by nobody until a person says so, and by the next run after that."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from openpyxl import load_workbook

from config.company import load_company
from expectations.verdict import RefusedError
from tasks import themes as themes_module
from tasks.comment_models import languages_of, mood_of, suggestions
from tasks.themes import suggest_themes

if TYPE_CHECKING:
    from tasks.themes import ThemesReport

PERIOD = "2026-08"
DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
ENGLISH = (
    ("the parcel arrived {} late and nobody answered", ("two weeks", "ten days", "far too", "again very", "a month"), 1),
    ("delivery was late {} and the box was damaged", ("today", "this time", "as ever", "in June", "in May"), 2),
    ("friendly staff {} and quick help on the phone", ("always", "today", "as ever", "in June", "once more"), 10),
    ("great coffee {} and a fair price for the beans", ("always", "again", "as ever", "in June", "every time"), 9),
)
EXTRACT = {
    "silo": "service",
    "dataset": "surveys",
    "path": "surveys.csv",
    "columns": {"survey_id": "id", "customer_id": "customer", "answered_on": "day", "score": "score", "comment": "text"},
    "key": ["id"],
    "covers_through": "2026-09-30",
}


def written(count: int) -> list[tuple[str, int]]:
    """Comments with their scores: four things that customers speak of, in different words."""
    texts = [(text.format(others[number % len(others)]), score) for number in range(count) for text, others, score in ENGLISH]
    return texts[:count]


@pytest.fixture
def shop_that_is_written_to(shop: Any, tmp_path: Path) -> Path:
    """The small company with 400 answers, its folder."""
    folder = shop(tmp_path / "shop", definitions={"experience": {"exposure_days": 90}}).folder
    sources = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    sources["extracts"]["surveys"] = EXTRACT
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")
    rows = [
        f'{number},c{number % 9 + 1:02},2026-07-{number % 28 + 1:02},{score},"{text}\nThank you"'
        for number, (text, score) in enumerate(written(400))
    ]
    (folder / "surveys.csv").write_text("id,customer,day,score,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def suggested(folder: Path, pipelines: Any, home: Path) -> ThemesReport:
    stages = pipelines.read_and_validate(folder, home)
    return suggest_themes(stages.company, tuple(stages.accepted.values()), settings=stages.settings)


def test_suggestions_are_written_into_a_file_and_the_next_run_counts_what_a_person_took(
    shop_that_is_written_to: Path, pipelines: Any, tmp_path: Path
) -> None:
    folder, home = shop_that_is_written_to, tmp_path / "home"
    first = pipelines.read_and_validate(folder, home).publish(PERIOD)
    report = suggested(folder, pipelines, home)
    assert report.path is not None
    assert report.path == folder / "themes.yaml"
    assert report.sentences[0] == "Of no theme: 400 comments"
    assert any(
        sentence.startswith("Mood, learnt from the company's own scores: area under the curve 1.00") for sentence in report.sentences
    )
    proposed = load_company(folder).themes
    assert proposed.themes
    assert not proposed.used
    late = next(theme for theme in proposed.themes if "late" in " ".join(theme.keywords))
    text = report.path.read_text(encoding="utf-8")
    assert "of them unhappy; language en; likeness of two halves" in text
    assert not pipelines.read_and_validate(folder, home).experience(PERIOD).themes  # nothing is applied by itself

    lines = text.splitlines()
    place = lines.index(f"  - name: {late.name}")
    lines[place : place + 3] = ["  - name: Late", "    keywords: [late, arriv*]", "    use: true"]
    report.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    second = pipelines.read_and_validate(folder, home).publish(PERIOD)
    assert (first.edition, second.edition) == (1, 2)
    rows = [row[:4] for row in load_workbook(second.folder / "scorecard.xlsx")["Experience"].iter_rows(values_only=True)]
    assert ("Late", 200, 0.5, 9) in rows
    assert ("of no theme", 200, 0.5, 9) in rows
    again = suggested(folder, pipelines, home)
    assert again.sentences[:2] == ("Late: 200 comments of 9 customers", "Of no theme: 200 comments")
    assert [theme.name for theme in load_company(folder).themes.used] == ["Late"]


def test_what_was_suggested_before_is_not_suggested_again(shop_that_is_written_to: Path, pipelines: Any, tmp_path: Path) -> None:
    first = suggested(shop_that_is_written_to, pipelines, tmp_path / "home")
    assert first.path
    text = first.path.read_bytes()
    assert suggested(shop_that_is_written_to, pipelines, tmp_path / "home").path is None
    assert first.path.read_bytes() == text


def test_a_file_that_nothing_can_be_added_to_stays_as_it_is(shop_that_is_written_to: Path, pipelines: Any, tmp_path: Path) -> None:
    path = shop_that_is_written_to / "themes.yaml"
    path.write_text("themes: []\n", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"themes.yaml: expected a list `themes:` of `- name:` lines at its end"):
        suggested(shop_that_is_written_to, pipelines, tmp_path / "home")
    assert path.read_text(encoding="utf-8") == "themes: []\n"


def test_without_comments_or_without_the_extra_there_is_a_sentence(shop: Any, pipelines: Any, tmp_path: Path, monkeypatch: Any) -> None:
    folder = shop(tmp_path / "shop").folder
    with pytest.raises(RefusedError, match="no extract of tickets or surveys maps `comment`"):
        suggested(folder, pipelines, tmp_path / "home")
    monkeypatch.setattr(themes_module, "EXTRA", ("no_such_library_at_all",))
    with pytest.raises(RefusedError, match=r"install them: pip install 'customer-math\[themes\]'"):
        suggested(folder, pipelines, tmp_path / "home")


def test_a_mood_that_scores_do_not_show_is_not_offered() -> None:
    texts = [text for text, _score in written(600)]
    mood = mood_of(texts, [number % 3 == 0 for number in range(600)])
    assert mood is not None
    assert not mood.is_offered
    assert mood_of(texts, [number == 0 for number in range(600)]) is None


def test_the_same_words_in_two_folds_teach_nothing_by_heart() -> None:
    texts = [f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number % 10]} word" for number in range(400)]
    mood = mood_of(texts, [number % 10 < 5 for number in range(400)])
    assert mood is None or mood.area < 0.85


def test_themes_that_two_halves_do_not_share_are_not_suggested() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [f"{letters[number % 26] * 3}{letters[number // 26] * 3} {letters[number * 7 % 26] * 4}" for number in range(400)]
    assert all(each.likeness >= 0.6 for each in suggestions(texts, ["en"] * 400, None))
    assert suggestions(["only these"] * 300, ["en"] * 300, None) == []
    assert suggestions(texts[:100], ["en"] * 100, None) == []


@pytest.fixture(scope="module")
def olist(pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Olist's extracts, read and judged."""
    if not (DATA / "olist").is_dir():
        pytest.skip("CUSTOMER_MATH_DATA does not lead to the example companies' extracts")
    return pipelines.read_and_validate("examples/olist", tmp_path_factory.mktemp("olist"))


@pytest.mark.data
def test_every_row_of_olist_s_reviews_is_accounted_for(olist: Any, connection: Any) -> None:
    totals = olist.accepted["reviews"].totals
    assert totals.rows_read_count == totals.rows_used_count + totals.rows_set_aside_count + totals.rows_superseded_count
    rows = connection.read_parquet(olist.landed["reviews"].path).select("survey_id", "record_key", "comment").to_pyarrow().to_pylist()
    assert totals.rows_read_count == len(rows) == len({row["record_key"] for row in rows})
    orders = {(row["survey_id"], row["record_key"].split("|")[1]) for row in rows}
    assert len(orders) == 8_225
    assert sum(count - 1 for count in Counter(review for review, _order in orders).values()) == 34  # rows that repeat an id
    assert sum("\n" in (row["comment"] or "") for row in rows) > 100


@pytest.mark.data
def test_olist_s_reviews_have_themes_that_are_stable_and_a_mood_that_is_offered(olist: Any, tmp_path: Path) -> None:
    company = replace(olist.company, folder=tmp_path)
    report = suggest_themes(company, tuple(olist.accepted.values()), settings=olist.settings)
    assert report.path is not None
    text = report.path.read_text(encoding="utf-8")
    assert text.count("language pt;") == text.count("- name: Suggestion") >= 5
    assert "nao recebi" in text
    (mood,) = [sentence for sentence in report.sentences if sentence.startswith("Mood, learnt")]
    assert "area under the curve 0.98" in mood


def test_english_and_portuguese_are_told_apart() -> None:
    english = [text for text, _score in written(250)]
    portuguese = [f"o produto não chegou no prazo e a loja não respondeu, pedido {number}" for number in range(250)]
    assert Counter(languages_of(english + portuguese)) == {"en": 250, "pt": 250}
