"""The charts of a page: waterfall, trend, bars, intervals and lines, each with its numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext
from config.measures.roll_forward import customers_of
from config.measures.table import heading_of
from tasks.reporting.blocks import Curves, Marked
from tasks.reporting.render.steps import cut_of
from tasks.reporting.render.svg import GRID, INK, LETTER, LINE, PALE, QUIET, SMALL, WIDTH, Picture, ticks, wrapped
from tasks.reporting.render.trend import COLOURS, short_count, tick_labels
from tasks.reporting.text import in_full, lowered, signed_number, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.reporting.blocks import Bars, CellValue, ColourRole, Intervals, RunChart
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.steps import Step
    from tasks.reporting.render.svg import Chart

PALETTE = {
    "base": ("#b9c2ce", "#5b6b7b", "#8a8a8a"),
    "in": ("#56b4e9", "#0072b2", "#004c77"),
    "out": ("#f0b060", "#d55e00", "#8f3f00"),
    "quiet": ("#b9c2ce", "#8a8a8a", "#5b6b7b"),
}
"""Colours of bars and lines in turn: blue and orange, told apart whatever colours the reader sees (after Okabe and Ito)."""
SIGNS = {"in": "+", "out": "-", "base": ""}
STEP_COLOURS = {"base": PALE, "in": "#56b4e9", "out": "#f0b060"}
Number = int | Decimal
ROOM, LEFT = 150, 52.0
"""How high the columns of a chart are, and where lines begin."""


def waterfall(steps: Sequence[Step], title: str, *, number: Callable[[Number], str], description: str) -> Chart:
    """From one base to another; a movement's number stands above its column, with its sign."""
    cut = cut_of(steps)
    highest = max(float(step.starts_at + step.height) for step in steps) or 1.0
    scale, width = ROOM / (highest - cut or 1), WIDTH / len(steps)
    labels = [wrapped(step.label, int(width / (LETTER * SMALL))) for step in steps]
    longest = max(len(text) for label in labels for text in label)
    size = min(SMALL, width / (LETTER * longest))
    written = [f"{SIGNS[step.kind]}{number(step.height)}" for step in steps]
    size_of_numbers = min(SMALL, width / (LETTER * max(map(len, written))))
    picture = Picture(description, 52 + ROOM + LINE * max(map(len, labels)))
    picture.heading(gettext("{title} (columns cut at {number})", title=title, number=whole_number(cut)) if cut else title)
    floor = 40 + ROOM
    for position, step in enumerate(steps):
        bottom = floor - max(float(step.starts_at) - cut, 0) * scale
        height = float(step.height if step.starts_at else step.height - cut) * scale
        left = position * width
        picture.bar(left + 0.12 * width, bottom - height, width=0.76 * width, height=max(height, 1), colour=STEP_COLOURS[step.kind])
        picture.text((left + width / 2, bottom - height - 4), written[position], size=size_of_numbers, is_bold=True)
        for row, text in enumerate(labels[position]):
            picture.text((left + width / 2, floor + LINE * (row + 1)), text, size=size, colour=QUIET)
    picture.line([(0, floor), (WIDTH, floor)], colour=QUIET)
    return picture.drawn()


def trend(data: ScorecardData, title: str, *, description: str) -> Chart:
    """Customers in above the line, out below it, with their parts and the net, period by period."""
    periods = data.trend_with_customers
    parts_in, parts_out = (_happened(data, customers_of(part)) for part in ("part_in", "part_out"))
    came, went = (max(data.count(name, period=period) for period in periods) for name in ("customers_in", "customers_out"))
    scale, width, left = 1.25 * ROOM / (came + went or 1), (WIDTH - 90) / len(periods), 44.0
    picture = Picture(description, 84 + 1.25 * ROOM + LINE)
    picture.heading(title)
    picture.key([(lowered(heading_of(name)), COLOURS[name]) for name in dict.fromkeys((*parts_in, *parts_out))], y=34)
    zero = 60 + came * scale
    for tick in ticks(-went, came, unit=1):
        picture.line([(left, zero - tick * scale), (WIDTH - 46, zero - tick * scale)])
        picture.text((left - 5, zero - tick * scale + 4), short_count(abs(round(tick))), anchor="end", size=SMALL, colour=QUIET)
    for position, period in enumerate(periods):
        _columns(picture, data, period, parts=(parts_in, parts_out), at=(left + (position + 0.1) * width, zero), size=(0.8 * width, scale))
    picture.line([(left, zero), (WIDTH - 46, zero)], colour=INK)
    nets = [data.count("net_customers", period=period) for period in periods]
    points = [(left + (position + 0.5) * width, zero - net * scale) for position, net in enumerate(nets)]
    picture.line(points, colour="#fff", width=4)
    picture.line(points, colour=INK, width=2)
    for point in points:
        picture.dot(point, colour=INK)
    for row, text in enumerate((gettext("net"), signed_number(nets[-1]))):
        picture.text((WIDTH, points[-1][1] + LINE * row), text, anchor="end", size=SMALL, is_bold=True)
    for position, label in enumerate(tick_labels(periods)):
        for row, text in enumerate(label.split("\n")):
            at = (left + (position + 0.5) * width, 76 + (came + went) * scale + LINE * row)
            picture.text(at, text.strip(), size=10.5, colour=QUIET, is_bold=position == len(periods) - 1)
    return picture.drawn()


