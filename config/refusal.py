"""What ends a command or a run with a sentence for its reader, and with which exit status."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitStatus(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    REFUSED = 1
    WRONG_USE = 2
    FAULT = 70
    STOPPED = 130


STOPPED_LINE = "stopped; nothing was left half written"
"""What a command says last that was told to end."""


class Refusal(Exception):  # noqa: N818 - it says what its reader can mend, and is no error of the program
    """The base of everything whose message is written for a reader: what was expected, what was found, where, and what to do.

    Given several sentences, each is a line of its own.
    """

    exit_status: ClassVar[ExitStatus] = ExitStatus.REFUSED
    state_name: ClassVar[str] = "Refused"
    """The name of the state in which a run ends by it; deployments/automations.yaml waits for it."""

    def __str__(self) -> str:
        return "\n".join(shortened(str(sentence)) for sentence in self.args)


LONGEST_PROBLEM = 2_000
"""Letters of one problem that are said."""


class CompanyFolderError(Refusal):
    """A company's folder cannot be used; the message lists every problem with file and line."""

    exit_status = ExitStatus.WRONG_USE

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(map(shortened, problems))
        super().__init__("\n".join(self.problems))

    def __str__(self) -> str:
        return "\n".join(self.problems)

    def __reduce__(self) -> tuple[type[CompanyFolderError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)  # so that another process, too, gets the list and not its letters


def shortened(problem: str) -> str:
    """A problem whose author wrote a text of thousands of letters, without the middle of it."""
    if len(problem) <= LONGEST_PROBLEM:
        return problem
    half = LONGEST_PROBLEM // 2
    return f"{problem[:half]} ... {problem[-half:]}"
