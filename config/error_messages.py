"""What is wrong with a company's file, said so that its author can mend it."""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
TEXTS_BY_PATTERN = {
    (CURRENCY_CODE := r"^[A-Z]{3}$"): "three capital letters such as EUR",
    (SMALL_NAME := r"^[a-z][a-z0-9_]*$"): "a name in small letters, digits and underscores",
    (EXTRACT_COLUMN := r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"): "`extract.column`, such as customers.region",
}
"""What a text must look like, in words."""
MESSAGES = {
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "date_from_datetime_inexact": "expected a date such as 2025-12-31",
    "date_from_datetime_parsing": "expected a date such as 2025-12-31",
    "date_type": "expected a date such as 2025-12-31",
    "decimal_parsing": "expected a number",
    "decimal_type": "expected a number",
    "dict_type": "expected `name: value` lines below it",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected {ge} or more",
    "int_from_float": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "less_than_equal": "expected {le} or less",
    "literal_error": "expected {expected}",
    "model_type": "expected `name: value` lines below it",
    "string_too_long": "expected {max_length} or fewer characters",
    "string_too_short": "expected {min_length} or more characters",
    "string_type": "expected text",
    "too_short": "expected {min_length} or more entries",
    "tuple_type": "expected a list, such as [one, another]",
}
"""pydantic's kinds of error, in the words of who writes the file."""
SHOWN_LENGTH = 60
"""How much of a value a message shows."""
NOT_UNDERSTOOD = "cannot be understood from here on; look at the indentation, the quotes and the colons"
YAML_MESSAGES = {
    "mapping values are not allowed here": "a second `: `, or a line that is indented too far; put a value with a colon in quotes",
    "found character '\\t' that cannot start any token": "found a tabulator; indent with spaces",
    "found unexpected end of stream": "a quote is never closed; close it",
    "expected the node content": "a sign stands where a value should; put it in quotes",
    "could not find expected ':'": "expected `name: value`; put a colon after the name",
}


def yaml_problem(text: str, error: yaml.YAMLError) -> tuple[int, str]:
    """Line and words for a text that is not YAML."""
    if isinstance(error, yaml.MarkedYAMLError):
        # an unclosed quote is noticed at the end of the file; where it was opened helps more
        unclosed = error.problem == "found unexpected end of stream"
        mark = (error.context_mark if unclosed else None) or error.problem_mark
        message = next((message for prefix, message in YAML_MESSAGES.items() if (error.problem or "").startswith(prefix)), NOT_UNDERSTOOD)
        return (mark.line + 1 if mark else 1), f"is not YAML: {message}"
    position = getattr(error, "position", 0)
    return text[:position].count("\n") + 1, "is not YAML: found a character that cannot be printed; remove it"


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[tuple[Location, str]]:
    """Every problem with its place in the file; what is wrong at one place is said once."""
    at: dict[Location, list[ErrorDetails]] = defaultdict(list)
    for problem in error.errors():
        at[_written_location(problem)].append(problem)
    return [
        (location, _sentence(location, problems, model)) for location, problems in at.items() if not _follows(location, problems, among=at)
    ]


def _written_location(problem: ErrorDetails) -> Location:
    """The place without pydantic's own marks, such as `[key]` or the name of a choice; a name that nobody knows is its author's."""
    loc = problem["loc"]
    is_of_author = {len(loc) - 1} if problem["type"] == "extra_forbidden" else set[int]()
    return tuple(part for number, part in enumerate(loc) if number in is_of_author or isinstance(part, int) or "[" not in part)


def _follows(location: Location, problems: Sequence[ErrorDetails], *, among: Mapping[Location, object]) -> bool:
    """A list counts as too short when its entries are wrong; that is said at the entries."""
    entries_are_wrong = any(other[: len(location)] == location and other != location for other in among)
    return entries_are_wrong and all(problem["type"] == "too_short" for problem in problems)


def _sentence(location: Location, problems: Sequence[ErrorDetails], model: type[BaseModel]) -> str:
    setting = ".".join(str(part) for part in location)
    first = problems[0]
    if first["type"] == "extra_forbidden":
        return f"{setting}: there is no such setting{_did_you_mean(model, location)}"
    if first["type"] == "missing":
        return f"{setting}: is missing and has no default; add it"
    message = " or ".join(dict.fromkeys([_message(first), *(_message(other).removeprefix("expected ") for other in problems[1:])]))
    return f"{setting}: {message}{_format_input(first)}"


def _message(problem: ErrorDetails) -> str:
    context = problem.get("ctx", {})
    if problem["type"] == "string_pattern_mismatch":
        return f"expected {TEXTS_BY_PATTERN[context['pattern']]}"
    if problem["type"] in MESSAGES:
        return MESSAGES[problem["type"]].format(**context)
    return problem["msg"].removeprefix("Value error, ") if problem["type"] == "value_error" else "is not what this setting takes"


def _format_input(problem: ErrorDetails) -> str:
    value = problem["input"]
    if problem["type"] == "value_error" and not isinstance(value, str):
        return ""
    kinds = {dict: "a group of names", list: "a list", type(None): "nothing", bool: str(value).lower()}
    if isinstance(value, dict | list) and not value:
        return ", found none"
    is_unquoted = problem["type"] == "string_type" and isinstance(value, int | float)
    return f", found {kinds.get(type(value)) or _shown(value)}{'; put it in quotes' if is_unquoted else ''}"


def _shown(value: object) -> str:
    """A value that somebody wrote; of a URL only how it begins, since it may hold a password, and of a long text its beginning."""
    text = str(value)
    if "://" in text:
        return f"a URL, {text.partition('://')[0][:SHOWN_LENGTH]}://..."
    return repr(value) if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]!r}..."


def _did_you_mean(model: type[BaseModel], location: Location) -> str:
    names = _names_at(model.model_json_schema(), location[:-1])
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; expected one of: {', '.join(sorted(names))}"


def _names_at(schema: Mapping[str, Any], location: Location) -> list[str]:
    """Names that the JSON schema allows at a place of the file."""
    here = _resolved(schema, schema)
    for part in location:
        inside = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        here = _resolved(schema, inside or here["additionalProperties"])
    return list(here["properties"])


def _resolved(schema: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that is meant where the schema refers to one, or allows one or nothing."""
    for choice in here.get("anyOf", []):
        if "$ref" in choice:
            here = choice
    return schema["$defs"][here["$ref"].removeprefix("#/$defs/")] if "$ref" in here else here
