"""The HTML part of a mail: what it says, and that every mail program may show it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

from tasks.reporting.pages.front import data_line, front_lines
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.render.mail import ABOVE, BELOW, PICTURE_ID, mail_html, mail_part

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

PAGE = "https://scorecard.example.org/editions/demo/2026-Q3/edition-1/page.html"
NASTY = f'<script>alert("1")</script>{ABOVE}{BELOW}'


def test_a_mail_says_what_the_front_sheet_says_with_its_numbers(data: ScorecardData) -> None:
    part = unescape(mail_html(data))
    for text in (headline(data), value_line(data), data_line(data), *(line.text for line in front_lines(data))):
        assert text in part
    assert "Customers at opening</td><td" in part
    assert f">{data.count('customers_out'):,}</td>" in part


def test_a_mail_carries_its_looks_in_every_element_and_runs_nothing(data: ScorecardData) -> None:
    part = mail_html(data)
    assert re.findall(r'src="([^"]*)"', part) == [f"cid:{PICTURE_ID}"]
    assert not re.search(r"<style|<script|<svg|<link|class=|href=", part)


def test_a_correction_stands_above_and_links_stand_below_what_they_are_about(data: ScorecardData) -> None:
    part = mail_part(mail_html(data), above="Corrected:\n<b> & more\n\n", links=[("Open the scorecard", f"{PAGE}?a=1&b=2")])
    assert "Corrected:<br>&lt;b&gt; &amp; more</p>" in part
    assert part.index("Corrected") < part.index("<h1") < part.index(f'href="{PAGE}?a=1&amp;b=2"') < part.index("<img")
    alone = mail_part(mail_html(data), above="", links=[])
    assert not re.search(r"<!-- |<a |Corrected", alone)


def test_names_of_others_do_nothing_in_a_mail(data: ScorecardData) -> None:
    steady = replace(data, company=NASTY)
    part = mail_part(mail_html(steady), above="Corrected", links=[("Open", PAGE)])
    assert "<script" not in part
    assert (part.count("Corrected"), part.count("<a ")) == (1, 1)


def test_what_is_said_in_small_print_is_small_and_an_alarm_is_coloured(data: ScorecardData) -> None:
    retention = re.search(r'<p style="([^"]*)">Q3 2026: retention fell', mail_html(data))
    assert retention is not None
    assert "font-weight:bold;color:#a04000" in retention[1]
