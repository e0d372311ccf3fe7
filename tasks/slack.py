"""The only place that talks to Slack: it posts the digest and puts the picture and the workbook into its thread."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler, ServerErrorRetryHandler

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TRIES_COUNT = 4
"""How often Slack is asked before it counts as away; with the growing pauses between, about ten seconds."""
ANSWER_SECONDS = 60
"""How long one answer may take; Slack takes a while over a large workbook."""
DESCRIPTION_LENGTH = 1_000
"""The longest description of a picture that Slack takes, in characters."""
TOO_MANY_REQUESTS, SERVER_ERROR, PAYLOAD_TOO_LARGE = 429, 500, 413

SIGN_IN = "set SLACK_BOT_TOKEN to the app's bot token (it begins with xoxb-)"
INVITE = "invite the app (write `/invite @` and its name in the channel)"
ASK_ADMINISTRATOR = "ask the workspace's administrator, or share the workbook another way"
WHAT_TO_DO = {
    "not_authed": f"Slack got no token; {SIGN_IN}",
    "invalid_auth": f"Slack does not know the token; {SIGN_IN}",
    "account_inactive": f"the token belongs to an app that was removed; {SIGN_IN}",
    "token_revoked": f"the token was revoked; {SIGN_IN}",
    "token_expired": f"the token has expired; {SIGN_IN}",
    "missing_scope": "the app may not do this; give it the scopes chat:write and files:write and install it again",
    "channel_not_found": f"the app sees no such channel; set SLACK_CHANNEL to the channel's id (it begins with C), and {INVITE}",
    "not_in_channel": f"the app is not in the channel; {INVITE}",
    "is_archived": "the channel is archived; set SLACK_CHANNEL to another one",
    "file_upload_size_restricted": f"the workspace takes no file of this size; {ASK_ADMINISTRATOR}",
    "file_uploads_disabled": f"the workspace takes no files; {ASK_ADMINISTRATOR}",
    "file_uploads_except_images_disabled": f"the workspace takes no files but pictures; {ASK_ADMINISTRATOR}",
    "ratelimited": "Slack asked for patience more often than we have it; run again later",
}
"""Slack's own word for what went wrong: what it means for the reader, and what to do."""


@dataclass(frozen=True)
class Posted:
    """Where the digest stands in Slack."""

    channel: str
    """The channel's id, also where its name was given."""
    ts: str
    """Slack's key of the message within the channel; the thread has the same."""


class SlackError(RuntimeError):
    """Slack did not take the digest or its files; the message says why and what to do, and never holds the token."""

    def __init__(self, sentence: str, *, posted: Posted | None = None) -> None:
        self.posted = posted
        """The digest, where it was posted and only its files are missing."""
        super().__init__(sentence)


def announce(
    blocks: Sequence[dict[str, Any]], *, text: str, token: str, channel: str, api_url: str, workbook: Path, picture: bytes
) -> Posted:
    """Post the digest to the channel, with the picture and the workbook in its thread; raises SlackError.

    The files are sent first and shown last: a file that cannot be sent is found while nobody has seen anything.
    """
    client, table = _client(token, api_url), workbook.read_bytes()
    with _in_a_sentence(client, "the picture and the workbook could not be sent, so nothing was posted"):
        picture_id = _send(client, f"{workbook.stem}.png", picture, says=text[:DESCRIPTION_LENGTH])
        workbook_id = _send(client, workbook.name, table)
    with _in_a_sentence(client, "the digest could not be posted"):
        answer = client.chat_postMessage(channel=channel, blocks=blocks, text=text, parse="none", unfurl_links=False, unfurl_media=False)
    posted = Posted(str(answer["channel"]), str(answer["ts"]))
    files: list[dict[str, str | None]] = [{"id": picture_id, "title": f"{workbook.stem}.png"}, {"id": workbook_id, "title": workbook.name}]
    with _in_a_sentence(client, f"the digest is posted, but {workbook.name} is not in its thread", posted=posted):
        client.files_completeUploadExternal(files=files, channel_id=posted.channel, thread_ts=posted.ts)
    return posted


