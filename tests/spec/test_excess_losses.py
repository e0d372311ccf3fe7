"""Where it happened: excess over one's own past and the others' change, beyond chance, and what the mix of groups has done."""

from __future__ import annotations

import pytest

from tasks.customer_math.analysis.excess_losses import (
    GroupLosses,
    Losses,
    change_of_rate,
    false_discovery_rates,
    where_it_happened,
)


def losses(opening: int, lost: int, *, each: float = 10.0) -> Losses:
    return Losses(opening, lost, opening * each, lost * each)


def group(
    name: str, now: tuple[int, int], before: tuple[int, int], *, rest: tuple[int, int] = (5_000, 1_000), each: float = 10.0
) -> GroupLosses:
    """A group whose rest lost the same share now and before."""
    both = losses(*rest)
    return GroupLosses("region", name, losses(*now, each=each), losses(*before, each=each), both, both)


BENELUX = group("Benelux", (1_000, 400), (1_000, 200))
HOUSEHOLDS = group("Households", (4_000, 1_120), (4_000, 1_140))


def names(*groups: GroupLosses, smallest_base: int = 30) -> list[str]:
    return [each.segment for each in where_it_happened(groups, smallest_base=smallest_base, smallest_change_rate=0.005)]


def test_excess_is_over_ones_own_past_and_the_others_change() -> None:
    both = Losses(1_000, 400, 9_000.0, 1_800.0), Losses(1_000, 200, 8_000.0, 800.0)
    one = GroupLosses("region", "Benelux", *both, rest_current=losses(5_000, 1_000), rest_before=losses(5_000, 1_100))
    assert one.excess_count == pytest.approx(1_000 * ((0.40 - 0.20) - (0.20 - 0.22)))
    assert one.excess_amount == pytest.approx(9_000 * ((0.20 - 0.10) - (0.20 - 0.22)))


def test_the_group_that_lost_more_comes_first_and_the_largest_that_improved_is_not_named() -> None:
    assert names(HOUSEHOLDS, BENELUX) == ["Benelux"]


def test_the_most_valuable_excess_comes_first() -> None:
    assert names(BENELUX, group("Offices", (1_000, 350), (1_000, 200), each=20.0)) == ["Offices", "Benelux"]


@pytest.mark.parametrize(
    "one",
    [
        group("chance", (1_000, 205), (1_000, 200)),
        group("too few", (29, 29), (1_000, 200)),
        group("too few of the rest", (1_000, 400), (1_000, 200), rest=(29, 5)),
        group("fewer", (1_000, 200), (1_000, 400)),
    ],
    ids=lambda one: one.segment,
)
def test_within_chance_or_on_few_customers_no_group_is_named(one: GroupLosses) -> None:
    assert names(one) == []


def test_a_group_that_improved_less_than_the_others_is_not_said_to_have_lost_more() -> None:
    rest = losses(50_000, 5_000), losses(50_000, 15_000)
    assert names(GroupLosses("region", "South", losses(10_000, 2_900), losses(10_000, 3_000), *rest)) == []


def test_a_gap_that_wanders_from_period_to_period_is_named_later() -> None:
    calm, wandering = (
        GroupLosses(
            "region", "South", losses(1_000, 250), losses(1_000, 200), losses(5_000, 1_000), losses(5_000, 1_000), dispersion=dispersion
        )
        for dispersion in (1.0, 9.0)
    )
    assert (names(calm), names(wandering)) == (["South"], [])


def test_one_chance_among_many_groups_is_not_one_finding() -> None:
    assert false_discovery_rates([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    assert false_discovery_rates([]) == []
    alike = [group(f"group {number}", (1_000, 200), (1_000, 200)) for number in range(40)]
    one = group("a little more", (1_000, 245), (1_000, 200))
    assert (names(one), names(one, *alike)) == (["a little more"], [])


def test_a_group_without_value_has_no_share_of_it_to_lose() -> None:
    assert losses(10, 5, each=0.0).amount_rate == 0.0


def test_change_within_groups_and_change_of_their_mix_add_up() -> None:
    now, before = [losses(600, 300), losses(400, 40), losses(0, 0)], [losses(300, 120), losses(600, 60), losses(100, 10)]
    change = change_of_rate(list(zip(now, before, strict=True)))
    assert change.within == pytest.approx(0.6 * (0.5 - 0.4) + 0.4 * (0.1 - 0.1))
    assert change.within + change.mix == pytest.approx(340 / 1_000 - 190 / 1_000)


def test_a_group_that_was_not_there_before_changes_the_mix_alone() -> None:
    change = change_of_rate([(losses(500, 250), losses(0, 0)), (losses(500, 50), losses(1_000, 100))])
    assert (change.within, change.mix) == (0.0, pytest.approx(300 / 1_000 - 100 / 1_000))
