"""Experiences that are held against what customers did next, and what they may have done: the names, and how readers hear of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from config.language import gettext, gettext_noop

Outcome = Literal["lost", "stayed", "renewed", "bought_more"]
Parting = Literal["category", "stage", "theme", "desired_outcome"]
LARGEST_Q_VALUE = 0.05
"""A link, driver or trend whose corrected p-value is larger is none that is shown."""


def is_demonstrated(low: float | None, q_value: float | None) -> bool:
    """Whether a ratio's whole interval lies above 1, after all that were looked at are taken into account; not where there is none."""
    return low is not None and low > 1 and q_value is not None and q_value <= LARGEST_Q_VALUE


OF_EXPERIENCE, LOST_OF_EXPERIENCE = "experience.", ".lost"
"""How the name begins by which an experience is explained, and how it ends where only the lost of those who had it are meant."""


def experience_name(experience: str, part: str) -> str:
    """The name by which an experience is explained: `experience.complaint`, or `experience.complaint_at.delivery`."""
    return f"{OF_EXPERIENCE}{experience}{f'.{part}' if part else ''}"


@dataclass(frozen=True, kw_only=True)
class ExperienceEntry:
    """One kind of experience: who had it, as a sentence says it, and what the extracts must tell for it."""

    name: str
    label: str
    who: str
    """Customers who had it, as a sentence begins."""
    description: str
    needs: tuple[str, ...]
    """Columns of shared tables, as `dataset.column`."""
    parted_by: Parting | None = None
    """Whether it is told apart by what it was about, its stage or its themes, each part an experience of its own."""

    def label_of(self, part: str) -> str:
        """What the experience is called, with its part."""
        return f"{self.label}: {part}" if self.parted_by else self.label

    def called(self, part: str) -> str:
        """The same in the language in force."""
        return replace(self, label=gettext(self.label)).label_of(part)

    def who_had_it(self, part: str) -> str:
        """Who had it, with its part, in the language in force."""
        who = gettext(self.who)
        return gettext("{who} “{part}”", who=who, part=part) if self.parted_by else who


COMPLAINT = ("tickets.is_complaint",)
FOLLOW_UP = "followed_up_on"
ENTRIES: tuple[ExperienceEntry, ...] = (
    ExperienceEntry(
        name="complaint",
        label="Complaint",
        who="Customers who complained",
        description="Opened a ticket that is a complaint.",
        needs=COMPLAINT,
    ),
    ExperienceEntry(
        name="complaint_about",
        label="Complaint about",
        who="Customers who complained about",
        description="Opened a complaint of that category.",
        needs=(*COMPLAINT, "tickets.category"),
        parted_by="category",
    ),
    ExperienceEntry(
        name="complaint_at",
        label="Complaint at the stage",
        who="Customers who complained at the stage",
        description="Opened a complaint at that stage of the journey.",
        needs=(*COMPLAINT, "tickets.stage"),
        parted_by="stage",
    ),
    ExperienceEntry(
        name="unresolved_complaint",
        label="Unresolved complaint",
        who="Customers with an unresolved complaint",
        description="Opened a complaint that was not closed when the period opened.",
        needs=(*COMPLAINT, "tickets.closed_on"),
    ),
    ExperienceEntry(
        name="unresolved_ticket",
        label="Unresolved ticket",
        who="Customers with an unresolved ticket",
        description="Opened a ticket, complaint or not, that was not closed when the period opened.",
        needs=("tickets.closed_on",),
    ),
    ExperienceEntry(
        name="slow_ticket",
        label="Slow ticket",
        who="Customers with a slow ticket",
        description="Opened a ticket that was open for more than the slow days by the day before the period opened.",
        needs=("tickets.closed_on",),
    ),
    ExperienceEntry(
        name="reopened_ticket",
        label="Reopened ticket",
        who="Customers with a reopened ticket",
        description="Opened a ticket that was opened again before the period opened.",
        needs=("tickets.reopened_on",),
    ),
    ExperienceEntry(
        name="complaint_without_follow_up",
        label="Complaint without follow-up",
        who="Customers whose complaint nobody followed up",
        description="Opened a complaint that nobody had followed up when the period opened.",
        needs=(*COMPLAINT, f"tickets.{FOLLOW_UP}"),
    ),
    ExperienceEntry(
        name="comment_about",
        label="Wrote about",
        who="Customers who wrote about",
        description="Wrote something, in a ticket or an answer, that is of that theme of the company's.",
        needs=("comments.theme",),
        parted_by="theme",
    ),
    ExperienceEntry(
        name="unmet_outcome",
        label="Not satisfied with",
        who="Customers who are not satisfied with what matters to them,",
        description="Rated that desired outcome as important, and was not as satisfied with it.",
        needs=tuple(f"surveys.{name}" for name in ("desired_outcome", "importance", "satisfaction")),
        parted_by="desired_outcome",
    ),
    ExperienceEntry(
        name="refund",
        label="Refund",
        who="Customers with a refund",
        description="Was given money back: a purchase of less than 0.",
        needs=("purchases.amount",),
    ),
    ExperienceEntry(
        name="detractor",
        label="Detractor",
        who="Customers whose latest score was low",
        description="The latest score was at most the detractors' highest.",
        needs=("surveys.score",),
    ),
    ExperienceEntry(
        name="passive",
        label="Passive",
        who="Customers whose latest score was middling",
        description="The latest score was between those of detractors and promoters.",
        needs=("surveys.score",),
    ),
    ExperienceEntry(
        name="promoter",
        label="Promoter",
        who="Customers whose latest score was high",
        description="The latest score was at least the promoters' lowest.",
        needs=("surveys.score",),
    ),
    ExperienceEntry(
        name="detractor_without_follow_up",
        label="Detractor without follow-up",
        who="Customers whose low score nobody followed up",
        description="The latest score was a detractor's, and nobody had followed it up when the period opened.",
        needs=("surveys.score", f"surveys.{FOLLOW_UP}"),
    ),
)
FOLLOW_UPS: dict[str, str] = {"complaint_without_follow_up": "complaint", "detractor_without_follow_up": "detractor"}
"""What nobody followed up, and the experience of which it is a part: the rest of it was followed up in time."""
EXPERIENCES: dict[str, ExperienceEntry] = {entry.name: entry for entry in ENTRIES}
"""Every kind of experience by its name, in the order of the sheet."""


