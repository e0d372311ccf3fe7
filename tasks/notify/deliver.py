"""Who was told of which edition: one message a period and channel, posted once, changed when the figures are others."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import HOUSE, as_localized
from tasks.notify.delivery_log import DeliveryLog, DeliveryRecord
from tasks.notify.edition_diff import correction_since
from tasks.notify.email import Email, MailError, send_letter
from tasks.notify.slack_errors import SlackError
from tasks.notify.slack_webhook import post_to_webhook
from tasks.notify.slack_workspace import Note, Workspace
from tasks.reporting.model import PAGE_FILE, PAGE_PDF_FILE, SCORECARD_FILE
from tasks.reporting.pages.edition_changes import correction_note
from tasks.reporting.render.mail import MAIL_FILE, PICTURE_ID, mail_part
from tasks.reporting.render.slack import Digest, with_buttons

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.localization import Localization
    from config.settings import Settings
    from tasks.notify.slack_workspace import FileToShow
    from tasks.reporting.pages.edition_changes import Correction
    from tasks.store.editions import Edition

PAGE_LINK, WORKBOOK_LINK = gettext_noop("Open the scorecard"), gettext_noop("The workbook")
BY_WEBHOOK, BY_MAIL = "webhook", "mail"
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")


@dataclass(frozen=True)
class Delivery:
    """One edition on its way to those who are told of it."""

    edition: Edition
    settings: Settings
    reason: str | None
    """Why the period was published again, if somebody said so."""
    currency: str
    minor_units: int
    address: str | None = None
    """Below which address a browser shows the files of the edition; none where nobody knows."""
    shares_customers: bool = False
    """Whether the lists that name customers go along."""
    localization: Localization = HOUSE
    """How what is told writes numbers and days."""

    @property
    def documents(self) -> tuple[Path, ...]:
        """What goes along beside the picture: the scorecard, its page, and the lists of customers where the company shares them."""
        lists = self.edition.customers
        return (self.edition.workbook, *self._page, *([lists] if self.shares_customers and lists.exists() else []))

    @property
    def _page(self) -> list[Path]:
        """The page to print, or the one for a browser where there is none; nothing in editions of earlier versions."""
        return [path for name in (PAGE_PDF_FILE, PAGE_FILE) if (path := self.edition.folder / name).exists()][:1]

    @property
    def links(self) -> list[tuple[str, str]]:
        """What a reader can open, with its address: the page and the workbook."""
        files = [(PAGE_LINK, PAGE_FILE), (WORKBOOK_LINK, SCORECARD_FILE)] if self._page else []
        return [(gettext(label), f"{self.address}/{name}") for label, name in files if self.address]

    @property
    def digest(self) -> Digest:
        """The digest as it was published."""
        stored_digest = json.loads((self.edition.folder / "digest.json").read_text(encoding="utf-8"))
        # Editions of earlier versions have no thread and no page.
        shown = Digest(stored_digest["text"], stored_digest["blocks"], stored_digest.get("thread", []), stored_digest.get("buttons", []))
        return with_buttons(shown, f"{self.address}/{PAGE_FILE}" if self.address and self._page else None)

    def claim(self, channel: str, before: DeliveryRecord | None) -> DeliveryRecord:
        """The posting of this edition before anything is sent."""
        return DeliveryRecord(
            state="claimed",
            channel=before.channel if before and before.ts else channel,
            ts=before.ts if before else None,
            edition=self.edition.number,
            figures_fingerprint=self.edition.manifest.figures_fingerprint,
            edition_before=(before.edition_before if before.state == "claimed" else before.edition) if before else None,
            claimed_at=self.edition.manifest.published_at,
        )

    def correction_of(self, number: int) -> Correction:
        """What changed since an edition of that number."""
        return correction_since(
            number, self.edition, reason=self.reason, settings=self.settings, currency=self.currency, minor_units=self.minor_units
        )

    def has_same_figures(self, record: DeliveryRecord | None) -> bool:
        """Whether a channel was told, or is being told, of just these figures."""
        return record is not None and record.figures_fingerprint == self.edition.manifest.figures_fingerprint


@as_localized
def deliver(delivery: Delivery) -> str:
    """Tell everybody who is to be told of an edition, each once; what was done, in a sentence a line. Raises SlackError or MailError."""
    try:
        by_slack = [_notify_slack(delivery)]
    finally:  # who is e-mailed need not wait until Slack is well again
        by_mail = [_notify_write_only(delivery, BY_MAIL, what="E-mail", send=_by_mail)] if delivery.settings.mail_to else []
    return "\n".join((*by_slack, *by_mail))


def _notify_slack(delivery: Delivery) -> str:
    settings = delivery.settings
    if settings.slack_token and settings.slack_channel:
        return _notify_channel(delivery, Workspace(settings.slack_token, settings.slack_url), settings.slack_channel)
    if settings.slack_webhook:
        return _notify_write_only(delivery, BY_WEBHOOK, what="Slack", send=_through_webhook)
    return "Slack: not told, since SLACK_BOT_TOKEN or SLACK_CHANNEL is not set; the digest is saved as digest.json and digest.txt"


def _already_delivered(delivery: Delivery, record: DeliveryRecord, *, what: str) -> str:
    if record.edition == delivery.edition.number:
        return f"{what}: edition {record.edition} was told before"
    return f"{what}: edition {delivery.edition.number} has the figures that edition {record.edition} told of before; nothing was posted"


def _notify_channel(delivery: Delivery, workspace: Workspace, channel: str) -> str:
    """One message in a channel, with its thread: posted, changed, or found where an earlier run did not come to note it."""
    ledger = DeliveryLog.of(delivery.edition, channel)
    record = _recovered_record(delivery, workspace, ledger.read(), channel=channel)
    if record and record.state == "sent" and delivery.has_same_figures(record):
        return _already_delivered(delivery, record, what="Slack")
    files = _send_files(delivery, workspace)
    is_resumed = record is not None and record.state == "posted" and delivery.has_same_figures(record)
    if not is_resumed:
        record = _show_digest(delivery, workspace, ledger, record=record, channel=channel)
    assert record is not None
    _complete_thread(delivery, workspace, record, files=files)
    ledger.write(record.model_copy(update={"state": "sent"}))
    return f"Slack: {'posted in' if record.edition_before is None else 'changed the message in'} {record.channel}"


def _recovered_record(delivery: Delivery, workspace: Workspace, record: DeliveryRecord | None, *, channel: str) -> DeliveryRecord | None:
    """What a channel was told, where a run was stopped between posting and noting it: the channel itself is asked."""
    if record is None or record.state != "claimed" or record.ts:
        return record
    if not CHANNEL_ID.fullmatch(channel):
        raise SlackError(
            f"Slack: a run was stopped while it posted, and a channel can be looked at only by its id; expected SLACK_CHANNEL to be an id "
            f"(it begins with C), found {channel}; set it so, and run again"
        )
    seen = workspace.find(channel, _key(delivery, channel), since=record.claimed_at)
    if seen is None:
        return None
    noted = {"ts": seen.posted.ts, "state": "posted", "edition": seen.data["edition"], "figures_fingerprint": seen.data["figures"]}
    return record.model_copy(update=noted)


def _key(delivery: Delivery, channel: str) -> str:
    manifest = delivery.edition.manifest
    return f"digest/{manifest.company}/{manifest.period}/{channel}"


def _show_digest(
    delivery: Delivery, workspace: Workspace, ledger: DeliveryLog, *, record: DeliveryRecord | None, channel: str
) -> DeliveryRecord:
    """Let the channel's message tell of this edition: claimed before, noted after."""
    claimed, digest = ledger.write(delivery.claim(channel, record)), delivery.digest
    note = Note(_key(delivery, channel), digest.text, digest.blocks, {"edition": claimed.edition, "figures": claimed.figures_fingerprint})
    try:
        if claimed.posted:
            workspace.update(claimed.posted, note)
            posted = claimed.posted
        else:
            posted = workspace.post(channel, note)
    except SlackError as error:
        if not error.may_be_there:
            ledger.give_back(record)
        raise
    return ledger.write(claimed.model_copy(update={"state": "posted", "channel": posted.channel, "ts": posted.ts}))