def _client(token: str, api_url: str) -> WebClient:
    """The SDK's client, which asks again by itself when Slack is busy, broken or briefly away."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SlackError(f"Slack's token holds a blank, a line break or a character that no token has; {SIGN_IN}")
    return WebClient(
        token=token,
        base_url=api_url,
        timeout=ANSWER_SECONDS,
        logger=_quiet_logger(),
        retry_handlers=[
            RateLimitErrorRetryHandler(max_retry_count=TRIES_COUNT - 1),
            ServerErrorRetryHandler(max_retry_count=TRIES_COUNT - 1),
            ConnectionErrorRetryHandler(max_retry_count=TRIES_COUNT - 1),
        ],
    )


def _quiet_logger() -> logging.Logger:
    """A logger for the SDK that never tells what is sent, however loud the others are (the SDK's details are debug messages)."""
    logger = logging.getLogger(f"{__name__}.sdk")
    logger.setLevel(logging.WARNING)
    return logger


def _send(client: WebClient, name: str, content: bytes, *, says: str | None = None) -> str:
    """Send one file to where Slack wants it and give its id; nobody sees the file until it is shown in a channel."""
    place = client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt=says)
    _send_bytes(str(place["upload_url"]), content)
    return str(place["file_id"])


def _send_bytes(url: str, content: bytes) -> None:
    # The SDK's files_upload_v2 gives up at the first trouble of this step and cannot be told otherwise.
    for pause_seconds in (1, 2, 4, None):
        request = Request(url, data=content, method="POST", headers={"Content-Type": "application/octet-stream"})  # noqa: S310 - Slack's own URL
        try:
            with urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310 - Slack's own URL, just given to us
                return
        except HTTPError as error:
            error.close()
            if pause_seconds is None or (error.code != TOO_MANY_REQUESTS and error.code < SERVER_ERROR):
                raise
            asked_for = error.headers.get("Retry-After", "")
            time.sleep(int(asked_for) if asked_for.isdigit() else pause_seconds)
        except (OSError, HTTPException):
            if pause_seconds is None:
                raise
            time.sleep(pause_seconds)


@contextmanager
def _in_a_sentence(client: WebClient, what_happened: str, *, posted: Posted | None = None) -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise SlackError(f"Slack: {what_happened}: {_meaning(error)}", posted=posted) from None
    except HTTPError as error:
        too_large = error.code == PAYLOAD_TOO_LARGE
        meaning = WHAT_TO_DO["file_upload_size_restricted"] if too_large else f"Slack answered with status {error.code}; run again later"
        raise SlackError(f"Slack: {what_happened}: {meaning}", posted=posted) from None
    except (SlackClientError, OSError, HTTPException, ValueError) as error:
        host = urlsplit(client.base_url).hostname or "SLACK_API_URL"
        away = f"{host} did not answer ({type(error).__name__}); check the network, and SLACK_API_URL if it is set, and run again"
        raise SlackError(f"Slack: {what_happened}: {away}", posted=posted) from None


def _meaning(error: SlackApiError) -> str:
    """What Slack's answer means, and what to do about it."""
    code, status = str(error.response.get("error", "no_reason_given")), error.response.status_code
    if code in WHAT_TO_DO:
        return f"{WHAT_TO_DO[code]} ({code})"
    if status == TOO_MANY_REQUESTS:
        return WHAT_TO_DO["ratelimited"]
    if status >= SERVER_ERROR:
        return f"Slack answered with status {status} {TRIES_COUNT} times; run again later"
    if not code.isidentifier():  # the SDK's words about a page that is not JSON
        return "what answered is not Slack; check SLACK_API_URL, and the proxy if there is one"
    details = (error.response.get("response_metadata") or {}).get("messages", ())
    return "; ".join((f"Slack refused it ({code})", *(str(detail) for detail in details)))
