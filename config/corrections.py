"""What a company corrects in its extracts by itself until the source is mended: the model of `corrections.yaml`.

Every correction says why, whose it is, since when and until when; it is applied between landing and validating, counted,
and reported as soon as it is no longer needed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from config.datasets import DATASETS
from config.yaml_file import YamlModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from config.datasets import Kind
    from config.error_messages import Location
    from config.sources import Extract, Sources

TRUTHS = frozenset({"true", "false"})


def as_text(value: Any) -> Any:  # noqa: ANN401 - a YAML file may hold anything; what is no plain value is refused afterwards
    """A plain value of YAML as text, so that a key or an id may be written without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def as_key(value: Any) -> Any:  # noqa: ANN401 - the same
    """A key as rows carry it: the parts of a key of several columns joined, a bar inside a part marked."""
    if isinstance(value, list) and value:
        return "|".join(str(as_text(part)).replace("|", "\\|") for part in value) if len(value) > 1 else as_text(value[0])
    return as_text(value)


Text = Annotated[str, BeforeValidator(as_text)]


class Correction(YamlModel):
    """One correction: a value of a row, a row that is none, or customers who are one."""

    reason: str = Field(min_length=10)
    """Why the extract is wrong here; printed wherever the correction is shown."""
    owner: str = Field(min_length=1)
    """Who answers for it, and gets the source mended."""
    entered_on: date = Field(alias="date")
    """Day on which it was entered."""
    expires_on: date = Field(alias="expiry")
    """Last day on which it is applied; by then the source is to be right."""
    extract: str | None = None
    """The extract that holds the row, by its name in sources.yaml."""
    key: Annotated[str, BeforeValidator(as_key)] | None = None
    """The row's key, as in the extract; a list where the key has several columns."""
    column: str | None = None
    """The column of the shared table, or the attribute, that is wrong."""
    wrong: Text | None = Field(default=None, alias="from")
    """The wrong value as it is read; a row that holds another is left alone. Empty: nothing is recorded."""
    to: Text | None = None
    """The right value; dates as 2025-12-31, numbers with a decimal point. Empty: nothing is recorded."""
    drop: bool = False
    """The row is none, such as a test that got into the extract: it is left out."""
    merge: tuple[Text, ...] = ()
    """Customers who are in truth the one named under `into`."""
    into: Text | None = None
    """The customer that they are."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> Correction:
        things = [name for name, is_there in (("column", self.column), ("drop", self.drop), ("merge", self.merge)) if is_there]
        if len(things) != 1:
            raise ValueError(
                f"expected one of `column` (with `from` and `to`), `drop: true` or `merge` (with `into`), found {_listed(things)}"
            )
        needed = {"column": ("extract", "key", "wrong", "to"), "drop": ("extract", "key"), "merge": ("into",)}[things[0]]
        missing = [_written_as(name) for name in needed if name not in self.model_fields_set]
        if missing:
            raise ValueError(f"`{things[0]}` needs {', '.join(missing)} beside it; add what is missing")
        strange = [name for name in ("extract", "key", "wrong", "to", "into") if name in self.model_fields_set and name not in needed]
        if strange:
            raise ValueError(f"`{things[0]}` has no use for {', '.join(map(_written_as, strange))}; remove it")
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Correction:
        if self.expires_on < self.entered_on:
            raise ValueError(f"`expiry` ({self.expires_on}) is before `date` ({self.entered_on}); correct one")
        return self

    @property
    def description(self) -> str:
        """What it does, in words and without any customer's data but ids and keys."""
        if self.merge:
            return f"customer{'s' if len(self.merge) > 1 else ''} {', '.join(self.merge)} merged into {self.into}"
        if self.drop:
            return f"row {self.key} of {self.extract} left out"
        return f"{self.column} of row {self.key} of {self.extract} corrected"


class Corrections(YamlModel):
    """Every correction of the company."""

    corrections: tuple[Correction, ...] = ()
    """The corrections, in any order."""

    @field_validator("corrections", mode="before")
    @classmethod
    def _may_be_none(cls, written: Any) -> Any:  # noqa: ANN401 - a YAML file may hold anything
        return () if written is None else written

    def merged_into_on(self, day: date) -> dict[str, str]:
        """Every customer that is in truth another, and which, by the corrections that are in force on a day."""
        in_force = [correction for correction in self.corrections if day <= correction.expires_on]
        return {customer_id: correction.into or "" for correction in in_force for customer_id in correction.merge}


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names) or "none"


