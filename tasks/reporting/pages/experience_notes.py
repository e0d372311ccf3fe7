"""What a reader must know of experiences: days that no extract tells of, who is compared with whom, and what the words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext
from config.measures.experiences import EXPERIENCE_TERMS
from tasks.reporting.text import format_day, lowered, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.experience import ExperienceLinks


def exposure_gaps(links: ExperienceLinks) -> Iterator[str]:
    """What a reader must know of the exposure days that no extract tells."""
    days = {"first": format_day(links.first_day), "last": format_day(links.last_day)}
    for span in links.not_covered:
        if span.covers_from and span.covers_through:
            yield gettext(
                "The extract {extract} covers the days from {begin} to {end} only; experiences of the others between {first} and {last} "
                "are not counted, and who had them is among the others.",
                extract=span.extract,
                begin=format_day(span.covers_from),
                end=format_day(span.covers_through),
                **days,
            )
        elif span.covers_from:
            yield gettext(
                "The extract {extract} covers the days from {begin} only; experiences of the others between {first} and {last} are not "
                "counted, and who had them is among the others.",
                extract=span.extract,
                begin=format_day(span.covers_from),
                **days,
            )
        elif span.covers_through:
            yield gettext(
                "The extract {extract} covers the days to {end} only; experiences of the others between {first} and {last} are not "
                "counted, and who had them is among the others.",
                extract=span.extract,
                end=format_day(span.covers_through),
                **days,
            )


def exposure_notes(links: ExperienceLinks) -> Iterator[str]:
    """What a reader may ask after the tables: which days count, who is compared with whom, what the words mean."""
    segments = (name.replace("_", " ") for name in links.compared_within)
    yield gettext(
        "Experiences of the {days} days from {first} to {last}, the day before the period opened; what came later is not looked at. Others "
        "are all other customers at opening.",
        days=whole_number(links.exposure_days),
        first=format_day(links.first_day),
        last=format_day(links.last_day),
    )
    yield gettext(
        "Others alike: of the same {groups}. Compared: the exposed who have such others; the ratio is of these.",
        groups=", ".join((*segments, gettext("value group at opening"), gettext("tenure at opening"))),
    )
    yield from (f"{gettext(word)}: {lowered(meaning)}" for word, meaning in EXPERIENCE_TERMS)
    if links.not_looked_at_count:
        yield gettext(
            "Categories and stages with fewer customers than these, not looked at: {count}.", count=whole_number(links.not_looked_at_count)
        )
    if links.unlisted_stages_count:
        yield gettext(
            "Experiences at a stage that is not on the company's list: {count}; map them in sources.yaml.",
            count=whole_number(links.unlisted_stages_count),
        )
