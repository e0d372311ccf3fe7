"""What a text looks like in a CSV file: no spreadsheet calculates it, and nothing of it is lost."""

from __future__ import annotations

import re
from typing import Any

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting.inert import BLANKS, INERT_STEPS, SIGNS, inert_cell

TEXTS = st.text(alphabet=st.one_of(st.sampled_from("'=+-@;\t\r\n ,\"aé\uff1d\uff20\xa0"), st.characters(exclude_categories=["Cs"])))
ACTIVE = re.compile(f"(?:^|[;\t\r\n]){BLANKS}(?!'){SIGNS}")


def as_it_was(text: str) -> str:
    """The text that an inert cell stands for, by the rule that `inert_cell` gives."""
    return re.sub("^'", "", re.sub(f"([;\t\r\n][ \x0b\x0c\xa0]*)'({SIGNS})", r"\1\2", text))


@pytest.mark.parametrize(
    ("text", "stands_as"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://example.org")', '\'=HYPERLINK("http://example.org")'),
        ("@SUM(1)", "'@SUM(1)"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5", "'-5"),
        ("\ttab", "'\ttab"),
        ("\rreturn", "'\rreturn"),
        ("  =1+1", "'  =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("North; =1+1", "North; '=1+1"),
        ("'quoted'", "''quoted'"),
        ("not recorded", "not recorded"),
        ("O'Neill, 5-6 = 1 @ home", "O'Neill, 5-6 = 1 @ home"),
        ("", ""),
    ],
)
def test_whatever_a_spreadsheet_would_calculate_has_an_apostrophe_before_it(text: str, stands_as: str) -> None:
    assert inert_cell(text) == stands_as
    assert as_it_was(stands_as) == text


@given(TEXTS)
def test_no_text_is_calculated_and_none_is_lost(text: str) -> None:
    assert not ACTIVE.search(inert_cell(text))
    assert as_it_was(inert_cell(text)) == text


@given(st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=20))
def test_the_engine_makes_the_same_of_a_text(texts: list[str]) -> None:
    inert: Any = ibis.memtable({"text": texts}).text
    for pattern, replacement in INERT_STEPS:
        inert = inert.re_replace(pattern, replacement)
    assert inert.to_pyarrow().to_pylist() == [inert_cell(text) for text in texts]
