"""Damaged files and hostile folders through the real command: an exit status that says why, a few words, nothing half written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.environments import own_environment
from tests.pipeline.fuzzing.boundary import BLAMES_THE_MACHINE, REFUSED, Shop
from tests.pipeline.fuzzing.damages import case
from tests.pipeline.fuzzing.folders import hostile_folder
from tests.pipeline.fuzzing.hostile_values import OUTSIDE, SECRET, VARIABLE
from tests.pipeline.fuzzing.orders import FORMATS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSION = Path(__file__).with_name("fuzz_session.py")
PATIENCE_SECONDS = 900
OF_EVERY_DAY, BY_HAND = 8, 30


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, pipelines: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """How every company's two commands ended."""
    folder = tmp_path_factory.mktemp("commands")
    companies = list(_companies(folder, pipelines, BY_HAND if request.config.option.fuzz_count else OF_EVERY_DAY))
    environment = own_environment() | {"CUSTOMER_MATH_HOME": str(folder / "home"), VARIABLE: SECRET}
    command = [sys.executable, str(SESSION), str(folder / "outcome.json"), *map(str, companies)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    assert list((folder / "home").rglob("*.partial")) == []
    return json.loads((folder / "outcome.json").read_text(encoding="utf-8"))


def _companies(folder: Path, pipelines: Any, count: int) -> Iterator[Path]:
    outside = folder / "outside.txt"
    outside.write_text(OUTSIDE, encoding="utf-8")
    for number in range(count):
        if number % 2:
            hostile = hostile_folder(9_000 + number)
            hostile.write(folder / f"hostile-{number}", outside)
            yield folder / f"hostile-{number}"
        else:
            kind = list(FORMATS)[number // 2 % len(FORMATS)]
            shop = Shop(folder / f"damaged-{number}", pipelines.settings_in(folder / "home"))
            shop.declare(f"orders{FORMATS[kind].suffix}")
            (shop.folder / f"orders{FORMATS[kind].suffix}").write_bytes(case(kind, 9_000 + number).content)
            yield shop.folder


def test_the_command_ends_with_a_status_that_says_why(outcomes: dict[str, Any]) -> None:
    others = {
        f"{company} {verb}": outcome
        for company, verbs in outcomes.items()
        for verb, outcome in verbs.items()
        if outcome["status"] not in (0, *REFUSED)
    }
    assert others == {}


def test_the_command_shows_neither_secrets_nor_cells_and_blames_nothing_else(outcomes: dict[str, Any]) -> None:
    never = (SECRET, OUTSIDE, *SECRETS, *BLAMES_THE_MACHINE)
    said = {f"{company} {verb}": outcome["said"] for company, verbs in outcomes.items() for verb, outcome in verbs.items()}
    assert [(what, word) for what, words in said.items() for word in never if word in words] == []