def label_of_name(name: str) -> str:
    """What an experience is called by the name by which it is explained, with its part."""
    _, experience, *part = name.split(".", 2)
    return EXPERIENCES[experience].label_of("".join(part))


@dataclass(frozen=True, kw_only=True)
class OutcomeEntry:
    """What customers may have done in the period."""

    name: Outcome
    label: str
    often: str
    """How often those of an experience did it, with the counts of them and of the others, as a message of the catalogue."""
    description: str


OUTCOMES: dict[Outcome, OutcomeEntry] = {
    entry.name: entry
    for entry in (
        OutcomeEntry(
            name="lost",
            label="Lost",
            often=gettext_noop(
                "{who} left {ratio} times as often as others alike ({low} to {high}): {events} of {exposed}, against {others_events} of "
                "{others} others."
            ),
            description="Of customers at opening, those who were none at closing.",
        ),
        OutcomeEntry(
            name="stayed",
            label="Stayed on",
            often=gettext_noop(
                "{who} stayed {ratio} times as often as others alike ({low} to {high}): {events} of {exposed}, against {others_events} of "
                "{others} others."
            ),
            description="Of customers at opening, those who were at closing.",
        ),
        OutcomeEntry(
            name="renewed",
            label="Renewed every term",
            often=gettext_noop(
                "{who} renewed {ratio} times as often as others alike ({low} to {high}): {events} of {exposed}, against {others_events} of "
                "{others} others."
            ),
            description="Of customers at opening with terms that ended in the period and are past grace, those who renewed all of them.",
        ),
        OutcomeEntry(
            name="bought_more",
            label="Grew in value",
            often=gettext_noop(
                "{who} grew in value {ratio} times as often as others alike ({low} to {high}): {events} of {exposed}, against "
                "{others_events} of {others} others."
            ),
            description="Of customers at opening, those who were worth more at closing, beyond the tolerance.",
        ),
    )
}
EXPERIENCE_TERMS: tuple[tuple[str, str], ...] = (
    (
        "Experience",
        "What a customer went through with us, as service and feedback recorded it: a complaint, a slow ticket, a score, a refund.",
    ),
    (
        "Exposed",
        "A customer at opening who had the experience in the exposure days before the period opened; what came later never counts.",
    ),
    (
        "Times as often",
        (
            "The share of the exposed who did something, divided by that of others of the same segments, value group and tenure, with its "
            "95% interval (risk ratio of Mantel and Haenszel)."
        ),
    ),
    (
        "Demonstrated link",
        (
            "The whole interval lies above 1, and still does so after all that were looked at are taken into account (Benjamini and "
            "Hochberg, 5%); an association, not a proof of what caused what."
        ),
    ),
    (
        "Explains it away",
        (
            "How many times as likely something that nobody recorded would have to make both the experience and the outcome, to bring the "
            "interval down to 1 (E-value)."
        ),
    ),
    (
        "Value lost that it may explain",
        (
            "Of the opening value of the exposed who were lost, what is beyond what they would have taken with them leaving as often as "
            "others alike, with its 95% interval; it reaches down to 0 where no link is demonstrated."
        ),
    ),
)
"""The words of the sheet Experience, each with what it means."""
OPPORTUNITY_TERMS: tuple[tuple[str, str], ...] = (
    (
        "Desired outcome",
        "Something that customers want to get done or to have, of which a survey asks how much it matters and how satisfied they are.",
    ),
    (
        "Opportunity",
        (
            "Importance plus what satisfaction lacks of it, each in tenths of the customers who rated it high; from 0 to 20: "
            "importance + max(importance - satisfaction, 0)."
        ),
    ),
)
"""The words of desired outcomes, each with what it means."""
