"""What a company's words mean: the model of `definitions.yaml`.

Every choice has a default, a sentence and an owner (the person who decides it);
the scorecard's sheet Notes prints all three beside the setting in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from config.currencies import MINOR_UNITS, USUAL_MINOR_UNITS, Currency
from config.error_messages import EXTRACT_COLUMN, SMALL_NAME
from config.id_settings import Ids
from config.language import Language
from config.localization import ENGLISH, Localization, validate_locale
from config.restatement_settings import Keeping, Restating
from config.topic_settings import (
    Alignment,
    Behaviour,
    CohortSettings,
    Costs,
    Departing,
    Experience,
    Lifetime,
    LostReview,
    Renewals,
    ValueGroups,
    owned_by,
)
from config.yaml_file import YamlModel, validate_time_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PeriodKind = Literal["week", "month", "quarter", "year"]
SellsBy = Literal["contract", "repeat_purchase"]
IfBroken = Literal["stop", "set_aside", "note"]

UNKNOWN_REASON = "no_reason_known"
"""The code of a departure, or of staying, for which nobody has a reason."""


def validate_segment_name(name: str) -> str:
    """The name, if segments may be called so; raises ValueError."""
    if not name.isidentifier() or name.lower() != name or name == "all":
        raise ValueError("expected a name in small letters, digits and underscores, and not `all`")
    return name


Days = Annotated[int, Field(ge=1, le=3660)]


class Calendar(YamlModel):
    """How the company cuts time."""

    week_starts_on: Weekday = Field(default="monday", json_schema_extra=owned_by("finance"))
    """First day of the week; weeks that start on Monday are numbered by ISO 8601."""
    fiscal_year_starts_in: int = Field(default=1, ge=1, le=12, json_schema_extra=owned_by("finance"))
    """First month of the fiscal year (1 to 12)."""


class Activity(YamlModel):
    """When a customer is one."""

    lapse_days: Days = Field(default=365, json_schema_extra=owned_by("customer experience"))
    """A customer who buys repeatedly is active for so many days after a purchase, the day itself included."""
    bridge_days: int = Field(default=0, ge=0, le=3660, json_schema_extra=owned_by("customer experience"))
    """A gap of at most so many days between two spells is not counted as leaving; such gaps are counted and reported."""
    zero_amount_counts: bool = Field(default=False, json_schema_extra=owned_by("customer experience"))
    """Whether a purchase of 0, such as a free item or one paid by a voucher, makes its customer active as any other does."""
    excluded_statuses: tuple[str, ...] = Field(default=(), json_schema_extra=owned_by("sales"))
    """Purchases and contracts in one of these states count neither as activity nor as value."""


class Value(YamlModel):
    """What a customer is worth."""

    value_days: Days = Field(default=365, json_schema_extra=owned_by("finance"))
    """Value of a customer who buys repeatedly: net amount of the last so many days."""
    tolerance_amount: Decimal = Field(default=Decimal(0), ge=0, json_schema_extra=owned_by("finance"))
    """A change of value up to this amount is `unchanged`."""
    rate_carried_days: int = Field(default=4, ge=0, le=366, json_schema_extra=owned_by("finance"))
    """An exchange rate may stand in for so many days after its own (week-ends and holidays)."""


class Segment(YamlModel):
    """One way of grouping customers."""

    says: str
    """What the groups are, in words."""
    source: str = Field(alias="from", pattern=EXTRACT_COLUMN)
    """Extract and column that hold the group, `extract.column`; a customer's earliest row decides where it has several."""


class Reason(YamlModel):
    """One reason for leaving or staying, or one stage of the journey, as the company names it."""

    code: str = Field(pattern=SMALL_NAME)
    """How the extracts' codes are written once they are mapped."""
    says: str
    """The same in words, as the scorecard prints it."""


class Relaxed(YamlModel):
    """A shared rule that this company handles more mildly."""

    rule: str
    """Id of the rule, `dataset.rule` or `extract.rule`."""
    to: Literal["set_aside", "note"]
    """What happens instead: the rows are set aside, or only counted."""
    because: str = Field(min_length=10)
    """Why; printed beside the rule wherever it is shown."""


class AddedRule(YamlModel):
    """A rule of the company's own, in the form of the shared ones."""

    extract: str
    """The extract that it judges, by its name in sources.yaml."""
    id: str = Field(pattern=SMALL_NAME)
    """What the rule is called; shown as `extract.id`."""
    says: str
    """What must hold, in words."""
    why: str
    """What would go wrong otherwise, in words."""
    check: str
    """The kind of rule, such as between or one_of; the shared rules show them all."""
    column: str | None = None
    """The column that is judged."""
    columns: tuple[str, ...] = ()
    """The columns that are judged together."""
    parameters: dict[str, Any] = {}
    """What the kind of rule needs to know, such as its bounds."""
    only_where: dict[str, Any] = {}
    """The rows that it is about: column and value; none: all rows."""
    if_broken: IfBroken
    """stop the run, set_aside the rows, or note how many there are."""