def _happened(data: ScorecardData, names: Sequence[str]) -> list[str]:
    return [name for name in names if any(data.count(name, period=period) for period in data.trend_with_customers)]


def _columns(
    picture: Picture,
    data: ScorecardData,
    period: str,
    *,
    parts: tuple[Sequence[str], Sequence[str]],
    at: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """One period: what came stacked upwards from the line, what went downwards."""
    (left, zero), (width, scale) = at, size
    for names, direction in zip(parts, (-1, 1), strict=True):
        reached = zero
        for name in names:
            height = data.count(name, period=period) * scale
            picture.bar(left, min(reached, reached + direction * height), width=width, height=height, colour=COLOURS[name])
            reached += direction * height


def bars(block: Bars, *, number: Callable[[Number], str], description: str) -> Chart:
    """A row of bars for each category, lying, so that their names find room on a phone."""
    colours = _colours([series.colour_role for series in block.series])
    picture = Picture(description, 0)
    top = picture.heading(block.title)
    if len(block.series) > 1:
        top = picture.key([(series.name, colour) for series, colour in zip(block.series, colours, strict=True)], y=top + 6) - 10
    y = top + 4
    left, room = 130.0, WIDTH - 130 - 64
    values = [[series.values[position] for series in block.series] for position in range(len(block.categories))]
    rows = [[sum(row)] if block.is_stacked else row for row in values]
    lowest, highest = (extreme((*(float(value) for row in rows for value in row), 0.0)) for extreme in (min, max))
    scale = room / ((highest - lowest) or 1)
    zero = left - lowest * scale
    for position, category in enumerate(block.categories):
        y = _bars_row(picture, category, values[position], colours=colours, number=number, at=(zero, y, scale), is_stacked=block.is_stacked)
    picture.line([(zero, top), (zero, y)], colour=QUIET)
    picture.height = y + 4
    return picture.drawn()


def _bars_row(
    picture: Picture,
    category: str,
    values: Sequence[Number],
    *,
    colours: Sequence[str],
    number: Callable[[Number], str],
    at: tuple[float, float, float],
    is_stacked: bool,
) -> float:
    """One category's bars with their numbers; where the next one may stand."""
    zero, y, scale = at
    lines, bar_height = wrapped(category, 19), 14 if len(values) == 1 or is_stacked else 12
    count = 1 if is_stacked else len(values)
    height = max(LINE * len(lines), bar_height * count) + 8
    for row, text in enumerate(lines):
        picture.text((124, y + (height - LINE * len(lines)) / 2 + LINE * row + 8), text, anchor="end", size=SMALL, colour=QUIET)
    top, reached = y + (height - bar_height * count) / 2 - 2, zero
    for position, value in enumerate(values):
        start = reached if is_stacked else zero
        length = float(value) * scale
        bar_top = top if is_stacked else top + bar_height * position
        picture.bar(min(start, start + length), bar_top, width=abs(length), height=bar_height - 2, colour=colours[position])
        reached = start + length
        if not is_stacked:
            picture.text((max(zero, reached) + 4, bar_top + bar_height - 3), number(value), anchor="start", size=SMALL)
    if is_stacked:
        picture.text((max(zero, reached) + 4, top + bar_height - 3), number(sum(values)), anchor="start", size=SMALL)
    return y + height


def _colours(colour_roles: Sequence[ColourRole]) -> list[str]:
    return [PALETTE[role][list(colour_roles[:position]).count(role) % len(PALETTE[role])] for position, role in enumerate(colour_roles)]


def intervals(block: Intervals, *, description: str) -> Chart:
    """Numbers with their intervals, one below another, beside the line at 1."""
    picture = Picture(description, 0)
    left, y = 170.0, picture.heading(block.title) + 10
    scale = (WIDTH - left - 10) / float(block.until)
    top = y - 10
    for interval in block.rows:
        lines = wrapped(interval.name, 26)
        for row, text in enumerate(lines):
            picture.text((162, y + LINE * row), text, anchor="end", size=SMALL, colour=QUIET)
        middle = y + LINE * (len(lines) - 1) / 2 - 4
        low, at, high = (left + float(min(number, block.until)) * scale for number in (interval.low, interval.middle, interval.high))
        colour = PALETTE["out"][1] if interval.is_sure else PALETTE["quiet"][1]
        picture.line([(low, middle), (high, middle)], colour=colour, width=4)
        picture.dot((at, middle), colour=colour, radius=5)
        y += LINE * len(lines) + 7
    for tick in ticks(0, float(block.until), count=6):
        picture.text((left + tick * scale, y + 6), in_full(Decimal(f"{tick:g}")), size=SMALL, colour=QUIET)
    picture.line([(left + scale, top), (left + scale, y - 6)], colour=INK, width=1.4)
    picture.height = y + 12
    return picture.drawn()


def lines(block: RunChart | Curves, *, number: Callable[[Number], str], unit: float, description: str) -> Chart:
    """Lines over periods or over whole numbers, drawn from the columns of a table, with upright lines where the block has some.

    `unit` is the smallest difference that `number` shows.
    """
    rows, across = _across(block)
    columns = block.numbers.columns[1 : 1 + len(block.colour_roles)]
    drawn = [[_number(row[1 + position]) for row in rows] for position in range(len(columns))]
    values = [value for series in drawn for value in series if value is not None]
    lowest, highest = min([0.0, *values]), max([1e-9, *values])
    picture = Picture(description, 0)
    heading, colours = picture.heading(block.title), _line_colours(block.colour_roles)
    top = picture.key([(column.heading, colour) for column, colour in zip(columns, colours, strict=True)], y=heading + 6)
    scale = ROOM / (highest - lowest)
    zero = top + highest * scale
    for tick in ticks(lowest, highest, unit=unit):
        picture.line([(LEFT, zero - tick * scale), (WIDTH, zero - tick * scale)], colour=GRID)
        picture.text((LEFT - 6, zero - tick * scale + 4), number(Decimal(repr(tick))), anchor="end", size=SMALL, colour=QUIET)
    for series, colour in zip(drawn, colours, strict=True):
        points = [(x, zero - value * scale) for x, value in zip(across, series, strict=True) if value is not None]
        picture.line(points, colour=colour, width=2.2)
    floor = zero - lowest * scale
    if isinstance(block, Curves):
        _uprights(picture, block, top=top, floor=floor)
    _line_labels(picture, [str(_plain(row[0])) for row in rows], across=across, y=floor + LINE)
    picture.height = floor + 2 * LINE
    return picture.drawn()


def _uprights(picture: Picture, block: Curves, *, top: float, floor: float) -> None:
    for name, at in block.uprights:
        x = LEFT + 8 + at * (WIDTH - LEFT - 24) / block.until
        picture.line([(x, top), (x, floor)], colour=INK)
        picture.text((x + 4, top + 8), name, anchor="start", size=SMALL)


def _across(block: RunChart | Curves) -> tuple[list[tuple[CellValue, ...]], list[float]]:
    """The rows that are drawn, and where each stands: numbers by their size, periods one after the other."""
    rows, room = list(block.numbers.rows), WIDTH - LEFT - 24
    if isinstance(block, Curves):
        rows = [row for row in rows if (_number(row[0]) or 0) <= block.until]
        return rows, [LEFT + 8 + (_number(row[0]) or 0) * room / block.until for row in rows]
    return rows, [LEFT + 8 + position * room / max(len(rows) - 1, 1) for position in range(len(rows))]


def _line_labels(picture: Picture, labels: Sequence[str], *, across: Sequence[float], y: float) -> None:
    """What stands below lines: the first, the last, and as many between as find room."""
    every = max(1, -(-len(labels) // 5))
    for position in range(len(labels) - 1, -1, -every):
        anchor = "end" if position == len(labels) - 1 else "middle"
        picture.text((across[position] + (16 if anchor == "end" else 0), y), labels[position], anchor=anchor, size=SMALL, colour=QUIET)


def _line_colours(colour_roles: Sequence[ColourRole]) -> list[str]:
    return [PALETTE[role][1 - list(colour_roles[:position]).count(role) % 2] for position, role in enumerate(colour_roles)]


def _plain(value: object) -> object:
    return value.value if isinstance(value, Marked) else value


def _number(value: object) -> float | None:
    plain = _plain(value)
    rate = getattr(plain, "rate", plain)
    return float(rate) if isinstance(rate, int | float | Decimal) else None
