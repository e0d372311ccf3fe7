"""What a ledger says on one subject: renewals, reasons, value groups, cohorts and the like."""

from __future__ import annotations
