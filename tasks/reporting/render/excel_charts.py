"""The scorecard's native charts, drawn from the Chart data sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.graphic import GraphicFrame
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter

from config.language import gettext
from config.localization import short_word
from config.measures.table import heading_of
from tasks.reporting.render.cells import (
    BASE,
    BASE_FILL,
    COLOURS,
    COUNT,
    GREY,
    IN,
    IN_FILL,
    INK,
    OUT_FILL,
    RULE,
    WHITE,
    as_excel_text,
    scaled_format,
)
from tasks.reporting.render.sheet import CHART_DATA
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from decimal import Decimal
    from xml.etree.ElementTree import Element

    from openpyxl.chart._chart import ChartBase
    from openpyxl.chart.series import Series
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.blocks import Bars, Curves, Intervals, RunChart
    from tasks.reporting.render.chart_data import ChartRange

STARTS_AT, BASE_COLUMN, UP, DOWN = "B", "C", "D", "E"
"""Columns of a waterfall's numbers on the Chart data sheet."""
SCALES = ((999_950_000, 9), (999_950, 6), (9_995, 3))
"""From which amount on labels are shortened, and how Excel writes it; a format holds two such conditions."""
BILLION = 1_000_000_000
ROOM_FOR_LABELS = 1.15
"""Height of a waterfall, where 1 is its highest column."""
MOST_LABELS = 40
"""More bars than these carry no numbers: they would cover one another."""
PALETTE = {"base": (BASE_FILL, "7F8FA3"), "in": (IN_FILL, "0072B2"), "out": (OUT_FILL, "D55E00")}
"""Colours of bars; a second series of the same tone is darker."""
QUIET_PALETTE = ("D0D5DB", "AEB6BF")
"""The same for what steps back."""
POINTS = 100
"""A chart's text is sized in hundredths of a point."""
THICK, MEDIUM, THIN, HAIR = 25_400, 22_225, 15_875, 6_350
"""Widths of lines, in English Metric Units."""
ONE_LINE_OF_NAMES = 3
"""So many names of curves stand beside one another above them; more take two lines."""
UPRIGHTS = (INK, IN)
"""Colours of upright lines, in turn."""


@dataclass(frozen=True)
class SignedFormats:
    """Number formats of a waterfall's labels: of the base, of what comes, of what goes."""

    plain: str
    up: str
    down: str


class Labels(DataLabelList):
    """Labels with a number format of their own; without `sourceLinked` some programs take the cells' format instead."""

    __attrs__ = DataLabelList.__attrs__
    __elements__ = DataLabelList.__elements__
    __nested__ = DataLabelList.__nested__

    def to_tree(self, tagname: str | None = None, idx: Any = None, namespace: str | None = None) -> Element:  # noqa: ANN401 - as openpyxl has it
        """The labels as XML."""
        tree = super().to_tree(tagname, idx, namespace)
        for number_format in tree.iter("numFmt"):
            number_format.set("sourceLinked", "0")
        return tree


def waterfall_chart(chart_range: ChartRange, *, title: str, numbers: SignedFormats) -> BarChart:
    """How the opening base becomes the closing base: columns that start where the one before ended.

    The base's numbers stand in its columns. A movement's number stands above its column, which may be too thin to hold
    it: the same numbers are stacked once more, unpainted, and carry the labels.
    """
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 35
    chart.append(_unpainted(_series(chart_range, STARTS_AT, name=gettext("Starts at"))))
    chart.append(_labelled(_painted(_series(chart_range, BASE_COLUMN, name=gettext("Base")), BASE_FILL), number=numbers.plain, at="ctr"))
    for column, name, colour, number in ((UP, gettext("Up"), IN_FILL, numbers.up), (DOWN, gettext("Down"), OUT_FILL, numbers.down)):
        chart.append(_painted(_series(chart_range, column, name=name), colour))
        chart.append(
            _labelled(_unpainted(_series(chart_range, column, name=gettext("{name}, its label", name=name))), number=number, at="inBase")
        )
    _dress(
        chart,
        gettext("{title} (columns cut at {number})", title=title, number=whole_number(chart_range.cut_at)) if chart_range.cut_at else title,
    )
    chart.legend = None
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    shown = float(chart_range.highest or 1) - chart_range.cut_at
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = chart_range.cut_at, chart_range.cut_at + shown * ROOM_FOR_LABELS
    return chart


