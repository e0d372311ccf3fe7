"""Where statements are kept for later processes: apart for each version of the code and of the libraries that make them."""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from config.settings import PROJECT_FOLDER
from tasks.sources.statements import folder_of_version
from tasks.store.editions import code_fingerprint

LIBRARIES = ("duckdb", "ibis-framework", "sqlglot")
"""The libraries of which an expression and its statement depend, beside the code."""


@cache
def folder_of_statements(home: Path) -> Path:
    """Where this version of the code and the libraries keeps its statements."""
    versions = (code_fingerprint(PROJECT_FOLDER), *map(version, LIBRARIES))
    return folder_of_version(statements_of_versions(home), version=" ".join(versions))


def statements_of_versions(home: Path) -> Path:
    """The folder for those of every version: in the home of all companies, or where CUSTOMER_MATH_STATEMENTS says."""
    return Path(os.environ.get("CUSTOMER_MATH_STATEMENTS") or home / ".statements")
