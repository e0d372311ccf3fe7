"""Nothing that was published is changed unnoticed: every way to tamper with a period's editions is named, and nobody is told of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from expectations.verdict import RefusedError
from flows.cli.published import edition_history
from flows.replay import replay
from tasks.explain import ExplainRequest, explain
from tasks.preview import preview
from tasks.publish import announce_edition
from tasks.store.edition_checks import checked_editions, read_history
from tasks.store.edition_log import Anchor, claim_edition, confirm_edition, log_path, read_log, write_log
from tasks.store.editions import Manifest, editions, read_edition, seal_of, sealed
from tasks.store.engine import Home
from tests.pipeline.slack_server import CHANNEL, TOKEN, slack_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.publish import Published
    from tests.pipeline.golden_edition import GoldenEdition

PERIOD, OTHER = "2026-08", "2026-07"
NO_LONGER_THERE, NOT_PUBLISHED = "was published at 2026-11-01T12:00:00+00:00, and is no longer there", "was not published; move it away"
OTHER_SEAL, NOT_IN_THE_LOG = "is another edition than the one that was published", "in the log of what was published, found that it is not"
NOT_THE_NEXT, CHANGED = "does not follow edition", "was changed after it was published"


@dataclass(frozen=True)
class Scene:
    """A home with three editions of August and one of July, as they were published."""

    stages: Any
    published: Published
    settings: Any

    @property
    def home(self) -> Home:
        return Home(self.settings.home / "shop")

    @property
    def company(self) -> Any:
        return self.stages.company

    def edition(self, number: int, period: str = PERIOD) -> Path:
        return self.home.scorecards(period) / f"edition-{number}"

    def findings(self, period: str = PERIOD) -> list[str]:
        return [each.sentence for each in read_history(self.home, period).findings]


def publish_copy(home: Home, period: str, number: int, *, of: Path) -> None:
    """The next edition of a period with the files of another one, published as publishing does it."""
    folder, before = home.scorecards(period) / f"edition-{number}", editions(home.scorecards(period))
    folder.parent.mkdir(exist_ok=True)
    shutil.copytree(of, folder)
    changed = {"period": period, "edition": number, "previous_seal": before[-1].manifest.seal if before else ""}
    claim_edition(home, seal_anew(folder, **changed))
    confirm_edition(home, read_edition(folder, number))


def seal_anew(folder: Path, **changed: Any) -> Manifest:
    """Write an edition's manifest, changed, with the seal that our own functions give it."""
    path = folder / "manifest.json"
    manifest = Manifest.model_validate_json(path.read_bytes()).model_copy(update=changed)
    path.unlink()
    whole = sealed(manifest, folder)
    path.write_text(whole.model_dump_json(indent=2), encoding="utf-8")
    return whole


@pytest.fixture(scope="module")
def as_published(golden_edition: GoldenEdition, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Published]:
    folder = tmp_path_factory.mktemp("history")
    company = golden_edition.copied_to(folder, only=["customers", "orders"]).folder
    stages = pipelines.read_and_validate(company, folder / "home")
    published = stages.publish(PERIOD)
    for period, number in ((PERIOD, 2), (PERIOD, 3), (OTHER, 1)):
        publish_copy(stages.home, period, number, of=published.folder)
    return stages, published


@pytest.fixture
def scene(as_published: tuple[Any, Published], pipelines: Any, tmp_path: Path) -> Scene:
    """The same in a place of its own, to be tampered with."""
    stages, published = as_published
    shutil.copytree(stages.home.folder, tmp_path / "home" / "shop")
    settings = pipelines.settings_in(tmp_path / "home")
    home = Home(settings.home / "shop")
    there = replace(published, folder=home.scorecards(PERIOD) / "edition-3", edition=3)
    return Scene(replace(stages, context=replace(stages.context, settings=settings, home=home)), there, settings)


def swap(scene: Scene) -> None:
    aside = scene.edition(1).with_name("aside")
    scene.edition(1).rename(aside)
    scene.edition(2).rename(scene.edition(1))
    aside.rename(scene.edition(2))


def change_bytes(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def forge_all(scene: Scene) -> None:
    """Another history of August whose seals and chain all hold."""
    seal = ""
    for number in (1, 2, 3):
        change_bytes(scene.edition(number) / "digest.json", b"customers", b"friends")
        seal = seal_anew(scene.edition(number), previous_seal=seal).seal


def replace_by_a_link(scene: Scene) -> None:
    path, elsewhere = scene.edition(2) / "digest.txt", scene.settings.home / "digest.txt"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def replace_edition_by_a_link(scene: Scene) -> None:
    scene.edition(3).rename(scene.settings.home / "elsewhere")
    scene.edition(3).symlink_to(scene.settings.home / "elsewhere")


def put_from(scene: Scene, source: Path) -> None:
    shutil.rmtree(scene.edition(3))
    shutil.copytree(source, scene.edition(3))


def copy_of_another_company(scene: Scene) -> None:
    seal_anew(scene.edition(1), company_folder="bakery")


def change_log(scene: Scene, *, is_sealed: bool, **changed: Any) -> None:
    anchors = list(read_log(scene.home, PERIOD).anchors)
    anchors[1] = anchors[1].model_copy(update=changed)
    write_log(scene.home, PERIOD, anchors)
    if not is_sealed:
        path = log_path(scene.home, PERIOD)
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**content, "seal": "0"}), encoding="utf-8")


