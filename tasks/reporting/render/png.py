"""The digest's picture: customers in above the line, customers out below it, period by period, readable on a phone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from config.language import gettext
from config.localization import as_localized
from config.measures.roll_forward import customers_of
from config.measures.table import heading_of
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.render.trend import COLOURS, short_count, tick_labels
from tasks.reporting.text import lowered, signed_number, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from tasks.reporting.model import ScorecardData

WIDTH_INCHES, HEIGHT_INCHES, DOTS_PER_INCH = 8, 6, 200
"""1,600 by 1,200 dots: on a phone's width the smallest letters are about 8 points high."""
HEADLINE_SIZE, TEXT_SIZE = 17, 12.5
FONT = "DejaVu Sans"  # comes with matplotlib, so that the picture is the same on every machine
INK, QUIET_INK, GRID = "#1a1a1a", "#595959", "#e3e3e3"
EARLIER_STRENGTH = 0.5
"""How strong the colours of earlier periods are, which step back behind the one that the picture is about."""
LEFT_EDGE = 0.03
COLUMN_WIDTH = 0.78
FEWEST_COLUMNS_COUNT = 5
"""Fewer columns than these stand at the right, with room for what they are compared with later."""
AIR = 1.08
"""How much higher the picture is than its highest column."""
LEAST_HALF = 0.25
"""How high either half is at least, where the other half's highest column is 1."""


@as_localized
def trend_picture(data: ScorecardData) -> bytes:
    """Customers in and out of up to 13 periods with their parts and the net, as a PNG; the same facts give the same bytes."""
    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS_PER_INCH, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.095, 0.175, 0.775, 0.6))
    _write(figure, headline(data), at=0.935, size=HEADLINE_SIZE, is_bold=True)
    _write(figure, f"{data.labels[data.period]}: {value_line(data)}", at=0.88, size=TEXT_SIZE, colour=QUIET_INK)
    _write_parts(canvas, data, direction="in", parts=customers_of("part_in"), at=0.805)
    _write_parts(canvas, data, direction="out", parts=customers_of("part_out"), at=0.035)
    _draw_columns(axes, data, parts=customers_of("part_in"), sign=1)
    _draw_columns(axes, data, parts=customers_of("part_out"), sign=-1)
    _draw_net(axes, data)
    _dress(axes, data)
    png = io.BytesIO()
    canvas.print_png(png, metadata={"Software": None})
    return png.getvalue()


def _draw_columns(axes: Axes, data: ScorecardData, *, parts: Sequence[str], sign: int) -> None:
    for position, period in enumerate(data.trend_with_customers):
        strength = 1 if period == data.period else EARLIER_STRENGTH
        reached = 0
        for measure in parts:
            height = sign * data.count(measure, period=period)
            axes.bar(position, height, COLUMN_WIDTH, bottom=reached, color=_softened(COLOURS[measure], strength), linewidth=0)
            reached += height


def _softened(colour: str, strength: float) -> tuple[float, float, float]:
    """The colour mixed with white, so that no grid line shines through."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def _draw_net(axes: Axes, data: ScorecardData) -> None:
    nets = [data.count("net_customers", period=period) for period in data.trend_with_customers]
    halo = [Stroke(linewidth=5, foreground="white"), Normal()]
    axes.plot(nets, color=INK, linewidth=2.2, path_effects=halo, zorder=4)
    axes.plot(nets, linestyle="none", marker="o", markersize=7, color=INK, markeredgecolor="white", markeredgewidth=1.4, zorder=5)
    label = f"{gettext('net')}\n{signed_number(nets[-1])}"
    axes.annotate(
        label,
        (len(nets) - 1 + COLUMN_WIDTH / 2, nets[-1]),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        annotation_clip=False,
        fontproperties=_font(TEXT_SIZE, is_bold=True),
    )


def _dress(axes: Axes, data: ScorecardData) -> None:
    """Ticks, grid and limits: whole customers, no sign below the line, nothing that is not needed."""
    came, went = (
        max(data.count(measure, period=period) for period in data.trend_with_customers) for measure in ("customers_in", "customers_out")
    )
    highest = max(1, came, went)
    axes.set_ylim(-max(went * AIR, highest * LEAST_HALF), max(came * AIR, highest * LEAST_HALF))
    last = len(data.trend_with_customers) - 1
    axes.set_xlim(last - max(last, FEWEST_COLUMNS_COUNT - 1) - 0.6, last + 0.6)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: short_count(abs(round(count)))))
    axes.set_xticks(range(len(data.trend_with_customers)), tick_labels(data.trend_with_customers))
    axes.tick_params(length=0, colors=QUIET_INK)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(TEXT_SIZE))
    axes.get_xticklabels()[-1].set(fontproperties=_font(TEXT_SIZE, is_bold=True), color=INK)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.axhline(0, color=INK, linewidth=1.2, zorder=3)
    axes.set_frame_on(False)


def _write(figure: Figure, text: str, *, at: float, size: float, is_bold: bool = False, colour: str = INK) -> None:
    """One line across the picture; a line that is too long for it is written smaller."""
    written = figure.text(LEFT_EDGE, at, text, color=colour, fontproperties=_font(size, is_bold=is_bold), parse_math=False)
    written.set_fontsize(_fitting(size, written.get_window_extent().width))


def _write_parts(canvas: FigureCanvasAgg, data: ScorecardData, *, direction: str, parts: Sequence[str], at: float) -> None:
    """The key of one half of the picture, with this period's numbers: a square of the colour before each part."""
    trial = _row_of_parts(data, direction, parts=parts, size=TEXT_SIZE)
    trial.set_figure(canvas.figure)
    size = _fitting(TEXT_SIZE, trial.get_bbox(canvas.get_renderer()).width)
    row = _row_of_parts(data, direction, parts=parts, size=size)
    anchor = {"bbox_to_anchor": (LEFT_EDGE, at), "bbox_transform": canvas.figure.transFigure}
    canvas.figure.add_artist(AnchoredOffsetbox("lower left", child=row, frameon=False, pad=0, borderpad=0, **anchor))


def _row_of_parts(data: ScorecardData, direction: str, *, parts: Sequence[str], size: float) -> HPacker:
    seen = [measure for measure in parts if any(data.count(measure, period=period) for period in data.trend_with_customers)]
    whole, label = whole_number(data.count(f"customers_{direction}")), gettext("In") if direction == "in" else gettext("Out")
    written: list[Artist] = [_text(f"{label} {whole}:" if seen else f"{label}: {gettext('none')}", size, is_bold=True)]
    for measure in seen:
        square = DrawingArea(0.9 * size, 0.9 * size)
        square.add_artist(Rectangle((0, 0), 0.9 * size, 0.9 * size, facecolor=COLOURS[measure], linewidth=0))
        number = _text(f"{whole_number(data.count(measure))} {lowered(heading_of(measure))}", size)
        written.append(HPacker(children=[square, number], align="center", pad=0, sep=0.3 * size))
    return HPacker(children=written, align="center", pad=0, sep=0.9 * size)


def _fitting(size: float, width: float) -> float:
    """The size at which a line of that width, in dots, fits the picture."""
    room = (1 - 2 * LEFT_EDGE) * WIDTH_INCHES * DOTS_PER_INCH
    return size * min(1, room / width)


def _text(text: str, size: float, *, is_bold: bool = False) -> TextArea:
    return TextArea(text, textprops={"fontproperties": _font(size, is_bold=is_bold), "color": INK})


def _font(size: float, *, is_bold: bool = False) -> FontProperties:
    return FontProperties(family=FONT, size=size, weight="bold" if is_bold else "normal")
