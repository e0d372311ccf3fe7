"""What judging an extract takes: the extract with its rules, its rows in the engine, and what became of them."""

from __future__ import annotations
