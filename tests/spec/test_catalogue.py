"""The table of measures, and the catalogue that attaches a formula to each: names, labels and sentences that readers can tell apart."""

from __future__ import annotations

from collections import Counter

import pytest

from config.measures import movements
from config.measures.cohorts import STAYED_RATE
from config.measures.entries import MeasureEntry, RateEntry, at
from config.measures.table import ENTRIES, MEASURES, RATES, TERMS, entries_of, glossary_entries, heading_of, label_of
from config.topic_settings import CohortSettings
from tasks.customer_math import catalogue
from tasks.customer_math.identities import CUSTOMERS_IN, CUSTOMERS_OUT, VALUE_IN, VALUE_OUT
from tasks.customer_math.lifetime.flow import EQUITY_MEASURES
from tasks.customer_math.measures import count_flag, with_formulas
from tasks.customer_math.topics.cohort_measures import cohort_catalogue

ENDINGS = {"customers": "_customers", "count": "_count", "money": "_amount"}
HEADLINE_WORDS = {"customers_in", "customers_out"}
"""Called as the headline says them: the unit comes first."""
RULES = CohortSettings(ages_days=(10, 30, 400), horizon_days=60)
EVERY = glossary_entries(RULES)


@pytest.mark.parametrize("entry", [entry for entry in EVERY if isinstance(entry, MeasureEntry)], ids=lambda entry: entry.name)
def test_a_measures_name_ends_in_its_unit(entry: MeasureEntry) -> None:
    assert entry.name in HEADLINE_WORDS or entry.name.endswith(ENDINGS[entry.unit])


def test_every_measure_of_the_table_has_a_formula_and_every_formula_a_measure() -> None:
    attached = {**catalogue.MEASURES, **cohort_catalogue(RULES).measures, **EQUITY_MEASURES}
    assert sorted(attached) == sorted(entry.name for entry in EVERY if isinstance(entry, MeasureEntry))
    assert list(catalogue.MEASURES) == list(MEASURES)
    assert all(measure.name == name for name, measure in attached.items())


def test_a_formula_that_the_table_has_no_measure_for_is_refused() -> None:
    with pytest.raises(KeyError, match="unheard_of_customers"):
        with_formulas({"unheard_of_customers": count_flag("is_active_at_opening")})


def test_every_rate_is_made_of_two_measures_and_is_published_unless_the_table_says_no() -> None:
    names = {entry.name for entry in EVERY}
    rates = [entry for entry in EVERY if isinstance(entry, RateEntry)]
    assert [rate.name for rate in rates if not {rate.numerator, rate.denominator} <= names] == []
    published = {rate.name for rate in (*catalogue.CATALOGUE.rates, *cohort_catalogue(RULES).rates)}
    assert {rate.name for rate in rates} - published == {"out_of_opening_rate"}
    assert all(rate.is_published != (rate.name == "out_of_opening_rate") for rate in RATES.values())


def test_a_number_of_days_stands_in_the_name_and_in_the_words() -> None:
    entry = at(STAYED_RATE, 90)
    assert (entry.name, entry.label, entry.heading) == ("intake_stayed_90_rate", "Share of customers after 90 days", "Stayed 90 days")
    assert [entry.name for entry in EVERY if "{" in "".join(map(str, vars(entry).values()))] == []


def test_the_movements_are_customers_first_and_money_after() -> None:
    assert {entry.unit for entry in movements.CUSTOMER_MEASURES} == {"customers"}
    assert {entry.unit for entry in movements.MONEY} == {"money"}
    assert list(MEASURES.values())[: len(movements.CUSTOMER_MEASURES) + len(movements.MONEY)] == [
        *movements.CUSTOMER_MEASURES,
        *movements.MONEY,
    ]


def test_no_two_entries_of_the_glossary_are_called_alike() -> None:
    labels = Counter([entry.label for entry in EVERY] + [word for word, _says in TERMS])
    assert [label for label, times in labels.items() if times > 1] == []
    assert len({entry.description for entry in EVERY}) == len(EVERY)


def test_no_two_measures_have_one_short_label_and_none_is_longer_than_the_label() -> None:
    headings = Counter(entry.heading for entry in EVERY)
    assert [heading for heading, times in headings.items() if times > 1] == []
    assert [entry.name for entry in EVERY if len(entry.heading) > len(entry.label)] == []


def test_no_label_says_told_us_of_those_whose_contract_ended() -> None:
    told_us = [name for name, entry in ENTRIES.items() if "told us" in entry.label.lower()]
    assert told_us == ["left_notified_customers", "left_notified_amount"]
    assert "told us, or their contract" in ENTRIES["left_customers"].description


def test_every_entry_of_the_glossary_is_a_whole_sentence() -> None:
    sentences = [entry.description for entry in EVERY] + [says for _word, says in TERMS]
    assert [says for says in sentences if not (says[0].isupper() and says.endswith("."))] == []


def test_the_identities_are_made_of_measures_with_the_sign_that_the_table_gives_them() -> None:
    assert {*CUSTOMERS_IN, *CUSTOMERS_OUT, *VALUE_IN, *VALUE_OUT} <= set(MEASURES)
    signs = {name: MEASURES[name].sign for name in (*CUSTOMERS_IN, *CUSTOMERS_OUT, *VALUE_IN, *VALUE_OUT)}
    ends = {"opening_customers", "closing_customers", "opening_amount", "closing_amount"}
    assert {name for name, sign in signs.items() if sign == "none"} == ends
    assert {signs[name] for name in (*CUSTOMERS_IN, *VALUE_IN) if name not in ends} == {"plus", "either"}
    assert {signs[name] for name in (*CUSTOMERS_OUT, *VALUE_OUT) if name not in ends} == {"minus"}


def test_a_page_reads_the_label_and_the_short_label_by_name() -> None:
    assert (label_of("left_customers"), heading_of("left_customers")) == ("Left (on record)", "Left")
    assert (label_of("customers_out"), heading_of("customers_out")) == ("Customers out", "Customers out")
    assert heading_of("intake_second_rate") == "Came again"
    assert [entry.name for entry in entries_of("customers_out", "renewal_rate")] == ["customers_out", "renewal_rate"]
    with pytest.raises(KeyError):
        entries_of("customers_lost")
