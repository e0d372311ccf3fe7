from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from expected_files import money
from tasks.sample.assumptions import QUARTERS
from tasks.sample.contract_terms import term_start
from tasks.sample.purchases import purchase_days
from tasks.sample.random_numbers import amounts_around, below, between, chosen, draws, one_of
from tasks.sample.rates import simulated_rates
from tasks.sample.scenario import day_number, flows
from tasks.sample.simulation import simulated

MANY = np.arange(20_000, dtype=np.int64)


def test_a_draw_is_the_same_on_every_machine() -> None:
    assert draws("a purpose", np.arange(3, dtype=np.int64)).tolist() == [4568808534189805678, 13872782455885284658, 14216139051876553812]


def test_draws_for_another_purpose_are_other_draws() -> None:
    assert not np.array_equal(draws("one", MANY), draws("another", MANY))


def test_numbers_lie_within_their_bounds_and_reach_both() -> None:
    drawn = between("bounds", MANY, first=-3, last=4)
    assert (drawn.min(), drawn.max()) == (-3, 4)
    assert set(below("limit", MANY, limit=3).tolist()) == {0, 1, 2}


def test_a_choice_is_met_as_often_as_its_weight() -> None:
    counts = np.bincount(one_of("weights", MANY, weights=(1, 3, 0)), minlength=3)
    assert abs(counts[0] - 5_000) < 250
    assert counts[2] == 0


def test_more_tickets_are_chosen_more_often() -> None:
    weights = np.where(MANY < 10_000, 3, 1)
    picked = chosen("lottery", MANY, count=5_000, weights=weights)
    assert len(set(picked.tolist())) == 5_000
    assert (picked < 10_000).sum() > 3_000


def test_nobody_can_choose_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="expected at least 4 to choose from, found 3; choose a larger scale"):
        chosen("too few", MANY[:3], count=4)


def test_amounts_rise_around_their_median() -> None:
    table = amounts_around(3_400, spread=0.7)
    assert abs(int(table[len(table) // 2]) - 3_400) < 20
    assert (np.diff(table) >= 0).all()


def test_purchases_hold_a_spell_together_from_its_first_day_to_its_last() -> None:
    first = np.array([0, 0, 0, 0, 5, 100])
    last = np.array([0, 1, 180, 181, 905, 820])
    spell, day = purchase_days(first, last, usual_gap=np.array([50, 50, 400, 400, 30, 500]))
    for number in range(len(first)):
        days = day[spell == number]
        assert (days[0], days[-1]) == (first[number], last[number])
        assert (np.diff(days) >= 1).all()
        assert (np.diff(days) <= 180).all()


def test_a_term_starts_on_a_day_that_every_month_has() -> None:
    starts = np.array(["2024-02-29", "2024-03-31", "2024-05-15"], dtype="M8[D]").astype(np.int64)
    following = term_start(starts, 1).astype("M8[D]").astype(str).tolist()
    assert following == ["2025-02-28", "2025-03-28", "2025-05-15"]
    assert term_start(starts, 0).tolist() == starts.tolist()


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    rates = simulated_rates()
    day = int(rates.fixed_on[0])
    rates.by_day[1, 0] = 9_500
    euro = rates.in_euro(np.array([10, -10, 100, 0]), currency=np.array([1, 1, 1, 1]), day=day)
    assert euro.tolist() == [10, -10, 95, 0]


def test_a_rate_stands_in_for_no_more_than_four_days() -> None:
    assert np.diff(simulated_rates().fixed_on).max() <= 4 + 1


def test_quarters_follow_one_another_without_a_gap() -> None:
    assert all(earlier.closes_on == later.opens_on for earlier, later in pairwise(QUARTERS))


@pytest.mark.parametrize(("scale", "expected"), [(1.0, (122_727, 22_000, 27_000)), (0.01, (1_227, 220, 270)), (0.002, (245, 44, 54))])
def test_the_headline_keeps_its_numbers_at_every_scale(scale: float, expected: tuple[int, int, int]) -> None:
    quarters = flows(scale)
    base = sum(flow.new + flow.returned - flow.left - flow.lapsed for flow in quarters[:-2])
    headline = quarters[-2]
    came, went = headline.new + headline.returned + headline.in_and_out, headline.left + headline.lapsed + headline.in_and_out
    assert (base, came, went) == expected


def test_spells_of_one_customer_never_touch() -> None:
    spells = simulated(0.01).spells
    is_same = spells.customer[1:] == spells.customer[:-1]
    assert (spells.started_on[1:] > spells.ended_on[:-1])[is_same].all()
    assert (spells.started_on < spells.ended_on).all()
    assert spells.started_on.min() >= day_number(QUARTERS[0].opens_on)


def test_money_is_written_in_cents() -> None:
    assert [money(cents) for cents in (0, 5, -5, 123_456, -100)] == ["0.00", "0.05", "-0.05", "1234.56", "-1.00"]
