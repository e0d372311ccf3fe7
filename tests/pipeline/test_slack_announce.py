"""The digest on its way into Slack, against a server that plays Slack's Web API."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from tasks.notify.slack_errors import Posted, SlackError
from tasks.notify.slack_workspace import Note, Workspace
from tasks.reporting.render.png import trend_picture
from tasks.reporting.render.slack import digest
from tests.pipeline.slack_server import CHANNEL, LARGEST_FILE, TOKEN, Trouble, control_sequences, slack_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.reporting.model import ScorecardData
    from tests.pipeline.slack_server import Slack

PICTURE = b"\x89PNG made up for the test"
WORKBOOK = b"PK\x03\x04 made up for the test" * 50
BUSY = Trouble(429, "ratelimited", retry_after=7)
BROKEN = Trouble(500, "internal_error")
DROPPED = Trouble(drops_connection=True)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with slack_server() as slack:
        yield slack


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited each time, instead of waiting."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    return waited


@pytest.fixture
def post(slack: Slack, waits: list[float]) -> Callable[..., Posted]:
    """Post a small digest, with any of the arguments changed."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*In: 22,000*", "verbatim": True}}]
    usual = {"text": "We brought in 22,000.", "token": TOKEN, "channel": CHANNEL, "api_url": f"{slack.url}/api/", "picture": PICTURE}

    def announced(**changed: Any) -> Posted:
        given = {"blocks": blocks, "table": WORKBOOK, **usual, **changed}
        workspace = Workspace(given["token"], given["api_url"])
        files = [
            workspace.send("scorecard.png", given["picture"], title="scorecard.png", alt_text=given["text"]),
            workspace.send("scorecard.xlsx", given["table"], title="scorecard.xlsx"),
        ]
        posted = workspace.post(given["channel"], Note("a key", given["text"], given["blocks"]))
        workspace.show(posted, files)
        return posted

    return announced


def test_the_digest_is_posted_with_one_picture_and_one_workbook_in_its_thread(slack: Slack, post: Callable[..., Posted]) -> None:
    posted = post()
    (message,) = slack.messages
    assert posted == Posted(CHANNEL, message.ts)
    assert message.text == "We brought in 22,000."
    assert message.thread_files == [("scorecard.png", PICTURE), ("scorecard.xlsx", WORKBOOK)]


def test_slack_tells_of_two_files_in_the_thread(slack: Slack, post: Callable[..., Posted]) -> None:
    posted = post()
    answer = WebClient(TOKEN, base_url=f"{slack.url}/api/").conversations_replies(channel=posted.channel, ts=posted.ts)
    titles = [file["title"] for message in answer.get("messages", []) for file in message.get("files", [])]
    assert titles == ["scorecard.png", "scorecard.xlsx"]


def test_a_real_digest_is_posted_whole(slack: Slack, post: Callable[..., Posted], data: ScorecardData) -> None:
    told, picture = digest(data, workbook_name="scorecard.xlsx"), trend_picture(data)
    post(blocks=told.blocks, text=told.text, picture=picture)
    assert slack.messages[0].blocks == told.blocks
    assert slack.messages[0].thread_files[0] == ("scorecard.png", picture)


def test_the_picture_is_described_for_those_who_cannot_see_it(slack: Slack, post: Callable[..., Posted]) -> None:
    post(text="word " * 900)
    assert [(file.name, len(file.description)) for file in slack.files.values()] == [("scorecard.png", 1_000), ("scorecard.xlsx", 0)]


def test_a_company_that_calls_itself_everyone_calls_nobody(slack: Slack, post: Callable[..., Posted], data: ScorecardData) -> None:
    told = digest(
        replace(data, company="<!channel> @here <@U024BE7LH>", notes=("#general https://example.org",)), workbook_name="scorecard.xlsx"
    )
    post(blocks=told.blocks, text=told.text)
    assert control_sequences(slack.messages[0]) == []


def test_a_channel_may_be_named(slack: Slack, post: Callable[..., Posted]) -> None:
    assert post(channel="#customers").channel == CHANNEL
    assert len(slack.messages[0].thread_files) == 2


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "chat.postMessage", "files.completeUploadExternal"])
@pytest.mark.parametrize("troubles", [[BUSY], [BROKEN, BROKEN], [DROPPED, DROPPED], [BUSY, BROKEN, DROPPED]])
def test_passing_trouble_is_waited_out(slack: Slack, post: Callable[..., Posted], method: str, troubles: list[Trouble]) -> None:
    slack.will(method, *troubles)
    post()
    (message,) = slack.messages
    assert message.thread_files == [("scorecard.png", PICTURE), ("scorecard.xlsx", WORKBOOK)]


@pytest.mark.parametrize("method", ["chat.postMessage", "upload"])
def test_as_much_patience_is_had_as_slack_asks_for(slack: Slack, post: Callable[..., Posted], waits: list[float], method: str) -> None:
    slack.will(method, BUSY)
    post()
    assert [int(wait) for wait in waits] == [7]


