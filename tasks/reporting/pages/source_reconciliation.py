"""Alignment on the scorecard: from each silo's count to the company's, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext, ngettext_noop
from tasks.reporting.blocks import Column, Page, Table, Waterfall, details
from tasks.reporting.sentences import OF_BRIDGE, Sentence, named_figures
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.reporting.model import ScorecardData

COUNTS = (Column("It counts"), Column("The company"), Column("Both"))
LINE_TEXTS = {
    "duplicate": (
        gettext_noop("Counted more than once"),
        *ngettext_noop("{count} claim counted a customer again", "{count} claims counted a customer again"),
    ),
    "unknown_customer": (
        gettext_noop("Nobody the company knows"),
        *ngettext_noop("{count} is of nobody the company knows", "{count} are of nobody the company knows"),
    ),
    "ambiguous_customer": (
        gettext_noop("A key of several customers"),
        *ngettext_noop("{count} has a key that stands for several customers", "{count} have a key that stands for several customers"),
    ),
    "outside_scope": (
        gettext_noop("Outside the scope"),
        *ngettext_noop("{count} is test, internal or partner", "{count} are test, internal or partner"),
    ),
    "customer_before": (
        gettext_noop("Were customers before"),
        *ngettext_noop("{count} was a customer before", "{count} were customers before"),
    ),
    "still_a_customer": (
        gettext_noop("Are customers still"),
        *ngettext_noop("{count} is still a customer", "{count} are still customers"),
    ),
    "gone_before": (
        gettext_noop("Had gone before"),
        *ngettext_noop("{count} had gone before", "{count} had gone before"),
    ),
    "never_a_customer": (
        gettext_noop("Never bought or signed"),
        *ngettext_noop("{count} never bought or signed", "{count} never bought or signed"),
    ),
    "other_period": (
        gettext_noop("Belong to another period"),
        *ngettext_noop("{count} belongs to another period", "{count} belong to another period"),
    ),
    "claimed_elsewhere": (
        gettext_noop("Claimed in another period"),
        *ngettext_noop("{count} is claimed in another period", "{count} are claimed in another period"),
    ),
    "missing_from_silo": (
        gettext_noop("Never claimed"),
        *ngettext_noop("{count} is never claimed", "{count} are never claimed"),
    ),
    "unexplained": (
        gettext_noop("Unexplained"),
        *ngettext_noop("{count} is unexplained", "{count} are unexplained"),
    ),
}
"""Every line of a bridge but the agreed ones: how it is called, and how it is said of one and of several."""
OF_COMPANY = ("claimed_elsewhere", "missing_from_silo", "unexplained")
"""Lines that the company alone counts."""
TITLE, QUESTION = gettext_noop("Alignment"), gettext_noop("Do sales, marketing and service count alike?")
SILOS = {"sales": gettext_noop("Sales"), "marketing": gettext_noop("Marketing"), "service": gettext_noop("Service")}
"""What the silos are called at the beginning of a sentence."""
CLAIMED = (gettext_noop("new"), gettext_noop("lost"))
"""What a silo counts its customers as."""
NO_CLAIMS = gettext_noop(
    "No silo's own count is declared. Say in sources.yaml, under an extract's `claims`, which of its rows the silo counts as `new` or "
    "`lost`, and the bridge to the company's count stands here."
)


@dataclass(frozen=True)
class Bridge:
    """One silo's count and the company's, with what lies between them."""

    silo: str
    claimed: str
    description: str
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
        return tuple((gettext(LINE_TEXTS[line][0]), count) for line, count in signed if count or line == "unexplained")

    @property
    def ordered(self) -> list[tuple[str, int]]:
        """The lines that are not agreed, in the order of a bridge."""
        return [(line, self.lines.get(line, 0)) for line in LINE_TEXTS]

    @property
    def sentence(self) -> str:
        """The bridge in words, every part named, so that both counts add up from them.

        Marketing counts 25,004 new customers, the company 22,000. 21,000 are the same. Marketing alone counts 4,004: 3,000 were
        customers before, 1,004 claims counted a customer again. The company alone counts 1,000: 1,000 are never claimed.
        """
        counts = ngettext(
            "{silo} counts {count} {claimed} customer ({which}), the company {shared}.",
            "{silo} counts {count} {claimed} customers ({which}), the company {shared}.",
            self.silo_count,
            silo=self.name,
            claimed=gettext(self.claimed),
            which=self.description,
            shared=whole_number(self.shared_count),
        )
        same = ngettext("{count} is the same.", "{count} are the same.", self.lines.get("agreed", 0))
        alone = (
            self._alone(gettext("{silo} alone", silo=self.name), is_of_company=False),
            self._alone(gettext("The company alone"), is_of_company=True),
        )
        return " ".join((counts, same, *(part for part in alone if part)))

    @property
    def name(self) -> str:
        """The silo, as it is called at the beginning of a sentence."""
        return gettext(SILOS[self.silo]) if self.silo in SILOS else self.silo.capitalize()

    def _alone(self, who: str, *, is_of_company: bool) -> str:
        """What one of the two counts and the other does not, the largest part first; nothing where there is none."""
        parts = sorted(((count, line) for line, count in self.ordered if count and (line in OF_COMPANY) is is_of_company), reverse=True)
        if not parts:
            return ""
        total = whole_number(sum(count for count, _line in parts))
        listed = ", ".join(_describe_line(line, count) for count, line in parts)
        return gettext("{who} counts {total}: {parts}.", who=who, total=total, parts=listed)


def alignment_page(data: ScorecardData) -> Page:
    """Every bridge: a sentence, a chart and a table each."""
    all_bridges = bridges(data)
    if not all_bridges:
        return Page(gettext(TITLE), gettext(QUESTION), gettext("No silo's own count is known."), missing=(gettext(NO_CLAIMS),))
    return Page(
        gettext(TITLE),
        gettext(QUESTION),
        max(all_bridges, key=lambda bridge: abs(bridge.difference)).sentence,
        tables=(_counts(all_bridges), *details(_table(bridge) for bridge in all_bridges)),
        waterfalls=tuple(_waterfall(bridge) for bridge in all_bridges),
    )


def alignment_lines(data: ScorecardData) -> list[Sentence]:
    """The silo whose count is furthest from the company's, if by more than the company's limit, and how many others are."""
    apart = [
        bridge
        for bridge in bridges(data)
        if bridge.difference and abs(bridge.difference) >= data.alignment_threshold_rate * bridge.shared_count
    ]
    if not apart:
        return []
    furthest = max(apart, key=lambda bridge: abs(bridge.difference))
    more = len(apart) - 1
    others = f" {ngettext('{count} more on the sheet Notes.', '{count} more on the sheet Notes.', more)}" if more else ""
    bridge_name = f"{furthest.silo}.{furthest.claimed}"
    lines = (f"{OF_BRIDGE}{bridge_name}.{line}" for line, count in furthest.lines.items() if count)
    figures = named_figures(data.period, *lines)
    return [Sentence("alignment", f"{gettext(TITLE)}: {furthest.sentence}{others}", figures, command=f"bridge {data.period} {bridge_name}")]


def bridges(data: ScorecardData) -> list[Bridge]:
    """The bridges of the period, as many as the silos make claims."""
    rows = data.tables.get("alignment", ())
    keys = itemgetter("silo", "extract", "claimed", "says")
    return [
        Bridge(silo, claimed, description, {row["line"]: row["customers_count"] for row in group})
        for (silo, _extract, claimed, description), group in groupby(rows, key=keys)
    ]


def _waterfall(bridge: Bridge) -> Waterfall:
    drawn = tuple(change for change in bridge.changes if change[1])
    opening, closing = (gettext("{silo} counts", silo=bridge.name), bridge.silo_count), (gettext("The company counts"), bridge.shared_count)
    title = gettext(
        "{silo}: {claimed} customers ({which}), from its count to the company's",
        silo=bridge.name,
        claimed=gettext(bridge.claimed),
        which=bridge.description,
    )
    return Waterfall(title, opening, drawn, closing)


def _counts(all_bridges: Sequence[Bridge]) -> Table:
    """Every silo's count beside the company's, a line each."""
    columns = (Column("Silo", "text"), Column("Counts as", "text"), Column("What it counts", "text"), *COUNTS)
    rows = tuple(
        (bridge.name, gettext(bridge.claimed), bridge.description, bridge.silo_count, bridge.shared_count, bridge.lines.get("agreed", 0))
        for bridge in sorted(all_bridges, key=lambda bridge: -abs(bridge.difference))
    )
    return Table(gettext("Counted by each, the furthest apart first"), columns, rows, is_wrapped=True)


def _table(bridge: Bridge) -> Table:
    columns = (Column("", "text"), Column("Customers"))
    counts = gettext("{silo} counts as {claimed}", silo=bridge.name, claimed=gettext(bridge.claimed))
    rows = ((counts, bridge.silo_count), *bridge.changes)
    title = f"{bridge.name}: {bridge.description}"
    return Table(title, columns, rows, total=(gettext("The company counts"), bridge.shared_count), description=bridge.sentence)


def _describe_line(line: str, count: int) -> str:
    _label, one, many = LINE_TEXTS[line]
    return ngettext(one, many, abs(count))
