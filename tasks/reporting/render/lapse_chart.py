"""What each lapse window would get wrong, as a native chart beside the window in force and the suggested one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl.chart import Reference, ScatterChart
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

from tasks.reporting.render.cells import BASE, GREY, IN, INK, OUT, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.chart.series import Series

POINTS = 100
"""A chart's text is sized in hundredths of a point."""
THICK, THIN = 25_400, 15_875
"""Widths of lines, in English Metric Units."""
COLOURS = (OUT, BASE, GREY)
"""Of the three curves, in the order of their columns."""


@dataclass(frozen=True)
class Drawn:
    """Where the sheet holds the numbers, counted from 1: days in the first column, then the curves; then lines that stand upright."""

    title: str
    first_row: int
    last_row: int
    curves: tuple[str, ...]
    """Names of the curves, in the columns after the days."""
    uprights: tuple[tuple[str, int], ...]
    """Name and first of two rows (a day twice, then 0 and 1) of each upright line, in the first two columns."""
    last_day: int


def lapse_chart(drawn: Drawn) -> ScatterChart:
    """The curves over the days of silence, and an upright line for each window."""
    chart = ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    for number, (name, colour) in enumerate(zip(drawn.curves, COLOURS, strict=True)):
        rows = (drawn.first_row, drawn.last_row)
        chart.series.append(_line(drawn, name, rows=rows, column=2 + number, look=LineProperties(solidFill=colour, w=THICK)))
    for (name, row), look in zip(drawn.uprights, (_upright_look(INK), _upright_look(IN)), strict=False):
        chart.series.append(_line(drawn, name, rows=(row, row + 1), column=2, look=look))
    _dress(chart, drawn)
    return chart


def _upright_look(colour: str) -> LineProperties:
    return LineProperties(solidFill=colour, w=THIN, prstDash="sysDash")


def _line(drawn: Drawn, name: str, *, rows: tuple[int, int], column: int, look: LineProperties) -> Series:
    days, values = (_cells(drawn, column=number, rows=rows) for number in (1, column))
    series = SeriesFactory(values, days, title=None)
    series.tx = SeriesLabel(v=name)
    series.marker = Marker(symbol="none")
    series.graphicalProperties = GraphicalProperties(ln=look)
    series.smooth = False
    return series


def _cells(drawn: Drawn, *, column: int, rows: Sequence[int]) -> Reference:
    letter = "ABCDEFG"[column - 1]
    return Reference(range_string=f"'{drawn.title}'!${letter}${rows[0]}:${letter}${rows[1]}")


def _dress(chart: ScatterChart, drawn: Drawn) -> None:
    chart.title = _title("What a window of so many days gets wrong", size=11, colour=BASE)
    chart.x_axis.title = _title("Days of silence after which a buyer has lapsed", size=9, colour=GREY)
    legend = Legend()
    legend.position, legend.txPr = "t", _text(size=9, colour=INK)
    chart.legend = legend
    chart.layout = Layout(manualLayout=ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.05, y=0.2, w=0.92, h=0.64))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    for axis, number_format in ((chart.x_axis, "#,##0"), (chart.y_axis, "0%")):
        axis.delete = False  # openpyxl leaves axes out unless told
        axis.number_format = number_format
        axis.txPr = _text(size=9, colour=GREY)
    chart.x_axis.majorGridlines = None
    chart.x_axis.scaling.min, chart.x_axis.scaling.max = 0, drawn.last_day
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill=RULE, w=6350)))


def _title(text: str, *, size: int, colour: str) -> Title:
    run = RegularTextRun(t=text, rPr=CharacterProperties(sz=size * POINTS, b=True, solidFill=colour))
    return Title(tx=Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(), r=[run])])), overlay=False)


def _text(*, size: int, colour: str) -> RichText:
    letters = CharacterProperties(sz=size * POINTS, solidFill=colour)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), endParaRPr=letters)])
