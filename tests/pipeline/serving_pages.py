"""What a person does in the pages of a machine that serves: fill the form in, start a run, wait, and read what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.pipeline.chromium import Browser
    from tests.pipeline.served import Served

FARTHEST_MONTHS = 60
FARTHEST_LOOKS = 120


def sign_in(browser: Browser, machine: Served) -> None:
    """The front page asks for the password, and then shows itself."""
    page = browser.page
    page.goto(machine.url)
    page.get_by_role("textbox").or_(page.locator("input[type=password]")).first.fill(machine.password)
    browser.picture("0-sign-in")
    page.get_by_role("button").last.click()
    expect(page.get_by_role("link", name="Deployments").first).to_be_visible()
    browser.picture("0-signed-in")


def open_form(browser: Browser, machine: Served, deployment: str) -> None:
    """From the front page through the list of deployments to the form."""
    page = browser.page
    sign_in(browser, machine)
    page.get_by_role("link", name="Deployments").first.click()
    page.get_by_role("link", name=deployment).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Custom run").click()
    expect(page.get_by_text("A day in the period")).to_be_visible()
    browser.picture("1-form")


def choose_recent_period(browser: Browser, name: str) -> None:
    """Choose one of the periods that the form offers."""
    page = browser.page
    page.get_by_role("tab", name="A recent one").click()
    browser.picture("1-recent")
    page.get_by_text("Select", exact=True).first.click()
    browser.picture("1-recent-open")
    page.get_by_role("option", name=name, exact=True).click()
    browser.picture("1-recent-chosen")


def fill_form(browser: Browser, *, month: str, day: str, reason: str) -> None:
    """Choose the day in the calendar, and say why."""
    page = browser.page
    page.get_by_role("tab", name="A day").click()
    page.get_by_text("Pick a date").click()
    for _ in range(FARTHEST_MONTHS):
        if page.get_by_text(month, exact=True).count():
            break
        page.get_by_role("button", name="Go to the Previous Month").click()
    page.get_by_role("button", name=day).click()
    page.keyboard.press("Escape")
    page.locator("textarea").last.fill(reason)
    browser.picture("2-filled-in")


def start_and_wait(browser: Browser, run_name: str) -> None:
    """Submit the form, and follow the run until its page says that it has completed."""
    page = browser.page
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("View run").click()
    expect(page.get_by_text(run_name, exact=True).first).to_be_visible()
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(page.get_by_text("Finished in state Completed()").last).to_be_visible()
    browser.picture("3-run")


def read_artifacts(browser: Browser, machine: Served, ids: dict[str, str], *, until: dict[str, str]) -> dict[str, str]:
    """The text of what the run shows, as a person sees it, by key; each is looked at until it says what is waited for."""
    seen: dict[str, str] = {}
    for number, (key, identity) in enumerate(sorted(ids.items()), start=4):
        page = browser.page
        page.goto(f"{machine.url}/v2/artifacts/artifact/{identity}")
        expect(page.get_by_text("Show Raw Data")).to_be_visible()
        if key in until:
            expect(page.get_by_text(until[key]).first).to_be_visible()
        if key == "trend":
            expect(page.get_by_role("img", name="Customers in and out, period by period")).to_have_js_property("complete", value=True)
        seen[key] = _text(page, until.get(key, ""))
        browser.picture(f"{number}-{key}")
    return seen


def _text(page: Page, until: str) -> str:
    """What the page says, when it says what is waited for: while it asks the server anew it takes away what it showed."""
    text = ""
    for _ in range(FARTHEST_LOOKS):
        text = page.locator("main").or_(page.locator("body")).last.inner_text()
        if until in text:
            break
        page.wait_for_timeout(500)
    return text
