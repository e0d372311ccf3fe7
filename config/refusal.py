"""What ends a command or a run with a sentence for its reader, and with which exit status."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    REFUSED = 1
    WRONG_USE = 2
    FAULT = 70
    STOPPED = 130


class Refusal(Exception):  # noqa: N818 - it says what its reader can mend, and is no error of the program
    """The base of everything whose message is written for a reader: what was expected, what was found, where, and what to do."""

    exit_status: ClassVar[ExitStatus] = ExitStatus.REFUSED
    state_name: ClassVar[str] = "Refused"
    """The name of the state in which a run ends by it; deployments/automations.yaml waits for it."""
