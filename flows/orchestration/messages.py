"""How the server hands its events on: as Prefect does within one process, but so that each alert comes, soon, and once.

Prefect tries an event four times within a tenth of a second and then puts it aside, and an alert with it. SQLite lets one
writer in at a time; on a busy machine that is too short.

Whenever it is tried again, each automation that it has set off acts again: so what an event sets off has one number, by which Prefect
sees that it is done.

The event of a run's new state waits for a quarter of an hour until that of the state before is handled. A server that has started
meanwhile handles no event of the one before it: that a run died with the machine came late, or never.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import sqlalchemy
from prefect.server.database import provide_database_interface
from prefect.server.events.ordering import memory as order
from prefect.server.utilities.messaging import memory
from prefect.server.utilities.messaging.memory import break_topic, ephemeral_subscription
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prefect.server.events.schemas.events import ReceivedEvent
    from prefect.server.utilities.messaging import Message, MessageHandler

__all__ = ["CausalOrdering", "Consumer", "Publisher", "break_topic", "ephemeral_subscription"]

ACTIONS = "actions"
"""What Prefect calls the queue of what automations do."""
STARTED = datetime.now(UTC)
"""When this server started: it imports what hands its events on before it answers anybody."""
WAITS_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""How long an event waits between one try and the next; after the last it is Prefect's own again."""


class Consumer(memory.Consumer):
    """Prefect's own consumer, whose handler asks a locked database again."""

    async def run(self, handler: MessageHandler) -> None:
        """Hand every message to the handler until it is told to stop."""

        async def patient(message: Message) -> None:
            for seconds in WAITS_SECONDS:
                try:
                    return await handler(message)
                except OperationalError:
                    await asyncio.sleep(seconds)
            return await handler(message)

        await super().run(patient)


class Publisher(memory.Publisher):
    """Prefect's own publisher, which numbers the actions of automations by the event that set them off."""

    async def publish_data(self, data: bytes, attributes: Mapping[str, str]) -> None:
        """Hand a message to everybody who listens."""
        await super().publish_data(_numbered_by_event(data) if self.topic.name == ACTIONS else data, attributes)


def _numbered_by_event(message: bytes) -> bytes:
    action = json.loads(message)
    event = action["triggering_event"]
    if event is None:
        return message
    action["id"] = str(uuid5(UUID(event["id"]), f"{action['automation']['id']} {action['action_index']}"))
    return json.dumps(action).encode()


class CausalOrdering(order.CausalOrdering):
    """Prefect's own order of events, in which no event waits for one that an earlier server handled."""

    async def wait_for_leader(self, event: ReceivedEvent) -> None:
        """Wait until the event that this one follows is handled, if it is one of this server's."""
        if event.follows is None or await self.event_has_been_seen(event.follows) or not await _is_older_state(event.follows):
            await super().wait_for_leader(event)


async def _is_older_state(state_id: UUID) -> bool:
    """Whether a run was in this state before this server started; a state and its event have one id."""
    database = provide_database_interface()
    since = sqlalchemy.select(database.FlowRunState.timestamp).where(database.FlowRunState.id == state_id)
    async with database.session_context() as session:
        began = await session.scalar(since)
    return began is not None and began < STARTED