def trend_chart(chart_range: ChartRange, *, title: str) -> BarChart:
    """Customers in above the line, customers out below it, with the net of both as a line."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth, chart.overlap = "col", "stacked", 30, 100
    chart.append(_painted(_series(chart_range, "B", name=gettext(heading_of("customers_in"))), PALETTE["in"][1]))
    chart.append(_painted(_series(chart_range, "C", name=gettext(heading_of("customers_out"))), PALETTE["out"][1]))
    line = LineChart()
    line.append(_drawn(_series(chart_range, "D", name=gettext(heading_of("net_customers"))), INK))
    chart += line  # openpyxl draws both on the same axes
    _dress(chart, title)
    _measure(chart, number=f"{COUNT};{COUNT}", has_legend=True)
    return chart


def bars_chart(chart_range: ChartRange, bars: Bars, *, numbers: str) -> BarChart:
    """A page's chart: a group of bars for each category, side by side or stacked, each with its number."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth = "col", "stacked" if bars.is_stacked else "clustered", 60
    chart.overlap = 100 if bars.is_stacked else 0
    has_labels = len(bars.series) * len(bars.categories) <= MOST_LABELS
    # Of a stack, the parts that are not there carry no 0 over the others.
    shown = f"{numbers};-{numbers};" if bars.is_stacked and not bars.is_money else numbers
    for number, series in enumerate(bars.series):
        painted = _painted(_series(chart_range, get_column_letter(number + 2), name=series.name), PALETTE[series.colour_role][number % 2])
        at = "ctr" if bars.is_stacked else "outEnd"
        colour = WHITE if bars.is_stacked and number % 2 else INK
        chart.append(_labelled(painted, number=shown, at=at, colour=colour) if has_labels else painted)
    _dress(chart, bars.title)
    _measure(chart, number=numbers, has_legend=len(bars.series) > 1)
    if all(value >= 0 for series in bars.series for value in series.values):
        chart.y_axis.scaling.min = 0
    return chart


def curves_chart(title: str, curves: Curves, *, first_row: int) -> ScatterChart:
    """A page's curves, drawn from the sheet of that title, where their numbers begin in that row, and their upright lines."""
    chart = ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    last_row = first_row + len(curves.numbers.rows) - 1
    for number, colour_role in enumerate(curves.colour_roles, start=1):
        cells = _cells(title, rows=(first_row, last_row), column=number + 1)
        chart.series.append(
            _curve(curves.numbers.columns[number].heading, cells, look=LineProperties(solidFill=COLOURS[colour_role], w=THICK))
        )
    for number, (name, _at) in enumerate(curves.uprights):
        cells = _cells(title, rows=(last_row + 1 + 2 * number, last_row + 2 + 2 * number), column=2)
        look = LineProperties(solidFill=UPRIGHTS[number % len(UPRIGHTS)], w=THIN, prstDash="sysDash")
        chart.series.append(_curve(name, cells, look=look))
    _dress(chart, curves.title)
    _measure(chart, number="0%", has_legend=True)
    top = 0.28 if len(chart.series) <= ONE_LINE_OF_NAMES else 0.36
    chart.layout = Layout(manualLayout=ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.06, y=top, w=0.91, h=0.82 - top))
    chart.x_axis.title, chart.x_axis.number_format, chart.x_axis.majorGridlines = _title(curves.across, size=9, colour=GREY), COUNT, None
    chart.x_axis.scaling.min, chart.x_axis.scaling.max = 0, curves.until
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    return chart


