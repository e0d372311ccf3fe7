"""What operations is told: why a run was refused or failed, with a link to it, and nothing that calls anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prefect.states import Failed

from config.faults import FaultError
from config.yaml_file import fill_in_variables
from expectations.verdict import RefusedError
from flows.orchestration.last_word import refusal_of
from flows.orchestration.states import reason_of, state_of
from tasks.customer_math.ledger.periods import NotCoveredYetError
from tasks.notify.slack_operations import notify_operations
from tests.pipeline.slack_server import CHANNEL, OPERATIONS, TOKEN, Trouble, control_sequences, slack_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from prefect.client.schemas.objects import State

    from config.settings import Settings
    from tests.pipeline.slack_server import Slack

RUN = "http://127.0.0.1:4200/runs/flow-run/0a1b2c3d"
REASON = "refused: sales extract ends 2026-09-12, week 37 needs 2026-09-13"


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with slack_server() as slack:
        yield slack


@pytest.fixture
def settings(slack: Slack, pipelines: Any, tmp_path: Path) -> Callable[..., Settings]:
    usual = {"slack_token": TOKEN, "slack_channel": CHANNEL, "slack_operations_channel": OPERATIONS, "slack_url": f"{slack.url}/api/"}
    return lambda **changes: pipelines.settings_in(tmp_path, **{**usual, **changes})


def test_operations_is_told_the_reason_with_a_link_to_the_run(slack: Slack, settings: Callable[..., Settings]) -> None:
    assert notify_operations(REASON, settings=settings(), run_url=RUN) == f"Slack: operations told in {OPERATIONS}"
    (message,) = slack.messages
    assert message.channel == OPERATIONS
    assert message.blocks[0]["text"]["text"].replace("\N{RATIO}", ":") == REASON
    assert message.blocks[1]["elements"][0]["text"] == f"<{RUN}|Open the run>"


@pytest.mark.parametrize("sentence", ["<!channel> failed", "@here #general", "*bold* _it_ `code`", "see https://example.org/x", ""])
def test_a_reason_calls_nobody_and_links_nowhere(slack: Slack, settings: Callable[..., Settings], sentence: str) -> None:
    notify_operations(sentence, settings=settings())
    (message,) = slack.messages
    assert control_sequences(message) == []
    assert not {"*", "`"} & set(message.blocks[0]["text"]["text"])


def test_a_link_that_is_none_is_left_out(slack: Slack, settings: Callable[..., Settings]) -> None:
    notify_operations(REASON, settings=settings(), run_url="javascript:alert(1)|<!channel>")
    assert len(slack.messages[0].blocks) == 1


def test_one_run_tells_one_reason_once_though_slack_breaks_off(slack: Slack, settings: Callable[..., Settings]) -> None:
    slack.knows_messages_again = False
    slack.will("chat.postMessage", Trouble(drops_connection=True, comes_after_accepting=True))
    notify_operations(REASON, settings=settings(), run_url=RUN)
    assert len(slack.messages) == 1


def test_a_webhook_tells_operations_where_there_is_no_token(slack: Slack, settings: Callable[..., Settings]) -> None:
    said = notify_operations(REASON, settings=settings(slack_token=None, slack_operations_webhook=slack.webhook))
    assert said == "Slack: operations told through the webhook"
    assert len(slack.webhook_messages) == 1


def test_where_operations_cannot_be_told_it_is_said_and_nothing_is_raised(slack: Slack, settings: Callable[..., Settings]) -> None:
    slack.will("chat.postMessage", Trouble(error="not_in_channel"))
    assert "operations could not be told. Slack: " in notify_operations(REASON, settings=settings())
    assert "not told, since neither SLACK_OPERATIONS_CHANNEL" in notify_operations(REASON, settings=settings(slack_operations_channel=None))


def test_a_secret_in_a_reason_is_not_told(slack: Slack, settings: Callable[..., Settings]) -> None:
    notify_operations(f"nobody takes {TOKEN} here", settings=settings())
    assert TOKEN not in str(slack.messages[0].blocks) + slack.messages[0].text


@pytest.mark.parametrize(
    ("state", "name", "says"),
    [
        (state_of(RefusedError("week 37 is not covered")), "Refused", "refused: week 37 is not covered"),
        (state_of(NotCoveredYetError("orders end too early")), "Extract missing", "refused: orders end too early"),
        (state_of(FaultError("a fault of the program (KeyError)")), "Failed", "a fault of the program (KeyError)"),
        (Failed(message="Flow run encountered an exception: KeyError: 'Zephyrine Quux'"), "Failed", "failed; its log says more"),
        (Failed(message="refused: 'Zephyrine Quux'", data=ValueError("x")), "Failed", "failed; its log says more"),
    ],
)
def test_a_refusal_and_a_fault_are_told_in_our_words_and_nothing_in_the_engines(state: State[Any], name: str, says: str) -> None:
    assert (state.name, reason_of(state)) == (name, says)


def test_a_run_that_loses_its_server_or_its_place_ends_in_a_sentence() -> None:
    assert "no server answers there; start it, or correct the address" in str(refusal_of(httpx.ConnectError("x")))
    denied = httpx.Response(401, request=httpx.Request("GET", "http://127.0.0.1/api"))
    assert "does not let this command in" in str(refusal_of(httpx.HTTPStatusError("x", request=denied.request, response=denied)))
    other = httpx.Response(404, request=denied.request)
    assert "found status 404" in str(refusal_of(httpx.HTTPStatusError("x", request=other.request, response=other)))
    assert str(refusal_of(PermissionError(13, "Permission denied", "a.csv"))).startswith("a.csv: it may not be read or written")


def test_a_state_says_nothing_that_was_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "s3cr3t-of-the-shop")
    place = fill_in_variables("/exports/${SHOP_SECRET}", defaults={})
    for refusal in (RefusedError(f"nothing at {place}"), FaultError(f"a fault at {place}")):
        assert "s3cr3t" not in str(state_of(refusal).message)
        assert "/exports/${SHOP_SECRET}" in str(state_of(refusal).message)
