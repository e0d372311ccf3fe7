"""The demo company: invented, deterministic extracts of three silos, and the truth that a scorecard of them must find."""

from __future__ import annotations

from tasks.sample.write import SampleTruth, write_sample

__all__ = ["SampleTruth", "write_sample"]
