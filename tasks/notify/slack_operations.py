"""What operations is told: that a run was refused or failed, why, and where to look."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any

from tasks.notify.slack_errors import SlackError
from tasks.notify.slack_webhook import post_to_webhook
from tasks.notify.slack_workspace import Note, Workspace
from tasks.reporting.render.slack import inert

if TYPE_CHECKING:
    from config.settings import Settings

SENTENCE_LENGTH = 2_000
"""The longest reason that is told whole, in characters; the run's own page has all of it."""
NO_REASON = "a run ended badly; its log says more"
ADDRESS = re.compile(r"https?://[^\s<>|]+")


def notify_operations(sentence: str, *, settings: Settings, run_url: str | None = None) -> str:
    """Tell the operations channel of a failure or refusal, with a link to the run; says in a sentence what was done.

    It never raises, because it is called where something has failed already: what hinders it is in the sentence it gives back.
    The same sentence of the same run is told once.
    """
    safe_sentence = _without_secrets(sentence, settings) or NO_REASON
    blocks = _blocks(safe_sentence, run_url)
    try:
        if settings.slack_token and settings.slack_operations_channel:
            key = f"operations/{run_url or uuid.uuid4()}/{hashlib.sha256(safe_sentence.encode()).hexdigest()}"
            note = Note(key, text=inert(safe_sentence, length=SENTENCE_LENGTH), blocks=blocks)
            posted = Workspace(settings.slack_token, settings.slack_url).post(settings.slack_operations_channel, note)
            return f"Slack: operations told in {posted.channel}"
        if settings.slack_operations_webhook:
            post_to_webhook(settings.slack_operations_webhook, text=inert(safe_sentence, length=SENTENCE_LENGTH), blocks=blocks)
            return "Slack: operations told through the webhook"
    except SlackError as error:
        return f"Slack: operations could not be told. {error}"
    return (
        "Slack: operations not told, since neither SLACK_OPERATIONS_CHANNEL (with SLACK_BOT_TOKEN) nor SLACK_OPERATIONS_WEBHOOK_URL is set"
    )


def _blocks(sentence: str, run_url: str | None) -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "mrkdwn", "text": inert(sentence, length=SENTENCE_LENGTH), "verbatim": True}
    blocks: list[dict[str, Any]] = [{"type": "section", "text": text}]
    if run_url and ADDRESS.fullmatch(run_url):
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{run_url}|Open the run>", "verbatim": True}]})
    return blocks


def _without_secrets(sentence: str, settings: Settings) -> str:
    """The sentence, should a library have put a secret of ours into it, without it."""
    secrets = (settings.slack_token, settings.slack_webhook, settings.slack_operations_webhook, settings.smtp_url)
    for secret in secrets:
        if secret:
            sentence = sentence.replace(secret, "***")
    return sentence
