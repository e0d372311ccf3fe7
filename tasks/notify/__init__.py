"""Who is told of an edition: Slack, webhooks and e-mail, each once."""

from __future__ import annotations