def _send_files(delivery: Delivery, workspace: Workspace) -> list[FileToShow]:
    """The picture and the documents, sent while nobody sees anything, so that what cannot be sent is found before anything is posted."""
    edition, alt_text = delivery.edition, delivery.digest.text
    picture = (edition.folder / "trend.png").read_bytes()
    return [
        workspace.send("scorecard.png", picture, title=f"scorecard.png, edition {edition.number}", alt_text=alt_text),
        *(workspace.send(path.name, path.read_bytes(), title=f"{path.name}, edition {edition.number}") for path in delivery.documents),
    ]


def _complete_thread(delivery: Delivery, workspace: Workspace, record: DeliveryRecord, *, files: list[FileToShow]) -> None:
    """What changed, where the message told of another edition before, and the files: each only if it is not there."""
    assert record.posted is not None
    if record.edition_before is None:
        _post_details(delivery, workspace, record)
    else:
        note = correction_note(delivery.correction_of(record.edition_before))
        key = f"{_key(delivery, record.channel)}/edition {record.edition_before} to {record.edition}"
        if workspace.find_in_thread(record.posted, key) is None:
            workspace.reply(record.posted, Note(key, note.text, note.blocks))
    titles = workspace.titles_in_thread(record.posted)
    missing = [file for file in files if file.title not in titles]
    if missing:
        workspace.show(record.posted, missing)