def intervals_chart(title: str, intervals: Intervals, *, first_row: int) -> BarChart:
    """A page's intervals as bars that float, drawn from the sheet of that title: each changes its tone at its number."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 60
    rows = (first_row, first_row + len(intervals.rows) - 1)
    colours = (None, *PALETTE["out"], *QUIET_PALETTE)
    for number, (column, colour) in enumerate(zip(intervals.numbers.columns[1:], colours, strict=True), start=2):
        names, lengths = _cells(title, rows=rows, column=number)
        series = SeriesFactory(lengths, title=None)
        series.tx, series.cat = SeriesLabel(v=column.heading), AxDataSource(strRef=StrRef(f=str(names)))
        chart.append(_painted(series, colour) if colour else _unpainted(series))
    _dress(chart, intervals.title)
    _measure(chart, number="0.0", has_legend=False)
    chart.x_axis.scaling.orientation, chart.y_axis.crosses = "maxMin", "max"
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, float(intervals.until)
    chart.y_axis.majorUnit = 1
    return chart


def run_chart(title: str, lines: RunChart, *, first_row: int) -> LineChart:
    """A page's lines over periods, drawn from the sheet of that title; those beside the first are dashed."""
    chart = LineChart()
    rows = (first_row, first_row + len(lines.numbers.rows) - 1)
    for number, colour_role in enumerate(lines.colour_roles, start=1):
        names, heights = _cells(title, rows=rows, column=number + 1)
        series = SeriesFactory(heights, title=None)
        series.tx, series.cat = SeriesLabel(v=lines.numbers.columns[number].heading), AxDataSource(strRef=StrRef(f=str(names)))
        drawn = _drawn(series, COLOURS[colour_role])
        if number > 1:
            drawn.marker = Marker(symbol="none")
            drawn.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=COLOURS[colour_role], w=THIN, prstDash="sysDash"))
        chart.append(drawn)
    _dress(chart, lines.title)
    _measure(chart, number="0.0", has_legend=True)
    chart.y_axis.scaling.min = 0
    return chart


class AltTextAnchor(TwoCellAnchor):
    """Where a chart stands, with a text for readers who do not see it; the library writes none."""

    tagname, __attrs__, __elements__ = TwoCellAnchor.tagname, TwoCellAnchor.__attrs__, TwoCellAnchor.__elements__
    description = ""

    def __setattr__(self, name: str, value: object) -> None:
        """Describe the frame that the library makes when it writes the chart."""
        if name == "graphicFrame" and isinstance(value, GraphicFrame):
            value.nvGraphicFramePr.cNvPr.descr = self.description  # pyright: ignore[reportAttributeAccessIssue] - the stubs name another class
        super().__setattr__(name, value)


def anchor_chart(sheet: Worksheet, chart: ChartBase, *, columns: tuple[int, int], rows: tuple[int, int], description: str) -> None:
    """Put a chart over columns and rows, counted from 0, the last ones not covered; it keeps to them whatever their width."""
    corners = (AnchorMarker(col=column, row=row) for column, row in zip(columns, rows, strict=True))
    anchor = AltTextAnchor("twoCell", *corners)
    anchor.description = as_excel_text(description)
    chart.anchor = anchor  # pyright: ignore[reportAttributeAccessIssue] - the stubs know only names of cells
    chart.visible_cells_only = False  # its numbers stand on a sheet that is hidden
    sheet.add_chart(chart)


def whole_numbers() -> SignedFormats:
    """Labels in customers."""
    return SignedFormats(COUNT, f"+{COUNT}", f"-{COUNT}")


