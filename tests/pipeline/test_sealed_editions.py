"""What was published stays as it was: a seal that any change breaks, a replay that says what differs, and keeping what it needs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.company import load_company
from config.restatement_settings import Keeping
from expectations.verdict import RefusedError
from flows.cli.published import edition_history
from flows.replay import replay
from flows.restate import restate_published
from flows.stages import PipelineContext, computed_run
from tasks.customer_math.ledger.periods import period_named
from tasks.replay import compare
from tasks.store.edition_log import confirm_edition
from tasks.store.editions import code_fingerprint, edition_of, editions, published_periods, seal_of
from tasks.store.engine import Home
from tasks.store.locks import exclusive_lock
from tasks.tidy import forget_computed, tidy_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flows.stages import Run
    from tests.pipeline.golden_edition import GoldenEdition

PERIOD = "2026-08"


@dataclass(frozen=True)
class Made:
    """August of the small company's shop, published once."""

    folder: Path
    home: Path
    stages: Any
    settings: Any

    @property
    def scorecards(self) -> Path:
        return self.home / "shop" / "scorecards"

    @property
    def edition(self) -> Path:
        return self.scorecards / PERIOD / "edition-1"

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.edition / "manifest.json").read_text(encoding="utf-8"))

    def write_manifest(self, content: dict[str, Any]) -> None:
        (self.edition / "manifest.json").write_text(json.dumps(content), encoding="utf-8")

    def replay(self, **asked: Any) -> Any:
        return replay(load_company(self.folder), PERIOD, settings=self.settings, **{"edition": None, **asked})

    def run_of_september(self, code: str) -> Run:
        """A run of the next month, by other code, that has computed it and restates what was published."""
        home, as_of = Home.of(self.settings, "shop"), datetime(2026, 10, 1, 6, tzinfo=UTC)
        context = PipelineContext(load_company(self.folder), self.settings, home, as_of, code)
        september = period_named("2026-09", context.company.definitions.calendar)
        return computed_run(context, september, tuple(self.stages.accepted.values()))


