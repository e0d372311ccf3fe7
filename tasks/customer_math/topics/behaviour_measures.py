"""What is published of the customers who stay: how many show each signal, what they are worth, and what the signals come to."""

from __future__ import annotations

from tasks.customer_math.measures import Breakdown, count_flag, money_where, with_formulas

MEASURES = with_formulas(
    {
        "staying_customers": count_flag("is_staying"),
        "staying_amount": money_where("closing_amount", "is_staying"),
        "weakening_customers": count_flag("is_weakening"),
        "weakening_amount": money_where("closing_amount", "is_weakening"),
        "strengthening_customers": count_flag("is_strengthening"),
        "strengthening_amount": money_where("closing_amount", "is_strengthening"),
        "silent_beyond_habit_customers": count_flag("is_silent_beyond_habit"),
        "silent_beyond_habit_amount": money_where("closing_amount", "is_silent_beyond_habit"),
        "fewer_groups_customers": count_flag("has_fewer_groups"),
        "fewer_groups_amount": money_where("closing_amount", "has_fewer_groups"),
        "fewer_seats_customers": count_flag("has_fewer_seats"),
        "fewer_seats_amount": money_where("closing_amount", "has_fewer_seats"),
        "fallen_twice_customers": count_flag("has_fallen_twice"),
        "fallen_twice_amount": money_where("closing_amount", "has_fallen_twice"),
        "first_complaint_customers": count_flag("has_first_complaint"),
        "first_complaint_amount": money_where("closing_amount", "has_first_complaint"),
        "shorter_gaps_customers": count_flag("has_shorter_gaps"),
        "shorter_gaps_amount": money_where("closing_amount", "has_shorter_gaps"),
        "more_groups_customers": count_flag("has_more_groups"),
        "more_groups_amount": money_where("closing_amount", "has_more_groups"),
        "more_seats_customers": count_flag("has_more_seats"),
        "more_seats_amount": money_where("closing_amount", "has_more_seats"),
        "risen_twice_customers": count_flag("has_risen_twice"),
        "risen_twice_amount": money_where("closing_amount", "has_risen_twice"),
    }
)
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "behaviour",
        "Behaviour",
        "Whether a customer who stayed shows signs of weakening, of growing stronger, both, or none (steady).",
        lambda ledger: ledger.behaviour,
        ("staying_customers", "staying_amount"),
    ),
)