def test_patience_that_is_asked_for_without_a_number_is_had_too(slack: Slack, post: Callable[..., Posted], waits: list[float]) -> None:
    slack.will("upload", Trouble(429, "ratelimited"))
    post()
    assert waits == [1]


@pytest.mark.parametrize("trouble", [BUSY, BROKEN, DROPPED, Trouble(413)])
def test_a_file_that_cannot_be_sent_is_found_before_anybody_sees_anything(
    slack: Slack, post: Callable[..., Posted], trouble: Trouble
) -> None:
    slack.will("upload", *[trouble] * 4)
    with pytest.raises(SlackError, match="nothing was posted"):
        post()
    assert slack.messages == []


@pytest.mark.parametrize(
    ("method", "trouble", "says"),
    [
        ("chat.postMessage", BUSY, "asked for patience"),
        ("chat.postMessage", Trouble(429, "no_reason_known"), "asked for patience"),
        ("chat.postMessage", BROKEN, "status 500 4 times; run again later"),
        ("chat.postMessage", DROPPED, "127.0.0.1 did not answer"),
        ("chat.postMessage", Trouble(error="not_in_channel"), "invite the app"),
        ("chat.postMessage", Trouble(error="missing_scope"), "chat:write and files:write"),
        ("chat.postMessage", Trouble(error="something_new"), "Slack refused it (something_new)"),
        ("upload", Trouble(413), "takes no file of this size"),
        ("upload", BROKEN, "status 500; run again later"),
        ("files.getUploadURLExternal", Trouble(error="file_uploads_disabled"), "takes no files"),
    ],
)
def test_lasting_trouble_is_told_in_a_sentence(slack: Slack, post: Callable[..., Posted], method: str, trouble: Trouble, says: str) -> None:
    slack.will(method, *[trouble] * 4)
    with pytest.raises(SlackError) as error:
        post()
    assert says in str(error.value)
    assert error.value.posted is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"token": "xoxb-another"}, "Slack does not know the token; set SLACK_BOT_TOKEN"),
        ({"channel": "C0OTHER"}, "the app sees no such channel; set SLACK_CHANNEL"),
        ({"picture": b"x" * (LARGEST_FILE + 1)}, "takes no file of this size"),
        ({"picture": b""}, "Slack refused it (missing_argument)"),
        ({"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "(invalid_blocks); [ERROR] must be a text object"),
        ({"api_url": "https-//nowhere"}, "SLACK_API_URL did not answer"),
    ],
)
def test_a_wrong_setting_is_told_with_what_to_do(post: Callable[..., Posted], changed: dict[str, Any], says: str) -> None:
    with pytest.raises(SlackError) as error:
        post(**changed)
    assert says in str(error.value)


def test_a_server_that_is_away_is_named(post: Callable[..., Posted]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(SlackError, match=r"127\.0\.0\.1 did not answer"):
            post(api_url=f"http://127.0.0.1:{taken.getsockname()[1]}/api/")


def test_a_page_that_is_not_slacks_is_told_in_a_sentence(slack: Slack, post: Callable[..., Posted]) -> None:
    with pytest.raises(SlackError, match="what answered is not Slack; check SLACK_API_URL"):
        post(api_url=f"{slack.url}/intranet/")


def test_files_that_cannot_be_shown_leave_the_digest_standing(slack: Slack, post: Callable[..., Posted]) -> None:
    slack.will("files.completeUploadExternal", Trouble(error="not_in_channel"))
    with pytest.raises(SlackError, match=r"the digest is posted, but scorecard\.png and scorecard\.xlsx are not in its thread") as error:
        post()
    assert error.value.posted == Posted(CHANNEL, slack.messages[0].ts)


@pytest.mark.parametrize("trouble", [BUSY, BROKEN, DROPPED, Trouble(error="invalid_auth")])
@pytest.mark.parametrize("method", ["upload", "chat.postMessage"])
def test_the_token_is_nowhere_to_be_read(
    slack: Slack, post: Callable[..., Posted], caplog: pytest.LogCaptureFixture, method: str, trouble: Trouble
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.will(method, *[trouble] * 4)
    with pytest.raises(SlackError) as error:
        post()
    assert TOKEN not in f"{error.value} {error.value!r} {error.value.__cause__!r}"
    assert TOKEN not in caplog.text


def test_what_is_sent_is_not_logged(post: Callable[..., Posted], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post()
    assert "22,000" not in caplog.text


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"{TOKEN} ", f"{TOKEN[:20]}\r\n{TOKEN[20:]}", f"{TOKEN}\N{EN DASH}x", ""])
def test_a_token_that_was_copied_badly_is_refused_without_being_shown(slack: Slack, post: Callable[..., Posted], token: str) -> None:
    with pytest.raises(SlackError, match="set SLACK_BOT_TOKEN") as error:
        post(token=token)
    assert TOKEN[:20] not in str(error.value)
    assert slack.messages == []


def test_the_place_for_files_gets_no_token(slack: Slack, post: Callable[..., Posted]) -> None:
    post()
    assert slack.upload_tokens == [None, None]
