"""Ids as they are landed: one customer is not two because of a blank, a sign that nobody sees, or what a spreadsheet made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Literal

import ibis
from ibis import _

from config.sources import NAMES_A_CUSTOMER
from expectations.text import counted
from tasks.sources.compiled import answer
from tasks.sources.engine_functions import composed
from tasks.sources.landed import Advice, SourceError
from tasks.sources.values import unless_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from config.datasets import Dataset
    from config.sources import Extract
    from tasks.sources.engine_functions import Rows, Values

BLANK = r"[\s\v\p{Z}\x{85}]"
STEPS: dict[str, Callable[[Values], Values]] = {
    "letters composed otherwise (Unicode)": composed,
    "blanks around it": lambda text: text.re_replace(f"^{BLANK}+|{BLANK}+$", ""),
    "signs that nobody sees": lambda text: text.re_replace(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\p{Cf}]", ""),
    'a spreadsheet\'s ="..."': lambda text: text.re_replace(f'^={BLANK}*"{BLANK}*(.*?){BLANK}*"$', r"\1").replace('""', '"'),
    "a spreadsheet's leading '": lambda text: text.re_replace(f"^'{BLANK}*([^']*)$", r"\1"),
}
"""What is undone, in this order."""
SEEN_BY_NOBODY = ("blanks around it", "signs that nobody sees")
"""Those of the steps that change no word."""
PLAIN = "^[!-&(-<>-~](?:[ -~]*[!-~])?$"
"""An id of which nothing is undone: printable ASCII that begins with no blank, `'` or `=`, and ends with no blank. Most are."""
DIGITS_AND_POINTS = r"^[0-9]*\.[0-9.]*$"
POINT_ZERO = r"^([0-9]+)\.0+$"
"""A whole number that a program took for one with a fraction."""
SHORTENED = r"^[0-9]+(?:[.,][0-9]+)?[Ee]\+[0-9]+$"
"""A long number as a spreadsheet shows it in a narrow column; what it leaves out is lost."""

Likeness = Literal["capitals", "marks"]
STANDS_FOR_NOBODY = (
    *("null", "none", "nan", "nil", "n/a", "na", "undefined", "unknown", "not set", "(not set)", "guest", "anonymous"),
    *("-", "--", "?", ".", "0"),
)
"""What systems write where they know no customer."""
ODD_MARK = r"[\s\p{Z}\x{2010}-\x{2015}\x{2212}]"
MARKS = r"[\s\p{Z}\p{Pd}\x{2212}]+"
"""Blanks and hyphens of all kinds, of which people do not tell one from the other."""


@dataclass(frozen=True)
class Ids:
    """How an extract's ids are cleaned, and what there was to clean."""

    without_point_zero: frozenset[str] = frozenset()
    """Their columns in which every number with a point ends in `.0`, which says nothing."""
    is_lower: bool = False
    as_written: frozenset[str] = frozenset()
    """Their columns in which nothing is to be undone: most, which need not be looked at again."""
    notes: tuple[str, ...] = ()
    """What was cleaned and what looks alike, in sentences; no id is in them."""

    def of(self, text: Values, column: str | None) -> Values:
        """The id that a text of one of their columns is; NULL where nothing is left of it."""
        whole = text if column in self.as_written else cleaned(text)
        if column in self.without_point_zero:
            whole = whole.re_replace(POINT_ZERO, r"\1")
        return (unless_missing(text).isnull().ifelse(whole, whole.lower()) if self.is_lower else whole).nullif("")


def cleaned(text: Values) -> Values:
    """An id without what nobody means by it; `.0` and capitals aside, which depend on the other ids."""
    return ibis.cases((text.re_search(PLAIN), text), else_=reduce(lambda value, step: step(value), STEPS.values(), text))


def plain(text: Values) -> Values:
    """A word such as a state or a group without blanks around it and signs that nobody sees; NULL where nothing is left of it."""
    return ibis.cases((text.re_search(PLAIN), text), else_=reduce(lambda value, step: STEPS[step](value), SEEN_BY_NOBODY, text).nullif(""))


def id_columns(extract: Extract, dataset: Dataset) -> tuple[str, ...]:
    """Their columns that are ids or parts of a row's key."""
    ids = [extract.columns[column.name] for column in dataset.columns if column.kind == "id" and column.name in extract.columns]
    return tuple(dict.fromkeys((*ids, *extract.key_columns)))


def ids_of(raw: Rows, extract: Extract, dataset: Dataset, *, is_lower: bool, extract_name: str) -> Ids:
    """How the ids of some rows are cleaned; raises SourceError where that would make one of two customers."""
    columns = id_columns(extract, dataset)
    counts = _counts(raw, columns)
    odd = [name for name in columns if counts[name]["odd"]]
    counts |= _counts(raw, odd, are_cleaned=True)
    point_zero = frozenset(name for name in columns if 0 < counts[name]["with_point"] == counts[name]["point_zero"])
    ids = Ids(point_zero, is_lower, as_written=frozenset(columns).difference(odd))
    if dataset.name == "customers" and "customer_id" in extract.columns:
        _refuse_merged_customers(raw, extract.columns["customer_id"], ids, extract_name=extract_name)
    customers = {extract.columns[name] for name in NAMES_A_CUSTOMER if name in extract.columns}
    counts |= {name: counts[name] | {"nobody": 0} for name in columns if name not in customers}
    return replace(ids, notes=tuple(_notes(raw, ids, counts, odd=odd, extract_name=extract_name)))


