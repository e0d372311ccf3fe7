"""Settings of the machine: read from the environment, checked, and never shown where they are secrets."""

from __future__ import annotations

import os

import pytest

from config.settings import pages_address, settings_from_environment
from config.yaml_file import CompanyFolderError

SECRET = "xoxb-17653672481-planted-for-this-test"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("SLACK_", "CUSTOMER_MATH_"))]:
        monkeypatch.delenv(name)


def test_without_any_setting_nobody_is_told_and_runs_wait_their_turn() -> None:
    settings = settings_from_environment()
    assert (settings.slack_token, settings.slack_webhook, settings.slack_operations_channel, settings.mail_to) == (None, None, None, ())
    assert (settings.waits_its_turn, settings.smtp_url, settings.secret_blocks) == (True, "smtp://localhost", ())


def test_addresses_are_written_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_MAIL_TO", "ada@example.org, bob@example.org,eve@example.org")
    assert settings_from_environment().mail_to == ("ada@example.org", "bob@example.org", "eve@example.org")


def test_a_second_run_may_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_WHEN_RUNNING", "refuse")
    assert settings_from_environment().waits_its_turn is False


def test_a_secret_may_be_named_instead_of_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN_BLOCK", "slack-token")
    monkeypatch.setenv("CUSTOMER_MATH_SMTP_URL_BLOCK", "mail-server")
    assert settings_from_environment().secret_blocks == (("slack_token", "slack-token"), ("smtp_url", "mail-server"))


def test_the_pages_address_is_an_origin_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pages_address() is None
    monkeypatch.setenv("CUSTOMER_MATH_ADDRESS", "https://Scorecard.example.org:8443/")
    assert pages_address() == "https://scorecard.example.org:8443"


@pytest.mark.parametrize(
    "value",
    ["scorecard.example.org", "http://scorecard.example.org", "https://a.example/pages", "https://me:secret@a.example", "https://*"],
)
def test_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_ADDRESS", value)
    with pytest.raises(
        CompanyFolderError, match="CUSTOMER_MATH_ADDRESS: expected the pages' address as a browser shows it, such as https://"
    ):
        pages_address()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CUSTOMER_MATH_MAIL_TO", "ada", "CUSTOMER_MATH_MAIL_TO: expected addresses such as ada@example.org, bob@example.org, found 'ada'"),
        ("CUSTOMER_MATH_MAIL_FROM", "a@b, c@d", "CUSTOMER_MATH_MAIL_FROM: expected an address such as"),
        ("CUSTOMER_MATH_WHEN_RUNNING", "maybe", "CUSTOMER_MATH_WHEN_RUNNING: expected wait or refuse, found 'maybe'"),
        ("SLACK_WEBHOOK_URL", SECRET, "SLACK_WEBHOOK_URL: expected the address of an incoming webhook, found something else"),
        ("SLACK_OPERATIONS_WEBHOOK_URL", f"ftp://{SECRET}", "SLACK_OPERATIONS_WEBHOOK_URL: expected the address of an incoming webhook"),
        (
            "CUSTOMER_MATH_SMTP_URL",
            f"me:{SECRET}@host",
            "CUSTOMER_MATH_SMTP_URL: expected smtp://user:password@host:587, found something else",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_and_a_secret_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CompanyFolderError) as error:
        settings_from_environment()
    assert says in str(error.value)
    assert SECRET not in str(error.value)


def test_settings_show_no_secret_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_CHANNEL", "SLACK_OPERATIONS_CHANNEL"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("SLACK_WEBHOOK_URL", f"https://hooks.example.org/{SECRET}")
    monkeypatch.setenv("CUSTOMER_MATH_SMTP_URL", f"smtp://me:{SECRET}@host")
    settings = settings_from_environment()
    assert settings.slack_token == SECRET
    assert SECRET not in f"{settings!r} {settings}"
