"""What is filled in from the environment stays out of everything that is said: it is shown as `${NAME}`."""

from __future__ import annotations

import logging
import re
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST = 4
"""Characters; a shorter value is part of too many words to be looked for, and no secret."""
_shown_as: dict[str, str] = {}
"""Values that were filled in, as they may be written, and what is shown instead; one process has few of them."""
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*:)(?!\$\{)\S+(?=@)|([?&]password=)(?!\$\{)[^&\s]+")
"""A password may hold an `@` of its own: it ends before the last one."""


def without_password(url: str) -> str:
    """A URL without the password that is written in it; a variable's name stays."""
    return PASSWORD_IN_URL.sub(r"\1\2***", url)


def hide(name: str, value: str) -> None:
    """Show `${name}` wherever the value would be said from now on, also where it is written as in a URL."""
    for written in {value, quote(value, safe=""), quote(value), quote_plus(value)}:
        if len(written) >= SHORTEST:
            _shown_as[written] = f"${{{name}}}"
    redact_logs()


def redacted(text: str) -> str:
    """The text without any value that was filled in; the longest first, since one may be a part of another."""
    for value in sorted(_shown_as, key=len, reverse=True):
        text = text.replace(value, _shown_as[value])
    return text


def redact_logs() -> None:
    """Let no log, whoever writes it and wherever it goes, say a value that was filled in, tracebacks included."""
    if not isinstance(logging.getLogRecordFactory(), _Redacting):
        logging.setLogRecordFactory(_Redacting(logging.getLogRecordFactory()))


class _Redacting:
    """Makes log records as another factory does, redacted."""

    def __init__(self, factory: Callable[..., logging.LogRecord]) -> None:
        self._factory = factory

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self._factory(*args, **kwargs)
        message = record.getMessage() if _shown_as else ""
        if message != redacted(message):
            record.msg, record.args = redacted(message), ()
        if _shown_as and record.exc_info and record.exc_info[0]:
            # What is written once is not formatted again by any handler.
            record.exc_text = redacted("".join(traceback.format_exception(*record.exc_info))).rstrip()
        return record
