"""The tables of a database by its URL, before anybody has said which of them is what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from config.yaml_file import fill_in_variables
from tasks.sources.database_errors import database_mistake
from tasks.sources.database_opening import IN_A_FILE, database_url, reading_only
from tasks.sources.landed import SourceError
from tasks.sources.sandbox import Limits

if TYPE_CHECKING:
    from pathlib import Path

MOST_TABLES = 40
"""More are a warehouse, of which a person names those that are meant."""
WHERE = "init"


def table_names(text: str, *, folder: Path) -> tuple[str, list[str]]:
    """A database's URL as a company's folder may hold it, and the names of its tables and views.

    Raises SourceError where the URL has a password written out, where it cannot be asked, or has too many tables to be meant all.
    """
    url, limits = _url(text, folder), Limits()
    try:
        with reading_only(url, query=None, folder=folder, limits=limits, where=WHERE) as connection:
            inspector = sqlalchemy.inspect(connection)
            names = [*inspector.get_table_names(), *inspector.get_view_names()]
    except SQLAlchemyError as error:
        raise SourceError(f"{WHERE}: {database_mistake(error, table=None, query=None, minutes=limits.minutes)}") from None
    if not 0 < len(names) <= MOST_TABLES:
        raise SourceError(
            f"{WHERE}: expected a database of 1 to {MOST_TABLES} tables, found {len(names):,}; export those that are meant, "
            "or write sources.yaml by hand (see config/demo)"
        )
    is_file = url.get_backend_name() in IN_A_FILE and "${" not in text
    return (url.render_as_string() if is_file else text), sorted(names)


def _url(text: str, folder: Path) -> sqlalchemy.URL:
    """The database's URL with its variables filled in."""
    try:
        url = database_url(fill_in_variables(text, defaults={}), folder=folder, where=WHERE)
    except KeyError as missing:
        raise SourceError(f"{WHERE}: the database needs the environment variable {missing.args[0]}, which is not set; set it") from None
    if url.password and "${" not in text:
        raise SourceError(
            f"{WHERE}: expected a database's URL without a password, since it is written into a file, found one; "
            "export it (export SHOP_DATABASE=...), and write '${SHOP_DATABASE}' instead"
        )
    return url
