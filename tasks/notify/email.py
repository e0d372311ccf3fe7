"""The digest by e-mail: a text and the same as HTML with the picture, and the documents attached."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from config.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

ANSWER_SECONDS = 60
"""How long one answer may take; a mail server takes a while over a large workbook."""
SUBJECT_LENGTH = 200
KINDS = {
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".pdf": ("application", "pdf"),
    ".html": ("text", "html"),
}


class MailError(Refusal):
    """The digest could not be e-mailed; the message says why and what to do, and never holds the password."""

    def __init__(self, sentence: str, *, may_be_there: bool = False) -> None:
        self.may_be_there = may_be_there
        """Whether the mail server may have taken it, and only its answer is missing."""
        super().__init__(sentence)


@dataclass(frozen=True)
class Email:
    """What is e-mailed, and to whom."""

    sender: str
    recipients: Sequence[str]
    subject: str
    text: str
    html: str
    """The same as HTML; empty where there is only the text."""
    picture: Path
    """A PNG, shown within the HTML part under `picture_id`, or attached by itself where there is only the text."""
    picture_id: str
    files: Sequence[Path]
    dated: datetime
    message_id: str
    """The same letter has the same id, by which mail programs know it again."""

    def written(self) -> EmailMessage:
        """The e-mail."""
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.recipients)
        message["Subject"] = " ".join(self.subject.split())[:SUBJECT_LENGTH]
        message["Date"], message["Message-ID"] = format_datetime(self.dated), self.message_id
        message.set_content(self.text)
        picture, name = self.picture.read_bytes(), self.picture.name
        if self.html:
            message.add_alternative(self.html, subtype="html")
            identity = f"<{self.picture_id}>"
            _html_part(message).add_related(picture, maintype="image", subtype="png", filename=name, cid=identity)
        else:
            message.add_attachment(picture, maintype="image", subtype="png", filename=name)
        for file in self.files:
            kind, detail = KINDS[file.suffix]
            message.add_attachment(file.read_bytes(), maintype=kind, subtype=detail, filename=file.name)
        return message


def _html_part(message: EmailMessage) -> MIMEPart:
    part = message.get_body(("html",))
    assert part is not None, "it was added"
    return part


def send_letter(letter: Email, *, smtp_url: str) -> None:
    """Hand a letter to the mail server; raises MailError, which says whether the server may have taken it."""
    message, is_handed_over = letter.written(), False
    host = urlsplit(smtp_url).hostname or "localhost"
    try:
        with _connection(smtp_url) as server:
            is_handed_over = True
            refused = server.send_message(message, from_addr=letter.sender, to_addrs=list(letter.recipients))
            is_handed_over = False
    except smtplib.SMTPAuthenticationError:
        raise MailError(f"E-mail: {host} does not take the user or the password; correct CUSTOMER_MATH_SMTP_URL") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise MailError(f"E-mail: {host} takes no mail for {', '.join(error.recipients)}; correct CUSTOMER_MATH_MAIL_TO") from None
    except smtplib.SMTPResponseException as error:
        raise MailError(f"E-mail: {host} refused it (status {error.smtp_code}); ask who runs it, or try again later") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        away = f"{host} did not answer ({type(error).__name__}); check CUSTOMER_MATH_SMTP_URL and the network, and run again"
        raise MailError(f"E-mail: {away}", may_be_there=is_handed_over) from None
    if refused:
        raise MailError(f"E-mail: {host} takes no mail for {', '.join(refused)}; the others have it", may_be_there=True)


@contextmanager
def _connection(smtp_url: str) -> Iterator[smtplib.SMTP]:
    """The mail server, encrypted where it can be, signed in where the URL has a user."""
    url, context = urlsplit(smtp_url), ssl.create_default_context()
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=ANSWER_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=ANSWER_SECONDS)
    with server:
        server.ehlo()
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
