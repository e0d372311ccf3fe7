"""Restatements as a reader is told of them: what was published, what it is now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from config.language import gettext, gettext_noop, ngettext
from tasks.reporting.sentences import ALL, Sentence, named_figures
from tasks.reporting.text import format_customers, lowered, money_short, signed_money_short, signed_number, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADLINE_MEASURES = (
    "customers_in",
    "customers_out",
    "closing_customers",
    "customers_in_amount",
    "customers_out_amount",
    "closing_amount",
)
"""The figures that decide whether a restatement is material, in the order in which they are told."""
PERIODS_SHOWN_COUNT, FIGURES_SHOWN_COUNT = 3, 2
"""How many restated periods the digest tells of, and how many figures of each."""
CAUSE_LABELS = {
    "late row": gettext_noop("rows that arrived late"),
    "corrected row": gettext_noop("rows that were corrected"),
    "deleted row": gettext_noop("rows that were deleted"),
    "attribute change": gettext_noop("customers who belong to another group"),
    "fx rate": gettext_noop("exchange rates that changed"),
    "identity matched": gettext_noop("keys that stand for another customer"),
    "identity merged": gettext_noop("customers who are one"),
    "identity split": gettext_noop("customers who are not one after all"),
    "group limits": gettext_noop("value groups whose limits moved"),
    "grace over": gettext_noop("terms whose grace is over"),
    "definition change": gettext_noop("another definition"),
    "code change": gettext_noop("another version of the program"),
    "unexplained": gettext_noop("a cause that could not be found"),
}
"""The causes as a reason."""


@dataclass(frozen=True)
class PartOfChange:
    """What one cause, or several at once, changed of a figure."""

    cause: str
    difference: Decimal
    customers_count: int | None
    """Customers behind it; none for a group, where they are not counted."""

    @property
    def reason(self) -> str:
        """The cause in words."""
        return gettext(" and ").join(gettext(CAUSE_LABELS.get(cause, cause)) for cause in self.cause.split(" and "))


@dataclass(frozen=True)
class RestatedFigure:
    """A published figure, what it is now, and its causes, which add up to the difference."""

    measure: str
    label: str
    unit: Literal["customers", "count", "money"]
    segment_by: str
    segment: str
    value_from: Decimal
    value_to: Decimal
    parts: tuple[PartOfChange, ...]
    is_of_a_question: bool = False
    """Whether it answers one of the questions, such as the reasons or the renewals, and is no line of the roll-forward."""

    @property
    def difference(self) -> Decimal:
        """What it is now less what was published."""
        return self.value_to - self.value_from


@dataclass(frozen=True)
class RestatedPeriod:
    """A published period of which some figures are others now."""

    period: str
    label: str
    edition_from: int
    edition_to: int | None
    """The edition that recasts it; none where what was published stands and only the difference is told."""
    is_material: bool
    customers_count: int
    figures: tuple[RestatedFigure, ...]
    """Those that are told one by one: of all customers, and of groups."""
    changed_count: int
    """How many figures changed, those of groups and parts among them."""
    causes: tuple[str, ...] = ()
    """What changed them, and any part of them."""

    @property
    def whole(self) -> tuple[RestatedFigure, ...]:
        """The figures of all customers that the roll-forward is made of."""
        return tuple(figure for figure in self.figures if figure.segment_by == ALL and not figure.is_of_a_question)

    @property
    def of_questions(self) -> tuple[RestatedFigure, ...]:
        """The figures of all customers that answer the questions."""
        return tuple(figure for figure in self.figures if figure.segment_by == ALL and figure.is_of_a_question)

    @property
    def groups(self) -> tuple[RestatedFigure, ...]:
        """The headline figures of groups of customers."""
        return tuple(figure for figure in self.figures if figure.segment_by != ALL and figure.measure in HEADLINE_MEASURES)

    @property
    def is_recast(self) -> bool:
        """Whether the period was published again."""
        return self.edition_to is not None

    @property
    def reasons(self) -> str:
        """Every reason, in words."""
        all_causes = (*self.causes, *(part.cause for figure in self.figures for part in figure.parts))
        causes = {cause for joined in all_causes for cause in joined.split(" and ")}
        labels = [gettext(CAUSE_LABELS[cause]) for cause in CAUSE_LABELS if cause in causes] or [gettext("nothing that is known")]
        return f"{', '.join(labels[:-1])}{gettext(' and ')}{labels[-1]}" if len(labels) > 1 else labels[0]

    @property
    def effect(self) -> str:
        """What becomes of the published figures."""
        if self.is_recast:
            return gettext(
                "recast: edition {later} replaces edition {earlier}, which is kept as it was published",
                later=self.edition_to,
                earlier=self.edition_from,
            )
        return gettext(
            "not recast: edition {earlier} stands until the period is asked for again; later periods build on what is known now",
            earlier=self.edition_from,
        )

    @property
    def changed(self) -> str:
        """How many figures changed, and how many customers are behind it."""
        customers = ngettext("{count} customer", "{count} customers", self.customers_count)
        return ngettext(
            "{count} figure changed, by {customers}", "{count} figures changed, by {customers}", self.changed_count, customers=customers
        )


def is_material(figures: Iterable[RestatedFigure], *, customers_rate: float, value_rate: float) -> bool:
    """Whether a headline figure of all customers changed by more than the company's share of what was published."""
    limits = {"customers": customers_rate, "money": value_rate}
    headline = (figure for figure in figures if figure.segment_by == ALL and figure.measure in HEADLINE_MEASURES)
    return any(abs(figure.difference) > abs(figure.value_from) * Decimal(str(limits[figure.unit])) for figure in headline)


