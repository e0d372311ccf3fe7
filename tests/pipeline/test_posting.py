"""Telling of a period: one message a channel, whatever happens between posting it and noting that it was posted."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tasks.notify.delivery_log import DeliveryLog
from tasks.notify.slack_errors import SlackError
from tasks.publish import announce_edition
from tasks.store.engine import Home
from tests.pipeline.slack_server import CHANNEL, TOKEN, Message, Trouble, control_sequences, slack_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.settings import Settings
    from tasks.publish import Published
    from tests.pipeline.slack_server import Slack

PERIOD = "2026-08"
NOT_TAKEN = [
    Trouble(429, "ratelimited", retry_after=1),
    Trouble(500, "internal_error"),
    Trouble(drops_connection=True),
    Trouble(seconds=0.6),
]
TAKEN = [Trouble(drops_connection=True, comes_after_accepting=True), Trouble(seconds=0.6, comes_after_accepting=True)]
TAKEN += [Trouble(500, "internal_error", comes_after_accepting=True)]
FILES = ("scorecard.png", "scorecard.xlsx", "page.pdf")
METHODS = ("upload", "chat.postMessage", "files.completeUploadExternal")
METHODS_OF_A_CHANGE = ("upload", "chat.update", "chat.postMessage", "files.completeUploadExternal")


@dataclass(frozen=True)
class Twice:
    """A period that was published twice, the second time with another row, and whoever is to be told."""

    editions: tuple[Published, Published]
    settings: Settings
    slack: Slack

    def tell(self, number: int = 1, *, reason: str | None = None, **changes: Any) -> str:
        return announce_edition(self.editions[number - 1], settings=replace(self.settings, **changes), reason=reason)

    @property
    def message(self) -> Message:
        (message,) = self.slack.messages
        return message

    @property
    def titles(self) -> list[str]:
        return [title for title, _content in self.message.thread_files]

    def ledger(self, channel: str = CHANNEL) -> dict[str, Any]:
        return json.loads(self.ledger_path(channel).read_text(encoding="utf-8"))

    def ledger_path(self, channel: str = CHANNEL) -> Path:
        return Home.around(self.editions[0].folder).delivery(PERIOD) / "posted" / f"{channel}.json"

    def forget(self, **noted: Any) -> None:
        """What a run that was stopped would have left in the record."""
        self.ledger_path().write_text(json.dumps({**self.ledger(), **noted}), encoding="utf-8")


@pytest.fixture(scope="module")
def published(shop: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Published, Published]:
    folder = tmp_path_factory.mktemp("told")
    company = shop(folder / "shop")
    at = datetime.now(UTC)
    first = pipelines.read_and_validate(company.folder, folder / "home").publish(PERIOD, now=at)
    company.change("orders.csv", "3,c01,2026-08-10,100.00", "3,c01,2026-08-10,101.00")
    company.add("customers.csv", "c12 | Gundula Quux | North | office")
    company.add("orders.csv", "16 | c12 | 2026-08-12 | 10.00 | EUR | shipped | 2026-08-12")
    second = pipelines.read_and_validate(company.folder, folder / "home").publish(PERIOD, now=at)
    assert (first.edition, second.edition) == (1, 2)
    return first, second


@pytest.fixture
def twice(published: tuple[Published, Published], pipelines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twice]:
    monkeypatch.setattr("tasks.notify.slack_workspace.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("tasks.notify.slack_webhook.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for edition in published:
        for record in (Home.around(edition.folder).delivery(PERIOD) / "posted").glob("*"):
            record.unlink()
    with slack_server() as slack:
        changes = {"slack_token": TOKEN, "slack_channel": CHANNEL, "slack_url": f"{slack.url}/api/"}
        yield Twice(published, pipelines.settings_in(tmp_path, **changes), slack)


def test_an_edition_is_told_once_and_noted_before_and_after(twice: Twice) -> None:
    assert twice.tell() == f"Slack: posted in {CHANNEL}"
    assert twice.titles == [f"{name}, edition 1" for name in FILES]
    manifest = json.loads((twice.editions[0].folder / "manifest.json").read_text(encoding="utf-8"))
    assert twice.ledger() == {
        "state": "sent",
        "channel": CHANNEL,
        "ts": twice.message.ts,
        "edition": 1,
        "figures_fingerprint": manifest["figures_fingerprint"],
        "edition_before": None,
        "claimed_at": manifest["published_at"],
    }


def test_the_lists_of_customers_are_posted_only_where_the_company_shares_them(twice: Twice) -> None:
    sharing = replace(twice, editions=(replace(twice.editions[0], shares_customers=True), twice.editions[1]))
    assert sharing.tell() == f"Slack: posted in {CHANNEL}"
    assert twice.titles == [f"{name}, edition 1" for name in (*FILES, "customers.xlsx")]


def test_the_same_figures_again_are_told_nobody(twice: Twice) -> None:
    twice.tell()
    asked = list(twice.slack.asked)
    assert twice.tell() == "Slack: edition 1 was told before"
    assert twice.slack.asked == asked


def test_other_figures_change_the_message_and_the_thread_says_what_changed_and_why(twice: Twice) -> None:
    twice.tell()
    assert twice.tell(2, reason="the tills of <!channel> North came late") == f"Slack: changed the message in {CHANNEL}"
    assert "We brought in 4 customers and lost 4." in twice.message.text
    assert twice.message.changes_count == 1
    details, reply = twice.message.replies
    assert details.blocks[0]["text"]["text"].startswith("*In:* 1 new")
    said = reply.blocks[0]["text"]["text"].splitlines()
    assert said == [
        "*Edition 1 → 2*",
        "Customers in 3 → 4 (+1)",
        "Customers at closing 7 → 8 (+1)",
        "Value in EUR 320.00 → EUR 331.00 (+EUR 11.00)",
        "*Why:* other rows in customers, orders",
        "*Reason given:* the tills of &lt;!channel&gt; North came late",
    ]
    assert control_sequences(reply) == []
    assert twice.titles == [f"{name}, edition {number}" for number in (1, 2) for name in FILES]
    assert twice.tell(2) == "Slack: edition 2 was told before"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("trouble", [*NOT_TAKEN, *TAKEN], ids=str)
def test_whatever_slack_does_meanwhile_there_is_one_message(twice: Twice, method: str, trouble: Trouble) -> None:
    twice.slack.knows_messages_again = False
    twice.slack.will(method, trouble)
    twice.tell()
    assert sorted(set(twice.titles)) == sorted(twice.titles) == sorted(f"{name}, edition 1" for name in FILES)
    assert twice.ledger()["state"] == "sent"


@pytest.mark.parametrize("method", METHODS_OF_A_CHANGE)
@pytest.mark.parametrize("trouble", [*NOT_TAKEN, *TAKEN], ids=str)
def test_whatever_slack_does_meanwhile_a_change_is_told_once(twice: Twice, method: str, trouble: Trouble) -> None:
    twice.slack.knows_messages_again = False
    twice.tell()
    twice.slack.will(method, trouble)
    twice.tell(2)
    assert (len(twice.message.replies), len(twice.titles)) == (2, 2 * len(FILES))
    assert "We brought in 4 customers" in twice.message.text


@pytest.mark.parametrize(
    ("left", "does"),
    [
        ({"state": "claimed", "ts": None}, {"conversations.history": 1, "chat.postMessage": 0}),
        ({"state": "posted"}, {"conversations.history": 0, "chat.postMessage": 0}),
    ],
)
def test_a_run_that_was_stopped_after_posting_does_not_post_again(twice: Twice, left: dict[str, Any], does: dict[str, int]) -> None:
    twice.tell()
    twice.forget(**left)
    twice.slack.asked.clear()
    twice.tell()
    assert {method: twice.slack.asked.count(method) for method in does} == does
    assert twice.titles == [f"{name}, edition 1" for name in FILES]
    assert (twice.ledger()["state"], twice.ledger()["ts"]) == ("sent", twice.message.ts)


def test_the_message_is_found_though_much_was_said_since(twice: Twice) -> None:
    twice.slack.messages_at_once = 3
    twice.tell()
    first = twice.slack.messages[0]
    for number in range(8):
        twice.slack.messages.append(Message(CHANNEL, f"{first.ts}{number}", "something else", [], {}))
    twice.forget(state="claimed", ts=None)
    twice.tell()
    assert twice.ledger()["ts"] == first.ts
    assert twice.slack.asked.count("conversations.history") == 3


def test_a_run_that_was_stopped_before_posting_posts(twice: Twice) -> None:
    twice.tell()
    twice.slack.messages.clear()
    twice.forget(state="claimed", ts=None)
    twice.tell()
    assert len(twice.slack.messages) == 1


def test_a_stopped_run_of_another_edition_is_found_and_changed(twice: Twice) -> None:
    twice.tell()
    twice.forget(state="claimed", ts=None)
    twice.tell(2)
    assert [reply.blocks[0]["text"]["text"].splitlines()[0] for reply in twice.message.replies][-1] == "*Edition 1 → 2*"
    assert twice.message.changes_count == 1


@pytest.mark.parametrize("left", [{"state": "claimed"}, {"state": "posted"}])
def test_a_change_that_was_stopped_halfway_is_completed_once(twice: Twice, left: dict[str, Any]) -> None:
    twice.tell()
    twice.tell(2)
    twice.forget(**left)
    twice.tell(2)
    assert (len(twice.message.replies), len(twice.titles)) == (2, 2 * len(FILES))


def test_where_the_app_may_not_look_it_does_not_post_again_and_says_what_it_needs(twice: Twice) -> None:
    twice.tell()
    twice.forget(state="claimed", ts=None)
    twice.slack.will("conversations.history", Trouble(error="missing_scope"))
    with pytest.raises(SlackError, match=r"does not let the app look, so it is not posted again: .*channels:history"):
        twice.tell()
    assert len(twice.slack.messages) == 1


def test_a_stopped_run_into_a_channel_that_is_named_asks_for_its_id(twice: Twice) -> None:
    twice.tell(slack_channel="#customers")
    path = twice.ledger_path("_customers")
    path.write_text(json.dumps({**json.loads(path.read_text()), "state": "claimed", "ts": None, "channel": "#customers"}))
    with pytest.raises(SlackError, match="expected SLACK_CHANNEL to be an id"):
        twice.tell(slack_channel="#customers")
    assert len(twice.slack.messages) == 1


def test_what_slack_refuses_is_not_held_for_posted(twice: Twice) -> None:
    twice.slack.will("chat.postMessage", Trouble(error="not_in_channel"))
    with pytest.raises(SlackError, match="invite the app"):
        twice.tell()
    assert not twice.ledger_path().exists()
    assert twice.tell() == f"Slack: posted in {CHANNEL}"


def test_files_that_were_refused_are_shown_by_the_next_run(twice: Twice) -> None:
    twice.slack.will("files.completeUploadExternal", Trouble(error="not_in_channel"))
    with pytest.raises(SlackError, match="the digest is posted, but"):
        twice.tell()
    twice.tell()
    assert twice.titles == [f"{name}, edition 1" for name in FILES]


def test_a_message_that_somebody_deleted_is_not_posted_anew_unasked(twice: Twice) -> None:
    twice.tell()
    twice.slack.messages.clear()
    with pytest.raises(SlackError, match="somebody deleted the message; remove the channel's file in the folder posted"):
        twice.tell(2)
    assert (twice.ledger()["state"], twice.ledger()["edition"]) == ("sent", 1)
    twice.ledger_path().unlink()
    twice.tell(2)
    assert len(twice.slack.messages) == 1


def test_two_channels_are_two_records(twice: Twice) -> None:
    twice.tell()
    twice.tell(slack_channel="C0BASE0002")
    assert [message.channel for message in twice.slack.messages] == [CHANNEL, "C0BASE0002"]
    assert DeliveryLog(twice.ledger_path("C0BASE0002")).read() is not None


def by_webhook(twice: Twice) -> dict[str, Any]:
    return {"slack_token": None, "slack_webhook": twice.slack.webhook}


def test_a_webhook_is_told_new_figures_once_with_what_changed(twice: Twice) -> None:
    said = [twice.tell(number, **by_webhook(twice)) for number in (1, 1, 2, 2)]
    assert said == ["Slack: told", "Slack: edition 1 was told before", "Slack: told of the change", "Slack: edition 2 was told before"]
    first, second = twice.slack.webhook_messages
    assert [message["blocks"][place]["type"] for message, place in ((first, 0), (second, 1))] == ["header", "header"]
    assert second["blocks"][0]["text"]["text"].startswith("*Edition 1 → 2*\nCustomers in 3 → 4 (+1)")


@pytest.mark.parametrize("trouble", [Trouble(429, "ratelimited", retry_after=1)], ids=str)
def test_a_busy_webhook_is_given_time(twice: Twice, trouble: Trouble) -> None:
    twice.slack.will("webhook", trouble, trouble)
    assert twice.tell(**by_webhook(twice)) == "Slack: told"
    assert len(twice.slack.webhook_messages) == 1


@pytest.mark.parametrize("trouble", [*TAKEN, Trouble(500, "internal_error")], ids=str)
def test_a_webhook_that_does_not_answer_is_not_asked_again_and_the_next_run_says_so(twice: Twice, trouble: Trouble) -> None:
    twice.slack.will("webhook", trouble)
    with pytest.raises(SlackError, match="the webhook did not take the message") as error:
        twice.tell(**by_webhook(twice))
    assert error.value.may_be_there
    assert twice.slack.webhook not in str(error.value)
    again = twice.tell(**by_webhook(twice))
    assert again.startswith(
        "Slack: edition 1 may have been told: a run was stopped while it sent it, and nobody can look; it is not sent again."
    )
    assert twice.slack.asked.count("webhook") == 1


@pytest.mark.parametrize("webhook", ["{url}/services/T0/B0/removed", "http://127.0.0.1:9/services/T0/B0/x"])
def test_a_webhook_that_surely_took_nothing_is_told_by_the_next_run(twice: Twice, webhook: str) -> None:
    with pytest.raises(SlackError, match="the webhook did not take the message"):
        twice.tell(slack_token=None, slack_webhook=webhook.format(url=twice.slack.url))
    assert twice.tell(**by_webhook(twice)) == "Slack: told"


def test_without_slack_the_digest_is_only_kept(twice: Twice) -> None:
    assert twice.tell(slack_token=None).startswith("Slack: not told, since SLACK_BOT_TOKEN or SLACK_CHANNEL is not set")
    assert twice.slack.asked == []
