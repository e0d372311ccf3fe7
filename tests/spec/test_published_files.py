"""Every column that a run leaves has a sentence, and every sentence its column."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from config.dataset_examples import EXAMPLES
from config.datasets import DATASETS, RECURS_PER_YEAR
from config.published_files import FILES, PublishedFile
from config.topic_settings import Experience
from tasks.customer_math.analysis.exposures import Landmark, exposed, of_opening_base, opening_base
from tasks.customer_math.analysis.restatements import nothing_restated, restated_customers
from tasks.customer_math.catalogue import TOPICS
from tasks.customer_math.figures import FIGURE_COLUMNS
from tasks.customer_math.ledger.experiences import KINDS
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics.acquisition_costs import cohort_costs
from tasks.customer_math.topics.cohorts import CohortSpec, cohort_customers, newcomers_of
from tasks.customer_math.topics.funnel import funnel
from tasks.store.editions import Manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules

BY_NAME = {file.name: file for file in FILES}
BOUGHT = """
customer | day        | amount
anna     | 2025-01-10 | 100
bert     | 2026-08-12 | 50
"""
FIGURES = ibis.table(dict.fromkeys(FIGURE_COLUMNS, "string") | {"value": "decimal(38, 4)"}, name="figures")
CAUSES = ibis.table({"customer_id": "string", "cause": "string"}, name="causes")


@pytest.fixture(scope="module")
def history(told: Any) -> History:
    return told.Told(purchases=told.bought(BOUGHT), groups={"anna": "North"}).history()


def movements(history: History, rules: LedgerRules) -> ibis.Table:
    period = period_named("2026-08", rules.calendar)
    context = TopicContext(history, period, rules, core_ledger(history, period, rules))
    whole = with_segments(with_topics(context, TOPICS), history.attributes, period=period, segments=rules.segments)
    return whole.mutate(customer_name=ibis.literal("Anna"))


def tables(history: History, rules: LedgerRules) -> dict[str, Sequence[str]]:
    """The columns of every file that is a table, as they are made."""
    moved, looked = movements(history, rules), CohortSpec.at(period_named("2026-08", rules.calendar), rules.intakes, rules.calendar)
    came = cohort_customers(history, newcomers_of(first_days(history), looked), looked=looked, rules=rules)
    spent = {"campaign": "string", "spent_on": "date", "cost_amount": "decimal(18, 2)", "channel": "string"}
    leads = {"lead_id": "string", "customer_id": "string", "created_on": "date", "channel": "string"}
    named = {"period": "string", "edition_from": "int64", "edition_to": "int64", "is_recast": "boolean"}
    return {
        "figures.csv": FIGURE_COLUMNS,
        "movements.parquet": moved.columns,
        "intakes.parquet": came.columns,
        "intake_costs.parquet": cohort_costs(came, ibis.table(spent, name="campaigns"), looked=looked, minor_units=2).columns,
        "funnel.parquet": funnel(ibis.table(leads, name="leads"), None, first_days(history), through=date(2026, 8, 31)).columns,
        "experiences.parquet": exposures_of(moved).columns,
        "restatements.parquet": nothing_restated(FIGURES).columns,
        "restated-customers.parquet": (*named, *restated_customers(moved, moved, CAUSES, merged_into={}).columns),
        "manifest.json": tuple(Manifest.model_fields),
    }


def exposures_of(moved: ibis.Table) -> ibis.Table:
    had = exposed(ibis.table(KINDS, name="experiences"), Landmark(date(2026, 8, 1), Experience()), supplied={"surveys.score"})
    assert had is not None
    return of_opening_base(had, opening_base(moved, segments=("region",)))


def test_every_column_has_its_sentence_and_every_sentence_its_column(history: History, told: Any) -> None:
    for name, columns in tables(history, told.rules()).items():
        file = BY_NAME[name]
        assert [column for column in columns if not file.sentence_of(column)] == [], name
        assert [each for each, _description in file.columns if not any(only(file, each).sentence_of(column) for column in columns)] == [], (
            name
        )


def only(file: PublishedFile, column: str) -> PublishedFile:
    """The file with nothing but one of its columns."""
    return replace(file, columns=tuple(each for each in file.columns if each[0] == column))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_written_of_a_file_is_sentences(file: PublishedFile) -> None:
    for text in (file.description, *(description for _name, description in file.columns)):
        assert text[0].isupper() or text[0] in "`1"
        assert text.endswith(".")


def test_a_column_of_a_number_of_days_is_found_by_its_pattern() -> None:
    file = PublishedFile("a.parquet", "A file.", (("value_{days}_amount", "Value."), ("{segment}", "Group.")))
    assert [file.sentence_of(name) for name in ("value_30_amount", "region", "a b")] == ["Value.", "Group.", None]


@pytest.mark.parametrize("name", DATASETS)
def test_the_example_of_a_shared_table_has_a_value_of_its_kind_for_every_column(name: str) -> None:
    reads = {"date": date.fromisoformat, "amount": Decimal, "rate": Decimal, "integer": int, "boolean": ["yes", "no"].index}
    dataset, example = DATASETS[name], EXAMPLES[name]
    assert tuple(example) == dataset.column_names
    for column in dataset.columns:
        assert example[column.name] or not column.is_required
        if example[column.name]:
            reads.get(column.kind, str)(example[column.name])
    assert example.get("recurring_per", "year") in RECURS_PER_YEAR


def test_every_shared_table_has_an_example() -> None:
    assert set(EXAMPLES) == set(DATASETS)
