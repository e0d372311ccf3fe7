"""One session of the command in a process of its own, as on a machine where no workflow server is set up.

`python flow_session.py OUTCOME.json COMPANY_FOLDER` publishes a period, publishes it again, and asks for one that is not
covered; it writes down what each came to, and what the workflow engine remembers of it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

ASKED = ("2026-08", "2026-08", "2026-10")
PATIENCE_SECONDS = 120
"""A busy machine answers late."""


def outcome_of(company: str, period: str) -> dict[str, Any]:
    """What the command answers: exit status, and what it says on its two outputs."""
    from flows.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    command = ["customer-math", "run", "--company", company, "--period", period]
    with patch.object(sys, "argv", command), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            return {"status": end.code, "out": out.getvalue(), "err": err.getvalue()}
    return {"status": 0, "out": out.getvalue(), "err": err.getvalue()}


def keep_secret(value: str, *, name: str) -> None:
    """Keep the token where people keep it in the workflow engine's pages."""
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    Secret(value=SecretStr(value)).save(name)


def remembered() -> dict[str, Any]:
    """The engine's runs, oldest first, and its artifacts, as its own interface gives them."""
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC)
        artifacts = client.read_artifacts()
        steps = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[runs[0].id])))
    states = [{"name": run.name, "state": run.state_name, "message": run.state.message if run.state else None} for run in runs]
    return {
        "runs": states,
        "steps": {step.name: step.state_name for step in steps},
        "artifacts": [{"key": each.key, "type": each.type, "data": each.data} for each in artifacts],
    }


def strangers() -> dict[str, int]:
    """How the server answers who is not signed in, and who asks for it by another name."""
    url, secret = os.environ["PREFECT_API_URL"], os.environ["PREFECT_API_AUTH_STRING"]
    user, _, password = secret.partition(":")
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as stranger:
        return {
            "nobody": stranger.get("/admin/version").status_code,
            "signed in": stranger.get("/admin/version", auth=(user, password)).status_code,
            "by another name": stranger.get("/admin/version", auth=(user, password), headers={"host": "example.org"}).status_code,
        }


if __name__ == "__main__":
    # The engine's own log begins with its import, and goes where standard error leads then.
    importlib.import_module("flows.scorecard")
    from flows.orchestration.command_server import server_for_a_command

    with server_for_a_command():
        keep_secret(os.environ.pop("PLANTED_TOKEN"), name=os.environ["SLACK_BOT_TOKEN_BLOCK"])
    outcomes = [outcome_of(sys.argv[2], period) for period in ASKED]
    with server_for_a_command():
        session = {"outcomes": outcomes, "strangers": strangers(), **remembered()}
    Path(sys.argv[1]).write_text(json.dumps(session), encoding="utf-8")
