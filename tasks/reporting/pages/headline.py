"""The sentence that says how the period went, and the line that stands under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.text import customers_in_words, money_short, none_or_number, signed_number, whole_number

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


def headline(facts: ScorecardData) -> str:
    """The whole period in one sentence: We brought in 22,000 customers, but we lost 27,000."""
    if facts.beginning and facts.is_opening_unknown:
        closing = customers_in_words(facts.heads("closing_customers"))
        return f"The data begin {facts.beginning.label}: who came and who went is not known; {closing} at the end."
    came, went = facts.heads("customers_in"), facts.heads("customers_out")
    is_none_new = came > 0 and facts.figure("first_time_customers") == 0
    brought_in = f"{whole_number(came)} came back, none new" if is_none_new else f"We brought in {customers_in_words(came)}"
    if came < went:
        return f"{brought_in}, but we lost {none_or_number(went)}."
    return f"{brought_in}{', and we' if is_none_new else ' and'} lost {none_or_number(went)}."


def value_line(facts: ScorecardData) -> str:
    """The same in money and in the base: EUR 9.4m came in, EUR 11.2m went; base 122,727 → 117,727 (-5,000)."""
    if facts.is_opening_unknown:
        worth = money_short(facts.money("closing_amount"), facts.currency)
        return f"what came in and what went is not known; base at the end {whole_number(facts.heads('closing_customers'))}, {worth}"
    came, went = (_worth(facts, measure) for measure in ("customers_in", "customers_out"))
    opening, closing = (whole_number(facts.heads(measure)) for measure in ("opening_customers", "closing_customers"))
    return f"{came} came in, {went} went; base {opening} → {closing} ({signed_number(facts.heads('net_customers'))})"


def _worth(facts: ScorecardData, measure: str) -> str:
    return money_short(facts.money(f"{measure}_amount"), facts.currency) if facts.heads(measure) else "nothing"
