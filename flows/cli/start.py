"""Where the command begins: until it is there and can end in its own words, Ctrl-C ends it here."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from config.refusal import ExitStatus


def main() -> None:
    """Import the command and run it; ended meanwhile, it says no more than that it was."""
    inherited = signal.getsignal(signal.SIGINT)
    if inherited is signal.default_int_handler:  # who started us may have told us to ignore it
        signal.signal(signal.SIGINT, _stop)
    from flows.cli.main import main as command

    signal.signal(signal.SIGINT, inherited)
    command()


def _stop(_number: int, _frame: object) -> NoReturn:
    os.write(2, b"stopped; nothing was left half written\n")
    os._exit(ExitStatus.STOPPED)
