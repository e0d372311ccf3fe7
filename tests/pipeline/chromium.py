"""Chromium without a window, as Debian packages it, driven by Playwright; what it saw is kept where somebody wants to look at it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FOREIGN_NAME = "evil.example"
"""A name that somebody else lets lead to this machine."""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    f"--host-resolver-rules=MAP {FOREIGN_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""Nothing outside this machine is asked, whatever a page wants."""
SCREENSHOTS = "CUSTOMER_MATH_SCREENSHOTS"
"""Names the folder for what the browser saw; where it is not set, it is thrown away."""
PATIENCE_MILLISECONDS = 240_000
"""A busy machine takes long; a picture is taken as soon as it can be."""


@dataclass(frozen=True)
class Browser:
    """One page, and where its pictures go."""

    page: Page
    pictures: Path
    problems: list[str]
    """Errors that the page's own program threw."""

    def picture(self, name: str) -> None:
        """Keep what is seen now."""
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in the folder, ended afterwards."""
    pictures = Path(os.environ.get(SCREENSHOTS) or folder / "pictures").resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=CHROMIUM, args=list(FLAGS), headless=True, viewport={"width": 1400, "height": 1100}
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        page, problems = context.pages[0], []
        page.on("pageerror", lambda error: problems.append(str(error)))
        try:
            yield Browser(page, pictures, problems)
        finally:
            context.close()
