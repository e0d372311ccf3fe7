"""An incoming webhook: it takes a message and answers "ok"; it can neither look at what was posted, nor change it."""

from __future__ import annotations

import json
import socket
import ssl
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tasks.notify.slack_errors import ANSWER_SECONDS, SERVER_ERROR, TOO_MANY_REQUESTS, SlackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAUSES_SECONDS = (1, 2, 4, None)
WHAT_TO_DO = {
    "no_service": "the webhook was removed; make another one and set SLACK_WEBHOOK_URL to it",
    "no_service_id": "the address is not a webhook's; set SLACK_WEBHOOK_URL to the whole address that Slack shows",
    "invalid_token": "the address is not a webhook's; set SLACK_WEBHOOK_URL to the whole address that Slack shows",
    "no_team": "the workspace is gone; make a webhook in another one and set SLACK_WEBHOOK_URL to it",
    "channel_is_archived": "the webhook's channel is archived; make a webhook for another one and set SLACK_WEBHOOK_URL to it",
    "action_prohibited": "the workspace's administrator does not allow the webhook to post; ask for it",
}
"""Slack's own word for what is wrong with a webhook: what it means for the reader, and what to do."""


def post_to_webhook(url: str, *, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
    """Post a message through a webhook; raises SlackError, which says whether Slack may have taken it, and never holds the address.

    It is sent again only where Slack surely did not take it: where it was busy, or was not reached.
    """
    content = json.dumps({"text": text, "blocks": list(blocks), "unfurl_links": False, "unfurl_media": False}).encode()
    for pause_seconds in PAUSES_SECONDS:
        request = Request(url, data=content, headers={"Content-Type": "application/json"})  # noqa: S310 - the settings allow http and https alone
        try:
            with urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310 - the same
                return
        except HTTPError as error:
            wait = _requested_wait(error, pause_seconds)
            answer = error.read(200).decode(errors="replace").strip()
            error.close()
            if wait is None:
                raise _refused(error.code, answer) from None
        except (OSError, HTTPException, ValueError) as error:
            wait = pause_seconds
            if wait is None or not _was_not_reached(error):
                raise _no_answer(error) from None
        time.sleep(wait)


def _requested_wait(error: HTTPError, pause_seconds: int | None) -> int | None:
    """How long to wait where Slack asks for patience; none where it refuses, or was asked often enough."""
    if error.code != TOO_MANY_REQUESTS or pause_seconds is None:
        return None
    retry_after = error.headers.get("Retry-After", "")
    return int(retry_after) if retry_after.isdigit() else pause_seconds


def _was_not_reached(error: Exception) -> bool:
    """Whether nothing can have been sent: no such host, nobody listening, no trust."""
    reason = error.reason if isinstance(error, URLError) else error
    return isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)


def _refused(status: int, answer: str) -> SlackError:
    if status >= SERVER_ERROR:
        meaning = f"Slack answered with status {status}"
    else:
        word = answer if answer.replace("_", "").isalnum() else f"status {status}"
        meaning = WHAT_TO_DO.get(answer, f"Slack refused it ({word}); check SLACK_WEBHOOK_URL")
    return SlackError(f"Slack: the webhook did not take the message: {meaning}", may_be_there=status >= SERVER_ERROR)


def _no_answer(error: Exception) -> SlackError:
    meaning = f"it did not answer ({type(error).__name__}); check the network, and SLACK_WEBHOOK_URL"
    is_sure = _was_not_reached(error) or isinstance(error, ValueError)
    return SlackError(f"Slack: the webhook did not take the message: {meaning}", may_be_there=not is_sure)
