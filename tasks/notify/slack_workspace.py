"""A workspace as an app with a bot token sees it: a message is posted once, changed, answered in its thread, given its files."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from tasks.notify.slack_errors import (
    ANSWER_SECONDS,
    DESCRIPTION_LENGTH,
    SERVER_ERROR,
    SIGN_IN,
    TOO_MANY_REQUESTS,
    TRIES_COUNT,
    Posted,
    SlackError,
    in_a_sentence,
    is_unanswered,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

PAUSES_SECONDS = (1, 2, 4, None)
EVENT = "customer_math"
"""What our messages are marked with: their metadata's type; nobody sees it, and the app finds them by it."""
NAMES = uuid.UUID("6a5b5b0e-1d1f-5d0a-9a52-0d2f6f0c7a11")
"""Where the ids of our messages come from, so that the same message has the same id each time."""
MESSAGES_AT_ONCE = 200
SKEW_SECONDS = 24 * 3600
"""How much earlier than our clock says a message is looked for, since Slack's clock is another."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Note:
    """One message: what it says, and the key by which it is the same message whoever posts it again."""

    key: str
    text: str
    blocks: Sequence[Mapping[str, Any]]
    data: Mapping[str, str | int] = field(default_factory=dict)
    """What is to be known of the message when it is found again."""

    @property
    def sent(self) -> dict[str, Any]:
        """What Slack is given."""
        metadata = {"event_type": EVENT, "event_payload": {"key": self.key, **self.data}}
        return {"text": self.text, "blocks": self.blocks, "metadata": metadata, "parse": "none"}


@dataclass(frozen=True)
class FileToShow:
    """A file that was sent, and that nobody sees yet."""

    file_id: str
    title: str


@dataclass(frozen=True)
class Seen:
    """A message of ours that stands in Slack, and what was noted with it."""

    posted: Posted
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Workspace:
    """Slack, as the app with this token may use it; every method raises SlackError."""

    token: str = field(repr=False)
    api_url: str

    def send(self, name: str, content: bytes, *, title: str, alt_text: str | None = None) -> FileToShow:
        """Send one file to where Slack wants it; nobody sees it until it is shown in a thread."""
        client = self._client()
        with in_a_sentence(f"{name} could not be sent, so nothing was posted", api_url=self.api_url):
            short_alt_text = alt_text[:DESCRIPTION_LENGTH] if alt_text else None
            upload = _again(lambda: client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt=short_alt_text))
            _send_bytes(str(upload["upload_url"]), content)
            return FileToShow(str(upload["file_id"]), title)

    def post(self, channel: str, note: Note) -> Posted:
        """Post a message, once: where Slack breaks off, it is looked for before it is posted again."""
        return self._post(channel, note, look=lambda: self.find(channel, note.key), what="the digest could not be posted")

    def reply(self, posted: Posted, note: Note) -> Posted:
        """Answer in a message's thread, once."""
        what = "the digest was changed, but its thread does not say so"
        return self._post(posted.channel, note, look=lambda: self.find_in_thread(posted, note.key), what=what, thread=posted)

    def update(self, posted: Posted, note: Note) -> None:
        """Let a message say something else; doing it twice is doing it once."""
        with in_a_sentence("the digest could not be changed", api_url=self.api_url, posted=posted):
            _again(lambda: self._client().chat_update(channel=posted.channel, ts=posted.ts, **note.sent))

    def show(self, posted: Posted, files: Sequence[FileToShow]) -> None:
        """Show files that were sent in a message's thread, once."""
        shown: list[dict[str, str | None]] = [{"id": file.file_id, "title": file.title} for file in files]
        names = " and ".join(file.title for file in files)
        are = "are" if len(files) > 1 else "is"
        with in_a_sentence(f"the digest is posted, but {names} {are} not in its thread", api_url=self.api_url, posted=posted):
            _once(
                lambda: self._client().files_completeUploadExternal(files=shown, channel_id=posted.channel, thread_ts=posted.ts)["ok"],
                look=lambda: {file.title for file in files} <= self.titles_in_thread(posted) or None,
            )

    def find(self, channel: str, key: str, *, since: datetime | None = None) -> Seen | None:
        """The message of that key in a channel, the newest first; none where there is none."""
        oldest = str(since.timestamp() - SKEW_SECONDS) if since else None
        what = "nobody knows whether the digest was posted, and Slack does not let the app look, so it is not posted again"

        def ask() -> Seen | None:
            pages = self._client().conversations_history(channel=channel, limit=MESSAGES_AT_ONCE, oldest=oldest, include_all_metadata=True)
            return next(
                (Seen(Posted(channel, one["ts"]), _payload(one)) for page in pages for one in page.get("messages", ()) if _is(one, key)),
                None,
            )

        with in_a_sentence(what, api_url=self.api_url):
            return _again(ask)

    def find_in_thread(self, posted: Posted, key: str) -> Seen | None:
        """The answer of that key in a message's thread; none where there is none."""
        return next((Seen(Posted(posted.channel, one["ts"]), _payload(one)) for one in self._thread(posted) if _is(one, key)), None)

    def titles_in_thread(self, posted: Posted) -> set[str]:
        """What the files in a message's thread are called."""
        return {file.get("title", "") for one in self._thread(posted) for file in one.get("files", ())}

    def _thread(self, posted: Posted) -> list[Mapping[str, Any]]:
        def ask() -> list[Mapping[str, Any]]:
            pages = self._client().conversations_replies(
                channel=posted.channel, ts=posted.ts, limit=MESSAGES_AT_ONCE, include_all_metadata=True
            )
            return [one for page in pages for one in page.get("messages", ())]

        with in_a_sentence("the digest is posted, but its thread could not be read", api_url=self.api_url, posted=posted):
            return _again(ask)

    def _post(self, channel: str, note: Note, *, look: Callable[[], Seen | None], what: str, thread: Posted | None = None) -> Posted:
        def ask() -> Posted:
            answer = self._client().chat_postMessage(
                channel=channel,
                thread_ts=thread.ts if thread else None,
                client_msg_id=str(uuid.uuid5(NAMES, note.key)),
                unfurl_links=False,
                unfurl_media=False,
                **note.sent,
            )
            return Posted(str(answer["channel"]), str(answer["ts"]))

        def seen() -> Posted | None:
            message = look()
            return message.posted if message else None

        with in_a_sentence(what, api_url=self.api_url, posted=thread):
            return _once(ask, look=seen)

    def _client(self) -> WebClient:
        """The SDK's client; it waits where Slack is busy, and leaves it to us what may be asked again."""
        if not (self.token.isascii() and self.token.isprintable()) or " " in self.token or not self.token:
            raise SlackError(f"Slack's token holds a blank, a line break or a character that no token has; {SIGN_IN}")
        return WebClient(
            token=self.token,
            base_url=self.api_url,
            timeout=ANSWER_SECONDS,
            logger=_quiet_logger(),
            retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=TRIES_COUNT - 1)],
        )


