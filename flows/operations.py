"""Word to the people who keep the scorecards running: what is late, failed, crashed or refused, with the reason and a link."""

from __future__ import annotations

import logging
import os
from typing import Literal

from prefect import flow
from prefect.runtime import flow_run

from config.settings import settings_from_environment
from tasks import slack

LOG = logging.getLogger("tasks.operations")
What = Literal["late", "failed", "crashed", "refused", "no extract"]
SAYS: dict[str, str] = {
    "late": "{name} is late: nothing has picked it up since it was due. Start the worker, or see what it is busy with",
    "failed": "{name} failed, which is a fault of ours: its log shows where",
    "crashed": "{name} crashed; nothing half done was published. Run it again: what was complete is used again",
    "refused": "{name} is refused",
    "no extract": "{name} waits for an extract that has not arrived",
}
"""What is told, by what happened."""


def sentence_on(what: What, *, run: str, deployment: str, reason: str) -> str:
    """What happened to a run, in a sentence with its reason; a run that has not begun has only its deployment's name."""
    name = deployment if what == "late" else run
    because = reason.removeprefix("refused: ").strip()
    return SAYS[what].format(name=name or run) + (f": {because}" if because and what != "late" else "")


@flow(name="tell operations", flow_run_name="{what}: {run}")
def tell_operations_of(what: What, run: str, deployment: str = "", reason: str = "", run_id: str = "") -> str:
    """Tell the operations channel what happened to a run; without one it is said in this run's log.

    Args:
        what: What happened: late, failed, crashed, refused, or no extract.
        run: The run's name.
        deployment: The name of its deployment.
        reason: What its last state says.
        run_id: Its number on the server, for the link.
    """
    sentence = sentence_on(what, run=run, deployment=deployment, reason=reason)
    tell = getattr(slack, "tell_operations", None)
    told = tell(sentence, settings=settings_from_environment(), run_url=run_url(run_id)) if tell else None
    LOG.warning("%s", sentence)
    return str(told or sentence)


def run_url(run_id: str) -> str:
    """Where the run is shown: on the same server as this one."""
    pages = os.environ.get("PREFECT_UI_URL") or (flow_run.ui_url or "").partition("/runs/")[0]
    return f"{pages.rstrip('/')}/runs/flow-run/{run_id}" if run_id else pages
