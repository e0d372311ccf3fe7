"""The digest: what Slack is told of a period, short enough to be read on a phone in twenty seconds."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.measures.roll_forward import lines_of
from config.measures.table import heading_of
from tasks.reporting.inert import INERT, inert
from tasks.reporting.model import NOT_RECORDED
from tasks.reporting.pages.agenda import digest_lines
from tasks.reporting.pages.headline import headline
from tasks.reporting.pages.quality_summary import data_in_words
from tasks.reporting.pages.what_if import digest_lines as choices_lines
from tasks.reporting.restated import restated_lines
from tasks.reporting.text import (
    customers_in_words,
    day_in_words,
    lowered,
    money_short,
    none_or_number,
    signed_money_short,
    signed_number,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from config.measures.roll_forward import Role
    from tasks.reporting.model import ScorecardData

Block = dict[str, Any]
"""One block of Slack's Block Kit, as JSON."""
QUIET = frozenset({"in_and_out_customers"})
"""Parts that go unsaid where there are none; of those who left and those who lapsed both are always said."""
HEADER_LENGTH = 150
"""The longest header that Slack takes, in characters."""
SECTION_LENGTH = 3_000
"""The longest text of a section that Slack takes, in characters."""
COMPARED = {"customers_in": "in", "customers_out": "out", "net_customers": "net"}
"""Measures that are compared with other periods, and what they are called there."""
LINE_LENGTH = 400
"""How much of a line of a question the digest shows, in characters."""
NOTES_SHOWN_COUNT = 2
"""How many notes the digest shows; the workbook has all."""
NOTE_LENGTH = 200
"""How much of a note the digest shows, in characters."""
AS_WRITTEN = str.maketrans({inert: mark for mark, inert in INERT.items()})


@dataclass(frozen=True)
class Digest:
    """What Slack is told: the blocks of the message, and the sentence for notifications and screen readers."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True)
class SegmentMovement:
    """What happened to one group of customers."""

    segment_by: str
    segment: str
    came_count: int
    went_count: int
    lost_amount: Decimal

    @property
    def net_count(self) -> int:
        """Customers in less customers out."""
        return self.came_count - self.went_count


def digest(facts: ScorecardData, *, workbook_name: str, segment_movements_count: int = 3) -> Digest:
    """The period for Slack: the headline, in and out with their parts and value, what changed, where, and what it rests on."""
    said = headline(facts)
    blocks = [
        _header(said),
        _context([f"*{inert(facts.company)}* · {facts.labels[facts.period]}"]),
        _section([_base_line(facts)]),
        _fields([_parts(facts, "In", "in", "part_in"), _parts(facts, "Out", "out", "part_out")]),
        _section([_stayed_line(facts)]),
        *_question_sections(facts),
        _section(_comparison_lines(facts)),
        *_further_sections(facts),
        *_segment_sections(facts, segment_movements_count),
        *_restated_sections(facts),
        _context(_data_lines(facts)),
        _context([_origin_line(facts, workbook_name)]),
    ]
    return Digest(text=f"{inert(facts.company)}, {facts.labels[facts.period]}. {said}", blocks=blocks)


def plain_text(told: Digest) -> str:
    """The digest as it is printed where there is no Slack."""
    return "\n\n".join("\n".join(_plain(text) for text in _texts(block)) for block in told.blocks)


def biggest_segment_movements(facts: ScorecardData, count: int) -> list[SegmentMovement]:
    """The groups whose number of customers changed most, biggest first; a way of grouping with one group alone says nothing."""
    movements = [
        _movement(facts, segment_by, segment)
        for segment_by in facts.segment_by
        if len(facts.segments_of(segment_by)) > 1
        for segment in facts.segments_of(segment_by)
    ]
    changed = [movement for movement in movements if movement.net_count]
    changed.sort(key=lambda one: (-abs(one.net_count), -one.lost_amount, one.segment_by, one.segment))
    return changed[:count]


def _movement(facts: ScorecardData, segment_by: str, segment: str) -> SegmentMovement:
    return SegmentMovement(
        segment_by=segment_by,
        segment=segment,
        came_count=facts.heads("customers_in", segment_by=segment_by, segment=segment),
        went_count=facts.heads("customers_out", segment_by=segment_by, segment=segment),
        lost_amount=facts.money("customers_out_amount", segment_by=segment_by, segment=segment),
    )


def _base_line(facts: ScorecardData) -> str:
    opening, closing = (money_short(facts.money(measure), facts.currency) for measure in ("opening_amount", "closing_amount"))
    heads = f"{whole_number(facts.heads('opening_customers'))} → {customers_in_words(facts.heads('closing_customers'))}"
    net = f"*{signed_number(facts.heads('net_customers'))}*"
    return f"*{heads}* ({net})\nworth {opening} → {closing} ({signed_money_short(facts.money('net_amount'), facts.currency)})"


def _parts(facts: ScorecardData, direction: str, *roles: Role) -> str:
    """Customers in or out with what they are worth, and each of the parts that they are made of."""
    (heads, whole), *parts = ((facts.heads(line.customers), line) for line in lines_of(*roles) if line.customers)
    shown = [(count, line) for count, line in parts if heads and (count or line.customers not in QUIET)]
    lines = (f"{whole_number(count)} {lowered(line.label)}{_worth(facts, line.amount, heads=count)}" for count, line in shown)
    return "\n".join((f"*{direction}: {none_or_number(heads)}*{_worth(facts, whole.amount, heads=heads)}", *lines))


def _worth(facts: ScorecardData, amount: str, *, heads: int) -> str:
    """What some customers are worth, beside their number; where there are none it goes without saying."""
    return f" · {money_short(facts.money(amount), facts.currency)}" if heads else ""


def _stayed_line(facts: ScorecardData) -> str:
    more = _stayed(facts, "increased", word="more", sign=1)
    less = _stayed(facts, "decreased", word="less", sign=-1)
    return f"*{heading_of('staying_customers')}:* {more}, {less}"


def _stayed(facts: ScorecardData, name: str, *, word: str, sign: int) -> str:
    heads = facts.heads(f"{name}_customers")
    change = f" ({signed_money_short(sign * facts.money(f'{name}_amount'), facts.currency)})" if heads else ""
    return f"{none_or_number(heads)} worth {word}{change}"


def _comparison_lines(facts: ScorecardData) -> list[str]:
    """In, out and net of the period before and of the year before, each with the difference to now; says so where there is none."""
    if not facts.previous and not facts.year_before:
        return ["Nothing to compare with: the data begins with this period."]
    lines = [_comparison_line(facts, period) for period in dict.fromkeys((facts.previous, facts.year_before)) if period]
    return lines if facts.year_before else [*lines, "*Against a year before:* no data"]


def _comparison_line(facts: ScorecardData, period: str) -> str:
    said = [_difference(facts, period, measure=measure, word=word) for measure, word in COMPARED.items()]
    return f"*Against {facts.labels[period]}:* {', '.join(said)}"


def _difference(facts: ScorecardData, period: str, *, measure: str, word: str) -> str:
    """One number against another period's: out +1,940 (then 25,060)."""
    then, now = facts.heads(measure, period=period), facts.heads(measure)
    return f"{word} {signed_number(now - then)} (then {whole_number(then)})"