TAMPERINGS: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    "an edition removed from the middle": (lambda at: shutil.rmtree(at.edition(2)), "edition-2", NO_LONGER_THERE),
    "an edition removed from the end": (lambda at: shutil.rmtree(at.edition(3)), "edition-3", NO_LONGER_THERE),
    "all editions removed": (lambda at: shutil.rmtree(at.edition(1).parent), "edition-1", NO_LONGER_THERE),
    "an edition renamed": (lambda at: at.edition(3).rename(at.edition(3).with_name("edition-03")), "edition-03", NOT_PUBLISHED),
    "an edition hidden": (lambda at: at.edition(3).rename(at.edition(3).with_name(".edition-3")), ".edition-3", NOT_PUBLISHED),
    "an edition renumbered": (lambda at: at.edition(3).rename(at.edition(4)), "edition-4/manifest.json", "lies where edition 4 belongs"),
    "an edition added": (lambda at: shutil.copytree(at.edition(3), at.edition(4)), "edition-4", NOT_IN_THE_LOG),
    "two editions swapped": (swap, "edition-1/manifest.json", "lies where edition 1 belongs, found the manifest of edition 2"),
    "a byte of the figures": (lambda at: change_bytes(at.edition(1) / "figures.csv", b"2026", b"2027"), "edition-1/figures.csv", CHANGED),
    "the digest's text": (lambda at: change_bytes(at.edition(3) / "digest.json", b"lost", b"won"), "edition-3/digest.json", CHANGED),
    "the headline": (lambda at: change_bytes(at.edition(2) / "manifest.json", b"lost", b"won"), "edition-2/manifest.json", CHANGED),
    "the manifest unreadable": (
        lambda at: (at.edition(2) / "manifest.json").write_text("{"),
        "manifest.json",
        "expected the manifest as it",
    ),
    "the last edited and sealed again": (lambda at: seal_anew(at.edition(3), headline="We won."), "edition-3", OTHER_SEAL),
    "the first edited and sealed again": (lambda at: seal_anew(at.edition(1), headline="We won."), "edition-2/manifest.json", NOT_THE_NEXT),
    "all forged and sealed again": (forge_all, "edition-2", OTHER_SEAL),
    "a file added": (lambda at: (at.edition(2) / "notes.txt").write_text("x"), "edition-2/notes.txt", NOT_PUBLISHED),
    "a hidden file added": (lambda at: (at.edition(2) / ".notes").write_text("x"), "edition-2/.notes", NOT_PUBLISHED),
    "a file added in a folder": (lambda at: (at.edition(2) / "validation" / "x.html").write_text("x"), "validation/x.html", NOT_PUBLISHED),
    "a folder added": (lambda at: (at.edition(2) / "drafts").mkdir(), "edition-2/drafts", NOT_PUBLISHED),
    "a file added beside": (lambda at: (at.edition(2).with_name("edition-9")).write_text("x"), "edition-9", NOT_PUBLISHED),
    "a file replaced by a link": (replace_by_a_link, "edition-2/digest.txt", "expected what was published, found a link to"),
    "an edition replaced by a link": (replace_edition_by_a_link, "edition-3", "expected what was published, found a link to"),
    "a copy of another period": (
        lambda at: put_from(at, at.edition(1, OTHER)),
        "edition-3/manifest.json",
        "lies where period 2026-08 belongs",
    ),
    "a copy of another company": (copy_of_another_company, "edition-1/manifest.json", "lies where company shop belongs"),
    "the log removed": (lambda at: log_path(at.home, PERIOD).unlink(), "edition-3", NOT_IN_THE_LOG),
    "the log edited": (lambda at: change_log(at, is_sealed=False), "editions.json", "was changed after it was written"),
    "the log edited and sealed again": (lambda at: change_log(at, is_sealed=True, seal="0"), "edition-2", OTHER_SEAL),
    "a time in the log": (
        lambda at: change_log(at, is_sealed=True, published_at=datetime(2020, 1, 1, tzinfo=UTC)),
        "edition-2",
        "at another time",
    ),
    "the log unreadable": (lambda at: log_path(at.home, PERIOD).write_text("{"), "editions.json", "expected the log as it was written"),
}


def test_what_nobody_touched_is_as_it_was_published(scene: Scene) -> None:
    assert scene.findings() == scene.findings(OTHER) == []
    assert [each.number for each in checked_editions(scene.home, PERIOD)] == [1, 2, 3]


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_whatever_is_tampered_with_is_named(scene: Scene, tampering: str) -> None:
    act, where, what = TAMPERINGS[tampering]
    act(scene)
    assert any(where in sentence.partition(": ")[0] and what in sentence for sentence in scene.findings()), scene.findings()
    assert scene.findings(OTHER) == []


