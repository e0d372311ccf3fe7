"""Sets of choices as other systems make them, as data; and what a company's extracts must tell for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from config.language import Message, gettext_noop

if TYPE_CHECKING:
    from config.definitions import Definitions

Returned = Literal["ever", "within_limit"]
Inside = Literal["counted", "dropped", "netted", "every_move"]
Loss = Literal["paid_through", "notice", "period_end"]
Counts = Literal["as_defined", "in", "out"]
Refunds = Literal["at_refund", "at_sale"]


@dataclass(frozen=True)
class Choices:
    """The choices in which systems that count customers differ; as they stand here, the company's own."""

    returned: Returned = "ever"
    inside: Inside = "counted"
    loss: Loss = "paid_through"
    paused: Counts = "as_defined"
    refunds: Refunds = "at_refund"
    free: Counts = "as_defined"

    @property
    def can_lose(self) -> bool:
        """Whether a period can show a loss of its own days: where it is counted at the period's end, all of it shows in the next one."""
        return self.loss != "period_end"


@dataclass(frozen=True)
class Preset:
    """A named set of choices, and whose habit it is."""

    name: str
    label: str
    habit: str
    choices: Choices


OWN = Preset("own", "Our definitions", "What this company has agreed on; everything else on the scorecard.", Choices())
PRESETS: tuple[Preset, ...] = (
    OWN,
    Preset(
        "returned_within_limit",
        "Returned only within a limit",
        "Lists of contacts that forget: whoever was gone for longer is new again.",
        Choices(returned="within_limit"),
    ),
    Preset(
        "inside_dropped",
        "Came and went: dropped",
        "Reports that compare two lists of customers and see nothing between.",
        Choices(inside="dropped"),
    ),
    Preset(
        "inside_netted",
        "Came and went: netted",
        "Balances that set who came off against who went; the customers stand beside, in neither sum.",
        Choices(inside="netted"),
    ),
    Preset(
        "every_move",
        "Every move counted",
        "Logs of events: each going and each coming counts, also of customers who were out and back.",
        Choices(inside="every_move"),
    ),
    Preset(
        "loss_at_notice",
        "Lost at notice",
        "Sales and service desks: a customer is lost on the day it gives notice.",
        Choices(loss="notice"),
    ),
    Preset(
        "loss_at_period_end",
        "Lost at the end of the period",
        "Accounts that close by period: whoever was a customer on any day of it is one to its end.",
        Choices(loss="period_end"),
    ),
    Preset("paused_in", "Paused customers in", "Billing: an agreement that is paused is still one.", Choices(paused="in")),
    Preset("paused_out", "Paused customers out", "Revenue reports: who pays nothing for now is no customer.", Choices(paused="out")),
    Preset(
        "refunds_at_sale",
        "Refunds dated at the sale",
        "Shops: a sale that was taken back in full never was one.",
        Choices(refunds="at_sale"),
    ),
    Preset("free_in", "Free plans in", "Product teams: everybody who uses it is a customer.", Choices(free="in")),
    Preset("free_out", "Free plans out", "Finance: only who pays is a customer.", Choices(free="out")),
    Preset(
        "subscription_billing",
        "As a billing system counts",
        "Programs that bill subscriptions: free plans out, paused in, lost when the paid time ends, ends of the period compared.",
        Choices(inside="netted", paused="in", free="out"),
    ),
    Preset(
        "subscription_analytics",
        "As subscription analytics count",
        "Programs that read billing data: free plans out, lost at notice, every move counted.",
        Choices(inside="every_move", loss="notice", free="out"),
    ),
    Preset(
        "contact_lists",
        "As a contact list counts",
        "Programs that keep contacts: free plans in, lost at notice, back after the limit is new.",
        Choices(returned="within_limit", loss="notice", free="in"),
    ),
    Preset(
        "shop_reports",
        "As a shop's reports count",
        "Programs that run shops: refunds dated at the sale, ends of the period compared.",
        Choices(inside="dropped", refunds="at_sale"),
    ),
)


@dataclass(frozen=True)
class Recorded:
    """What the company's accepted rows tell apart."""

    has_notice: bool
    """Some contract has the day on which notice was given."""
    has_sale_of_refund: bool
    """Some refund has the day of the sale that it takes back."""
    has_refund: bool
    """Some amount is below zero."""


def describe_choices(choices: Choices, definitions: Definitions) -> tuple[Message, ...]:
    """What a preset does otherwise than the company, in a few words each."""
    labels = {
        ("returned", "within_limit"): gettext_noop("returned within {days} days, later new"),
        ("inside", "dropped"): gettext_noop("came and went inside: left out"),
        ("inside", "netted"): gettext_noop("came and went inside: set off"),
        ("inside", "every_move"): gettext_noop("out and back counted once in, once out"),
        ("loss", "notice"): gettext_noop("lost on the day of notice"),
        ("loss", "period_end"): gettext_noop("lost at the end of the period"),
        ("paused", "in"): gettext_noop("paused are customers"),
        ("paused", "out"): gettext_noop("paused are none"),
        ("refunds", "at_sale"): gettext_noop("refunds on the day of the sale"),
        ("free", "in"): gettext_noop("free plans are customers"),
        ("free", "out"): gettext_noop("free plans are none"),
    }
    days = definitions.presets.returned_within_days
    return tuple(Message(label, {"days": days}) for (name, choice), label in labels.items() if getattr(choices, name) == choice)


def missing_for(choices: Choices, definitions: Definitions, recorded: Recorded) -> tuple[str, ...]:
    """What the extracts would have to tell for a preset to be computed, each a message; nothing where they tell it all.

    A choice about something that the company does not have changes nothing, and is computed as it is: about contracts of
    a company without any, about plans that are free where none is, about refunds where there are none.
    """
    has_contracts = "contract" in definitions.sells_by
    gaps = {
        gettext_noop("no contract has the day of its notice (`notice_on` in sources.yaml)"): choices.loss == "notice"
        and has_contracts
        and not recorded.has_notice,
        gettext_noop("no state is known as paused (`presets.paused_statuses`)"): choices.paused != "as_defined"
        and has_contracts
        and not definitions.presets.paused_statuses,
        gettext_noop("no refund has the day of its sale (`sale_on` in sources.yaml)"): choices.refunds == "at_sale"
        and recorded.has_refund
        and not recorded.has_sale_of_refund,
    }
    return tuple(gap for gap, is_there in gaps.items() if is_there)
