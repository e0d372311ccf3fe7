"""Themes: how much of what customers wrote the company's keywords cover, and which further themes it may have."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.refusal import CompanyFolderError
from config.themes import THEMES_FILE, Themes, plain_text
from config.yaml_file import check, read_yaml
from expectations.text import counted
from expectations.verdict import RefusedError
from tasks.comment_models import TRIED, Mood, languages_of, mood_of, suggestions
from tasks.customer_math.analysis.exposures import comments_by_theme
from tasks.customer_math.ledger.comments import with_themes
from tasks.store.engine import atomic_write, engine, rows_of, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.comment_models import Suggestion

WRITTEN_IN = {"tickets": "ticket_id", "surveys": "survey_id"}
"""The shared tables that hold comments, and what a comment is once: an extract may have a row for each of several customers."""
MOST_COMMENTS = 20_000
"""So many are learnt from, drawn by their keys: the same ones every time."""
HEAD = """\
# Themes of what customers write. A comment that has any of a theme's keywords is of it; capitals and accents make no difference, and a
# star at the end of a keyword stands for any ending. Give each suggestion a name of your own, keep the keywords that are meant, and
# say `use: true`; what says `use: false` never counts.
themes:
"""
EXTRA = ("sklearn", "py3langid")


@dataclass(frozen=True)
class ThemesReport:
    """What is said of a company's comments, and the file with what is suggested."""

    sentences: tuple[str, ...]
    path: Path | None = None
    """Where suggestions were written; none where there are no new ones."""


def suggest_themes(company: Company, accepted: Sequence[Accepted], *, settings: Settings) -> ThemesReport:
    """Count the comments of each theme and of none, and add what is suggested to the company's themes.yaml, none of it in use.

    Raises RefusedError where nobody wrote anything, or the extra `themes` is not installed.
    """
    if not all(map(importlib.util.find_spec, EXTRA)):
        raise RefusedError("themes: expected scikit-learn and py3langid, found none; install them: pip install 'customer-math[themes]'")
    with engine(settings) as connection:
        comments = _comments(connection, company, accepted)
        if comments is None:
            raise RefusedError("themes: no extract of tickets or surveys maps `comment`; map the column that holds what customers wrote")
        coverage = tuple(_coverage(rows_of(connection, comments_by_theme(comments))))
        rows = rows_of(connection, _drawn(comments))
    texts = [row["comment"] for row in rows]
    choices = company.definitions.experience
    mood = mood_of(texts, [_is_low(row["score"], choices.detractors_through, choices.promoters_from) for row in rows])
    is_offered = mood is not None and mood.is_offered
    stable = suggestions(texts, languages_of(texts), mood.low if mood and is_offered else None)
    new = [suggestion for suggestion in stable if not _is_listed(suggestion, company.themes)]
    path = _written(company, new) if new else None
    return ThemesReport((*coverage, _of_mood(mood), *_of_suggestions(stable, new, texts_count=len(texts))), path)


def _comments(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> Table | None:
    """Every comment once: customer_id, comment, score, extract, comment_key, themes; none where no extract maps any."""
    parts = []
    for extract in accepted:
        if extract.dataset in WRITTEN_IN and f"{extract.dataset}.comment" in company.supplied:
            rows = connection.read_parquet(extract.path)
            key = ibis.coalesce(rows[WRITTEN_IN[extract.dataset]], rows.record_key)
            score = rows.score if "score" in rows.columns else ibis.null("int64")
            parts.append(rows.select("customer_id", "comment", score=score, extract=ibis.literal(extract.extract), comment_key=key))
    if not parts:
        return None
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    once = every.distinct(on=["extract", "comment_key", "comment"], keep="first")
    return stored(connection, with_themes(once, company.themes.used))


def _drawn(comments: Table) -> Table:
    written = comments.filter(comments.themes.notnull()).mutate(drawn=_.comment_key.hexdigest("md5"))
    return written.order_by("drawn", "extract", "comment").limit(MOST_COMMENTS).select("comment", "score")


def _is_low(score: int | None, detractors_through: int, promoters_from: int) -> bool | None:
    """Whether a score is low, or high; none of one in the middle."""
    if score is None or detractors_through < score < promoters_from:
        return None
    return score <= detractors_through


def _coverage(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many comments are of each theme that is in use, and how many of none."""
    of_none = next((row["comments_count"] for row in rows if row["theme"] is None), 0)
    for row in rows:
        if row["theme"] is not None:
            yield f"{row['theme']}: {counted(row['comments_count'], 'comment')} of {counted(row['customers_count'], 'customer')}"
    yield f"Of no theme: {counted(of_none, 'comment')}"


def _of_mood(mood: Mood | None) -> str:
    if mood is None:
        return "Mood: not offered, too few comments have a low score, or too few a high one."
    rates = f"right {mood.right_rate:.0%} (always the more frequent: {mood.majority_rate:.0%})"
    measured = f"area under the curve {mood.area:.2f} out of fold, {rates}"
    return f"Mood, learnt from the company's own scores: {'' if mood.is_offered else 'not offered, '}{measured}."


def _of_suggestions(stable: Sequence[Suggestion], new: Sequence[Suggestion], *, texts_count: int) -> Iterator[str]:
    yield f"Suggested from {texts_count:,} comments, stable over two halves of them: {len(stable):,} themes, {len(new):,} of them new."


def _is_listed(suggestion: Suggestion, themes: Themes) -> bool:
    """Whether a theme of the file, in use or not, has half of the keywords or more: it was suggested before, or a person has it."""
    listed = [{plain_text(keyword) for keyword in theme.keywords} for theme in themes.themes]
    keywords = {plain_text(keyword) for keyword in suggestion.keywords}
    return any(2 * len(keywords & listed_keywords) >= len(keywords) for listed_keywords in listed)


def _written(company: Company, new: Sequence[Suggestion]) -> Path:
    """The company's file with the suggestions behind what it says; raises RefusedError where they cannot be added."""
    path = company.folder / THEMES_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else HEAD
    text = before.rstrip("\n") + "\n" + "".join(map(_entry, _named(new, company.themes)))
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
        _refuse_unless_added(company, unfinished, path, added_count=len(new))
    return path


def _refuse_unless_added(company: Company, written: Path, path: Path, *, added_count: int) -> None:
    before = company.themes.themes
    try:
        after = check(read_yaml(written), Themes).themes
    except CompanyFolderError:
        after = ()
    if after[: len(before)] != before or len(after) != len(before) + added_count:
        raise RefusedError(f"{path}: expected a list `themes:` of `- name:` lines at its end, to add suggestions to; write it so")


def _named(new: Sequence[Suggestion], themes: Themes) -> Iterator[tuple[str, Suggestion]]:
    """Suggestions with a name that nobody has."""
    taken = {theme.name for theme in themes.themes}
    free = (name for number in count(1) if (name := f"Suggestion {number}") not in taken)
    yield from zip(free, new, strict=False)


def _entry(named: tuple[str, Suggestion]) -> str:
    name, suggestion = named
    counts = f"{suggestion.comments_count:,} comments"
    if suggestion.unhappy_count is not None:
        counts += f", {suggestion.unhappy_count:,} of them unhappy"
    tried = "" if suggestion.language in TRIED else "; suggestions were never tried in this language"
    keywords = ", ".join(f'"{keyword}"' for keyword in suggestion.keywords)
    return (
        f"  # {counts}; language {suggestion.language}{tried}; likeness of two halves {suggestion.likeness:.2f}\n"
        f"  - name: {name}\n    keywords: [{keywords}]\n    use: false\n"
    )
