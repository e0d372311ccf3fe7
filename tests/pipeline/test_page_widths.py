"""How wide a window is decides how the page is laid out, and never how much of a number is seen on the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.reporting.pages.agenda import tabs
from tasks.reporting.render.page_html import page_html
from tests.pipeline.chromium import chromium, needs_chromium

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.reporting.model import ScorecardData

pytestmark = [pytest.mark.browser, needs_chromium]
CUT = "[...document.querySelectorAll('.two .scroll')].filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)"


def test_no_table_of_the_front_is_cut_in_a_window_of_any_width(data: ScorecardData, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_html(data, tabs(data)), encoding="utf-8")
    with chromium(tmp_path) as browser:
        browser.page.goto(page.as_uri())
        assert browser.page.locator(".two .scroll").count() >= 2
        for width in (600, 900, 1000, 1100, 1179, 1180, 1280, 1920):
            browser.page.set_viewport_size({"width": width, "height": 900})
            assert browser.page.evaluate(CUT) == [], width