def short_amounts(highest: Decimal) -> SignedFormats:
    """Labels in money, each as short as its own size allows: 66.3m, 950.0k, 12."""
    scales = [(scale, scaled_format(power, decimals=1)) for scale, power in (SCALES[:2] if highest >= BILLION else SCALES[1:])]
    smallest = f'#,##0,"{short_word(3)}"' if highest >= BILLION and short_word(3) else COUNT
    written = [";".join([*(f"[>={scale}]{sign}{scaled}" for scale, scaled in scales), f"{sign}{smallest}"]) for sign in ("", "+", "-")]
    return SignedFormats(*written)


def _series(chart_range: ChartRange, column: str, *, name: str) -> Series:
    rows = f"${chart_range.first_row}:${column}${chart_range.last_row}"
    series = SeriesFactory(Reference(range_string=f"'{gettext(CHART_DATA)}'!${column}{rows}"), title=None)
    series.tx = SeriesLabel(v=name)
    series.cat = AxDataSource(strRef=StrRef(f=f"'{gettext(CHART_DATA)}'!$A${chart_range.first_row}:$A${chart_range.last_row}"))
    return series


def _cells(title: str, *, rows: tuple[int, int], column: int) -> tuple[Reference, Reference]:
    """Of a sheet's rows, the first column and that one, all counted from 1."""
    letters = (get_column_letter(number) for number in (1, column))
    across, up = (Reference(range_string=f"'{title}'!${letter}${rows[0]}:${letter}${rows[1]}") for letter in letters)
    return across, up


def _curve(name: str, cells: tuple[Reference, Reference], *, look: LineProperties) -> Series:
    across, up = cells
    series = SeriesFactory(up, across, title=None)
    series.tx = SeriesLabel(v=name)
    series.marker = Marker(symbol="none")
    series.graphicalProperties = GraphicalProperties(ln=look)
    series.smooth = False
    return series


def _painted(series: Series, colour: str) -> Series:
    series.graphicalProperties = GraphicalProperties(solidFill=colour)
    series.graphicalProperties.line.noFill = True
    series.invertIfNegative = False
    return series


def _unpainted(series: Series) -> Series:
    series.graphicalProperties = GraphicalProperties(noFill=True)
    series.graphicalProperties.line.noFill = True
    return series


def _drawn(series: Series, colour: str) -> Series:
    series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=colour, w=MEDIUM))
    series.marker = Marker(symbol="circle", size=5, spPr=GraphicalProperties(solidFill=colour, ln=LineProperties(solidFill=colour)))
    series.smooth = False
    return series


def _labelled(series: Series, *, number: str, at: Literal["ctr", "inBase", "outEnd"], colour: str = INK) -> Series:
    labels = Labels()
    labels.numFmt = number
    labels.dLblPos = at
    labels.showVal = True
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = False
    labels.txPr = _text(size=9, colour=colour)
    series.dLbls = labels
    return series


def _measure(chart: BarChart | LineChart | ScatterChart, *, number: str, has_legend: bool) -> None:
    """Give a chart its grid, the format of the numbers beside it, and a legend above it."""
    if has_legend:
        chart.legend = Legend()
        chart.legend.position, chart.legend.txPr = "t", _text(size=9, colour=INK)
    else:
        chart.legend = None
    chart.y_axis.number_format = number
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill=RULE, w=HAIR)))


def _dress(chart: BarChart | LineChart | ScatterChart, title: str) -> None:
    chart.title = _title(title, size=11, colour=BASE)
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.x_axis.delete = chart.y_axis.delete = False  # openpyxl leaves axes out unless told
    chart.x_axis.txPr = _text(size=9, colour=INK)
    chart.y_axis.txPr = _text(size=9, colour=GREY)
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))


def _title(text: str, *, size: int, colour: str) -> Title:
    run = RegularTextRun(t=text, rPr=CharacterProperties(sz=size * POINTS, b=True, solidFill=colour))
    return Title(tx=Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(), r=[run])])), overlay=False)


def _text(*, size: int, colour: str) -> RichText:
    letters = CharacterProperties(sz=size * POINTS, solidFill=colour)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), endParaRPr=letters)])
