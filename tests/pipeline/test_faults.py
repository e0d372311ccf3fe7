"""Killed at any instant and run again: identical figures, one edition, one message, no half file, nothing left lying about."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.fault_harness import PERIOD, STAGES, Runner, Scene, figures_in, kill_again_and_again, problems_of, runners
from tests.pipeline.slack_server import slack_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipeline.golden_edition import GoldenEdition

EXTRACTS = ("customers", "orders", "departures")
KILLS = int(os.environ.get("CUSTOMER_MATH_KILLS") or 10)
"""How many runs are killed; CUSTOMER_MATH_KILLS=60, or 1000, for more."""
SEED = int(os.environ.get("CUSTOMER_MATH_KILLS_SEED") or 20260838)
STAGES_OF_A_CORRECTION = ("publish", "tasks")
"""Where an edition that follows another is killed; the stages before do the same for the first."""
KILLS_BY_CHANCE = 2
"""At whatever instant, when the first edition is there."""
KILLS_IN_A_SCENE = len(STAGES) + len(STAGES_OF_A_CORRECTION) + KILLS_BY_CHANCE
CORRECTION = ("orders.csv", "3,c01,2026-08-10,100.00", "3,c01,2026-08-10,101.00")
Figures = list[dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """Two processes that fork runs, the figures that come out when nothing is killed, and how to set a new scene."""

    runners: tuple[Runner, ...]
    shop: Any
    folder: Path
    as_they_are: Figures
    corrected: Figures

    def company(self, name: str) -> Any:
        return self.shop(self.folder / name / "shop", only=EXTRACTS)


@pytest.fixture(scope="module")
def stage(shop: Any, golden_edition: GoldenEdition, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("faults")
    with runners(folder, count=2) as two:
        company = golden_edition.copied_to(folder / "reference", only=EXTRACTS)
        company.change(*CORRECTION)
        scene = Scene(company.folder, folder / "reference", None)
        assert two[0].run(scene).status == 0, scene.attempts[-1].said
        first, second = (figures_in(edition) for edition in scene.editions)
        assert first != second
        yield Stage(two, shop, folder, first, second)


def played(stage: Stage, number: int) -> tuple[Scene, list[str]]:
    """One scene: killed again and again, corrected, killed again and again; and whatever is not as it should be."""
    chance, of_scene = Random(SEED + number), stage.runners[number % 2]
    company = stage.company(f"scene-{number}")
    with slack_server() as slack:
        slack.knows_messages_again = number % 3 == 0
        scene = Scene(company.folder, company.folder.parent, slack)
        kill_again_and_again(of_scene, scene, chance=chance, stages=STAGES)
        problems = problems_of(scene, editions={1: stage.as_they_are})
        company.change(*CORRECTION)
        kill_again_and_again(of_scene, scene, chance=chance, stages=STAGES_OF_A_CORRECTION, by_chance_count=KILLS_BY_CHANCE)
        problems += problems_of(scene, editions={1: stage.as_they_are, 2: stage.corrected})
    return scene, problems


def test_whenever_runs_are_killed_running_again_ends_as_if_nothing_had_happened(stage: Stage) -> None:
    scenes_count = -(-KILLS // KILLS_IN_A_SCENE)
    with ThreadPoolExecutor(max_workers=len(stage.runners)) as at_once:
        outcomes = list(at_once.map(lambda number: played(stage, number), range(scenes_count)))
    assert [f"scene {number}: {problem}" for number, (_, problems) in enumerate(outcomes) for problem in problems] == []
    killed = Counter(attempt.stage for scene, _ in outcomes for attempt in scene.attempts if attempt.was_killed)
    assert sum(killed.values()) >= KILLS
    assert set(killed) >= {"start", "extract", "validate", "assemble", "measure", "publish"}, killed


def test_two_runs_of_one_period_at_once_make_one_edition_and_one_message(stage: Stage) -> None:
    company = stage.company("at-once")
    with slack_server() as slack:
        scenes = [Scene(company.folder, company.folder.parent, slack) for _ in stage.runners]
        with ThreadPoolExecutor(max_workers=2) as at_once:
            attempts = list(
                at_once.map(
                    lambda pair: pair[0].run(pair[1], log=f"{company.folder.parent}/{id(pair[1])}.log"),
                    zip(stage.runners, scenes, strict=True),
                )
            )
        assert [attempt.status for attempt in attempts] == [0, 0], attempts
        # Whoever asks in the instant before the other has written who it is, is told of "another run".
        waited = [attempt for attempt in attempts if "is being published by" in attempt.said]
        assert len(waited) == 1
        assert "edition 1 was told before" in waited[0].said
        assert problems_of(scenes[0], editions={1: stage.as_they_are}) == []


def test_two_periods_at_once_do_not_disturb_each_other(stage: Stage) -> None:
    company = stage.company("two-periods")
    scene = Scene(company.folder, company.folder.parent, None)
    with ThreadPoolExecutor(max_workers=2) as at_once:
        attempts = list(at_once.map(lambda pair: pair[0].run(scene, pair[1]), zip(stage.runners, (PERIOD, "2026-07"), strict=True)))
    assert [attempt.status for attempt in attempts] == [0, 0], attempts
    assert problems_of(scene, editions={1: stage.as_they_are}) == []
    assert len(list((scene.home / "shop" / "scorecards" / "2026-07").glob("edition-1/manifest.json"))) == 1
