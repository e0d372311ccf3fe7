"""How a run ends that does not publish: in a state that a person can read, not in the name of an exception or a traceback."""

from __future__ import annotations

import logging
import re
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from prefect.artifacts import create_markdown_artifact
from prefect.states import Failed

from config.redaction import redacted
from config.refusal import Refusal
from flows.orchestration.last_word import refusal_of
from flows.orchestration.signals import end_on_signals
from tasks.sources.landed import MissingExtractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import State

MARKED = re.compile(r"[\\`*_{}\[\]<>#|~]")
"""Signs that mean something in Markdown."""
UNEXPECTED = "exited with unexpected exception"
"""What the engine says last of a run that a flow ended by itself."""
LOG = logging.getLogger("tasks.flow")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
REFUSED, EXTRACT_MISSING = Refusal.state_name, MissingExtractError.state_name
"""Names of a refused run's state; deployments/automations.yaml waits for `prefect.flow-run.` and one of them."""


class HideRefusalTraceback(logging.Filter):
    """Keeps tracebacks out of the log: a refusal's sentence says all that its reader can use, a fault's names the file of its details."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without the traceback of a refusal; that one was expected, and the run's last state says so."""
        if record.exc_info and isinstance(record.exc_info[1], Refusal):
            record.exc_info = None
            return UNEXPECTED not in record.getMessage()
        return True


for engine_log in ("prefect.flow_runs", "prefect.task_runs", "prefect.engine"):
    logging.getLogger(engine_log).addFilter(HideRefusalTraceback())


def refusals_to_failed_state(flow_function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a flow that cannot go on end in a state whose message is a sentence; who called the flow gets it raised as a Refusal.

    A signal ends it with all that it has started.
    """

    @wraps(flow_function)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            with end_on_signals():
                return flow_function(*args, **kwargs)
        except Exception as error:
            refusal = refusal_of(error)
            _show(refusal)
            return cast("Result", state_of(refusal))  # the engine makes of it what it says: who called the flow has it raised

    # The types are resolved where the flow is written: its form and its checks are made from them.
    run.__signature__ = signature(flow_function, eval_str=True)  # pyright: ignore[reportAttributeAccessIssue] - read by inspect
    return run


def _show(refusal: Refusal) -> None:
    """The sentence beside the run, where its reader looks for answers; the run ends by it, whether or not it can be shown."""
    name, sentence = refusal.state_name, redacted(str(refusal))
    try:
        create_markdown_artifact(key="refused", markdown=f"# {name}\n\n{plain(sentence)}\n", description=f"{name}: nothing was published")
    except Exception as error:
        LOG.warning("not shown beside the run: %s", type(error).__name__)


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return MARKED.sub(r"\\\g<0>", text)


def state_of(refusal: Refusal) -> State[Any]:
    """The state of a run that ends by a refusal, with the sentence that says why and what to do."""
    sentence = redacted(str(refusal))
    if refusal.state_name == "Failed":
        LOG.error("%s", sentence)
        return Failed(message=sentence, data=refusal)
    return Failed(name=refusal.state_name, message=f"refused: {sentence}", data=refusal)


def reason_of(state: State[Any]) -> str:
    """Why a run ended, in a sentence of ours; the engine's own words may quote data."""
    ended_by = getattr(state.data, "result", state.data)  # the engine wraps what a state was given
    return state.message if isinstance(ended_by, Refusal) and state.message else "failed; its log says more"
