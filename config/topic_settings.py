"""What a company may choose about the five questions: who came, who went, who renewed, what groups earn, who recommends."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from config.language import gettext_noop
from config.yaml_file import YamlModel

Age = Annotated[int, Field(ge=1, le=3660)]
MIGRATES = " → "
"""What stands between the groups that a customer migrates from and to; no group's name may contain it."""
NOT_A_CUSTOMER, OUT = gettext_noop("not a customer"), gettext_noop("out")
"""Where those come from who were in no group at opening, and where those go who are in none at closing."""


def owned_by(owner: str) -> dict[str, Any]:
    """The schema's note of who decides a setting."""
    return {"owner": owner}


def in_order(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers, if each is larger than the one before; raises ValueError."""
    if list(numbers) != sorted(set(numbers)):
        raise ValueError("expected numbers of days that grow from one to the next")
    return numbers


class CohortSettings(YamlModel, title="Intakes"):
    """How the quality of new customers is told."""

    ages_days: tuple[Age, ...] = Field(default=(30, 90, 365), min_length=1, json_schema_extra=owned_by("marketing"))
    """So many days after they came, new customers are looked at; intakes are compared at the same age only."""
    horizon_days: Age = Field(default=180, json_schema_extra=owned_by("marketing"))
    """A new customer who buys again or renews within so many days has come for a second time."""

    @field_validator("ages_days")
    @classmethod
    def _grow(cls, ages: tuple[int, ...]) -> tuple[int, ...]:
        return in_order(ages)


class Departing(YamlModel):
    """How reasons and stays of those who go are told."""

    trust: tuple[str, ...] = Field(default=("service", "sales", "marketing"), json_schema_extra=owned_by("customer experience"))
    """Whose word counts where silos give different reasons for one departure, the most trusted first."""
    tenure_days: tuple[Age, ...] = Field(default=(90, 365, 1095), min_length=1, json_schema_extra=owned_by("customer experience"))
    """Where the length of a stay is cut into groups: up to so many days."""

    reason_before_days: int = Field(default=120, ge=0, le=3660, json_schema_extra=owned_by("customer experience"))
    """What was told so many days before a customer went is about its going, if the term that ended was running by then."""
    reason_after_days: int = Field(default=31, ge=0, le=366, json_schema_extra=owned_by("customer experience"))
    """What is told up to so many days after a customer went is about its going, too."""

    @field_validator("trust")
    @classmethod
    def _are_silos(cls, trust: tuple[str, ...]) -> tuple[str, ...]:
        if sorted(trust) != ["marketing", "sales", "service"]:
            raise ValueError("expected sales, marketing and service, each once")
        return trust

    @field_validator("tenure_days")
    @classmethod
    def _grow(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        return in_order(days)


class Renewals(YamlModel):
    """When a term that ended counts as renewed."""

    grace_days: int = Field(default=30, ge=0, le=366, json_schema_extra=owned_by("sales"))
    """A term is renewed if its customer has a contract again at most so many days after its end."""
    asked_at: str = Field(default="renewal", min_length=1, json_schema_extra=owned_by("customer experience"))
    """The occasion of the surveys that ask why a customer stays."""
    due_days: tuple[Age, ...] = Field(default=(30, 60, 90), min_length=1, max_length=3, json_schema_extra=owned_by("sales"))
    """What comes due within so many days after the period is told ahead."""

    @field_validator("due_days")
    @classmethod
    def _grow(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        return in_order(days)


class ValueGroup(YamlModel):
    """One group of customers by what they are worth."""

    name: str = Field(min_length=1, max_length=40)
    """What the group is called, such as Gold."""
    from_amount: Decimal | None = None
    """Customers worth at least so much are in it, in the company's currency; none: see best_rate."""
    best_rate: Decimal | None = Field(default=None, gt=0, lt=1)
    """Customers who were among the best so many at the opening of the year, as a share of all: 0.1 is the best tenth."""

    def __str__(self) -> str:
        """The group as the scorecard prints it."""
        if self.from_amount is not None:
            return f"{self.name} (from {self.from_amount:,})"
        return f"{self.name} (best {self.best_rate:.0%})" if self.best_rate is not None else f"{self.name} (the others)"


class ValueGroups(YamlModel):
    """How customers are grouped by what they are worth."""

    groups: tuple[ValueGroup, ...] = Field(
        default=(
            ValueGroup(name="Gold", best_rate=Decimal("0.1")),
            ValueGroup(name="Silver", best_rate=Decimal("0.4")),
            ValueGroup(name="Bronze"),
        ),
        min_length=2,
        max_length=8,
        json_schema_extra=owned_by("sales"),
    )
    """The groups, the most valuable first; the last takes everyone else. All by from_amount, or all by best_rate."""

    @model_validator(mode="after")
    def _use_one_criterion(self) -> ValueGroups:
        *cut, last = self.groups
        by_amount, by_rate = ([getattr(group, kind) for group in cut] for kind in ("from_amount", "best_rate"))
        is_by_amount = None not in by_amount and by_rate == [None] * len(cut) and by_amount == sorted(set(by_amount), reverse=True)
        is_by_rate = None not in by_rate and by_amount == [None] * len(cut) and by_rate == sorted(set(by_rate))
        names = [group.name for group in self.groups]
        if any(MIGRATES.strip() in name or name in {NOT_A_CUSTOMER, OUT} for name in names):
            raise ValueError(f"expected names without {MIGRATES.strip()}, and not `{NOT_A_CUSTOMER}` or `{OUT}`, which say something else")
        if last.from_amount is not None or last.best_rate is not None or not (is_by_amount or is_by_rate) or len(set(names)) < len(names):
            raise ValueError(
                "expected groups of different names from the most valuable on, all but the last with a falling `from_amount`, "
                "or all but the last with a growing `best_rate`, and the last with neither"
            )
        return self

    @property
    def are_fixed(self) -> bool:
        """Whether the groups are cut by fixed amounts, and not by a ranking."""
        return self.groups[0].from_amount is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the groups, the most valuable first."""
        return tuple(group.name for group in self.groups)


class Costs(YamlModel):
    """What customers cost beside the goods."""

    ticket_amount: Decimal | None = Field(default=None, ge=0, json_schema_extra=owned_by("finance"))
    """What it costs to serve one ticket, in the company's currency; none: the cost to serve is not known."""


class Behaviour(YamlModel):
    """When a customer who stays shows that the relationship weakens, or grows stronger."""

    gap_rate: Decimal = Field(default=Decimal("1.5"), gt=1, json_schema_extra=owned_by("customer experience"))
    """A silence of so many times the customer's own usual gap between purchases is a sign that the relationship weakens."""
    fewest_gaps_count: int = Field(default=3, ge=1, le=100, json_schema_extra=owned_by("customer experience"))
    """Only a customer with at least so many gaps between days of purchase has a habit to depart from."""
    fewest_silent_days_count: int = Field(default=14, ge=0, le=366, json_schema_extra=owned_by("customer experience"))
    """A silence of fewer days is none, however often the customer usually buys: who buys every day is not lost over a weekend."""
    listed_count: int = Field(default=200, ge=0, le=10_000, json_schema_extra=owned_by("customer experience"))
    """So many of the most valuable customers who weaken are listed for action."""


class Lifetime(YamlModel):
    """What customers are still expected to bring."""

    discount_rate: Decimal = Field(default=Decimal("0.10"), ge=0, lt=1, json_schema_extra=owned_by("finance"))
    """What comes a year later is worth so much less today: 0.10 is 10% a year."""
    horizon_years: int = Field(default=5, ge=1, le=20, json_schema_extra=owned_by("finance"))
    """What comes later than in so many years is not expected of anybody."""
    fewest_customers_count: int = Field(default=200, ge=50, json_schema_extra=owned_by("analytics"))
    """So many customers must have bought again, or have had contracts, before anything is expected of anybody."""
    contract_segment: str | None = Field(default=None, json_schema_extra=owned_by("analytics"))
    """The way of grouping whose groups renew differently: each that has enough contracts is looked at by itself; none: all together."""


class Experience(YamlModel):
    """Which experiences are held against what customers did next."""

    exposure_days: Age = Field(default=90, json_schema_extra=owned_by("customer experience"))
    """An experience is held against what a customer does in a period when it fell into so many days before the period opened."""
    slow_days: int = Field(default=14, ge=0, le=366, json_schema_extra=owned_by("customer experience"))
    """A ticket that was open for more than so many days is slow."""
    follow_up_days: int = Field(default=14, ge=1, le=366, json_schema_extra=owned_by("customer experience"))
    """Coming back to a customer within so many days of a complaint or a low score is in time."""
    detractors_through: int = Field(default=6, ge=0, le=10, json_schema_extra=owned_by("customer experience"))
    """A customer whose latest score is at most so much is a detractor; 6 where scores go from 0 to 10."""
    promoters_from: int = Field(default=9, ge=0, le=10, json_schema_extra=owned_by("customer experience"))
    """A customer whose latest score is at least so much is a promoter; 9 where scores go from 0 to 10."""
    high_from: int = Field(default=8, ge=1, le=10, json_schema_extra=owned_by("customer experience"))
    """From so much on a desired outcome matters to a customer, or satisfies it; 8 where ratings go from 0 to 10, 4 where from 1 to 5."""
    compared_within: tuple[str, ...] = Field(default=(), json_schema_extra=owned_by("analytics"))
    """Customers are compared with others of the same group of these segments, value group and tenure; none: of every segment."""
    fewest_events_count: int = Field(default=5, ge=5, le=1000, json_schema_extra=owned_by("analytics"))
    """Where fewer customers with the experience, or fewer of the others, did what is looked at, counts are shown and no ratio."""

    @model_validator(mode="after")
    def _tells_scores_apart(self) -> Experience:
        if self.follow_up_days >= self.exposure_days:
            raise ValueError("expected `follow_up_days` below `exposure_days`; else the time to come back is never over in these days")
        if self.promoters_from <= self.detractors_through:
            raise ValueError("expected `promoters_from` above `detractors_through`; a score cannot mean both")
        return self


class LostReview(YamlModel):
    """Which executives call how many lost customers."""

    executives: tuple[str, ...] = Field(default=(), max_length=50, json_schema_extra=owned_by("customer experience"))
    """Who calls lost customers; each gets a list of its own. None: no list is drawn."""
    customers_count: int = Field(default=10, ge=1, le=100, json_schema_extra=owned_by("customer experience"))
    """So many lost customers of the period are drawn for each."""

    @field_validator("executives")
    @classmethod
    def _are_named_once(cls, executives: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(executives)) < len(executives) or not all(name.strip() for name in executives):
            raise ValueError("expected every executive once, by a name")
        return executives


class Alignment(YamlModel):
    """When a silo's count differs from the company's."""

    timing_days: int = Field(default=31, ge=0, le=366, json_schema_extra=owned_by("analytics"))
    """A silo's claim at most so many days from the day on which it came true is real, but counted in another period."""
    told_from_rate: Decimal = Field(default=Decimal("0.05"), ge=0, json_schema_extra=owned_by("customer experience"))
    """The digest tells a silo's difference from the company's count when it is at least this share of the count."""
