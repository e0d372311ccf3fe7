"""Their columns as ours: an extract's text as rows of a shared table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from config.sources import ROW_IDENTITY, VERSION_COLUMNS
from config.unreadable_values import NO_VALUE
from tasks.sources.ids import plain
from tasks.sources.landed import SourceError
from tasks.sources.values import AMOUNT, is_in_another_currency, is_missing, open_or_text, unless_missing, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.datasets import Column, Dataset
    from config.sources import Extract, Read
    from tasks.sources.days import Reading
    from tasks.sources.engine_functions import Rows, Values
    from tasks.sources.ids import Ids

READ_AS_IS = frozenset({"id", "text"})
"""Kinds of columns that any text is a value of."""
FREE_TEXTS = frozenset({"comment", "customer_name"})
"""What people wrote, which is no word of a list; it is landed as it is written."""
LETTERS_SHOWN = 60
"""How much of an unreadable value is kept as the reason."""
TEXT, VALUE = "text of ", "value of "
"""How a column's text and value are called until the row is written."""
DATA_TYPES = {
    "id": "string",
    "text": "string",
    "date": "date",
    "integer": "int64",
    "boolean": "boolean",
    "amount": "decimal(18, 4)",
    "rate": "decimal(18, 8)",
}
"""How a column of each kind is landed."""


def needed_columns(extract: Extract) -> tuple[str, ...]:
    """Their columns that the mapping, the key and the version of a row need."""
    own = (*extract.key_columns, *extract.version_columns)
    return tuple(dict.fromkeys((*extract.columns.values(), *extract.attributes.values(), *own)))


def landed_table(raw: Rows, extract: Extract, *, dataset: Dataset, reading: Reading, ids: Ids, currency: str) -> Rows:
    """The raw rows as rows of the shared table, with the extract's attributes and each row's key, place and unreadable values."""
    defaults = {"currency": currency, "recurring_per": "year"}
    mapped_names = {*extract.columns, *extract.constants, *defaults}
    # Columns that nothing is said of are not read: they would take as much of a query as the others.
    given = [column for column in dataset.columns if column.name in mapped_names or column.is_open_if_empty]
    texts = {column.name: _text(raw, extract, column=column, default=defaults.get(column.name)) for column in given}
    texts |= {column.name: open_or_text(texts[column.name], reading) for column in given if column.is_open_if_empty}
    as_written = {ours: plain(raw[theirs]) for ours, theirs in extract.attributes.items()} | {
        "record_key": _record_key(raw, extract, ids),
        "changed_at": raw[extract.changed_at] if extract.changed_at else ibis.null("string"),
    }
    version_texts = _version_texts(raw, extract)
    # What is put under a name is computed once, whatever asks for it; an expression that stands in several places is not.
    read = raw.select(**_under(TEXT, texts | version_texts | as_written), source_file=raw.source_file, source_row=raw.source_row)
    valued = read.mutate(**_under(VALUE, _values(read, extract, columns=given, reading=reading, ids=ids)))
    valued = _in_own_currency(valued, extract, dataset=dataset, currency=currency)
    typed = [*(column.name for column in given if column.kind not in READ_AS_IS), *version_texts]
    values = {name: valued[VALUE + name] for name in (*texts, *version_texts)} | {name: valued[TEXT + name] for name in as_written}
    columns = {name: value if name in typed else unless_missing(value) for name, value in values.items()}
    version_values = {name: columns.pop(name) for name in version_texts}
    changed_at = columns.pop("changed_at")
    empty = {column.name: ibis.null(DATA_TYPES[column.kind]) for column in dataset.columns}
    mapped = valued.select(
        **empty | columns,
        source_file=valued.source_file,
        source_row=valued.source_row,
        changed_at=changed_at,
        unreadable=_unreadable({name: valued[TEXT + name] for name in texts | version_texts | as_written}, values, typed),
        **version_values,
    )
    return mapped.mutate(record_key=_nth_of_equal_rows(mapped)) if extract.key == "nth_of_equal_rows" else mapped


def _under(prefix: str, columns: dict[str, Values]) -> dict[str, Values]:
    return {prefix + name: column for name, column in columns.items()}


def _values(read: Rows, extract: Extract, *, columns: Sequence[Column], reading: Reading, ids: Ids) -> dict[str, Values]:
    """What the texts of the shared table's columns, and of a version's, mean."""
    values = {
        column.name: ids.of(read[TEXT + column.name], extract.columns.get(column.name))
        if column.kind == "id"
        else _value(read[TEXT + column.name], column, reading)
        for column in columns
    }
    versions = {
        name: value_of(read[TEXT + name], kind=VERSION_COLUMNS[name], reading=reading)
        for name in (VERSION_COLUMNS if extract.versions else ())
    }
    return values | versions