def _again(ask: Callable[[], Answer]) -> Answer:
    """Ask for something that may be done twice."""
    return _once(ask, look=lambda: None)


def _once(ask: Callable[[], Answer], *, look: Callable[[], Answer | None]) -> Answer:
    """Ask for something that must not be done twice; where no answer comes, look whether it was done, and only then ask again."""
    for pause_seconds in PAUSES_SECONDS:
        try:
            return ask()
        except (SlackClientError, OSError, HTTPException) as error:
            if not is_unanswered(error):
                raise
            existing = _seen_after(error, look)
            if existing is not None:
                return existing
            if pause_seconds is None:
                raise
            time.sleep(pause_seconds)
    raise AssertionError("the last attempt has returned or raised")


def _seen_after(error: Exception, look: Callable[[], Answer | None]) -> Answer | None:
    """What a look finds after there was no answer; where Slack does not answer to that either, it is the same trouble."""
    try:
        return look()
    except SlackError as blind:
        if blind.may_be_there:
            raise error from None
        raise


def _is(message: Mapping[str, Any], key: str) -> bool:
    """Whether a message carries our mark with that key."""
    return _payload(message).get("key") == key


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload") or {} if metadata.get("event_type") == EVENT else {}


def _quiet_logger() -> logging.Logger:
    """A logger for the SDK that never tells what is sent, however loud the others are (the SDK's details are debug messages)."""
    logger = logging.getLogger(f"{__name__}.sdk")
    logger.setLevel(logging.WARNING)
    return logger


def _send_bytes(url: str, content: bytes) -> None:
    # The SDK's files_upload_v2 gives up at the first trouble of this step and cannot be told otherwise.
    for pause_seconds in PAUSES_SECONDS:
        request = Request(url, data=content, method="POST", headers={"Content-Type": "application/octet-stream"})  # noqa: S310 - Slack's own URL
        try:
            with urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310 - Slack's own URL, just given to us
                return
        except HTTPError as error:
            error.close()
            if pause_seconds is None or (error.code != TOO_MANY_REQUESTS and error.code < SERVER_ERROR):
                raise
            retry_after = error.headers.get("Retry-After", "")
            time.sleep(int(retry_after) if retry_after.isdigit() else pause_seconds)
        except (OSError, HTTPException):
            if pause_seconds is None:
                raise
            time.sleep(pause_seconds)
