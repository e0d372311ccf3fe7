"""Where the data begin, and what is therefore not known, or not whole yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from config.language import gettext
from tasks.reporting.text import format_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date


@dataclass(frozen=True)
class DataBeginning:
    """The day on which the data begin, and what a period and those it is held against may say of it."""

    day: date
    extract: str
    is_assumed: bool
    """Whether nobody has declared it."""
    openings: Mapping[str, date]
    """The days on which the bases of the period and of those that it is held against are counted, by what the periods are called."""
    is_opening_unknown: bool = False
    """Whether the data begin in the period itself, or later than it opens, so that nobody knows who was a customer before."""
    lapse_days: int = 0
    """Until so many days have passed, buyers from before the data are not among the customers; 0: nobody lapses."""
    value_days: int = 0
    """Until so many days have passed, values do not hold all that they are made of; 0: they are agreed, not added up."""

    @property
    def label(self) -> str:
        """When the data begin, and whether that is an assumption: on 3 May 2026 (assumed)."""
        day = format_day(self.day)
        return gettext("on {day} (assumed)", day=day) if self.is_assumed else gettext("on {day}", day=day)

    @property
    def sentence(self) -> str:
        """Where the data begin and, where that is assumed, what would say it."""
        if not self.is_assumed:
            return gettext("The data begin on {day}, as is declared of {extract}.", day=format_day(self.day), extract=self.extract)
        return gettext(
            "The data are taken to begin on {day}, with the first month of {extract} that holds at least a tenth of the median of the next "
            "six; `covers_from` in sources.yaml says it for certain, `covers_from: founding` that nobody was a customer before.",
            day=format_day(self.day),
            extract=self.extract,
        )

    def notes(self) -> Iterator[str]:
        """What is not known, or not whole, because the data begin so late; nothing where they begin early enough."""
        caveats = [*self._unknown(), *self._few_customers(), *self._little_value()]
        if caveats:
            yield " ".join((*caveats, self.sentence))

    def _unknown(self) -> Iterator[str]:
        if self.is_opening_unknown:
            yield gettext(
                "Nobody knows who was a customer before {day}, so how many came, went or stayed in this period cannot be said, and whoever "
                "is called new may have been a customer all along.",
                day=format_day(self.day),
            )

    def _few_customers(self) -> Iterator[str]:
        if periods := self._opened_within(self.lapse_days):
            yield gettext(
                "Opening customers of {periods} are too few, since until {day} whoever last bought before the data begin is not among "
                "them, can be called new, and cannot lapse.",
                periods=periods,
                day=format_day(self._until(self.lapse_days)),
            )

    def _little_value(self) -> Iterator[str]:
        if periods := self._opened_within(self.value_days):
            yield gettext(
                "Opening value of {periods} is too low, since until {day} purchases from before the data begin are not in it, so that more "
                "customers are worth more, and fewer are worth less.",
                periods=periods,
                day=format_day(self._until(self.value_days)),
            )

    def _until(self, days: int) -> date:
        """The first day on which so many days, itself included, lie within the data."""
        return self.day + timedelta(days=days - 1)

    def _opened_within(self, days: int) -> str:
        if self.is_opening_unknown or not days:
            return ""
        return gettext(" and ").join(name for name, opening_day in self.openings.items() if opening_day < self._until(days))
