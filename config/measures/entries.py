"""What a line of the table of measures holds."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

from config.language import look_up

Unit = Literal["customers", "count", "money"]
"""Customers are people; a count is of terms, tickets or recommendations; money is in the company's currency."""
Side = Literal["opening", "closing"]
Sign = Literal["plus", "minus", "either", "none"]
"""How a number changes the base or its value: added, taken off, a difference that is shown with its sign, or not at all."""
DAYS = "{days}"
"""Stands in an entry for a number of days that the company chooses."""


@dataclass(frozen=True, kw_only=True)
class MeasureEntry:
    """One number of the scorecard: a sum over customers."""

    name: str
    """In figures.csv, and for `customer-math explain`."""
    label: str
    """What every page calls it."""
    short_label: str = ""
    """Above a narrow column and under a bar; empty where the label is short enough."""
    unit: Unit
    sign: Sign = "none"
    side: Side = "opening"
    """Whether a customer who changed its segment counts where it was at opening, or where it is at closing."""
    needs: tuple[str, ...] = ()
    """What the company must supply, as `dataset.column` or `costs.setting`; the measure is not published where any is missing."""
    description: str

    @property
    def heading(self) -> str:
        """What it is called where there is little room."""
        return self.short_label or self.label


@dataclass(frozen=True, kw_only=True)
class RateEntry:
    """One measure over another; it is never shown without both."""

    name: str
    label: str
    short_label: str = ""
    numerator: str
    denominator: str
    is_published: bool = True
    """Whether it is a figure of its own; else pages make it of its two measures."""
    description: str

    @property
    def heading(self) -> str:
        """What it is called where there is little room."""
        return self.short_label or self.label


Entry = MeasureEntry | RateEntry
AnyEntry = TypeVar("AnyEntry", MeasureEntry, RateEntry)


def at(entry: AnyEntry, days: int) -> AnyEntry:
    """The entry for one of the company's numbers of days, which stands in its name and its words, in the language in force."""
    texts = {field.name: getattr(entry, field.name) for field in fields(entry)}
    texts |= {name: look_up(texts[name]) for name in ("label", "short_label", "description")}
    return replace(entry, **{name: text.replace(DAYS, str(days)) for name, text in texts.items() if isinstance(text, str)})
