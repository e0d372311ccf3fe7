"""What Slack's answers mean to the reader, and what to do about them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError, SlackClientError

from config.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "missing_scope": (
        "the app may not do this; give it the scopes chat:write and files:write, and channels:history (groups:history for a private "
        "channel) to look before it posts again, and install it again"
    ),
    "channel_not_found": f"the app sees no such channel; set SLACK_CHANNEL to the channel's id (it begins with C), and {INVITE}",
    "not_in_channel": f"the app is not in the channel; {INVITE}",
    "is_archived": "the channel is archived; set SLACK_CHANNEL to another one",
    "file_upload_size_restricted": f"the workspace takes no file of this size; {ASK_ADMINISTRATOR}",
    "file_uploads_disabled": f"the workspace takes no files; {ASK_ADMINISTRATOR}",
    "file_uploads_except_images_disabled": f"the workspace takes no files but pictures; {ASK_ADMINISTRATOR}",
    "message_not_found": (
        "somebody deleted the message; remove the channel's file in the folder posted of the period's deliveries, and run again"
    ),
    "edit_window_closed": "the workspace does not let messages be changed so late; ask its administrator",
    "cant_update_message": "the message is another app's; set SLACK_BOT_TOKEN to the token of the app that posted it",
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


class SlackError(Refusal):
    """Slack did not take the digest or its files; the message says why and what to do, and never holds the token."""

    def __init__(self, sentence: str, *, posted: Posted | None = None, may_be_there: bool = False) -> None:
        self.posted = posted
        """The digest, where it was posted and only its thread is not complete."""
        self.may_be_there = may_be_there
        """Whether Slack may have taken what was sent, and only its answer is missing."""
        super().__init__(sentence)


def is_unanswered(error: Exception) -> bool:
    """Whether Slack may have done what it was asked, though it did not say so: it broke off, or took too long."""
    if isinstance(error, SlackApiError):
        return error.response.status_code >= SERVER_ERROR
    return isinstance(error, SlackClientError | OSError | HTTPException)


@contextmanager
def in_a_sentence(what_happened: str, *, api_url: str, posted: Posted | None = None) -> Iterator[None]:
    """Say what Slack's trouble means: a SlackError, without the token and without what was sent."""
    try:
        yield
    except SlackApiError as error:
        sentence = f"Slack: {what_happened}: {_meaning(error)}"
        raise SlackError(sentence, posted=posted, may_be_there=is_unanswered(error)) from None
    except HTTPError as error:
        too_large = error.code == PAYLOAD_TOO_LARGE
        meaning = WHAT_TO_DO["file_upload_size_restricted"] if too_large else f"Slack answered with status {error.code}; run again later"
        raise SlackError(f"Slack: {what_happened}: {meaning}", posted=posted) from None
    except (SlackClientError, OSError, HTTPException, ValueError) as error:
        host = urlsplit(api_url).hostname or "SLACK_API_URL"
        away = f"{host} did not answer ({type(error).__name__}); check the network, and SLACK_API_URL if it is set, and run again"
        raise SlackError(f"Slack: {what_happened}: {away}", posted=posted, may_be_there=is_unanswered(error)) from None


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
