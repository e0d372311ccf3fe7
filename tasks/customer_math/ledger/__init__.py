"""From records to one row a customer and period: spells, movements and value."""

from __future__ import annotations
