"""Where a scorecard comes from, as the workflow engine keeps it: every source extract an asset, the scorecard an asset made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from prefect.assets import Asset, AssetProperties, materialize
from prefect.cache_policies import NO_CACHE

from tasks.steps import inputs_as_given

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prefect.tasks import Task

    from config.company import Company
    from tasks.sources import Landed

Result = TypeVar("Result")
NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]+")


def from_extracts_to_scorecard(task: Task[..., Result], company: Company, landed: Sequence[Landed]) -> Callable[..., Result]:
    """The task, told what it makes of what: the company's scorecard of its source extracts."""
    scorecard = Asset(
        key=_key(company, "scorecard"),
        properties=AssetProperties(name=f"Scorecard of {company.definitions.company}", description="Customers in and out, reconciled"),
    )
    sources = [
        Asset(
            key=_key(company, extract.silo, extract.extract),
            properties=AssetProperties(
                name=f"{extract.silo}: {extract.extract}", description=f"What {extract.silo} exports as {extract.dataset}"
            ),
        )
        for extract in landed
    ]
    decorator = materialize(
        scorecard, asset_deps=list(sources), name=task.name, task_run_name=task.task_run_name, cache_policy=task.cache_policy or NO_CACHE
    )
    return inputs_as_given(decorator(task.fn))


def _key(company: Company, *parts: str) -> str:
    return "customermath://" + "/".join(NOT_IN_A_KEY.sub("-", part) for part in (company.name, *parts))