def _counts(raw: Rows, columns: Sequence[str], *, are_cleaned: bool = False) -> dict[str, dict[str, int]]:
    """By column, in how many rows there is something about its id, as it is written or cleaned."""
    if not columns:
        return {}

    def counts_of(raw: Rows) -> Rows:
        ids = [cleaned(unless_missing(raw[name])) if are_cleaned else raw[name] for name in columns]
        return raw.aggregate(
            **{f"{number}.{name}": has.sum().fill_null(0) for number, text in enumerate(ids) for name, has in _questions(text).items()}
        )

    (counts,) = answer(raw, counts_of, "ids", are_cleaned, *columns)
    return {
        column: {name.partition(".")[2]: count for name, count in counts.items() if name.startswith(f"{number}.")}
        for number, column in enumerate(columns)
    }


def _questions(whole: Values) -> dict[str, Values]:
    has_point = ibis.cases((whole.contains("."), whole.re_search(DIGITS_AND_POINTS)), else_=False)
    return {
        "odd": ~whole.re_search(PLAIN) & (whole != ""),
        "with_point": has_point,
        "point_zero": ibis.cases((has_point, whole.re_search(POINT_ZERO)), else_=False),
        "shortened": ibis.cases((whole.contains("+"), whole.re_search(SHORTENED)), else_=False),
        "nobody": whole.lower().isin(STANDS_FOR_NOBODY),
        "odd_mark": whole.re_search(ODD_MARK),
        "with_capitals": whole != whole.lower(),
        "with_small_letters": whole != whole.upper(),
    }


def _notes(raw: Rows, ids: Ids, counts: dict[str, dict[str, int]], *, odd: Sequence[str], extract_name: str) -> Iterator[str]:
    for column, count in counts.items():
        where = f"{extract_name}: `{column}`"
        undone = _undone(raw, column) if column in odd else {}
        if column in ids.without_point_zero:
            undone[".0 behind a whole number"] = count["point_zero"]
        if undone:
            listed = ", ".join(f"{what} in {counted(rows_count, 'row')}" for what, rows_count in undone.items())
            yield f"{where}: ids were landed without {listed}."
        if count["shortened"]:
            yield (
                f"{where}: {counted(count['shortened'], 'id')} look like 1.23E+11, a long number that a spreadsheet shortened; "
                "several customers may be one by it: export the column as text."
            )
        if count["nobody"]:
            yield Advice(
                f"{where}: {counted(count['nobody'], 'row')} with an id such as NULL, guest or 0, which count as one customer; "
                "if they stand for nobody, write `read: {null_texts: [...]}` with them."
            )
        has_cases = not ids.is_lower and count["with_capitals"] and count["with_small_letters"]
        alike = _alike(raw, column, ids, but_for="capitals") if has_cases else 0
        if alike:
            yield Advice(
                f"{where}: {counted(alike, 'id')} differ only in capitals from another and count as different; "
                "if they are the same, write `ids: {case: lower}`."
            )
        alike = _alike(raw, column, ids, but_for="marks") if count["odd_mark"] else 0
        if alike:
            yield Advice(
                f"{where}: {counted(alike, 'id')} differ only in kinds of blanks and hyphens from another and count as different; "
                "if they are the same, write them alike in `sql`: "
                f"""`regexp_replace("{column}", '[\\s\\p{{Z}}\\p{{Pd}}]+', '-', 'g')`."""
            )


def _undone(raw: Rows, column: str) -> dict[str, int]:
    """In how many rows each step changes the id."""

    def changes(raw: Rows) -> Rows:
        odd = raw.filter(~raw[column].re_search(PLAIN)).select(step_0=raw[column])
        for number, step in enumerate(STEPS.values(), start=1):
            odd = odd.mutate(**{f"step_{number}": step(odd[f"step_{number - 1}"])})
        numbers = range(1, len(STEPS) + 1)
        return odd.aggregate(**{f"step_{it}": (odd[f"step_{it}"] != odd[f"step_{it - 1}"]).sum().fill_null(0) for it in numbers})

    (counts,) = answer(raw, changes, "undone", column)
    return {what: counts[f"step_{number}"] for number, what in enumerate(STEPS, start=1) if counts[f"step_{number}"]}


def _alike(raw: Rows, column: str, ids: Ids, *, but_for: Likeness) -> int:
    """How many ids are another one, too, once both are written plainly."""

    def alike(raw: Rows) -> Rows:
        distinct_ids = raw.select(one=ids.of(raw[column], column)).filter(lambda row: row.one.notnull()).distinct()
        plainly = distinct_ids.one.lower() if but_for == "capitals" else distinct_ids.one.re_replace(MARKS, "-")
        several = distinct_ids.group_by(plain=plainly).having(distinct_ids.count() > 1).agg(ids_count=distinct_ids.count())
        return several.agg(ids_count=several.ids_count.sum().fill_null(0))

    (counts,) = answer(raw, alike, "alike", but_for, column, replace(ids, notes=()))
    return int(counts["ids_count"])


def _refuse_merged_customers(raw: Rows, column: str, ids: Ids, *, extract_name: str) -> None:
    """Raises SourceError where two customers of the company's own list would be one, because a list of customers has each once."""

    def merged(raw: Rows) -> Rows:
        positions = {"source_file": raw.source_file, "source_row": raw.source_row}
        pairs = raw.select(written=raw[column].strip(), landed=ids.of(raw[column], column), **positions)
        several = pairs.filter(pairs.landed.notnull()).group_by("landed").having(lambda rows: rows.written.nunique() > 1)
        return several.agg(file=_.source_file.min(), row=_.source_row.min(), last=_.source_row.max()).order_by("file", "row").limit(1)

    for row in answer(raw, merged, "merged", column, ids):
        raise SourceError(
            f"{extract_name}: {row['file']}, rows {row['row']} and {row['last']}: expected every customer under one id, found two ids that "
            f"differ only in blanks, signs that nobody sees, what a spreadsheet adds, or capitals (`ids`); write them alike, or mend one"
        )