def _post_details(delivery: Delivery, workspace: Workspace, record: DeliveryRecord) -> None:
    """What the message leaves out, once."""
    assert record.posted is not None
    key, digest = f"{_key(delivery, record.channel)}/details", delivery.digest
    if digest.thread and workspace.find_in_thread(record.posted, key) is None:
        workspace.reply(record.posted, Note(key, digest.text, digest.thread))


def _notify_write_only(delivery: Delivery, channel: str, *, what: str, send: Callable[[Delivery, Correction | None], None]) -> str:
    """Tell those whose messages we cannot see: new figures once, and never again where nobody knows whether they arrived."""
    ledger = DeliveryLog.of(delivery.edition, channel)
    record = ledger.read()
    if record and record.state == "sent" and delivery.has_same_figures(record):
        return _already_delivered(delivery, record, what=what)
    if record and record.state == "claimed" and delivery.has_same_figures(record):
        return (
            f"{what}: edition {record.edition} may have been told: a run was stopped while it sent it, and nobody can look; it is not sent "
            f"again. Look yourself, and remove {ledger.path} if it is not there, then run again"
        )
    claimed = ledger.write(delivery.claim(channel, record))
    correction = delivery.correction_of(claimed.edition_before) if claimed.edition_before else None
    try:
        send(delivery, correction)
    except (SlackError, MailError) as error:
        if not error.may_be_there:
            ledger.give_back(record)
        raise
    ledger.write(claimed.model_copy(update={"state": "sent"}))
    return f"{what}: {'told' if correction is None else 'told of the change'}"


def _through_webhook(delivery: Delivery, correction: Correction | None) -> None:
    """The digest; where another edition was told of before, below what changed."""
    digest, url = delivery.digest, delivery.settings.slack_webhook
    assert url is not None
    before = correction_note(correction).blocks if correction else []
    post_to_webhook(url, text=digest.text, blocks=[*before, *digest.blocks])


def _by_mail(delivery: Delivery, correction: Correction | None) -> None:
    """The digest as text and as HTML, with the documents and the picture."""
    edition, settings = delivery.edition, delivery.settings
    manifest, before = edition.manifest, correction_note(correction).text if correction else ""
    texts = [edition.folder / name for name in ("digest.txt", "thread.txt")]
    below = "".join(f"\n{label}: {address}" for label, address in delivery.links)
    letter = Email(
        sender=settings.mail_from or settings.mail_to[0],
        recipients=settings.mail_to,
        subject=delivery.digest.text,
        text=f"{before}\n\n" * bool(before) + "\n".join(path.read_text(encoding="utf-8") for path in texts if path.exists()) + below,
        html=_html(delivery, above=before),
        picture=edition.folder / "trend.png",
        picture_id=PICTURE_ID,
        files=delivery.documents,
        dated=manifest.published_at,
        message_id=f"<{manifest.figures_fingerprint[:32]}.{manifest.period}.{edition.number}@customer-math>",
    )
    send_letter(letter, smtp_url=settings.smtp_url)


def _html(delivery: Delivery, *, above: str) -> str:
    """The mail's HTML part; empty in editions of earlier versions."""
    path = delivery.edition.folder / MAIL_FILE
    return mail_part(path.read_text(encoding="utf-8"), above=above, links=delivery.links) if path.exists() else ""
