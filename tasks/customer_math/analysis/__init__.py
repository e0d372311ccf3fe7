"""What is asked of the ledger beside its figures: lapse window, counting rules, restatements, steadiness."""

from __future__ import annotations
