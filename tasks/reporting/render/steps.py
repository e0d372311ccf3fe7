"""The columns of waterfalls: from which level each is painted and how high, whatever draws them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from config.language import gettext, gettext_noop
from config.measures.roll_forward import customers_of, lines_of
from config.measures.table import MEASURES, heading_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.measures.roll_forward import RollForwardLine
    from tasks.reporting.model import ScorecardData

StepKind = Literal["base", "in", "out"]
CUT_ABOVE = 5
"""Columns are cut where the base is more than so many times as high as all movements together."""


@dataclass(frozen=True)
class Step:
    """One column of a waterfall: from which level it is painted, and how high."""

    label: str
    starts_at: int | Decimal
    height: int | Decimal
    kind: StepKind


def steps_of_customers(data: ScorecardData) -> list[Step]:
    """From the opening base to the closing base, customer movement by customer movement."""
    came = [(_step_label(line, gettext_noop("came")), data.count(line.customers)) for line in lines_of("part_in") if line.customers]
    went = [(_step_label(line, gettext_noop("went")), -data.count(line.customers)) for line in lines_of("part_out") if line.customers]
    opening, closing = ((gettext(heading_of(name)), data.count(name)) for name in customers_of("opening", "closing"))
    return steps_of(opening, [*came, *went], closing=closing)


def _step_label(line: RollForwardLine, direction: str) -> str:
    """What a step is called; customers who came and went have one in each direction."""
    called = gettext(heading_of(line.customers or line.amount))
    return called if line.factor else f"{called}: {gettext(direction)}"


def steps_of_money(data: ScorecardData) -> list[Step]:
    """From opening to closing value; none at all if value falls below zero on the way, because no column can show that.

    Other: what unchanged customers drifted, what those out and back brought or took, and the currency effect.
    """
    lines = [line for line in lines_of("part_in", "stayed", "part_out", "currency") if line.factor]
    others = [line for line in lines if MEASURES[line.amount].sign == "either"]
    own = [line for line in lines if line not in others]
    changes = [(gettext(heading_of(line.customers or line.amount)), line.factor * data.money(line.amount)) for line in own]
    other = (gettext("Other"), sum((data.money(line.amount) for line in others), Decimal(0)))
    opening, closing = ((gettext(heading_of(line.amount)), data.money(line.amount)) for line in lines_of("opening", "closing"))
    steps = steps_of(opening, [*changes, other], closing=closing)
    return [] if any(step.starts_at < 0 or step.height < 0 for step in steps) else steps


def steps_of(
    opening: tuple[str, int | Decimal], changes: Sequence[tuple[str, int | Decimal]], *, closing: tuple[str, int | Decimal]
) -> list[Step]:
    """The columns of a waterfall; a movement that nobody made has none."""
    label, level = opening
    steps = [Step(label, 0, level, "base")]
    for label, change in changes:
        if change:
            steps.append(Step(label, min(level, level + change), abs(change), "out" if change < 0 else "in"))
        level += change
    return [*steps, Step(closing[0], 0, closing[1], "base")]


def cut_of(steps: Sequence[Step]) -> int:
    """A round number well below everything that happens: of columns between 11,958 and 12,128 it is 11,700."""
    levels = [
        edge for step in steps for edge in ((step.height,) if step.kind == "base" else (step.starts_at, step.starts_at + step.height))
    ]
    lowest, highest = min(levels, default=0), max(levels, default=0)
    room = int(highest - lowest)
    if room == 0 or lowest < CUT_ABOVE * room:
        return 0
    rounding = 10 ** (len(str(room)) - 1)
    return int(lowest - room) // rounding * rounding