def _question_sections(facts: ScorecardData) -> Iterator[Block]:
    lines = [_question_line(line) for line in digest_lines(facts)]
    if lines:
        yield from _sections(lines)


def _question_line(line: str) -> str:
    """A line of a question, its first words bold, and whatever names stand in it without effect."""
    label, is_labelled, said = line.partition(": ")
    return f"*{inert(label)}:* {inert(said, length=LINE_LENGTH)}" if is_labelled else inert(line, length=LINE_LENGTH)


def _further_sections(facts: ScorecardData) -> Iterator[Block]:
    lines = choices_lines(facts)
    if lines:
        yield _section(lines)


def _segment_sections(facts: ScorecardData, count: int) -> Iterator[Block]:
    lines = [_segment_line(facts, movement) for movement in biggest_segment_movements(facts, count)]
    if lines:
        yield from _sections(["*Biggest movements*", *lines])


def _restated_sections(facts: ScorecardData) -> Iterator[Block]:
    lines = list(restated_lines(facts.restated, facts.currency))
    if lines:
        yield from _sections(lines)


def _segment_line(facts: ScorecardData, movement: SegmentMovement) -> str:
    segment_by = inert(movement.segment_by.replace("_", " "))
    name = f"{segment_by} {NOT_RECORDED}" if movement.segment == NOT_RECORDED else f"{inert(movement.segment)} ({segment_by})"
    came, went = none_or_number(movement.came_count), none_or_number(movement.went_count)
    lost = f" worth {money_short(movement.lost_amount, facts.currency)}" if movement.went_count else ""
    return f"• {name}: *{signed_number(movement.net_count)}* (in {came}, out {went}{lost})"


def _data_lines(facts: ScorecardData) -> list[str]:
    """What the figures rest on: how far the data reaches, rows set aside, findings to look at, what else one must know."""
    line = f"Data to {day_in_words(facts.data_through)}: {inert(data_in_words(facts), length=NOTE_LENGTH)}."
    notes = [inert(note, length=NOTE_LENGTH) for note in facts.notes[:NOTES_SHOWN_COUNT]]
    return [line, *notes]


def _origin_line(facts: ScorecardData, workbook_name: str) -> str:
    as_of = f"{day_in_words(facts.as_of.date())} {facts.as_of:%H:%M %Z}".rstrip()
    return f"Edition {facts.edition}, as known on {as_of}. More in the thread: {inert(workbook_name, length=NOTE_LENGTH)}"


def _header(text: str) -> Block:
    shown = f"{text[: HEADER_LENGTH - 1]}…" if len(text) > HEADER_LENGTH else text
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def _section(lines: Sequence[str]) -> Block:
    return {"type": "section", "text": _mrkdwn("\n".join(lines))}


def _sections(lines: Sequence[str]) -> Iterator[Block]:
    """As few sections as hold all lines, none longer than Slack takes."""
    held: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in held) + len(line) > SECTION_LENGTH:
            yield _section(held)
            held = []
        held.append(line)
    yield _section(held)


def _fields(texts: Sequence[str]) -> Block:
    return {"type": "section", "fields": [_mrkdwn(text) for text in texts]}


def _context(texts: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts]}


def _mrkdwn(text: str) -> Block:
    # Verbatim: Slack makes no links or mentions of its own out of the text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _texts(block: Block) -> list[str]:
    held = [block["text"]] if "text" in block else block.get("fields") or block["elements"]
    return [text["text"] for text in held]


def _plain(text: str) -> str:
    return html.unescape(text.replace("*", "")).translate(AS_WRITTEN)
