"""How what was started ends: by a signal at once and with all of it, and never later than who started it."""

from __future__ import annotations

import _thread
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from config.refusal import STOPPED_LINE, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.05
PATIENCE_SECONDS = 10.0
"""How long a run may take to end after a signal; then it is ended where it stands: whatever it writes is whole or not there."""


@contextmanager
def end_on_signals() -> Iterator[threading.Event]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the processes of the pool at once, and what is done here by a KeyboardInterrupt.

    The event is set once a signal came: a library may make another exception of the interrupt, as an import does that was broken off.
    Who was told of the signal before is told of it after. Outside of the main thread nothing changes: signals do not come there.
    """
    is_ending = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield is_ending
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    deadline = threading.Timer(PATIENCE_SECONDS, _end_here)
    deadline.daemon = True
    heard: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        is_ending.set()
        heard.append(number)
        end_children()
        if deadline.ident is None:
            deadline.start()
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)
        raise KeyboardInterrupt

    wanted = [number for number, handler in before.items() if not (number == signal.SIGHUP and handler is signal.SIG_IGN)]  # nohup
    for number in wanted:
        signal.signal(number, stop)
    try:
        with _hear_again(heard):
            yield is_ending
    finally:
        deadline.cancel()
        for number in wanted:
            if signal.getsignal(number) is stop:  # what was served meanwhile may want to be deaf to the next one
                signal.signal(number, before[number])


@contextmanager
def _hear_again(heard: Sequence[int]) -> Iterator[None]:
    """Let a signal be heard once more that came where Python passes over exceptions, as while an object is taken down."""
    before = sys.unraisablehook

    def pass_on(passed_over: sys.UnraisableHookArgs) -> None:
        if heard and not issubclass(passed_over.exc_type, Exception):  # an interrupt, or what the workflow engine makes of the signal
            threading.Timer(AGAIN_SECONDS, _thread.interrupt_main, (heard[-1],)).start()
        else:
            before(passed_over)

    sys.unraisablehook = pass_on
    try:
        yield
    finally:
        sys.unraisablehook = before


def end_children() -> None:
    """End every process of this one's pools where it stands."""
    for child in multiprocessing.active_children():
        child.kill()


def _end_here() -> None:
    end_children()
    os.write(2, f"{STOPPED_LINE}\n".encode())
    os._exit(ExitStatus.STOPPED)


def end_with_starter() -> None:
    """Let this process of a pool end as soon as the process is gone that started it, however that went; Ctrl-C is that one's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_starter, daemon=True).start()


def _wait_for_starter() -> None:
    starter = multiprocessing.parent_process()
    if starter is not None:
        starter.join()
        os._exit(ExitStatus.STOPPED)
