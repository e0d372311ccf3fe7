"""The last word on a fault of the program: one sentence for its reader, the details in a file that only its owner reads.

A traceback may quote a cell or a password, so it goes neither to the terminal nor into the workflow engine's database.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from config.redaction import redacted, without_password
from config.refusal import ExitStatus, Refusal
from config.settings import home_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
FOLDER = "faults"
"""Under the home: a file for every fault."""
SHOW = "CUSTOMER_MATH_TRACEBACK"
"""Set to 1, it shows a fault's details on standard error, too."""
LOOKS_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|_PWD$|KEY|AUTH|WEBHOOK|CREDENTIAL|_URL", re.IGNORECASE)
SHORTEST_SECRET = 6
"""Characters: a shorter value, such as a digit, stands in a traceback for other reasons."""
HIDDEN = "***"


class FaultError(Refusal):
    """The program has a fault; the message says of which kind, and where its details are."""

    exit_status = ExitStatus.FAULT
    state_name = "Failed"


def without_secrets(text: str) -> str:
    """The text without what was filled in, what environment variables hold other than places of files, and passwords of URLs."""
    text = redacted(text)
    for secret in sorted(set(_secrets_of_environment()), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return without_password(text)


def _secrets_of_environment() -> Iterator[str]:
    """Any variable may be filled into a company's sources, so every value is hidden that is no place of a file."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST_SECRET and (LOOKS_SECRET.search(name) or not Path(value).is_absolute()):
            yield value


def fault_of(error: BaseException) -> FaultError:
    """The sentence on a fault; its details are written into a file of their own under the home, or else among temporary files."""
    details = without_secrets("".join(traceback.format_exception(error)))
    if os.environ.get(SHOW) == "1":
        sys.stderr.write(details)
    kind = type(error).__name__
    path = _written(kind, details)
    return FaultError(f"a fault of the program ({kind}); details: {path or f'could not be written; set {SHOW}=1 to see them here'}")


def _written(kind: str, details: str) -> Path | None:
    """The file with the details, which its owner alone may read; none where neither the home nor a temporary folder takes it."""
    for folder in (home_folder() / FOLDER, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, path = tempfile.mkstemp(prefix=f"customer-math-{kind}-", suffix=".txt", dir=folder)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - a descriptor has no path
                file.write(details)
        except OSError:
            continue
        return Path(path)
    return None


def faults_in_a_sentence(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a step of a run end in a sentence: a refusal's own, or that of a fault."""

    @wraps(function)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its words must not reach the workflow engine
            raise fault_of(error) from None

    return run
