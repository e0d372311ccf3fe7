"""The demo company: invented, deterministic extracts of three silos."""

from __future__ import annotations

from tasks.sample.write import Sample, write_sample

__all__ = ["Sample", "write_sample"]
