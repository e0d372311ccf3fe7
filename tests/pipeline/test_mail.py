"""The digest by e-mail, against a mail server of the tests' own."""

from __future__ import annotations

import asyncio
import email
import shutil
import socket
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tasks.notify.deliver import Delivery, _by_mail
from tasks.notify.email import MailError
from tasks.notify.slack_errors import SlackError
from tasks.publish import announce_edition
from tasks.store.edition_checks import checked_editions
from tasks.store.engine import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from config.settings import Settings

PASSWORD = "s3cret w0rd/planted"
PAGES = "https://scorecard.example.org/editions/shop/2026-08/edition-1"


class Mailbox:
    """A mail server, and what it took; it can be told to refuse, or to break off once it has taken something."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = ""
        self.breaks_off = False

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - the library's name
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refuses:
            return self.refuses
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        if self.breaks_off:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"

    def signs_in(self, server: SMTP, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=given.password.decode() == PASSWORD, handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@contextmanager
def mail_server(mailbox: Mailbox) -> Iterator[str]:
    """A mail server that puts what it takes into the mailbox; its URL has user and password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"authenticator": mailbox.signs_in, "auth_require_tls": False}
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"smtp://clerk:{PASSWORD.replace(' ', '%20').replace('/', '%2F')}@127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[str]:
    """The URL of the mail server, with user and password."""
    with mail_server(mailbox) as url:
        yield url


