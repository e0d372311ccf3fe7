"""What belongs to the machine rather than to the company: where things are kept, where Slack is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from config.company_file import CompanyFolderError

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
COMPANY_FOLDERS = PROJECT_FOLDER / "config"


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
    )


def _given(name: str, pattern: str, expected: str) -> str | None:
    value = os.environ.get(name) or None
    if value and not re.fullmatch(pattern, value):
        raise CompanyFolderError([f"environment variable {name}: expected {expected}, found {value!r}; set it so, or unset it"])
    return value


def home_folder() -> Path:
    """The folder that keeps what runs leave: `CUSTOMER_MATH_HOME`, or `var` beside pyproject.toml."""
    given = os.environ.get("CUSTOMER_MATH_HOME")
    return Path(given).expanduser().resolve() if given else PROJECT_FOLDER / "var"


def own_company_folders() -> Path | None:
    """Where the folders of one's own companies are, beside those under config/ (`CUSTOMER_MATH_COMPANIES`); none if not set."""
    given = os.environ.get("CUSTOMER_MATH_COMPANIES")
    return Path(given).expanduser().resolve() if given else None
