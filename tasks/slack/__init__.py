"""The only place that talks to Slack: a workspace with a bot token, and incoming webhooks."""

from __future__ import annotations

from tasks.slack.operations import tell_operations
from tasks.slack.webhook import post_to_webhook
from tasks.slack.words import Posted, SlackError
from tasks.slack.workspace import FileToShow, Note, Workspace

__all__ = ["FileToShow", "Note", "Posted", "SlackError", "Workspace", "post_to_webhook", "tell_operations"]