def restated_lines(restated: Iterable[RestatedPeriod], currency: str) -> Iterator[Sentence]:
    """A line for every material restatement, as the digest tells it: the latest periods, and how many more there are."""
    material = [period for period in restated if period.is_material]
    for period in reversed(material[-PERIODS_SHOWN_COUNT:]):
        editions = {"earlier": period.edition_from, "later": period.edition_to}
        edition = gettext("edition {earlier} → {later}", **editions) if period.is_recast else gettext("not recast")
        shown = _headline_first(period)[:FIGURES_SHOWN_COUNT]
        figures = "; ".join(describe_figure(figure, currency) for figure in shown)
        values = {"period": period.label, "edition": edition, "figures": figures, "reasons": period.reasons}
        line = gettext("Restated: {period} ({edition}): {figures}, by {reasons}", **values)
        names = named_figures(period.period, *(figure.measure for figure in shown))
        yield Sentence("restated", line, names, command=f"editions {period.period}")
    if len(material) > PERIODS_SHOWN_COUNT:
        count = len(material) - PERIODS_SHOWN_COUNT
        line = ngettext(
            "Restated: {count} earlier period; the workbook has it", "Restated: {count} earlier periods; the workbook has them", count
        )
        yield Sentence("restated_earlier", line)


def _headline_first(period: RestatedPeriod) -> list[RestatedFigure]:
    """The headline figures in their order; the others only where none of them changed."""
    by_measure = {figure.measure: figure for figure in period.whole}
    return [by_measure[name] for name in HEADLINE_MEASURES if name in by_measure] or [*period.whole, *period.of_questions]


def describe_figure(figure: RestatedFigure, currency: str) -> str:
    """A figure that changed: customers out 4 → 5 (+1)."""
    name = lowered(figure.label)
    if figure.unit != "money":
        now, earlier = int(figure.value_to), int(figure.value_from)
        return f"{name} {whole_number(earlier)} → {whole_number(now)} ({signed_number(now - earlier)})"
    amounts = (money_short(amount, currency) for amount in (figure.value_from, figure.value_to))
    return f"{name} {' → '.join(amounts)} ({signed_money_short(figure.difference, currency)})"


def story(period: RestatedPeriod, currency: str) -> Iterator[str]:
    """What changed and why, sentence by sentence, for the history of a period."""
    figures = [figure for figure in _headline_first(period) if figure.measure in HEADLINE_MEASURES] or _headline_first(period)
    values = {"changed": period.changed, "reasons": period.reasons, "effect": period.effect}
    yield gettext("{changed}. Reason: {reasons}. Effect: {effect}.", **values)
    for figure in figures:
        parts = "; ".join(_part(part, figure, currency) for part in figure.parts)
        yield f"{describe_figure(figure, currency)}: {parts}"


def _part(part: PartOfChange, figure: RestatedFigure, currency: str) -> str:
    amount = signed_number(int(part.difference)) if figure.unit != "money" else signed_money_short(part.difference, currency)
    behind = f" ({format_customers(part.customers_count)})" if part.customers_count else ""
    return gettext("{amount} by {reason}{behind}", amount=amount, reason=part.reason, behind=behind)
