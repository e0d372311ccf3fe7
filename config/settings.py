"""What belongs to the machine rather than to the company: where things are kept, where Slack is."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.refusal import CompanyFolderError

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
COMPANY_FOLDERS = PROJECT_FOLDER / "config"
ROOM_BYTES = 1_000_000
"""So much a run writes at the least: the workflow engine's database."""
WEB_ADDRESS = r"https?://[!-~]+"
PAGES_ADDRESS = r"https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[1-9]\d{0,4})?/?"
MAIL_ADDRESS = r"[^\s,@<>]+@[^\s,@<>]+"
SECRET_BLOCKS = {
    "slack_token": "SLACK_BOT_TOKEN_BLOCK",
    "slack_webhook": "SLACK_WEBHOOK_URL_BLOCK",
    "slack_operations_webhook": "SLACK_OPERATIONS_WEBHOOK_URL_BLOCK",
    "smtp_url": "CUSTOMER_MATH_SMTP_URL_BLOCK",
}
"""Settings that are secrets, and the variable that names the Prefect Secret block which keeps each."""


@dataclass(frozen=True)
class Settings:
    """The environment's settings, read once by the command line or the flow and handed down."""

    home: Path
    """Where everything that runs leave behind is kept (`CUSTOMER_MATH_HOME`)."""
    slack_token: str | None
    """Bot token (`SLACK_BOT_TOKEN`); without one the digest is printed and saved."""
    slack_channel: str | None
    """Channel's id (`SLACK_CHANNEL`)."""
    slack_url: str
    """Where Slack's Web API answers (`SLACK_API_URL`)."""
    memory_limit: str
    """How much memory the engine may take before it spills to disk (`CUSTOMER_MATH_MEMORY`)."""
    threads: int | None
    """How many threads the engine may use (`CUSTOMER_MATH_THREADS`); none given: all."""
    slack_webhook: str | None = None
    """An incoming webhook (`SLACK_WEBHOOK_URL`) for the digest, where there is no bot token."""
    slack_operations_channel: str | None = None
    """Id of the channel that is told of failures and refusals (`SLACK_OPERATIONS_CHANNEL`)."""
    slack_operations_webhook: str | None = None
    """An incoming webhook of the channel that is told of failures (`SLACK_OPERATIONS_WEBHOOK_URL`), where there is no bot token."""
    mail_to: tuple[str, ...] = ()
    """Who gets the digest by e-mail (`CUSTOMER_MATH_MAIL_TO`, addresses with commas between)."""
    mail_from: str | None = None
    """Whom the e-mail comes from (`CUSTOMER_MATH_MAIL_FROM`); none given: the first of those who get it."""
    smtp_url: str = "smtp://localhost"
    """The mail server (`CUSTOMER_MATH_SMTP_URL`): smtp://user:password@host:587, or smtps:// where it is encrypted from the start."""
    waits_its_turn: bool = True
    """Whether a run waits for another run of the same period, or is refused (`CUSTOMER_MATH_WHEN_RUNNING`: wait or refuse)."""
    secret_blocks: tuple[tuple[str, str], ...] = ()
    """Which of these settings are kept in Prefect Secret blocks, and under which names (`SLACK_BOT_TOKEN_BLOCK` and the like)."""

    def __repr__(self) -> str:
        return f"Settings(home={self.home!s})"


def settings_from_environment() -> Settings:
    """Settings as the environment gives them, with their defaults; raises CompanyFolderError naming one that makes no sense."""
    return Settings(
        home=home_folder(),
        slack_token=os.environ.get("SLACK_BOT_TOKEN") or None,
        slack_channel=os.environ.get("SLACK_CHANNEL") or None,
        slack_url=os.environ.get("SLACK_API_URL") or "https://slack.com/api/",
        memory_limit=_given("CUSTOMER_MATH_MEMORY", r"\d+(\.\d+)? ?[KMGT]i?B", "an amount of memory such as 2GB") or "2GB",
        threads=int(_given("CUSTOMER_MATH_THREADS", r"[1-9]\d{0,3}", "a number of threads such as 4") or 0) or None,
        slack_webhook=_given("SLACK_WEBHOOK_URL", WEB_ADDRESS, "the address of an incoming webhook", is_secret=True),
        slack_operations_channel=os.environ.get("SLACK_OPERATIONS_CHANNEL") or None,
        slack_operations_webhook=_given("SLACK_OPERATIONS_WEBHOOK_URL", WEB_ADDRESS, "the address of an incoming webhook", is_secret=True),
        mail_to=_addresses("CUSTOMER_MATH_MAIL_TO"),
        mail_from=_given("CUSTOMER_MATH_MAIL_FROM", MAIL_ADDRESS, "an address such as scorecard@example.org"),
        smtp_url=_given("CUSTOMER_MATH_SMTP_URL", r"smtps?://\S+", "smtp://user:password@host:587", is_secret=True) or "smtp://localhost",
        waits_its_turn=_given("CUSTOMER_MATH_WHEN_RUNNING", "wait|refuse", "wait or refuse") != "refuse",
        secret_blocks=tuple((setting, os.environ[name]) for setting, name in SECRET_BLOCKS.items() if os.environ.get(name)),
    )


def pages_address() -> str | None:
    """Where a reverse proxy shows the server's pages (`CUSTOMER_MATH_ADDRESS`), without a slash at its end; none if not set."""
    expected = "the pages' address as a browser shows it, such as https://scorecard.example.org"
    given = _given("CUSTOMER_MATH_ADDRESS", PAGES_ADDRESS, expected, is_secret="@" in os.environ.get("CUSTOMER_MATH_ADDRESS", ""))
    return given.rstrip("/").lower() if given else None


def _given(name: str, pattern: str, expected: str, *, is_secret: bool = False) -> str | None:
    value = os.environ.get(name) or None
    if value and not re.fullmatch(pattern, value):
        shown = "something else" if is_secret else repr(value)
        raise CompanyFolderError([f"environment variable {name}: expected {expected}, found {shown}; set it so, or unset it"])
    return value


def _addresses(name: str) -> tuple[str, ...]:
    given = _given(name, rf"{MAIL_ADDRESS}(\s*,\s*{MAIL_ADDRESS})*", "addresses such as ada@example.org, bob@example.org")
    return tuple(address.strip() for address in given.split(",")) if given else ()


def home_folder() -> Path:
    """The folder that keeps what runs leave: `CUSTOMER_MATH_HOME`, or `var` in a checkout, or the user's folder for data."""
    given = os.environ.get("CUSTOMER_MATH_HOME")
    if given:
        return Path(given).expanduser().resolve()
    if (PROJECT_FOLDER / "pyproject.toml").is_file():
        return PROJECT_FOLDER / "var"
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "customer-math"


def writable_home() -> Path:
    """The home folder, made where it is not there; raises CompanyFolderError where nothing can be written into it."""
    home = home_folder()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"\0" * ROOM_BYTES)
    except OSError as error:
        problem = f"found: {error.strerror}; correct that, or choose another one (export CUSTOMER_MATH_HOME=...)"
        raise CompanyFolderError([f"{home}: expected a folder that may be written to, {problem}"]) from None
    return home


def own_company_folders() -> Path | None:
    """Where the folders of one's own companies are, beside those under config/ (`CUSTOMER_MATH_COMPANIES`); none if not set."""
    given = os.environ.get("CUSTOMER_MATH_COMPANIES")
    return Path(given).expanduser().resolve() if given else None