@pytest.fixture(scope="module")
def published(golden_edition: GoldenEdition, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("sealed")
    company = golden_edition.copied_to(folder, only=["customers", "orders"]).folder
    stages = pipelines.read_and_validate(company, folder / "home")
    return Made(company, folder / "home", stages, pipelines.settings_in(folder / "home"))


@pytest.fixture
def made(published: Made, pipelines: Any, tmp_path: Path) -> Made:
    """The same in a place of its own, to be tampered with."""
    shutil.copytree(published.home, tmp_path / "home")
    settings = pipelines.settings_in(tmp_path / "home")
    return replace(published, home=tmp_path / "home", settings=settings)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as told:
        act()
    return str(told.value)


def test_an_edition_says_what_it_rests_on_and_seals_it(made: Made) -> None:
    content = made.manifest()
    assert [each["extract"] for each in content["landed"]] == ["customers", "orders"]
    assert all((made.home / "shop" / each["path"]).is_file() for each in content["landed"])
    assert set(content["files"]) >= {"scorecard.xlsx", "figures.csv", "company/definitions.yaml", "company/sources.yaml"}
    assert content["plan"]["trend"][-1] == PERIOD
    assert content["seal"] == seal_of(content)


def test_an_edition_computed_again_elsewhere_is_identical(made: Made) -> None:
    replayed = made.replay()
    assert replayed.differences == ()
    assert replayed.sentence.startswith(
        f"Edition 1 of {PERIOD}, computed again from its landed extracts by its definitions, is identical: "
    )


@pytest.mark.parametrize("change", [{"headline": "We lost nobody."}, {"previous_seal": "0"}, {"data_through": "2026-10-01"}])
def test_a_changed_manifest_is_told_and_nothing_is_lost(made: Made, change: dict[str, Any]) -> None:
    made.write_manifest(made.manifest() | change)
    message = refused(made.replay)
    assert message.startswith(f"{made.edition / 'manifest.json'}: was changed after it was published: its seal does not hold; what was")
    paragraphs, is_whole = edition_history(load_company(made.folder), PERIOD, settings=made.settings)
    assert not is_whole
    assert "Not as it was published: " in paragraphs[1]
    assert (made.edition / "scorecard.xlsx").is_file()


def test_another_layout_of_the_same_manifest_breaks_no_seal(made: Made) -> None:
    made.write_manifest(made.manifest())
    assert made.replay().differences == ()


def test_a_manifest_without_a_seal_or_that_cannot_be_read_is_told(made: Made) -> None:
    made.write_manifest(made.manifest() | {"seal": ""})
    assert "manifest.json: expected a seal, found none; " in refused(made.replay)
    (made.edition / "manifest.json").write_text("{", encoding="utf-8")
    assert "manifest.json: expected the manifest as it was published, found one that is damaged or of another version" in refused(
        made.replay
    )


def test_every_other_file_of_an_edition_is_sealed_too(made: Made) -> None:
    with (made.edition / "figures.csv").open("a", encoding="utf-8") as file:
        file.write("2026-08,all,all,customers_out,0\n")
    (made.edition / "digest.txt").unlink()
    message = refused(made.replay)
    assert f"{made.edition / 'figures.csv'}: was changed after it was published: expected SHA-256 " in message
    assert f"{made.edition / 'digest.txt'}: was published, and is no longer there; " in message


def test_a_run_notes_a_published_period_that_was_tampered_with_and_goes_on(made: Made) -> None:
    made.write_manifest(made.manifest() | {"headline": "We lost nobody.", "code_fingerprint": "another"})
    restated, notes = restate_published(made.run_of_september("code"))
    assert restated == ()
    assert notes[0].startswith(f"August 2026 was published and could not be compared with what is known now: {made.edition}")


def test_a_period_that_another_run_is_publishing_is_left_to_it(made: Made) -> None:
    run = made.run_of_september("other code")
    with exclusive_lock(run.context.home.lock(PERIOD), what=PERIOD, started_at=run.context.as_of, waits=False):
        restated, notes = restate_published(run)
    assert restated == ()
    assert f"{PERIOD} of {run.context.company.name} is being published by process {os.getpid()} on " in notes[0]


def test_what_differs_is_said_to_the_figure(made: Made, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(made.edition, again)
    table = pq.read_table(again / "figures.parquet").to_pandas()
    table.loc[table.index[:7], "value"] += 1
    schema = pq.read_schema(made.edition / "figures.parquet")
    pq.write_table(pa.Table.from_pandas(table.iloc[:-1], schema), again / "figures.parquet")
    moved = pq.read_table(again / "movements.parquet")
    pq.write_table(moved.drop_columns(["reason_code"]), again / "movements.parquet")
    replayed = compare(edition_of(made.scorecards / PERIOD, 1), again, code="another", settings=made.settings)
    said = "\n".join(replayed.differences)
    assert "movements.parquet: there only then: column reason_code" in said
    assert said.count("figures.parquet: another value now: ") == 6  # five by name, and how many more
    assert "figures.parquet: another value now: 2 more" in said
    assert said.count("figures.parquet: there only then: ") == 1
    assert replayed.sentence.endswith(f" The code has changed since ({made.manifest()['code_fingerprint'][:12]}, now another).")


def test_the_same_figures_in_other_bytes_are_told(made: Made, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(made.edition, again)
    (again / "figures.csv").write_text("period\n", encoding="utf-8")
    replayed = compare(edition_of(made.scorecards / PERIOD, 1), again, code="another", settings=made.settings)
    assert replayed.differences == ("figures.csv: the same figures, written in other bytes",)


def test_an_edition_that_was_not_published_is_told_with_those_that_were(made: Made) -> None:
    assert refused(lambda: made.replay(edition=4)) == f"edition 4: {PERIOD} has editions 1"
    company = load_company(made.folder)
    message = refused(lambda: replay(company, "2026-07", edition=None, settings=made.settings))
    assert message == f"2026-07 was not published; published periods: {PERIOD}"
    assert published_periods(made.home / "nowhere") == []


def test_what_an_edition_needs_is_kept_and_the_rest_is_removed_once_it_is_old(made: Made) -> None:
    home, now = Home.of(made.settings, "shop"), datetime(2026, 11, 2, tzinfo=UTC)
    unneeded = home.landed("orders", "f" * 64)
    shutil.copyfile(home.folder / made.manifest()["landed"][1]["path"], unneeded)
    (home.folder / "then" / "2026-08-01" / "ledger").mkdir(parents=True)
    for path in home.folder.rglob("*"):
        os.utime(path, (0, 0))
    trial = tidy_up(home, Keeping(), now=now, is_trial=True)
    assert unneeded.exists()
    assert trial.sentence.endswith("would be removed; 2 landed extracts stay, since editions rest on them")
    tidied = tidy_up(home, Keeping(), now=now)
    assert (tidied.removed, tidied.is_done) == (trial.removed, True)
    assert not unneeded.exists()
    assert [list((home.folder / name).glob("*/*")) for name in ("accepted", "ledger", "then")] == [[], [], []]
    assert made.replay().differences == ()


def test_nothing_that_was_computed_outlives_a_rebuild(made: Made) -> None:
    home = Home.of(made.settings, "shop")
    landed = sorted((home.folder / "landed").rglob("*.parquet"))
    computed = sorted((home.folder / "ledgers").iterdir())
    assert computed
    now = datetime.now(UTC)
    with exclusive_lock(home.lock("2026-W38"), what="it", started_at=now, waits=False), pytest.raises(RefusedError, match="W38 of shop is"):
        forget_computed(home, now=now, waits=False)
    assert sorted((home.folder / "ledgers").iterdir()) == computed
    sentence = forget_computed(home, now=now, waits=False)
    assert sentence.endswith(" MB removed; everything is computed from the extracts")
    assert [list((home.folder / name).glob("*/*.parquet")) for name in ("accepted", "ledger")] == [[], []]
    assert list((home.folder / "ledgers").iterdir()) == []
    assert sorted((home.folder / "landed").rglob("*.parquet")) == landed
    assert made.replay().differences == ()


def test_what_is_young_is_kept_whoever_needs_it(made: Made) -> None:
    home = Home.of(made.settings, "shop")
    tidied = tidy_up(home, Keeping(), now=datetime.now(UTC))
    assert tidied.removed == ()
    assert tidied.sentence.startswith("0 kept items of 0.0 MB removed; ")


def test_an_edition_whose_extracts_are_no_longer_kept_says_so(made: Made) -> None:
    home = Home.of(made.settings, "shop")
    second = made.manifest() | {"edition": 2, "landed": [], "previous_seal": made.manifest()["seal"]}
    shutil.copytree(made.edition, made.edition.with_name("edition-2"))
    (made.edition.with_name("edition-2") / "manifest.json").write_text(json.dumps(second | {"seal": seal_of(second)}), encoding="utf-8")
    confirm_edition(home, editions(made.scorecards / PERIOD)[-1])
    for path in home.folder.rglob("*"):
        os.utime(path, (0, 0))
    tidy_up(home, Keeping(), now=datetime(2026, 11, 2, tzinfo=UTC) + timedelta(days=4 * 366))
    message = refused(lambda: made.replay(edition=1))
    assert message.startswith(
        f"edition 1 of {PERIOD}: expected its landed extracts, found that these are no longer kept: customers (landed/"
    )
    assert "`keeping.replay_years` in definitions.yaml says how long" in message
    assert len(editions(made.scorecards / PERIOD)) == 2


def test_the_code_of_an_edition_is_the_code_that_published_it(made: Made) -> None:
    from config.settings import PROJECT_FOLDER

    assert made.manifest()["code_fingerprint"] == code_fingerprint(PROJECT_FOLDER)


def test_a_change_below_the_companys_limits_is_told_and_recast_when_it_is_asked_for(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    limits = {"settled_days": 100, "material_heads_rate": 1, "material_value_rate": 1}
    company = shop(tmp_path / "shop", only=["customers", "orders"], definitions={"restatements": limits})
    home = tmp_path / "home"
    pipelines.read_and_validate(company.folder, home).publish(PERIOD)
    company.change("orders.csv", "100.00", "101.00")
    stages = pipelines.read_and_validate(company.folder, home)
    told = pq.read_table(stages.publish("2026-09").folder / "restatements.parquet").to_pylist()
    assert {(row["period"], row["edition_to"], row["cause"]) for row in told} == {(PERIOD, None, "corrected row")}
    assert len(editions(home / "shop" / "scorecards" / PERIOD)) == 1
    recast = pq.read_table(stages.publish(PERIOD).folder / "restatements.parquet").to_pylist()
    assert {(row["period"], row["edition_to"], row["cause"]) for row in recast} == {(PERIOD, 2, "corrected row")}
    (closing,) = (row for row in recast if (row["measure"], row["segment_by"], row["split_by"]) == ("closing_amount", "all", "all"))
    assert (closing["difference"], closing["cause_difference"], closing["customers_count"]) == (1, 1, 1)
