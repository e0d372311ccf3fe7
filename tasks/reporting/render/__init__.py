"""How blocks look in Excel, Slack, HTML and as a picture."""

from __future__ import annotations
