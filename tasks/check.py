"""Check: what can be known of a company's folder without reading its extracts to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.yaml_file import CompanyFolderError
from expectations.suites import check_rules
from tasks.sources import SourceError
from tasks.sources.files import find_files, format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.company import Company


def problems_in(company: Company) -> list[str]:
    """Every problem found, in a sentence each: rules, variables, files that are not there, formats that are not known."""
    problems: list[str] = []
    try:
        check_rules(company)
    except CompanyFolderError as error:
        problems += error.problems
    for name in company.sources.extracts:
        problems += _place_problems(company, name)
    return list(dict.fromkeys(problems))


def _place_problems(company: Company, name: str) -> Iterator[str]:
    extract = company.sources.extracts[name]
    try:
        if extract.database:
            company.place(extract.database)
        if extract.path:
            for file in find_files(company, name):
                format_of(extract, file, extract_name=name)
    except CompanyFolderError as error:
        yield from error.problems
    except SourceError as error:
        yield str(error)
