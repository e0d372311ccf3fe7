"""The catalogue: measures have names, labels and sentences that a reader can tell apart."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks.customer_math.catalogue import HEADS, MEASURES, MONEY, WORDS
from tasks.customer_math.identities import HEADS_IN, HEADS_OUT, VALUE_IN, VALUE_OUT

ENDINGS = {"customers": "_customers", "count": "_count", "money": "_amount"}
HEADLINE_WORDS = {"customers_in", "customers_out"}
"""Called as the headline says them: the unit comes first."""


@pytest.mark.parametrize("name", list(MEASURES))
def test_a_measures_name_ends_in_its_unit(name: str) -> None:
    assert name in HEADLINE_WORDS or name.endswith(ENDINGS[MEASURES[name].unit])
    assert MEASURES[name].name == name


def test_customers_come_first_and_money_after() -> None:
    assert [measure.unit for measure in HEADS] == ["customers"] * len(HEADS)
    assert [measure.unit for measure in MONEY] == ["money"] * len(MONEY)
    assert list(MEASURES.values())[: len(HEADS) + len(MONEY)] == [*HEADS, *MONEY]


def test_no_two_entries_of_the_glossary_are_called_alike() -> None:
    labels = Counter([measure.label for measure in MEASURES.values()] + [word for word, _says in WORDS])
    assert [label for label, times in labels.items() if times > 1] == []
    assert len({measure.says for measure in MEASURES.values()}) == len(MEASURES)


def test_every_entry_of_the_glossary_is_a_whole_sentence() -> None:
    sentences = [measure.says for measure in MEASURES.values()] + [says for _word, says in WORDS]
    assert [says for says in sentences if not (says[0].isupper() and says.endswith("."))] == []


def test_the_identities_are_made_of_measures() -> None:
    assert {*HEADS_IN, *HEADS_OUT, *VALUE_IN, *VALUE_OUT} <= set(MEASURES)
