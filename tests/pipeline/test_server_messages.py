"""Events of the server: each waits for a locked database, sets off what it sets off once, and waits for none of an earlier server's."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, temporary_settings

from flows.orchestration.server_database import SCHEMA
from flows.orchestration.server_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_SECONDS = 30
IN_STATE = "INSERT INTO flow_run_state (id, flow_run_id, type, name, timestamp) VALUES (?, ?, 'RUNNING', 'Running', ?)"


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, list[Exception]], int]:
    """How often a message is tried that fails so, until it is handled."""
    from flows.orchestration import messages

    monkeypatch.setattr(messages, "WAITS_SECONDS", (0.0, 0.0, 0.0, 0.0, 0.0))

    async def tries(topic: str, failures: list[Exception]) -> int:
        done, count = asyncio.Event(), 0

        async def handler(_message: Any) -> None:
            nonlocal count
            count += 1
            if failures:
                raise failures.pop(0)
            done.set()

        consumer = messages.Consumer(topic)
        task = asyncio.create_task(consumer.run(handler))
        async with messages.Publisher(topic, cache=_cache()) as publisher:
            await publisher.publish_data(b"{}", {})
        try:
            await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await consumer.cleanup()
        return count

    return lambda topic, failures: asyncio.run(tries(topic, failures))


def _cache() -> Any:
    from prefect.server.utilities.messaging.memory import Cache

    return Cache()


def _locked() -> Exception:
    from sqlalchemy.exc import OperationalError

    return OperationalError("INSERT", {}, Exception("database is locked"))


def test_an_event_that_finds_the_database_locked_is_tried_again_until_it_is_free(handed_on: Any) -> None:
    """More often than Prefect would, which puts it aside after four tries."""
    assert handed_on("locked", [_locked() for _ in range(12)]) == 13


def test_an_event_that_fails_otherwise_is_tried_as_prefect_does(handed_on: Any) -> None:
    assert handed_on("faulty", [ValueError("no"), ValueError("no")]) == 3


def test_what_an_event_sets_off_has_one_number_however_often_it_is_tried() -> None:
    """By it Prefect starts one run and no second, though the server was started again in between."""
    from flows.orchestration import messages

    automation, other_automation, event, other_event = (str(uuid4()) for _ in range(4))

    async def numbers(*asked: tuple[str, str | None, int], topic: str) -> list[str]:
        consumer = messages.Consumer(topic)
        async with messages.Publisher(topic, cache=_cache()) as publisher:
            for by, on, index in asked:
                action = {"id": str(uuid4()), "automation": {"id": by}, "action_index": index, "triggering_event": on and {"id": on}}
                await publisher.publish_data(json.dumps(action).encode(), {})
        heard = [json.loads((await consumer.subscription.get()).data)["id"] for _ in asked]
        await consumer.cleanup()
        return heard

    first = (automation, event, 0)
    others = ((automation, other_event, 0), (other_automation, event, 0), (automation, event, 1), (automation, None, 0))
    one, again, *different = asyncio.run(numbers(first, first, *others, topic="actions"))
    assert one == again
    assert len({one, *different}) == 5
    assert one == asyncio.run(numbers(first, topic="actions"))[0]
    assert len(set(asyncio.run(numbers(first, first, topic="events")))) == 2


@pytest.fixture
def waits(tmp_path: Path) -> Iterator[Callable[[timedelta | None], bool]]:
    """Whether word of a run's new state waits for that of the state before: so long after the server's start, or a state of nobody."""
    from prefect.server.database import provide_database_interface
    from prefect.server.events.ordering import EventArrivedEarly
    from prefect.server.events.schemas.events import ReceivedEvent

    from flows.orchestration.messages import STARTED, CausalOrdering

    path, state = tmp_path / "prefect.db", uuid4()

    async def is_held_up() -> bool:
        now, resource = datetime.now(UTC), {"prefect.resource.id": "prefect.flow-run.tried"}
        crashed = {"id": uuid4(), "event": "prefect.flow-run.Crashed", "resource": resource, "occurred": now, "received": now}
        event = ReceivedEvent.model_validate({**crashed, "follows": state})
        try:
            await CausalOrdering("tests").wait_for_leader(event)
        except EventArrivedEarly:
            return True
        finally:
            await (await provide_database_interface().engine()).dispose()
        return False

    def held_up(after: timedelta | None) -> bool:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(SCHEMA.read_text(encoding="utf-8"))
            if after is not None:
                moment = (STARTED + after).replace(tzinfo=None).isoformat(" ")
                database.execute(IN_STATE, (str(state), str(uuid4()), moment))
            database.commit()
        return asyncio.run(is_held_up())

    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{path}"}):
        yield held_up


@pytest.mark.parametrize(
    ("after", "expected"), [(timedelta(minutes=-1), False), (timedelta(seconds=1), True), (None, True)], ids=["before", "since", "never"]
)
def test_word_of_a_new_state_waits_for_the_one_before_unless_that_was_an_earlier_servers(
    waits: Callable[[timedelta | None], bool], after: timedelta | None, expected: bool
) -> None:
    assert waits(after) is expected


def test_the_server_is_told_to_hand_its_events_on_so() -> None:
    from prefect.server.events.ordering import CausalOrderingModule
    from prefect.server.utilities.messaging import BrokerModule

    from flows.orchestration import messages

    assert SETTINGS["PREFECT_SERVER_EVENTS_MESSAGING_BROKER"] == messages.__name__
    assert SETTINGS["PREFECT_SERVER_EVENTS_CAUSAL_ORDERING"] == messages.__name__
    assert isinstance(messages, BrokerModule)
    assert isinstance(messages, CausalOrderingModule)
