"""Events of the server: one that finds the database locked waits for it, and what went wrong otherwise stays Prefect's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from flows.orchestration.server_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 30


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


def test_the_server_is_told_to_hand_its_events_on_so() -> None:
    from prefect.server.utilities.messaging import BrokerModule

    from flows.orchestration import messages

    assert SETTINGS["PREFECT_SERVER_EVENTS_MESSAGING_BROKER"] == messages.__name__
    assert isinstance(messages, BrokerModule)
