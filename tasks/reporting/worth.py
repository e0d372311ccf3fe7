"""What customers are still expected to bring, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from config.language import Message

    Why = str | Message
    """A sentence without its end, which stands behind a colon."""


@dataclass(frozen=True)
class ParameterLine:
    """One parameter of a model with its 95% interval, and what it was fitted on."""

    model: str
    """Which model, such as `Purchases`."""
    name: str
    value: float
    low: float
    high: float
    customers_count: int
    groups_count: int
    """Groups of customers who are alike."""
    log_likelihood: float
    group: str = ""
    """Of which group it is, where it is of one."""


@dataclass(frozen=True)
class HeldOutLine:
    """Some customers of then: what was expected of them, what they brought, and what the plain rule would have said."""

    label: str
    customers_count: int
    expected_amount: Decimal
    actual_amount: Decimal
    rule_amount: Decimal
    """What they had brought in as many days before."""


@dataclass(frozen=True)
class ScoreLead:
    """Rank correlation of a score with what came afterwards, with its 95% interval: by itself, and beyond value and tenure."""

    customers_count: int
    alone: tuple[float, float, float]
    beyond: tuple[float, float, float]

    @property
    def is_shown(self) -> bool:
        """Whether the score orders what comes better than value and tenure do, beyond chance."""
        return self.beyond[1] > 0


@dataclass(frozen=True)
class HeldOut:
    """What the models would have expected without the last days, against what came in them."""

    day: date
    """Last day that the models were shown."""
    days_count: int
    """How many days were held out."""
    whole: HeldOutLine
    expected_error: float
    """By how much the expectation of a customer was off: the root of the mean squared difference."""
    rule_error: float
    """By how much the plain rule was off."""
    deciles: tuple[HeldOutLine, ...]
    """Tenths of the customers by what was expected of them, the most first."""
    cohorts: tuple[HeldOutLine, ...]
    """By when customers came, the first first."""
    recorded_days_count: int = 0
    """How many days were recorded until then."""
    lead: ScoreLead | None = None
    """Whether the survey's score leads; none where too few gave one."""

    @property
    def is_nearer_in_total(self) -> bool:
        """Whether the expectation of all together was nearer to what came than the rule was."""
        whole = self.whole
        return abs(whole.expected_amount - whole.actual_amount) < abs(whole.rule_amount - whole.actual_amount)

    @property
    def is_nearer_by_customer(self) -> bool:
        """Whether the expectation of each customer was nearer than the rule, on the whole."""
        return self.expected_error < self.rule_error


@dataclass(frozen=True)
class WorthDecile:
    """A tenth of the customers by what is still expected of them."""

    number: int
    customers_count: int
    value_amount: Decimal
    equity_amount: Decimal


@dataclass(frozen=True)
class ChannelLine:
    """The new customers of one channel: what is still to come of them, and what the channel cost in the period."""

    channel: str
    customers_count: int
    equity_amount: Decimal
    cost_amount: Decimal | None
    """None where no extract says what the channel cost."""
    received_amount: Decimal = Decimal(0)
    """What they brought in the period already."""
    pay_back_years: int | None = None
    """Within how many years from closing what came and what is to come reaches the cost; none where it does not within the horizon."""


@dataclass(frozen=True)
class GroupLine:
    """The customers at closing of one group: what they are worth, and what is still to come of them."""

    segment_by: str
    segment: str
    customers_count: int
    value_amount: Decimal
    equity_amount: Decimal


@dataclass(frozen=True)
class LostLine:
    """Customers who went in one way: what they were worth at opening, and what had been expected of them."""

    movement: str
    customers_count: int
    value_amount: Decimal
    equity_amount: Decimal


@dataclass(frozen=True)
class EquityFlow:
    """The statement of a period: each line in money, and how many customers it is of."""

    amounts: Mapping[str, Decimal]
    customers: Mapping[str, int]
    expected_margin_amount: Decimal
    """What the customers at opening were expected to bring in the period."""
    margin_of_opening_amount: Decimal
    """What they brought."""
    acquisition_cost_amount: Decimal | None
    """What campaigns cost in the period; none where no extract says."""
    channels: tuple[ChannelLine, ...] = ()
    """Where new customers came from; empty where no extract says."""
    lost: tuple[LostLine, ...] = ()
    """Those who went, by how: left, or lapsed."""
    groups: tuple[GroupLine, ...] = ()
    """Those at closing by group, of every segment of the company."""


@dataclass(frozen=True)
class Worth:
    """What is still expected of the customers at closing, or why nothing is."""

    is_margin: bool
    """Whether costs are recorded: without them it is revenue, and not equity."""
    discount_rate: Decimal
    horizon_years: int
    why_not: Why = ""
    """Why nothing is expected of anybody; empty where something is."""
    why_rule: Why = ""
    """Why no model could be fitted, so that everything is by the plain rule; empty where there are models."""
    equity_amount: Decimal | None = None
    low_amount: Decimal | None = None
    high_amount: Decimal | None = None
    """The ends of its 95% interval; none where it is by the plain rule."""
    customers_count: int = 0
    value_amount: Decimal | None = None
    """What the same customers are worth today."""
    margin_rate: float = 1.0
    parameters: tuple[ParameterLine, ...] = ()
    dependence: tuple[float, float, float] | None = None
    """Correlation of how often and how much, with its interval; none where nothing is sold by repeat purchase."""
    flow: EquityFlow | None = None
    why_no_flow: Why = ""
    deciles: tuple[WorthDecile, ...] = ()
    held_out: HeldOut | None = None
    why_not_held_out: Why = ""
    at_risk: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)
    """What is expected of those who weaken, and of those who come due: customers and amount, by which they are."""

    @property
    def kind(self) -> str:
        """What is expected: margin where costs are recorded, revenue where not."""
        return gettext_noop("margin") if self.is_margin else gettext_noop("revenue")

    @property
    def is_equity(self) -> bool:
        """Whether it may be called so: margin, and by models of who stops."""
        return self.is_margin and not self.why_rule

    @property
    def is_better_than_the_rule(self) -> bool:
        """Whether there are models, and they were nearer than the plain rule in the days held out, in all and customer by customer."""
        held = self.held_out
        return not self.why_rule and held is not None and held.is_nearer_in_total and held.is_nearer_by_customer
