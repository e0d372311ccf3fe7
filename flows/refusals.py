"""How a run that is refused ends: in a state that a person can read, not in the name of an exception."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from prefect.states import Failed

from tasks.customer_math.periods import NotCoveredYetError
from tasks.sources.landed import MissingExtractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import State

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
REFUSED, EXTRACT_MISSING = "Refused", "Extract missing"
"""Names of a refused run's state; deployments/automations.yaml waits for `prefect.flow-run.` and one of them."""
NOT_ARRIVED = (NotCoveredYetError, MissingExtractError)


def ends_in_a_sentence(refusals: tuple[type[Exception], ...]) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Let a flow that is refused end in a state whose message is the refusal's sentence; faults of ours still show where they happened.

    Who called the flow gets the refusal raised, as before.
    """

    def decorated(flow_function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        @wraps(flow_function)
        def run(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
            try:
                return flow_function(*args, **kwargs)
            except refusals as error:
                return cast("Answer", refusal(error))  # the engine makes of it what it says: who called the flow has it raised

        # The types are resolved where the flow is written: its form and its checks are made from them.
        run.__signature__ = signature(flow_function, eval_str=True)  # pyright: ignore[reportAttributeAccessIssue] - read by inspect
        return run

    return decorated


def refusal(error: Exception) -> State[Any]:
    """The state of a run that is refused, with the sentence that says why and what to do."""
    name = EXTRACT_MISSING if isinstance(error, NOT_ARRIVED) else REFUSED
    return Failed(name=name, message=f"refused: {error}", data=error)