@pytest.fixture(scope="module")
def published(shop: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("mailed")
    company = shop(folder / "shop").folder
    return pipelines.read_and_validate(company, folder / "home").publish("2026-08", now=datetime.now(UTC))


@pytest.fixture
def settings(pipelines: Any, server: str, tmp_path: Path) -> Settings:
    return pipelines.settings_in(tmp_path, mail_to=("ada@example.org", "bob@example.org"), smtp_url=server)


@pytest.fixture
def tell(published: Any, settings: Settings) -> Callable[..., list[str]]:
    """Tell of the edition by e-mail alone; what was done, a line each."""
    for record in (Home.around(published.folder).delivery(published.folder.parent.name) / "posted").glob("*"):
        record.unlink()

    def tell(edition: Any = published, *, address: str | None = None, **changes: Any) -> list[str]:
        return announce_edition(edition, settings=replace(settings, **changes), address=address).splitlines()

    return tell


def test_the_digest_is_mailed_with_the_workbook_and_its_page(tell: Callable[..., list[str]], mailbox: Mailbox, published: Any) -> None:
    assert tell()[-1] == "E-mail: told"
    (letter,) = mailbox.letters
    assert letter["To"] == "ada@example.org, bob@example.org"
    assert letter["From"] == "ada@example.org"
    assert "We brought in 3 customers, but we lost 4." in letter["Subject"]
    body = letter.get_body(("plain",))
    assert body is not None
    message, thread = ((published.folder / name).read_text(encoding="utf-8") for name in ("digest.txt", "thread.txt"))
    assert body.get_content().replace("\r\n", "\n") == f"{message}\n{thread}"
    attached = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    assert attached == {name: (published.folder / name).read_bytes() for name in ("scorecard.xlsx", "page.pdf")}


def test_the_mail_shows_the_front_of_the_scorecard_with_its_picture(
    tell: Callable[..., list[str]], mailbox: Mailbox, published: Any
) -> None:
    tell()
    (letter,) = mailbox.letters
    part = letter.get_body(("html",))
    assert part is not None
    html = part.get_content()
    assert published.headline in html
    assert "cid:trend@customer-math" in html
    assert "<a " not in html
    assert "<!-- " not in html
    pictures = {each["content-id"]: each.get_content() for each in letter.walk() if each.get_content_maintype() == "image"}
    assert pictures == {"<trend@customer-math>": (published.folder / "trend.png").read_bytes()}


def test_both_parts_lead_to_page_and_workbook_where_somebody_said_where_the_pages_are(
    tell: Callable[..., list[str]], mailbox: Mailbox
) -> None:
    tell(address=PAGES)
    (letter,) = mailbox.letters
    text, html = (part.get_content() for part in (letter.get_body(("plain",)), letter.get_body(("html",))) if part)
    for name in ("page.html", "scorecard.xlsx"):
        assert f": {PAGES}/{name}" in text
        assert f'href="{PAGES}/{name}"' in html


def test_the_digest_has_buttons_to_the_page_where_somebody_said_where_the_pages_are(settings: Settings, published: Any) -> None:
    edition = checked_editions(Home.around(published.folder), published.folder.parent.name)[0]
    (actions,) = [each for each in Delivery(edition, settings, None, "EUR", 2, PAGES).digest.blocks if each["type"] == "actions"]
    assert [each["url"].removeprefix(f"{PAGES}/page.html") for each in actions["elements"]] == ["", "#who-left"]


def test_an_edition_of_an_earlier_version_is_mailed_as_text_with_its_picture(
    settings: Settings, mailbox: Mailbox, published: Any, tmp_path: Path
) -> None:
    edition = checked_editions(Home.around(published.folder), published.folder.parent.name)[0]
    older = tmp_path / "older"
    shutil.copytree(edition.folder, older)
    for name in ("page.html", "page.pdf", "mail.html"):
        (older / name).unlink()
    delivery = Delivery(replace(edition, folder=older), settings, None, "EUR", 2, PAGES)
    assert [block["type"] for block in delivery.digest.blocks if block["type"] == "actions"] == []
    _by_mail(delivery, None)
    (letter,) = mailbox.letters
    assert letter.get_body(("html",)) is None
    assert [part.get_filename() for part in letter.iter_attachments()] == ["trend.png", "scorecard.xlsx"]
    assert delivery.links == []


def test_the_lists_of_customers_are_mailed_only_where_the_company_shares_them(
    tell: Callable[..., list[str]], mailbox: Mailbox, published: Any
) -> None:
    assert not published.shares_customers
    assert tell(replace(published, shares_customers=True))[-1] == "E-mail: told"
    (letter,) = mailbox.letters
    assert [part.get_filename() for part in letter.iter_attachments()] == ["scorecard.xlsx", "page.pdf", "customers.xlsx"]


def test_a_digest_is_mailed_once(tell: Callable[..., list[str]], mailbox: Mailbox) -> None:
    assert [tell()[-1], tell()[-1]] == ["E-mail: told", "E-mail: edition 1 was told before"]
    assert len(mailbox.letters) == 1


def test_nobody_is_mailed_who_was_not_chosen(tell: Callable[..., list[str]], mailbox: Mailbox) -> None:
    (said,) = tell(mail_to=())
    assert said.startswith("Slack: not told")
    assert mailbox.letters == []


def test_a_mail_server_that_broke_off_is_not_asked_again_and_the_next_run_says_so(tell: Callable[..., list[str]], mailbox: Mailbox) -> None:
    mailbox.breaks_off = True
    with pytest.raises(MailError, match=r"127\.0\.0\.1 did not answer"):
        tell()
    mailbox.breaks_off = False
    assert tell()[-1].startswith("E-mail: edition 1 may have been told")
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mail_to": ("nobody@example.org",)}, "takes no mail for nobody@example.org; correct CUSTOMER_MATH_MAIL_TO"),
        ({"smtp_url": "smtp://127.0.0.1:9"}, r"did not answer \(ConnectionRefusedError\); check CUSTOMER_MATH_SMTP_URL"),
        ({"smtp_url": "smtps://{place}"}, "did not answer"),
        ({"smtp_url": "smtp://clerk:wrong@{place}"}, "does not take the user or the password; correct CUSTOMER_MATH_SMTP_URL"),
    ],
)
def test_what_the_mail_server_surely_did_not_take_is_sent_by_the_next_run(
    tell: Callable[..., list[str]], mailbox: Mailbox, server: str, changes: dict[str, Any], says: str
) -> None:
    place = server.rpartition("@")[2]
    with pytest.raises(MailError, match=says):
        tell(**{name: value.format(place=place) if isinstance(value, str) else value for name, value in changes.items()})
    assert tell()[-1] == "E-mail: told"


def test_a_mail_server_that_is_full_is_said_with_its_answer_and_without_the_password(
    tell: Callable[..., list[str]], mailbox: Mailbox
) -> None:
    mailbox.refuses = "452 no room"
    with pytest.raises(MailError, match=r"refused it \(status 452\)") as error:
        tell()
    assert PASSWORD not in str(error.value)


def test_a_mailbox_that_is_unknown_does_not_keep_the_others_from_theirs(tell: Callable[..., list[str]], mailbox: Mailbox) -> None:
    with pytest.raises(MailError, match=r"takes no mail for nobody@example\.org; the others have it"):
        tell(mail_to=("ada@example.org", "nobody@example.org"))
    assert len(mailbox.letters) == 1


def test_slack_in_trouble_does_not_keep_the_mail_from_those_who_get_it(tell: Callable[..., list[str]], mailbox: Mailbox) -> None:
    with pytest.raises(SlackError, match="holds a blank"):
        tell(slack_token="no token", slack_channel="C0BASE0001")
    assert len(mailbox.letters) == 1
