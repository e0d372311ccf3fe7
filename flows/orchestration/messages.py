"""How the server hands its events on: as Prefect does within one process, with patience where its database is locked.

Prefect tries an event four times within a tenth of a second and then puts it aside, and an alert with it. SQLite lets one
writer in at a time; on a busy machine that is too short.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prefect.server.utilities.messaging import memory
from prefect.server.utilities.messaging.memory import Publisher, break_topic, ephemeral_subscription
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from prefect.server.utilities.messaging import Message, MessageHandler

__all__ = ["Consumer", "Publisher", "break_topic", "ephemeral_subscription"]

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
