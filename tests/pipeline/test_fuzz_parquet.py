"""Parquet files, damaged in bytes, footers and types: accounted for, or refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.fuzzing.campaign import Campaign

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("half", [0, 1])
def test_damaged_parquet_files_are_accounted_for_or_refused_in_words(half: int, tmp_path: Path, pipelines: Any, fuzz_count: Any) -> None:
    settings = pipelines.settings_in(tmp_path / "home", threads=1)
    campaign = Campaign("parquet", tmp_path, settings).run(fuzz_count(100)[half::2])
    assert not campaign.has_problems, campaign.report()
