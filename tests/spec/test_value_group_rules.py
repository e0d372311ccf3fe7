"""How a company names and cuts its value groups, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from config.topic_settings import ValueGroups

if TYPE_CHECKING:
    from collections.abc import Mapping

REST = {"name": "Rest"}


def chosen(*groups: Mapping[str, object]) -> ValueGroups:
    return ValueGroups.model_validate({"groups": groups})


@pytest.mark.parametrize(
    ("groups", "are_fixed"),
    [
        ([{"name": "A", "from_amount": "5000"}, {"name": "B", "from_amount": "1000"}, REST], True),
        ([{"name": "A", "best_rate": "0.1"}, {"name": "B", "best_rate": "0.4"}, REST], False),
    ],
    ids=["by amounts", "by shares of the customers"],
)
def test_groups_are_cut_by_amounts_or_by_shares(groups: list[Mapping[str, object]], are_fixed: bool) -> None:
    assert chosen(*groups).are_fixed is are_fixed
    assert chosen(*groups).names == ("A", "B", "Rest")


@pytest.mark.parametrize("name", ["Gold → Silver", "→", "not a customer", "out"])
def test_a_name_that_says_something_else_in_a_migration_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="expected names without →"):
        chosen({"name": name, "from_amount": "5000"}, REST)


@pytest.mark.parametrize(
    "groups",
    [
        [{"name": "A", "from_amount": "1000"}, {"name": "B", "from_amount": "5000"}, REST],
        [{"name": "A", "best_rate": "0.1"}, {"name": "B", "from_amount": "5000"}, REST],
        [{"name": "A", "best_rate": "0.1"}, {"name": "A", "best_rate": "0.2"}, REST],
        [{"name": "A", "from_amount": "5000"}, {"name": "Rest", "from_amount": "10"}],
    ],
    ids=["amounts that grow", "both ways at once", "a name twice", "a last group that is cut"],
)
def test_groups_that_cannot_be_cut_are_refused(groups: list[Mapping[str, object]]) -> None:
    with pytest.raises(ValidationError, match="expected groups of different names"):
        chosen(*groups)


def test_a_group_is_printed_with_where_it_is_cut() -> None:
    by_amount = chosen({"name": "A", "from_amount": "5000"}, REST)
    by_rate = chosen({"name": "A", "best_rate": "0.1"}, REST)
    assert [str(group) for group in (*by_amount.groups, *by_rate.groups)] == [
        *("A (from 5,000)", "Rest (the others)"),
        *("A (best 10%)", "Rest (the others)"),
    ]
