"""The last word on whatever ends a command or a run: one sentence for its reader."""

from __future__ import annotations

import errno

import httpx

from config.faults import fault_of
from config.refusal import ExitStatus, Refusal
from tasks.store.engine import infrastructure_error_of

PATH_PROBLEMS = {
    errno.EACCES: "it may not be read or written",
    errno.EPERM: "it may not be changed",
    errno.EEXIST: "there is something else already",
    errno.ENOTDIR: "expected a folder, found a file",
    errno.EISDIR: "expected a file, found a folder",
    errno.ENOENT: "there is no such place",
    errno.ELOOP: "it leads in a circle",
    errno.ENAMETOOLONG: "the name is too long",
}
"""What may be wrong with a place, when something is to be read or written there."""


class PathError(Refusal):
    """A file or folder that is named cannot be used; the message says which one and why."""

    exit_status = ExitStatus.WRONG_USE


def refusal_of(error: Exception) -> Refusal:
    """What an exception says to its reader: a refusal's own sentence, the machine's or a server's trouble, or a fault of the program."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, OSError) and error.errno in PATH_PROBLEMS and error.filename:
        return PathError(f"{error.filename}: {PATH_PROBLEMS[error.errno]} ({error.strerror}); choose another place, or correct this one")
    if isinstance(error, httpx.HTTPError):
        from flows.orchestration.command_server import unreachable  # noqa: PLC0415 - takes seconds, and only this error needs it

        return unreachable(error)
    return infrastructure_error_of(error) or fault_of(error)