def _written_as(name: str) -> str:
    return "`from`" if name == "wrong" else f"`{name}`"


def disagreements(corrections: Corrections, sources: Sources) -> Iterator[tuple[Location, str]]:
    """What the corrections and the sources, or two corrections, do not agree on: place and problem."""
    for number, correction in enumerate(corrections.corrections):
        if not correction.merge:
            yield from ((("corrections", number, *location), problem) for location, problem in _row_problems(correction, sources))
    yield from _duplicate_problems(corrections)
    yield from _merge_problems(corrections)


def _row_problems(correction: Correction, sources: Sources) -> Iterator[tuple[Location, str]]:
    extract = sources.extracts.get(correction.extract or "")
    if extract is None:
        yield ("extract",), f"no extract `{correction.extract}` in sources.yaml; name one of {', '.join(sources.extracts)}"
    elif extract.shared is None:
        yield (
            ("extract",),
            f"extract `{correction.extract}` has no `dataset`, so its rows are only joined; correct the extract that joins it",
        )
    elif extract.key == "place_in_file":
        yield (
            ("key",),
            f"extract `{correction.extract}` has no key of its own, and a place in a file is another row the next time; give it one",
        )
    elif correction.column:
        yield from _value_problems(correction, extract)


def _value_problems(correction: Correction, extract: Extract) -> Iterator[tuple[Location, str]]:
    kind = kind_of(extract, correction.column or "")
    if kind is None:
        given = ", ".join([*extract.columns, *extract.constants, *extract.attributes])
        yield ("column",), f"extract `{correction.extract}` maps no column `{correction.column}`; it maps {given}"
        return
    if correction.to is not None and not READABLE[kind](correction.to):
        yield ("to",), f"expected {EXPECTED[kind]} for {correction.column}, found {correction.to!r}; correct it, or leave it empty"


def kind_of(extract: Extract, column: str) -> Kind | None:
    """Of which kind a column of an extract is; attributes are text; none where the extract does not map it."""
    if column in extract.attributes:
        return "text"
    if column in {*extract.columns, *extract.constants}:
        return DATASETS[extract.dataset or ""].column(column).kind
    return None


def _duplicate_problems(corrections: Corrections) -> Iterator[tuple[Location, str]]:
    seen: dict[tuple[str | None, ...], int] = {}
    for number, correction in enumerate(corrections.corrections):
        about = (correction.extract, correction.key, correction.column)
        if correction.merge:
            continue
        if about in seen:
            first = f"corrections.{seen[about]}"
            yield ("corrections", number), f"the same row{' and column' if correction.column else ''} as in {first}; keep one"
        seen[about] = number


def _merge_problems(corrections: Corrections) -> Iterator[tuple[Location, str]]:
    """One id with two masters, a master that is itself merged, an id that is its own master."""
    merged_into: dict[str, set[str]] = defaultdict(set)
    for number, correction in enumerate(corrections.corrections):
        into = correction.into or ""
        for customer_id in correction.merge:
            if customer_id == into:
                yield ("corrections", number, "merge"), f"{customer_id} would be merged into itself; remove it"
            elif merged_into[customer_id] - {into}:
                yield (
                    ("corrections", number, "merge"),
                    f"{customer_id} has two masters, {min(merged_into[customer_id])} and {into}; keep the right one",
                )
            merged_into[customer_id].add(into)
    for number, correction in enumerate(corrections.corrections):
        if correction.into in merged_into and correction.into not in correction.merge:
            last = min(merged_into[correction.into])
            yield ("corrections", number, "into"), f"{correction.into} is itself merged into {last}; name {last} here"


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


READABLE: dict[Kind, Callable[[str], bool]] = {
    "id": lambda _text: True,
    "text": lambda _text: True,
    "date": _is_day,
    "amount": _is_number,
    "rate": _is_number,
    "integer": lambda text: _is_number(text) and Decimal(text) % 1 == 0,
    "boolean": lambda text: text in TRUTHS,
}
EXPECTED: dict[Kind, str] = {
    "date": "a day such as 2025-12-31",
    "amount": "a number such as 12.50",
    "rate": "a number such as 1.0625",
    "integer": "a whole number",
    "boolean": "true or false",
}
