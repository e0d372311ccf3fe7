"""The front of the page as one page to print and to hand around; made by Typst, where it is installed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.localization import as_localized, localization
from tasks.reporting.model import SCORECARD_FILE
from tasks.reporting.pages.front import data_line, front_lines, groups_table
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.meeting import about, roll_forward_tables, scale_of, small_print
from tasks.reporting.render.cell_text import Numbers, shown_rows
from tasks.reporting.render.page_html import front_charts
from tasks.reporting.render.page_typst import TEMPLATE

if TYPE_CHECKING:
    from tasks.reporting.blocks import Table
    from tasks.reporting.model import ScorecardData

WITHOUT_TYPST = "page.pdf is not made, since Typst is not installed: pip install 'customer-math[page]'; page.html has the same"


@as_localized
def page_pdf(data: ScorecardData) -> bytes | None:
    """The page as PDF with its fonts inside, the same bytes for the same facts; none where Typst is not installed."""
    try:
        import typst  # noqa: PLC0415 - a part of its own, which not everybody installs
    except ImportError:
        return None
    import matplotlib as mpl  # noqa: PLC0415 - it has the fonts, and was imported for the digest's picture

    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    faces = typst.Fonts(font_paths=[fonts])
    return typst.compile(TEMPLATE.encode(), font_paths=faces, sys_inputs={"page": json.dumps(page_data(data))})


@as_localized
def page_data(data: ScorecardData) -> dict[str, Any]:
    """Everything that stands on it, as texts and pictures."""
    numbers = Numbers(data.minor_units, data.smallest_rate_base, scale_of(data))
    groups = groups_table(data)
    return {
        "title": f"{about(data)}: {headline(data)}",
        "language": localization().language,
        "about": about(data),
        "headline": headline(data),
        "value": value_line(data),
        "lines": [asdict(line) for line in front_lines(data)],
        "tables": [_table(table, numbers) for table in roll_forward_tables(data)],
        "charts": [asdict(chart) for chart in front_charts(data)],
        "groups": [_table(groups, numbers)] if groups else [],
        "data_line": data_line(data),
        "small_print": list(small_print(data, workbook=SCORECARD_FILE)),
    }


def _table(table: Table, numbers: Numbers) -> dict[str, Any]:
    rows = [[asdict(cell) for cell in row] for row in shown_rows(table, numbers)]
    return {"title": table.title, "headings": [column.heading for column in table.columns], "rows": rows}
