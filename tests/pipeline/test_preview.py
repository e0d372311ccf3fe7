"""The preview of a digest: what Slack is told, before or after it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from expectations.verdict import RefusedError
from tasks.preview import preview
from tests.pipeline.slack_server import block_problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def show(shop: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    folder = tmp_path_factory.mktemp("previewed")
    stages = pipelines.read_and_judge(shop(folder / "shop").folder, folder / "home")
    stages.publish("2026-08")
    return lambda period="2026-08", **options: preview(stages.company, period, settings=stages.settings, **options)


def test_a_preview_is_the_blocks_that_slack_takes(show: Callable[..., str]) -> None:
    told = json.loads(show())
    assert block_problems(told["blocks"]) == []
    assert "We brought in 3 customers, but we lost 4." in told["text"]


def test_a_preview_is_text_to_read_where_it_is_asked_for(show: Callable[..., str]) -> None:
    assert show(as_text=True).startswith("We brought in 3 customers, but we lost 4.\n")


@pytest.mark.parametrize(
    ("period", "options", "says"),
    [
        ("2026-07", {}, "2026-07 of shop was not published; publish it: customer-math run --period 2026-07"),
        ("2026-08", {"edition": 7}, "edition 7 of 2026-08 was not published; expected one of 1"),
    ],
)
def test_what_was_not_published_has_no_preview(show: Callable[..., str], period: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        show(period, **options)


def test_the_command_shows_the_blocks_as_they_are(
    show: Callable[..., str], shop: Any, pipelines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    company = shop(tmp_path / "shop").folder
    pipelines.read_and_judge(company, tmp_path / "home").publish("2026-08")
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["customer-math", "preview", "2026-08", "--company", str(company)])
    from flows.cli.main import main

    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert json.loads(capsys.readouterr().out)["blocks"] == json.loads(show())["blocks"]
