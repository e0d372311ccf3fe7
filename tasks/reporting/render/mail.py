"""The digest as the HTML part of a mail: what stands on the front, with the picture, as mail programs show it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from config.localization import as_localized, localization
from tasks.reporting.pages.front import data_line, front_lines
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.meeting import about, roll_forward_tables, scale_of
from tasks.reporting.render.cell_text import Numbers, shown_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.blocks import ColourRole, Table
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.front import FrontLine
    from tasks.reporting.render.cell_text import ShownCell

MAIL_FILE = "mail.html"
PICTURE_ID = "trend@customer-math"
"""By which the part names the picture that is attached to the mail."""
ABOVE, BELOW = "<!-- above -->", "<!-- below -->"
"""Where a correction and links find room once the mail is sent; no text of others can hold them."""
FONT = "font-family:'Segoe UI','Helvetica Neue',Arial,sans-serif"
COLOURS: dict[ColourRole, str] = {"base": "#1e3a5f", "in": "#005a8c", "out": "#a04000", "quiet": "#5b6b7b"}
LINE = "margin:0 0 8px"
BUTTON = "display:inline-block;margin:0 10px 8px 0;padding:9px 16px;border-radius:6px;background:#1e3a5f;color:#ffffff;text-decoration:none"


@as_localized
def mail_html(data: ScorecardData) -> str:
    """The part, with its looks in every element, since mail programs drop style sheets; without scripts and links of its own."""
    body = "".join(_parts(data))
    frame = f"max-width:640px;margin:0 auto;padding:16px;{FONT};font-size:15px;line-height:1.45;color:#1f2937"
    head = f'<meta charset="utf-8"><title>{escape(headline(data))}</title>'
    inside = f'<div style="{frame}">{body}</div>'
    language = localization().language
    return f'<!DOCTYPE html>\n<html lang="{language}"><head>{head}</head><body style="margin:0;background:#ffffff">{inside}</body></html>\n'


def mail_part(html: str, *, above: str, links: Sequence[tuple[str, str]]) -> str:
    """The part as it is sent: a text above it, such as a correction, and links below it, each with its address."""
    text = "<br>".join(escape(line) for line in above.strip().splitlines())
    warned = f'<p style="{LINE};padding:10px 12px;background:#fae6cd">{text}</p>' if text else ""
    shown = "".join(f'<a href="{escape(address)}" style="{BUTTON}">{escape(label)}</a>' for label, address in links)
    return html.replace(ABOVE, warned).replace(BELOW, f'<p style="margin:16px 0 8px">{shown}</p>' if shown else "")


def _parts(data: ScorecardData) -> Iterator[str]:
    numbers = Numbers(data.minor_units, data.smallest_rate_base, scale_of(data))
    yield ABOVE
    yield f'<p style="margin:0;color:{COLOURS["quiet"]};font-weight:bold">{escape(about(data))}</p>'
    yield f'<h1 style="margin:2px 0 8px;font-size:26px;line-height:1.2;color:{COLOURS["base"]}">{escape(headline(data))}</h1>'
    yield f'<p style="{LINE};font-size:17px">{escape(value_line(data))}</p>'
    yield from (_line(line) for line in front_lines(data))
    yield BELOW
    picture = f'<img src="cid:{PICTURE_ID}" width="600" style="width:100%;max-width:600px;height:auto" alt="{escape(headline(data))}">'
    yield f'<p style="margin:12px 0">{picture}</p>'
    yield from (_table(table, numbers) for table in roll_forward_tables(data))
    yield f'<p style="margin:14px 0 0;font-size:13px;color:{COLOURS["quiet"]}">{escape(data_line(data))}</p>'


def _line(line: FrontLine) -> str:
    looks = (
        ("font-weight:bold", line.is_bold),
        (f"color:{COLOURS['out']}", line.is_alarm),
        (f"color:{COLOURS['quiet']};font-size:13px", line.is_small),
    )
    look = ";".join([LINE, *(look for look, is_so in looks if is_so)])
    return f'<p style="{look}">{escape(line.text)}</p>'


def _table(table: Table, numbers: Numbers) -> str:
    columns = enumerate(table.columns)
    headings = "".join(
        f'<th style="padding:5px 6px;background:#f3f4f6;text-align:{"right" if number else "left"}">{escape(column.heading)}</th>'
        for number, column in columns
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown_rows(table, numbers))
    title = f'<p style="margin:16px 0 4px;font-weight:bold;color:{COLOURS["base"]}">{escape(table.title)}</p>'
    look = "border-collapse:collapse;width:100%;font-size:13px"
    return f'{title}<table role="table" cellspacing="0" style="{look}"><tr>{headings}</tr>{rows}</table>'


def _cell(cell: ShownCell) -> str:
    looks = (
        (f"color:{COLOURS[cell.colour_role]}" if cell.colour_role else "", cell.colour_role is not None),
        ("font-weight:bold", cell.is_bold),
        ("padding-left:18px", cell.is_indented),
    )
    look = ";".join([f"padding:4px 6px;border-bottom:1px solid #dde3e9;text-align:{cell.align}", *(look for look, is_so in looks if is_so)])
    return f'<td style="{look}">{escape(cell.text)}</td>'
