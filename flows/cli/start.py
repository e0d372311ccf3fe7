"""Where the command begins: until it is there and can end in its own words, a signal ends it here."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from config.refusal import STOPPED_LINE, ExitStatus

NOT_IGNORED = (signal.default_int_handler, signal.SIG_DFL)
"""How a signal is heard that whoever started us has not told us to ignore."""


def main() -> None:
    """Import the command and run it; ended meanwhile, it says no more than that it was."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    inherited = {number: handler for number in signals if (handler := signal.getsignal(number)) in NOT_IGNORED}
    for number in inherited:
        signal.signal(number, _stop)
    from flows.cli.main import main as command

    for number, handler in inherited.items():
        signal.signal(number, handler)
    command()


def _stop(_number: int, _frame: object) -> NoReturn:
    os.write(2, f"{STOPPED_LINE}\n".encode())
    os._exit(ExitStatus.STOPPED)
