"""How extracts are read: files and databases become landed Parquet, typed and mapped, nothing lost."""

from __future__ import annotations

from tasks.sources.landed import Landed, SourceError

__all__ = ["Landed", "SourceError"]
