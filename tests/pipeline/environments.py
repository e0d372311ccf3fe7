"""The environment of the commands that tests start: nothing of whoever runs the tests, and the statements that were put into SQL before."""

from __future__ import annotations

import os

STATEMENTS = "CUSTOMER_MATH_STATEMENTS"
"""Where a whole run of the tests keeps them; with an empty value, a command keeps its own in its home, as it does for people."""
SETTINGS_OF_OTHERS = ("PREFECT_", "SLACK_", "CUSTOMER_MATH_", "COV_CORE_")


def own_environment(**settings: str) -> dict[str, str]:
    """The environment of a command with settings of its own: to put all that a run asks into SQL takes longer than the run itself."""
    inherited = {name: value for name, value in os.environ.items() if not is_of_others(name)}
    return inherited | {"NO_PROXY": "127.0.0.1", **settings}


def is_of_others(name: str) -> bool:
    """Whether a variable is a setting that a test must not inherit."""
    return name.startswith(SETTINGS_OF_OTHERS) and name != STATEMENTS
