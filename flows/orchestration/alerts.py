"""Word to the people who keep the scorecards running: what is late, failed, crashed or refused, with the reason and a link."""

from __future__ import annotations

import logging
from typing import Literal
from uuid import UUID

from prefect import flow
from prefect.utilities.urls import url_for

from flows.orchestration.hooks import settings_with_secrets
from flows.orchestration.states import refusals_to_failed_state
from tasks.notify.slack_operations import notify_operations

LOG = logging.getLogger("tasks.alerts")
What = Literal["late", "failed", "crashed", "refused", "no extract"]


def sentence_on(what: What, *, run: str, deployment: str, reason: str) -> str:
    """What happened to a run, in a sentence with its reason; a run that has not begun has only its deployment's name."""
    if what == "late":
        return f"{deployment or run}: late, nothing has picked it up since it was due; start the worker, or see what it is busy with"
    if what == "failed":  # the engine's words may quote what nobody outside is to see
        return f"{run}: failed; its log says more"
    if what == "crashed":
        return f"{run}: crashed, nothing half done was published; run it again, what was complete is used again"
    return f"{run}: {reason or 'refused; its last state says why'}"


@flow(name="tell operations", flow_run_name="{what}: {run}")
@refusals_to_failed_state
def alert_operations(what: What, run: str, deployment: str = "", reason: str = "", run_id: str = "") -> str:
    """Tell the operations channel what happened to a run; without one it is said in this run's log.

    Args:
        what: What happened: late, failed, crashed, refused, or no extract.
        run: The run's name.
        deployment: The name of its deployment.
        reason: What its last state says.
        run_id: Its number on the server, for the link.
    """
    sentence = sentence_on(what, run=run, deployment=deployment, reason=reason)
    LOG.warning("%s", sentence)
    delivery = notify_operations(sentence, settings=settings_with_secrets(), run_url=run_url(run_id))
    LOG.info("%s", delivery)
    return f"{sentence} ({delivery})"


def run_url(run_id: str) -> str | None:
    """The page of a run, on the server that this one knows."""
    return url_for("flow-run", obj_id=UUID(run_id), url_type="ui") if run_id else None