class Rules(YamlModel):
    """What this company asks of its extracts beyond, or short of, the shared rules."""

    relax: tuple[Relaxed, ...] = ()
    """Shared rules that are handled more mildly here."""
    add: tuple[AddedRule, ...] = ()
    """Rules of the company's own."""
    largest_set_aside_rate: float = Field(default=0.05, gt=0, le=1, json_schema_extra=owned_by("analytics"))
    """An extract of which a larger share is set aside stops the run."""


class AllowedDifference(YamlModel):
    """A control total that may differ for a while, by name."""

    extract: str
    """The extract that may differ from its control total."""
    because: str = Field(min_length=10)
    """Why; printed on the scorecard as long as it is allowed."""
    until: date
    """Last day on which the difference is allowed."""


class Digest(YamlModel):
    """What Slack is told."""

    segment_movements_count: int = Field(default=3, ge=0, le=10, json_schema_extra=owned_by("customer experience"))
    """How many of the biggest movements by segment the digest names."""
    share_customers: bool = Field(default=False, json_schema_extra=owned_by("customer experience"))
    """Whether `customers.xlsx`, which names customers, goes to Slack and e-mail beside the scorecard, which names nobody."""


class Retention(YamlModel):
    """When retention is called to have fallen or risen."""

    smallest_change: float = Field(default=0.5, ge=0, le=100, json_schema_extra=owned_by("analytics"))
    """In points of per cent: a smaller change is called steady, however certain it is."""


class LapseWindow(YamlModel):
    """From when on the data say that a silent buyer stays away."""

    tolerance_rate: float = Field(default=0.10, gt=0, lt=1, json_schema_extra=owned_by("customer experience"))
    """The suggested window is the smallest after which at most this part of the silent buyers comes back."""
    within_days: Days = Field(default=180, json_schema_extra=owned_by("customer experience"))
    """Coming back later than so many further days does not count against the suggested window."""
    fewest_watched_count: int = Field(default=20, ge=1, json_schema_extra=owned_by("analytics"))
    """The suggestion looks no further than to the length that so many silences have reached."""


class Presets(YamlModel):
    """What other systems' rules need to know of this company's extracts, and when their range is told."""

    returned_within_days: Days = Field(default=90, json_schema_extra=owned_by("customer experience"))
    """Under the rule `returned within a limit`, a customer who was gone for longer counts as new."""
    paused_statuses: tuple[str, ...] = Field(default=(), json_schema_extra=owned_by("sales"))
    """States in which a contract is paused; the rules `paused in` and `paused out` need them."""
    free_statuses: tuple[str, ...] = Field(default=(), json_schema_extra=owned_by("sales"))
    """States in which a contract is free, beside those whose amount is 0; the rules `free in` and `free out` look at both."""
    range_told_rate: float = Field(default=0.10, ge=0, json_schema_extra=owned_by("customer experience"))
    """The digest tells how far the rules lie apart when it is more than this part of customers out."""


