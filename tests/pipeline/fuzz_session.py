"""One session of the command in which many companies are checked and published, each with the real flow on one workflow server.

`python fuzz_session.py OUTCOME.json COMPANY...` writes down how each command ended and what it said.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import traceback
from pathlib import Path
from typing import Any
from unittest.mock import patch

FAULT = 70
"""Exit status of a command that ends by a fault of ours."""


def outcome_of(*command: str) -> dict[str, Any]:
    """What the command answers: exit status and words; a fault with its traceback."""
    from flows.cli.main import main

    said = io.StringIO()
    with patch.object(sys, "argv", ["customer-math", *command]), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
            status: Any = 0
        except SystemExit as end:
            status = end.code or 0
        except Exception:  # noqa: BLE001 - a command that ends in a traceback says this
            status = FAULT
            traceback.print_exc(file=said)
    return {"status": status, "said": said.getvalue()}


def session_of(companies: list[str]) -> dict[str, Any]:
    """Every company, checked and then published."""
    from flows.orchestration.command_server import server_for_a_command

    with server_for_a_command():
        return {
            company: {
                "check": outcome_of("check", "--company", company),
                "run": outcome_of("run", "--company", company, "--period", "2026-06", "--no-slack"),
            }
            for company in companies
        }


if __name__ == "__main__":
    # The engine's own log begins with its import, and goes where standard error leads then.
    importlib.import_module("flows.scorecard")
    Path(sys.argv[1]).write_text(json.dumps(session_of(sys.argv[2:])), encoding="utf-8")
