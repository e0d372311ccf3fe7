"""The preview of a digest: what Slack is told, before or after it is told."""

from __future__ import annotations

import json
from decimal import Decimal
from shlex import quote
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from expectations.verdict import RefusedError
from tasks.explain import ExplainRequest, explain
from tasks.preview import preview
from tasks.prove import prove
from tests.pipeline.slack_server import block_problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pipeline.golden_edition import GoldenEdition


@pytest.fixture(scope="module")
def show(golden_edition: GoldenEdition, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    folder = tmp_path_factory.mktemp("previewed")
    company, settings = load_company(golden_edition.copied_to(folder).folder), pipelines.settings_in(folder / "home")
    return lambda period="2026-08", **options: preview(company, period, settings=settings, **options)


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
    show: Callable[..., str],
    golden_edition: GoldenEdition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    company = golden_edition.copied_to(tmp_path).folder
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["customer-math", "preview", "2026-08", "--company", str(company)])
    from flows.cli.main import main

    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert json.loads(capsys.readouterr().out)["blocks"] == json.loads(show())["blocks"]


def test_every_line_of_message_and_thread_is_proven_by_its_figures_and_lists_their_customers(
    show: Callable[..., str], golden_edition: GoldenEdition, pipelines: Any, tmp_path: Path
) -> None:
    company, settings = load_company(golden_edition.copied_to(tmp_path).folder), pipelines.settings_in(tmp_path / "home")
    proven = prove(company, "2026-08", settings=settings)
    assert "\n".join(each.line for each in proven if not each.is_in_thread) == show(as_text=True)
    below = [each for each in proven if each.is_in_thread]
    thread = (tmp_path / "home" / "shop" / "scorecards" / "2026-08").glob("*/thread.txt")
    assert "\n".join(each.line for each in below) == next(thread).read_text(encoding="utf-8").rstrip()
    *of_figures, data, _note, _other_note, origin = below
    assert (data.line.startswith("Data to "), origin.line.startswith("Edition 1, ")) == (True, True)
    assert [each.line for each in of_figures if not each.figures] == []
    headline = proven[0]
    assert [(figure.label, figure.value) for figure in headline.figures] == [("Customers in", "3"), ("Customers out", "4")]
    assert headline.figures[1].command == f"customer-math explain 2026-08 customers_out --company {company.folder}"
    retention = {figure.label: figure.value for figure in proven[1].figures}
    assert (retention["Customers at opening"], retention["Customers at opening, 2026-07"]) == ("8", "5")
    before = next(figure for figure in proven[1].figures if figure.label == "Customers at opening, 2026-07")
    assert before.before == f"customer-math run --period 2026-07 --no-slack --company {company.folder}"
    assert before.command == f"customer-math explain 2026-07 opening_customers --company {company.folder}"
    assert {figure.before for figure in headline.figures} == {""}
    with pytest.raises(RefusedError, match="2026-07 of shop was not published; published periods: 2026-08"):
        prove(company, "2026-07", settings=settings)


def test_every_command_of_the_own_period_lists_as_many_as_the_figure_says(
    golden_edition: GoldenEdition, pipelines: Any, tmp_path: Path
) -> None:
    company, settings = load_company(golden_edition.copied_to(tmp_path).folder), pipelines.settings_in(tmp_path / "home")
    figures = {figure for sentence in prove(company, "2026-08", settings=settings, edition=1) for figure in sentence.figures}
    listed = 0
    for figure in figures:
        name = figure.name
        if name.period == "2026-08":
            group, part = (
                f"{by}={one}" if by != "all" else None for by, one in ((name.segment_by, name.segment), (name.split_by, name.split))
            )
            found = explain(company, ExplainRequest(name.period, name.measure, group, 1, part), settings=settings, rows_count=100)
            total = sum(Decimal(str(row[-1])) for row in found.rows)
            assert f"{abs(total):,}" in figure.value or f"{abs(total):,.2f}" in figure.value, figure
            assert figure.value.startswith("-") is (total < 0)
            assert f" --edition 1 --company {company.folder}" in figure.command
            assert (f" --part {quote(str(part))}" in figure.command) is (part is not None)
            listed += 1
    assert listed > 10