class Definitions(YamlModel):
    """What this company means by its words."""

    company: str
    """The company's name as readers know it."""
    customer: str = Field(default="customer", json_schema_extra=owned_by("customer experience"))
    """What one customer is: account, person, household, payer."""
    currency: Currency = Field(json_schema_extra=owned_by("finance"))
    """Currency of every amount that is published, by its ISO 4217 code."""
    locale: Annotated[str, AfterValidator(validate_locale)] | None = Field(default=None, json_schema_extra=owned_by("customer experience"))
    """How numbers, money and days are written, such as de_DE (14,8 Mio. €) or en_GB (€14.8m); none: EUR 14.8m, 30 September 2026."""
    language: Language = Field(default="en", json_schema_extra=owned_by("customer experience"))
    """In which language everything that is published is written: en or de."""
    time_zone: Annotated[str, AfterValidator(validate_time_zone)] = Field(json_schema_extra=owned_by("finance"))
    """The one time zone in which a day begins and ends, by its IANA name."""
    sells_by: tuple[SellsBy, ...] = Field(min_length=1, json_schema_extra=owned_by("customer experience"))
    """`contract`, `repeat_purchase` or both."""
    calendar: Calendar = Calendar()
    """How time is cut into weeks, months, quarters and years."""
    ids: Ids = Ids()
    """When two ids are the same; blanks around them and signs that nobody sees never make a difference."""
    activity: Activity = Activity()
    """When a customer is one."""
    value: Value = Value()
    """What a customer is worth."""
    segments: dict[Annotated[str, AfterValidator(validate_segment_name)], Segment] = {}
    """The ways of grouping customers, by name."""
    reasons: tuple[Reason, ...] = ()
    """The one list of reasons for leaving."""
    staying_reasons: tuple[Reason, ...] = ()
    """The one list of reasons for staying."""
    journey_stages: tuple[Reason, ...] = ()
    """The one list of stages of a customer's journey; without one, stages are called as the extracts call them."""
    intakes: CohortSettings = CohortSettings()
    """How the quality of new customers is told."""
    departing: Departing = Departing()
    """How reasons and stays of those who go are told."""
    renewals: Renewals = Renewals()
    """When a term that ended counts as renewed."""
    value_groups: ValueGroups = ValueGroups()
    """How customers are grouped by what they are worth."""
    costs: Costs = Costs()
    """What customers cost beside the goods."""
    alignment: Alignment = Alignment()
    """When a silo's count differs from the company's."""
    behaviour: Behaviour = Behaviour()
    """When a relationship weakens, or grows stronger."""
    lifetime: Lifetime = Lifetime()
    """What customers are still expected to bring."""
    experience: Experience = Experience()
    """Which experiences are held against what customers did next."""
    lost_review: LostReview = LostReview()
    """Which executives call how many lost customers."""
    rules: Rules = Rules()
    """What is asked of the extracts beyond, or short of, the shared rules."""
    allowed_differences: tuple[AllowedDifference, ...] = ()
    """Control totals that may differ for a while."""
    smallest_rate_base: int = Field(default=30, ge=1, le=10_000, json_schema_extra=owned_by("analytics"))
    """A rate on fewer customers than these is shown as its two numbers, without a percentage."""
    digest: Digest = Digest()
    """What Slack is told."""
    retention: Retention = Retention()
    """When retention is called to have fallen or risen."""
    lapse_window: LapseWindow = LapseWindow()
    """From when on the data say that a silent buyer stays away."""
    presets: Presets = Presets()
    """What other systems' rules need to know of this company's extracts."""
    restatements: Restating = Restating()
    """When a published period is computed again, and when its change is told."""
    keeping: Keeping = Keeping()
    """How long what publication rests on is kept."""

    @field_validator("reasons", "staying_reasons", "journey_stages")
    @classmethod
    def _are_listed_once(cls, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        codes = [reason.code for reason in reasons]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"lists {', '.join(twice)} twice; keep one")
        return reasons

    @model_validator(mode="after")
    def _look_at_contracts_by_a_segment_of_theirs(self) -> Definitions:
        by = self.lifetime.contract_segment
        if by is not None and by not in self.segments:
            raise ValueError(f"lifetime.contract_segment: expected one of the segments ({', '.join(self.segments) or 'there are none'})")
        return self

    @property
    def minor_units(self) -> int:
        """Decimals of the company's currency."""
        return MINOR_UNITS.get(self.currency, USUAL_MINOR_UNITS)

    @property
    def localization(self) -> Localization:
        """How numbers and days are written, and the language of sentences; a language without a locale brings its own."""
        own = None if self.language == ENGLISH else self.language
        return Localization(self.locale or own, self.language)

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """Codes of the company's reasons, in its order."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def staying_reason_codes(self) -> tuple[str, ...]:
        """Codes of the company's reasons for staying, in its order."""
        return tuple(reason.code for reason in self.staying_reasons)


@dataclass(frozen=True)
class SettingInForce:
    """One choice of the company: what it is called, what was chosen, what it means, who owns it."""

    name: str
    value: str
    description: str
    owner: str


def settings_in_force(definitions: Definitions) -> Iterator[SettingInForce]:
    """Every choice that the company made or left at its default, in the order of the model."""
    yield from _settings_of(definitions, "")


def _settings_of(written: YamlModel, prefix: str) -> Iterator[SettingInForce]:
    for name, field in type(written).model_fields.items():
        value = getattr(written, name)
        if isinstance(value, YamlModel):
            yield from _settings_of(value, f"{prefix}{name}.")
        elif isinstance(field.json_schema_extra, dict) and "owner" in field.json_schema_extra:
            shown = ", ".join(str(part) for part in value) or "none" if isinstance(value, tuple) else str(value)
            yield SettingInForce(f"{prefix}{name}", shown, field.description or "", str(field.json_schema_extra["owner"]))
