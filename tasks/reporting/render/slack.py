"""The digest: what Slack is told of a period, short enough to be read on a phone in twenty seconds, and what stands in its thread."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from config.language import gettext, gettext_noop
from config.localization import as_localized
from tasks.reporting.inert import INERT, UNBROKEN, inert
from tasks.reporting.pages.front import STILL_TO_WIN, WHO_LEFT
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.thread import thread_lines
from tasks.reporting.pages.three_things import KINDS
from tasks.reporting.render.page_html import anchor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import Sentence

Block = dict[str, Any]
"""One block of Slack's Block Kit, as JSON."""
HEADER_LENGTH = 150
"""The longest header that Slack takes, in characters."""
SECTION_LENGTH = 3_000
"""The longest text of a section that Slack takes, in characters."""
LINE_LENGTH, LABEL_LENGTH = 600, 40
"""How much of a line the digest shows, in characters."""
BUTTON, WHO_WENT, COMING_DUE = gettext_noop("Scorecard"), gettext_noop("Who went?"), gettext_noop("Coming due")
BUTTON_URL_LENGTH = 3_000
"""The longest address of a button that Slack takes, in characters."""
JOINER = "\N{WORD JOINER}"
"""Between a sign and what follows it, where no line may end."""
AMOUNT = re.compile(r"([+-]?)\b([A-Z]{3}) (?=\d)")
UNBROKEN_AMOUNT = re.compile(rf"{JOINER}|(?<=\b[A-Z]{{3}}){UNBROKEN}(?=\d)")
AS_WRITTEN = str.maketrans({inert: mark for mark, inert in INERT.items()})


@dataclass(frozen=True)
class Digest:
    """What Slack is told: the blocks of the message and of its thread, and the sentence for notifications and screen readers."""

    text: str
    blocks: list[Block]
    thread: list[Block] = field(default_factory=list)
    buttons: list[list[str]] = field(default_factory=list)
    """What can be opened where the page stands: what the button says, and which part of the page it opens; empty: its beginning."""


@as_localized
def digest(data: ScorecardData, *, workbook_name: str, segments_count: int = 3) -> Digest:
    """The period for Slack: a message of a few lines, and in its thread what it leaves out."""
    sentences = {sentence.kind: sentence for sentence in message_sentences(data)}
    things = [sentences[kind] for kind in ("heading", *KINDS) if kind in sentences]
    blocks = [
        _header(sentences["headline"].text),
        _section([_line(sentences["retention"]), _line(sentences["base"])]),
        *([_fields([_line(sentences["in"]), _line(sentences["out"])])] if "in" in sentences else []),
        *([_section([_line(sentence) for sentence in things])] if things else []),
        _context([_line(sentences["context"])]),
    ]
    lines = [_labelled(line) for line in thread_lines(data, workbook_name=workbook_name, segments_count=segments_count)]
    text = f"{inert(data.company)}, {data.labels[data.period]}. {sentences['headline'].text}"
    return Digest(text, blocks, list(_sections(lines)), [list(button) for button in _buttons(data)])


def _buttons(data: ScorecardData) -> Iterator[tuple[str, str]]:
    """The scorecard, and what has anything to say of who went and of who comes due."""
    yield gettext(BUTTON), ""
    if data.figure("customers_out"):
        yield gettext(WHO_WENT), anchor_of(WHO_LEFT)
    if any(data.figure(f"due_ahead_{number}_customers") for number in range(1, len(data.due_days) + 1)):
        yield gettext(COMING_DUE), anchor_of(STILL_TO_WIN)


def with_buttons(shown: Digest, page: str | None) -> Digest:
    """The digest with buttons that open parts of the scorecard's page, where that has an address; before its last line."""
    addresses = [(label, f"{page}#{part}" if part else page) for label, part in shown.buttons if page]
    buttons = [
        _button(label, address, number=number) for number, (label, address) in enumerate(addresses) if len(address) <= BUTTON_URL_LENGTH
    ]
    if not buttons:
        return shown
    actions = {"type": "actions", "elements": buttons}
    return replace(shown, blocks=[*shown.blocks[:-1], actions, shown.blocks[-1]])


def _button(label: str, address: str, *, number: int) -> Block:
    text = {"type": "plain_text", "text": label, "emoji": False}
    look = {"style": "primary"} if number == 0 else {}
    return {"type": "button", "text": text, "url": address, "action_id": f"open_{number}", **look}


def plain_text(shown: Digest) -> str:
    """The message as it is printed where there is no Slack."""
    return _as_printed(shown.blocks)


def plain_thread(shown: Digest) -> str:
    """What stands in the thread, as it is printed where there is no Slack."""
    return _as_printed(shown.thread)


def _as_printed(blocks: Sequence[Block]) -> str:
    return "\n".join(_plain(text) for block in blocks for text in _texts(block))


def _line(sentence: Sentence) -> str:
    """A sentence with its label in bold, or all of it; whatever names stand in it have no effect."""
    text = inert(f"{sentence.text}{sentence.tail}", length=LINE_LENGTH)
    shown = unbroken(f"*{text}*" if sentence.is_bold else text)
    return f"*{sentence.label}:* {shown}" if sentence.label else shown


def _labelled(line: str) -> str:
    """A line of the thread, its first words bold where a colon follows them; a colon within a sentence or a setting makes no label."""
    label, is_labelled, rest = line.partition(": ")
    if is_labelled and len(label) <= LABEL_LENGTH and "`" not in label:
        return unbroken(f"*{inert(label)}:* {inert(rest, length=LINE_LENGTH)}")
    return unbroken(inert(line, length=LINE_LENGTH))


def unbroken(text: str) -> str:
    """The text with amounts that no line's end cuts: neither between currency and number nor behind a sign."""
    return AMOUNT.sub(lambda read: f"{read[1] and read[1] + JOINER}{read[2]}{UNBROKEN}", text)


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
    as_blank = UNBROKEN_AMOUNT.sub(lambda read: "" if read[0] == JOINER else " ", html.unescape(text.replace("*", "")))
    return as_blank.translate(AS_WRITTEN)
