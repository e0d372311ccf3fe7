"""What is published of the customers who stay: how many show each signal, what they are worth, and what the signals come to."""

from __future__ import annotations

from tasks.customer_math.measures import Split, flagged, money_where, with_formulas

MEASURES = with_formulas(
    {
        "staying_customers": flagged("is_staying"),
        "staying_amount": money_where("closing_amount", "is_staying"),
        "weakening_customers": flagged("is_weakening"),
        "weakening_amount": money_where("closing_amount", "is_weakening"),
        "strengthening_customers": flagged("is_strengthening"),
        "strengthening_amount": money_where("closing_amount", "is_strengthening"),
        "silent_beyond_habit_customers": flagged("is_silent_beyond_habit"),
        "silent_beyond_habit_amount": money_where("closing_amount", "is_silent_beyond_habit"),
        "fewer_groups_customers": flagged("has_fewer_groups"),
        "fewer_groups_amount": money_where("closing_amount", "has_fewer_groups"),
        "fewer_seats_customers": flagged("has_fewer_seats"),
        "fewer_seats_amount": money_where("closing_amount", "has_fewer_seats"),
        "fallen_twice_customers": flagged("has_fallen_twice"),
        "fallen_twice_amount": money_where("closing_amount", "has_fallen_twice"),
        "first_complaint_customers": flagged("has_first_complaint"),
        "first_complaint_amount": money_where("closing_amount", "has_first_complaint"),
        "shorter_gaps_customers": flagged("has_shorter_gaps"),
        "shorter_gaps_amount": money_where("closing_amount", "has_shorter_gaps"),
        "more_groups_customers": flagged("has_more_groups"),
        "more_groups_amount": money_where("closing_amount", "has_more_groups"),
        "more_seats_customers": flagged("has_more_seats"),
        "more_seats_amount": money_where("closing_amount", "has_more_seats"),
        "risen_twice_customers": flagged("has_risen_twice"),
        "risen_twice_amount": money_where("closing_amount", "has_risen_twice"),
    }
)
SPLITS: tuple[Split, ...] = (
    Split(
        "behaviour",
        "Behaviour",
        "Whether a customer who stayed shows signs of weakening, of growing stronger, both, or none (steady).",
        lambda ledger: ledger.behaviour,
        ("staying_customers", "staying_amount"),
    ),
)
