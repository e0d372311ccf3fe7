"""The command `customer-math`: one module a group of commands."""

from __future__ import annotations
