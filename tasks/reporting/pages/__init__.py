"""What each page says: blocks made from figures, without a renderer."""

from __future__ import annotations
