"""One session of the command that publishes, is refused in several ways, and crashes, with secrets wherever secrets are given.

`python secrets_session.py OUTCOME.json WHOLE_COMPANY COMPANY...` publishes the first company, asks for the others, and lets the
first crash in the middle; it writes down what the command said, and what the workflow engine remembers.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.pipeline.flow_session import outcome_of, remembered

NAME = "Zephyrine Quux"
FAULT = 70
"""Exit status of a command that ends by a fault of ours."""


def crash(*_given: Any, **_named: Any) -> None:
    """A fault of ours whose words quote a customer, as the engine's do."""
    import duckdb

    duckdb.connect().execute(f"SELECT CAST('{NAME}' AS INTEGER)")


def ended(company: str) -> dict[str, Any]:
    """What the command answers, be it with a traceback."""
    try:
        return outcome_of(company, "2026-08")
    except Exception as fault:  # noqa: BLE001 - a command that ends in a traceback says this
        return {"status": FAULT, "out": "", "err": f"{type(fault).__name__}: {fault}"}


if __name__ == "__main__":
    importlib.import_module("flows.scorecard")
    outcomes = {company: ended(company) for company in sys.argv[2:]}
    with patch("flows.stages.plan_of", crash):
        outcomes["crashed"] = ended(sys.argv[2])
    Path(sys.argv[1]).write_text(json.dumps({"outcomes": outcomes, **remembered()}), encoding="utf-8")
