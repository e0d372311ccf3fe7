"""One home, one company: who may use what was published, how a moved folder goes on, and how an old home gets its log."""

from __future__ import annotations

import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from expectations.verdict import RefusedError
from tasks.store.edition_checks import read_history
from tasks.store.edition_log import log_path, read_log
from tasks.store.editions import Manifest, seal_of
from tasks.store.homes import CARD, HomeCard, adopt, home_of

if TYPE_CHECKING:
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from tasks.store.engine import Home

PERIOD = "2026-08"


@pytest.fixture
def settings(pipelines: Any, tmp_path: Path) -> Settings:
    return pipelines.settings_in(tmp_path / "home")


@pytest.fixture
def company(shop: Any, tmp_path: Path) -> Company:
    return load_company(shop(tmp_path / "north" / "shop", only=["customers", "orders"]).folder)


@pytest.fixture
def namesake(shop: Any, tmp_path: Path) -> Company:
    return load_company(shop(tmp_path / "south" / "shop", only=["customers", "orders"]).folder)


def refused(company: Company, settings: Settings) -> str:
    with pytest.raises(RefusedError) as told:
        home_of(company, settings)
    return str(told.value)


def write_edition(home: Home, number: int, *, previous_seal: str = "", **said: Any) -> str:
    """An edition as it was published before there was a log."""
    content = {
        "company": "Corner Shop (made up)",
        "period": PERIOD,
        "edition": number,
        "headline": "We lost nobody.",
        "inputs": [],
        "definitions_fingerprint": "d",
        "code_version": "0",
        "code_fingerprint": "c",
        "figures_fingerprint": "f",
        "as_of": "2026-11-01T12:00:00Z",
        "data_through": "2026-09-30",
        "published_at": "2026-11-01T12:00:00Z",
        "files": {},
        "previous_seal": previous_seal,
        **said,
    }
    folder = home.scorecards(PERIOD) / f"edition-{number}"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({**content, "seal": seal_of(content)}), encoding="utf-8")
    return seal_of(content)


@pytest.fixture
def old(company: Company, settings: Settings) -> Home:
    """A home from before there was a log: two editions, one of which Slack was told of."""
    home = home_of(company, settings)
    (home.folder / CARD).unlink()
    write_edition(home, 2, previous_seal=write_edition(home, 1))
    (home.scorecards(PERIOD) / "posted").mkdir()
    (home.scorecards(PERIOD) / "posted" / "C0BASE0001.json").write_text("{}", encoding="utf-8")
    return home


def test_a_home_is_of_the_folder_that_used_it_first(company: Company, settings: Settings) -> None:
    home = home_of(company, settings)
    assert home.folder == settings.home / "shop"
    assert json.loads((home.folder / CARD).read_text(encoding="utf-8"))["company_folder"] == str(company.folder)
    assert home_of(company, settings) == home


def test_another_folder_of_the_same_name_is_refused_with_both_and_what_to_do(
    company: Company, namesake: Company, settings: Settings
) -> None:
    home_of(company, settings)
    assert refused(namesake, settings) == (
        f"{settings.home / 'shop'}: belongs to the company in {company.folder}, found another one of the same name in {namesake.folder}: "
        "its editions would be mixed with theirs. Rename one of the two folders, or set CUSTOMER_MATH_HOME to another folder; if it is "
        "the same company and its folder was moved: customer-math adopt --company PATH"
    )


def test_the_same_name_under_another_home_is_nobodys(company: Company, namesake: Company, settings: Settings, tmp_path: Path) -> None:
    home_of(company, settings)
    assert home_of(namesake, replace(settings, home=tmp_path / "another")).folder == tmp_path / "another" / "shop"


def test_a_link_to_the_folder_is_the_folder(company: Company, settings: Settings, tmp_path: Path) -> None:
    home_of(company, settings)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "shop").symlink_to(company.folder)
    assert home_of(load_company(tmp_path / "linked" / "shop"), settings).folder == settings.home / "shop"


def test_two_first_runs_at_once_agree_whose_home_it_is(company: Company, namesake: Company, settings: Settings) -> None:
    def used(one: Company) -> Path | None:
        try:
            return home_of(one, settings) and one.folder
        except RefusedError:
            return None

    with ThreadPoolExecutor(max_workers=8) as at_once:
        users = set(at_once.map(used, [company, namesake] * 20)) - {None}
    card = HomeCard.model_validate_json((settings.home / "shop" / CARD).read_bytes())
    assert {str(folder) for folder in users} == {card.company_folder}


