"""What is said below a digest that was published again: which headline figures changed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.language import gettext
from tasks.reporting.render.slack import Digest, inert
from tasks.reporting.text import money_exact, signed_number, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tasks.reporting.render.slack import Block

REASON_LENGTH = 400
"""How much of a reason for the rerun is shown, in characters."""


@dataclass(frozen=True)
class HeadlineFigure:
    """One headline figure of two editions: customers as int, money as Decimal; none where an edition does not have it."""

    label: str
    before: int | Decimal | None
    after: int | Decimal | None


@dataclass(frozen=True)
class Correction:
    """Two editions of one period, and why the later one was made."""

    edition_before: int
    edition_after: int
    figures: Sequence[HeadlineFigure]
    causes: Sequence[str]
    reason: str | None
    currency: str
    minor_units: int


def correction_note(correction: Correction) -> Digest:
    """The thread's answer: edition 1 → 2, every headline figure that changed as old → new (difference), and why."""
    title = gettext("Edition {earlier} → {later}", earlier=correction.edition_before, later=correction.edition_after)
    changed = [_line(figure, correction) for figure in correction.figures if figure.before != figure.after]
    lines = changed or [gettext("No headline figure changed; the workbook shows what did")]
    why = "; ".join(inert(cause) for cause in correction.causes) or gettext("no cause known")
    lines.append(f"*{gettext('Why')}:* {why}")
    if correction.reason:
        lines.append(f"*{gettext('Reason given')}:* {inert(correction.reason, length=REASON_LENGTH)}")
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join((f"*{title}*", *lines)), "verbatim": True}}
    return Digest(text=f"{title}: {lines[0]}", blocks=[block])


def _line(figure: HeadlineFigure, correction: Correction) -> str:
    before, after = _shown(figure.before, correction), _shown(figure.after, correction)
    if figure.before is None or figure.after is None:
        return f"{gettext(figure.label)} {before} → {after}"
    difference = figure.after - figure.before
    signed = signed_number(difference) if isinstance(difference, int) else _signed_money(difference, correction)
    return f"{gettext(figure.label)} {before} → {after} ({signed})"


def _shown(value: int | Decimal | None, correction: Correction) -> str:
    if value is None:
        return gettext("not known")
    return whole_number(value) if isinstance(value, int) else money_exact(value, correction.currency, minor_units=correction.minor_units)


def _signed_money(difference: Decimal, correction: Correction) -> str:
    amount = money_exact(difference, correction.currency, minor_units=correction.minor_units)
    return amount if difference < 0 else f"+{amount}"
