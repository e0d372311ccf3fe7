"""Alignment on the scorecard: from each silo's count to the company's, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from tasks.reporting.blocks import Column, Page, Table, Waterfall, details
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.reporting.model import ScorecardData

COUNTS = ("It counts", "The company", "Both")
WORDS = {
    "duplicate": ("Counted more than once", "{count} claim{s} counted a customer again"),
    "unknown_customer": ("Nobody the company knows", "{count} {is_are} of nobody the company knows"),
    "ambiguous_customer": ("A key of several customers", "{count} {has_have} a key that stands for several customers"),
    "outside_scope": ("Outside the scope", "{count} {is_are} test, internal or partner"),
    "customer_before": ("Were customers before", "{count} {was_were} {a}customer{s} before"),
    "still_a_customer": ("Are customers still", "{count} {is_are} still {a}customer{s}"),
    "gone_before": ("Had gone before", "{count} had gone before"),
    "never_a_customer": ("Never bought or signed", "{count} never bought or signed"),
    "other_period": ("Belong to another period", "{count} belong{s_not} to another period"),
    "claimed_elsewhere": ("Claimed in another period", "{count} {is_are} claimed in another period"),
    "missing_from_silo": ("Never claimed", "{count} {is_are} never claimed"),
    "unexplained": ("Unexplained", "{count} {is_are} unexplained"),
}
"""Every line of a bridge but the agreed ones: how it is called, and how it is said."""
OF_COMPANY = ("claimed_elsewhere", "missing_from_silo", "unexplained")
"""Lines that the company alone counts."""
TITLE = "Alignment"
NO_CLAIMS = (
    "No silo's own count is declared. Say in sources.yaml, under an extract's `claims`, which of its rows the silo counts as `new` or "
    "`lost`, and the bridge to the company's count stands here."
)


@dataclass(frozen=True)
class Bridge:
    """One silo's count and the company's, with what lies between them."""

    silo: str
    claimed: str
    says: str
    lines: dict[str, int]

    @property
    def silo_count(self) -> int:
        """What the silo counts."""
        return sum(count for line, count in self.lines.items() if line not in OF_COMPANY)

    @property
    def shared_count(self) -> int:
        """What the company counts."""
        return sum(self.lines.get(line, 0) for line in ("agreed", *OF_COMPANY))

    @property
    def difference(self) -> int:
        """By how many the silo counts more."""
        return self.silo_count - self.shared_count

    @property
    def changes(self) -> tuple[tuple[str, int], ...]:
        """From the silo's count to the company's: every line that is not agreed, with its sign; unexplained always."""
        signed = ((line, count if line in OF_COMPANY else -count) for line, count in self.ordered)
        return tuple((WORDS[line][0], count) for line, count in signed if count or line == "unexplained")

    @property
    def ordered(self) -> list[tuple[str, int]]:
        """The lines that are not agreed, in the order of a bridge."""
        return [(line, self.lines.get(line, 0)) for line in WORDS]

    @property
    def sentence(self) -> str:
        """The bridge in words, every part named, so that both counts add up from them.

        Marketing counts 25,004 new customers, the company 22,000. 21,000 are the same. Marketing alone counts 4,004: 3,000 were
        customers before, 1,004 claims counted a customer again. The company alone counts 1,000: 1,000 are never claimed.
        """
        ending = "" if self.silo_count == 1 else "s"
        silo, shared = self.silo.capitalize(), whole_number(self.shared_count)
        counts = f"{silo} counts {whole_number(self.silo_count)} {self.claimed} customer{ending} ({self.says}), the company {shared}."
        agreed = self.lines.get("agreed", 0)
        same = f"{whole_number(agreed)} {'is' if agreed == 1 else 'are'} the same."
        alone = (self._alone(f"{silo} alone", is_of_company=False), self._alone("The company alone", is_of_company=True))
        return " ".join((counts, same, *(part for part in alone if part)))

    def _alone(self, who: str, *, is_of_company: bool) -> str:
        """What one of the two counts and the other does not, the largest part first; nothing where there is none."""
        parts = sorted(((count, line) for line, count in self.ordered if count and (line in OF_COMPANY) is is_of_company), reverse=True)
        if not parts:
            return ""
        total = whole_number(sum(count for count, _line in parts))
        return f"{who} counts {total}: {', '.join(_said(line, count) for count, line in parts)}."


def alignment_page(facts: ScorecardData) -> Page:
    """Every bridge: a sentence, a chart and a table each."""
    found = bridges(facts)
    if not found:
        return Page(TITLE, "Do sales, marketing and service count alike?", "No silo's own count is known.", missing=(NO_CLAIMS,))
    return Page(
        TITLE,
        "Do sales, marketing and service count alike?",
        max(found, key=lambda each: abs(each.difference)).sentence,
        tables=(_counts(found), *details(_table(each) for each in found)),
        waterfalls=tuple(_waterfall(each) for each in found),
    )


def alignment_lines(facts: ScorecardData) -> list[str]:
    """The silo whose count is furthest from the company's, if by more than the company's limit, and how many others are."""
    apart = [each for each in bridges(facts) if each.difference and abs(each.difference) >= facts.told_from_rate * each.shared_count]
    if not apart:
        return []
    furthest = max(apart, key=lambda each: abs(each.difference))
    others = f" {len(apart) - 1} more on the sheet Notes." if len(apart) > 1 else ""
    return [f"{TITLE}: {furthest.sentence}{others}"]


def bridges(facts: ScorecardData) -> list[Bridge]:
    """The bridges of the period, as many as the silos make claims."""
    rows = facts.tables.get("alignment", ())
    keys = itemgetter("silo", "extract", "claimed", "says")
    return [
        Bridge(silo, claimed, says, {row["line"]: row["customers_count"] for row in group})
        for (silo, _extract, claimed, says), group in groupby(rows, key=keys)
    ]


def _waterfall(each: Bridge) -> Waterfall:
    drawn = tuple(change for change in each.changes if change[1])
    opening, closing = (f"{each.silo.capitalize()} counts", each.silo_count), ("The company counts", each.shared_count)
    title = f"{each.silo.capitalize()}: {each.claimed} customers ({each.says}), from its count to the company's"
    return Waterfall(title, opening, drawn, closing)


def _counts(found: Sequence[Bridge]) -> Table:
    """Every silo's count beside the company's, a line each."""
    columns = (Column("Silo", "text"), Column("Counts as", "text"), Column("What it counts", "text"), *map(Column, COUNTS))
    rows = tuple(
        (each.silo.capitalize(), each.claimed, each.says, each.silo_count, each.shared_count, each.lines.get("agreed", 0))
        for each in sorted(found, key=lambda each: -abs(each.difference))
    )
    return Table("Counted by each, the furthest apart first", columns, rows, is_wrapped=True)


def _table(each: Bridge) -> Table:
    columns = (Column("", "text"), Column("Customers"))
    rows = ((f"{each.silo.capitalize()} counts as {each.claimed}", each.silo_count), *each.changes)
    title = f"{each.silo.capitalize()}: {each.says}"
    return Table(title, columns, rows, total=("The company counts", each.shared_count), says=each.sentence)


def _said(line: str, count: int) -> str:
    one = abs(count) == 1
    words = {
        "a": "a " if one else "",
        "s": "" if one else "s",
        "s_not": "s" if one else "",
        "is_are": "is" if one else "are",
        "was_were": "was" if one else "were",
        "has_have": "has" if one else "have",
    }
    return WORDS[line][1].format(count=whole_number(abs(count)), **words)