def test_a_moved_folder_goes_on_once_it_is_adopted(company: Company, settings: Settings, tmp_path: Path) -> None:
    home = home_of(company, settings)
    moved_to = tmp_path / "moved" / "shop"
    moved_to.parent.mkdir()
    company.folder.rename(moved_to)
    moved = load_company(moved_to)
    assert "customer-math adopt" in refused(moved, settings)
    assert adopt(moved, settings) == f"{home.folder}: belonged to the company in {company.folder}, and goes on with {moved_to}"
    assert home_of(moved, settings) == home
    assert adopt(moved, settings) == f"{home.folder}: belongs to the company in {moved_to}; nothing to do"


def test_a_copy_of_a_folder_that_is_still_there_is_not_adopted(company: Company, namesake: Company, settings: Settings) -> None:
    home_of(company, settings)
    with pytest.raises(RefusedError, match=r"expected that it was moved to .*/south/shop, found that it is still there: two companies"):
        adopt(namesake, settings)
    home_of(company, settings)


def test_a_home_that_nobody_used_needs_no_adoption(company: Company, settings: Settings) -> None:
    assert adopt(company, settings).endswith("; nothing to do")


def test_a_card_that_cannot_be_read_is_refused(company: Company, settings: Settings) -> None:
    path = home_of(company, settings).folder / CARD
    path.write_text("{", encoding="utf-8")
    assert refused(company, settings).startswith(f"{path}: expected whose home it is, found something else")


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--period", PERIOD],
        ["rebuild", "--period", PERIOD],
        ["backfill", PERIOD, PERIOD],
        *(["explain", PERIOD, "customers_out"], ["bridge", PERIOD, "sales"], ["editions", PERIOD], ["replay", PERIOD], ["preview", PERIOD]),
        *(["tidy"], ["lapse-window"], ["presets", PERIOD]),
    ],
    ids=lambda command: command[0],
)
def test_no_command_uses_a_home_of_another_company(
    command: list[str],
    company: Company,
    namesake: Company,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flows.cli.main import main

    home = home_of(company, settings)
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(settings.home))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setattr("sys.argv", ["customer-math", *command, "--company", str(namesake.folder)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert f"belongs to the company in {company.folder}, found another one of the same name" in capsys.readouterr().err
    assert {path.name for path in home.folder.iterdir()} <= {CARD, "locks"}


def test_an_old_home_gets_its_log_once_with_a_line_of_log(
    old: Home, company: Company, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="tasks"):
        home_of(company, settings)
        home_of(company, settings)
    assert caplog.messages.count(f"{PERIOD} was published before there was a log of it: 2 editions taken into one") == 1
    assert [(each.edition, each.state) for each in read_log(old, PERIOD).anchors] == [(1, "published"), (2, "published")]
    assert read_history(old, PERIOD).findings == ()
    assert [path.name for path in (old.delivery(PERIOD) / "posted").iterdir()] == ["C0BASE0001.json"]
    assert not (old.scorecards(PERIOD) / "posted").exists()


def test_a_log_that_is_taken_away_is_not_made_again(old: Home, company: Company, settings: Settings) -> None:
    home_of(company, settings)
    log_path(old, PERIOD).unlink()
    home_of(company, settings)
    assert not log_path(old, PERIOD).exists()
    assert len(read_history(old, PERIOD).findings) == 2


def test_editions_that_had_a_log_get_none_though_the_card_is_gone_too(company: Company, settings: Settings) -> None:
    home = home_of(company, settings)
    write_edition(home, 1, company_folder="shop")
    (home.folder / CARD).unlink()
    home_of(company, settings)
    assert not log_path(home, PERIOD).exists()
    assert len(read_history(home, PERIOD).findings) == 1


def test_an_old_period_that_was_tampered_with_gets_its_log_when_it_is_as_it_was(
    old: Home, company: Company, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.move(old.scorecards(PERIOD) / "edition-1", tmp_path / "aside")
    home_of(company, settings)
    assert f"{PERIOD} was published before there was a log of it, and is not taken into one yet:" in caplog.text
    assert read_history(old, PERIOD).findings != ()
    shutil.move(tmp_path / "aside", old.scorecards(PERIOD) / "edition-1")
    home_of(company, settings)
    assert read_history(old, PERIOD).findings == ()


def test_an_old_manifest_says_nothing_of_its_folder(old: Home) -> None:
    content = (old.scorecards(PERIOD) / "edition-1" / "manifest.json").read_bytes()
    assert Manifest.model_validate_json(content).company_folder == ""