def _in_own_currency(valued: Rows, extract: Extract, *, dataset: Dataset, currency: str) -> Rows:
    """The values without amounts that name another currency than their row's."""
    if "currency" not in dataset.column_names:
        return valued
    whose = valued[f"{VALUE}currency"].fill_null(currency)
    amounts = [column.name for column in dataset.columns if column.kind == "amount" and column.name in extract.columns]
    own = {name: is_in_another_currency(valued[TEXT + name], whose).ifelse(ibis.null(AMOUNT), valued[VALUE + name]) for name in amounts}
    return valued.mutate(**_under(VALUE, own))


def refuse_attributes_of_ours(extract: Extract, dataset: Dataset, *, extract_name: str) -> None:
    """Raises SourceError where an attribute bears the name of a column that the shared table has."""
    twice = sorted(set(extract.attributes) & set(dataset.column_names))
    if twice:
        raise SourceError(
            f"{extract_name}: {dataset.name} has a column {twice[0]} of its own; name it under `columns` instead of `attributes`"
        )


def refuse_one_mark_for_two(read: Read, *, extract_name: str) -> None:
    """Raises SourceError where 1,234 could be a thousand or one and a bit."""
    if read.thousands == read.decimal:
        raise SourceError(
            f"{extract_name}: `read.thousands` and `read.decimal` are both `{read.decimal}`; a number needs two marks: correct one"
        )


def _text(raw: Rows, extract: Extract, *, column: Column, default: str | None) -> Values:
    text: Values
    if column.name in extract.columns:
        text = raw[extract.columns[column.name]]
    elif column.name in extract.constants:
        text = ibis.literal(extract.constants[column.name])
    else:
        text = ibis.literal(default, "string")
    codes = extract.codes.get(column.name)
    if not codes:
        return text
    # A code whose word is empty says that nothing was recorded.
    mapped: Values = ibis.cases(*((text.strip() == code, word) for code, word in codes.items()), else_=text)
    return mapped.nullif("")


def _value(text: Values, column: Column, reading: Reading) -> Values:
    value = value_of(text, kind=column.kind, reading=reading)
    if column.name == "currency":
        value = text.strip().upper().nullif("")
    if column.name == "recurring_per":
        value = text.strip().lower().nullif("")
    if column.kind == "text" and column.name not in FREE_TEXTS:
        value = plain(value)
    return value.cast(DATA_TYPES[column.kind])


def _record_key(raw: Rows, extract: Extract, ids: Ids) -> Values:
    """What identifies a row; a bar inside a part of the key is marked, so that two keys cannot run into one."""
    key = extract.key_columns
    if not key:
        return raw.source_file + "|" + raw.source_row.cast("string")
    if len(key) == 1:
        return ids.of(raw[key[0]], key[0])
    parts = [ids.of(raw[name], name) for name in key]
    missing = [ibis.cases((is_missing(part), part)) for part in parts]
    return ibis.coalesce(*missing, joined_texts(parts).nullif("|" * (len(parts) - 1)))


def _nth_of_equal_rows(rows: Rows) -> Values:
    """What a row says, and which of the rows of its file that say the same it is."""
    content = joined_texts([rows[name].cast("string") for name in rows.columns if name not in ROW_IDENTITY]).hexdigest("md5")
    nth: Values = ibis.row_number().over(group_by=[rows.source_file, content], order_by=rows.source_row) + 1
    return content + "|" + nth.cast("string")


def joined_texts(parts: Sequence[Values]) -> Values:
    """Texts as one; a bar inside of one is marked, so that two rows cannot run into one."""
    bar: Values = ibis.literal("|")
    return bar.join([part.fill_null("").replace("|", "\\|") for part in parts])


def _version_texts(raw: Rows, extract: Extract) -> dict[str, Values]:
    """What an extract whose versions are a history says of each version."""
    if not extract.versions:
        return {}
    is_correction: Values = raw[extract.correction_column] if extract.correction_column else ibis.null("string")
    return {"changed_on": raw[extract.changed_at], "is_correction": is_correction}


def _unreadable(texts: dict[str, Values], values: dict[str, Values], typed: Collection[str]) -> Values:
    """Every value that is there and could not be read, and every one that is missing where it belongs, by its column."""
    is_unread = {name: _cannot_be_read(text, values[name]) if name in typed else is_missing(text) for name, text in texts.items()}
    complaints = [ibis.cases((is_unread[name], _complaint(name, text))) for name, text in texts.items()]
    complaint_array: Values = ibis.array([*complaints, ibis.null("string")])
    listed = complaint_array.filter(lambda complaint: complaint.notnull()).join("; ").nullif("")
    return ibis.cases((ibis.or_(*is_unread.values()), listed))  # most rows have none, of which no list is made


def _cannot_be_read(text: Values, value: Values) -> Values:
    return ibis.cases((value.isnull(), (text.strip() != "").fill_null(False)), else_=False)


def _complaint(name: str, text: Values) -> Values:
    """The value as it is written; of a missing one, why."""
    reason = text.re_extract(f"^{NO_VALUE}(.*)$", 1)
    return ibis.literal(f"{name}='") + text.startswith(NO_VALUE).ifelse(reason, text.left(LETTERS_SHOWN)) + "'"
