"""Where tables, ledgers and editions are kept, and the engine that reads and writes them."""

from __future__ import annotations