@pytest.mark.parametrize("tampering", ["an edition removed from the end", "all editions removed", "the digest's text", "the log removed"])
def test_nothing_that_was_tampered_with_is_used_shown_or_told(scene: Scene, tampering: str) -> None:
    act, _where, what = TAMPERINGS[tampering]
    act(scene)
    company, settings = scene.company, scene.settings
    with slack_server() as slack:
        by_slack = replace(settings, slack_token=TOKEN, slack_channel=CHANNEL, slack_url=f"{slack.url}/api/")
        by_webhook = replace(settings, slack_webhook=slack.webhook)
        uses = (
            lambda: replay(company, PERIOD, edition=None, settings=settings),
            lambda: explain(company, ExplainRequest(PERIOD, "customers_out"), settings=settings),
            lambda: preview(company, PERIOD, settings=settings),
            lambda: scene.stages.publish(PERIOD),
            lambda: announce_edition(scene.published, settings=by_slack),
            lambda: announce_edition(scene.published, settings=by_webhook),
            lambda: announce_edition(scene.published, settings=replace(settings, mail_to=("ada@example.org",))),
        )
        for use in uses:
            with pytest.raises(RefusedError) as refused:
                use()
            assert what in str(refused.value)
            assert f"move {scene.home.scorecards(PERIOD)} and {scene.home.delivery(PERIOD)} away together" in str(refused.value)
        assert slack.asked == []


@pytest.mark.parametrize("tampering", ["an edition removed from the middle", "all editions removed", "the digest's text"])
def test_the_history_of_a_period_names_every_finding(scene: Scene, tampering: str) -> None:
    act, _where, _what = TAMPERINGS[tampering]
    act(scene)
    paragraphs, is_whole = edition_history(scene.company, PERIOD, settings=scene.settings)
    assert not is_whole
    assert [sentence for sentence in scene.findings() if sentence not in "\n".join(paragraphs)] == []


def test_a_run_that_was_stopped_before_its_edition_took_its_name_leaves_a_claim_that_is_void(scene: Scene) -> None:
    published = read_log(scene.home, PERIOD).anchors
    claim_edition(scene.home, editions(scene.home.scorecards(PERIOD))[-1].manifest.model_copy(update={"edition": 4, "seal": "4"}))
    assert scene.findings() == []
    publish_copy(scene.home, PERIOD, 4, of=scene.edition(1))
    assert scene.findings() == []
    assert [each.edition for each in read_log(scene.home, PERIOD).anchors] == [1, 2, 3, 4]
    assert read_log(scene.home, PERIOD).anchors[:3] == published


def test_a_run_that_was_stopped_before_it_confirmed_its_edition_is_confirmed_by_the_next(scene: Scene) -> None:
    shutil.rmtree(scene.home.scorecards(OTHER))
    log_path(scene.home, OTHER).unlink()
    first = scene.stages.publish(OTHER)
    claimed = Anchor.of(read_edition(first.folder, 1).manifest, state="claimed")
    write_log(scene.home, OTHER, [claimed])
    assert scene.findings(OTHER) == []
    assert not scene.stages.publish(OTHER).is_new
    assert read_log(scene.home, OTHER).anchors == (claimed.model_copy(update={"state": "published"}),)


def test_another_edition_under_a_claimed_number_is_named(scene: Scene) -> None:
    *published, last = read_log(scene.home, PERIOD).anchors
    write_log(scene.home, PERIOD, (*published, last.model_copy(update={"state": "claimed"})))
    seal_anew(scene.edition(3), headline="We won.")
    assert any(OTHER_SEAL in sentence for sentence in scene.findings())


def test_what_a_stopped_run_left_beside_editions_is_no_finding(scene: Scene) -> None:
    scene.edition(4).with_name(".edition-4.1-2-abc.partial").mkdir()
    assert scene.findings() == []


def test_a_home_that_was_moved_or_brought_back_from_a_backup_is_as_it_was(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(scene.home.folder, tmp_path / "backup" / "shop")
    shutil.rmtree(scene.edition(3))
    assert scene.findings() != []
    shutil.copytree(tmp_path / "backup" / "shop" / "scorecards" / PERIOD / "edition-3", scene.edition(3))
    assert scene.findings() == []
    scene.settings.home.rename(tmp_path / "moved")
    moved = replace(scene.settings, home=tmp_path / "moved")
    assert preview(scene.company, PERIOD, settings=moved, as_text=True).startswith("We brought in ")


def test_the_seal_covers_all_of_a_manifest_but_itself(scene: Scene) -> None:
    content = json.loads((scene.edition(3) / "manifest.json").read_text(encoding="utf-8"))
    assert seal_of(content) == seal_of({**content, "seal": "another"}) == content["seal"]
    assert content["company_folder"] == load_company(scene.company.folder).name
