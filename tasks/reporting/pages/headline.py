"""The sentence that says how the period went, and the line that stands under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from config.localization import as_localized
from tasks.reporting.text import format_customers, money_short, none_or_number, signed_number, whole_number

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


@as_localized
def headline(data: ScorecardData) -> str:
    """The whole period in one sentence: We brought in 22,000 customers, but we lost 27,000."""
    if data.beginning and data.is_opening_unknown:
        return gettext(
            "The data begin {beginning}: who came and who went is not known; {closing} at the end.",
            beginning=data.beginning.label,
            closing=format_customers(data.count("closing_customers")),
        )
    came, went = data.count("customers_in"), data.count("customers_out")
    lost, is_fewer = none_or_number(went), came < went
    if came > 0 and data.figure("first_time_customers") == 0:
        return _none_new(came, lost, is_fewer=is_fewer)
    if not came and is_fewer:
        return gettext("We brought in no customers, but we lost {lost}.", lost=lost)
    if not came:
        return gettext("We brought in no customers and lost {lost}.", lost=lost)
    if is_fewer:
        return ngettext(
            "We brought in {count} customer, but we lost {lost}.", "We brought in {count} customers, but we lost {lost}.", came, lost=lost
        )
    return ngettext("We brought in {count} customer and lost {lost}.", "We brought in {count} customers and lost {lost}.", came, lost=lost)


def _none_new(came: int, lost: str, *, is_fewer: bool) -> str:
    values = {"came": whole_number(came), "lost": lost}
    if is_fewer:
        return gettext("{came} came back, none new, but we lost {lost}.", **values)
    return gettext("{came} came back, none new, and we lost {lost}.", **values)


@as_localized
def value_line(data: ScorecardData) -> str:
    """The same in money and in the base: EUR 9.4m came in, EUR 11.2m went; base 122,727 → 117,727 (-5,000)."""
    if data.is_opening_unknown:
        worth = money_short(data.money("closing_amount"), data.currency)
        closing = whole_number(data.count("closing_customers"))
        return gettext("what came in and what went is not known; base at the end {closing}, {worth}", closing=closing, worth=worth)
    came, went = (_worth(data, measure) for measure in ("customers_in", "customers_out"))
    opening, closing = (whole_number(data.count(measure)) for measure in ("opening_customers", "closing_customers"))
    net = signed_number(data.count("net_customers"))
    return gettext(
        "{came} came in, {went} went; base {opening} → {closing} ({net})", came=came, went=went, opening=opening, closing=closing, net=net
    )


def _worth(data: ScorecardData, measure: str) -> str:
    return money_short(data.money(f"{measure}_amount"), data.currency) if data.count(measure) else gettext("nothing")
