"""Stages as steps of their own, which the workflow engine shows."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from config.faults import faults_in_a_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.tasks import Task

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def step_of(stage: Callable[Parameters, Result], *, name: str, run_name: str) -> Task[Parameters, Result]:
    """A stage as a step that the workflow engine shows.

    There are no retries: a database is asked again where its network fails, and a file does not get better by itself.
    """
    return task(name=name, task_run_name=run_name, cache_policy=NO_CACHE)(faults_in_a_sentence(stage))


def inputs_as_given(step: Task[Parameters, Result]) -> Callable[Parameters, Result]:
    """The step, whose inputs are handed on as they are.

    The workflow engine would look for results of other steps in all that is in them, and so in every setting of a company: that takes
    an eighth of a run in which nothing changed.
    """
    run_step: Any = step

    @wraps(step.fn)
    def run(*inputs: Parameters.args, **named: Parameters.kwargs) -> Result:
        return run_step(*map(quote, inputs), **{parameter: quote(value) for parameter, value in named.items()})

    return run


def tracked(stage: Callable[Parameters, Result], *, name: str, run_name: str) -> Callable[Parameters, Result]:
    """A stage as a step that is shown, with its inputs as they are given."""
    return inputs_as_given(step_of(stage, name=name, run_name=run_name))
