"""What the source itself says that an extract holds: in numbers, by a query, or in a file that arrives with the extract."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet

from config.error_messages import CURRENCY_CODE
from expectations.text import counted
from expectations.tie_out import DeclaredTotal, in_numbers
from tasks.sources.files import files_at
from tasks.sources.landed import SourceError
from tasks.sources.landing import rows_of_query

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.control_total import ControlTotal
    from config.sources import Read
    from tasks.sources.landed import Landed

LARGEST_FILE = 10_000_000
"""A file of totals is small: in bytes."""
MOST_ROWS = 10_000
"""Totals that add up, at most: a query that gives more gives the rows themselves."""
MOST_DIGITS = 20
"""Of a total before its decimal mark; a number such as 1e999999999 would take all memory to write out."""
Row = dict[str, Any]


def declared_total(company: Company, landed: Landed, *, connection: Backend) -> DeclaredTotal | None:
    """What the source says of a landed extract; none where it declares nothing; raises SourceError.

    An amount in a currency other than that of the extract's own amounts is an error: the two cannot be compared.
    """
    declared = company.sources.extracts[landed.extract].control_total
    if declared is None:
        return None
    if declared.query:
        total = _by_query(company, landed.extract, declared, connection=connection)
    elif declared.file:
        total = _in_files(company, landed.extract, declared)
    else:
        total = in_numbers(declared)
    assert total is not None, "a control total is a number, a query or a file"
    _refuse_another_currency(total, landed, connection=connection)
    return total


def _by_query(company: Company, name: str, declared: ControlTotal, *, connection: Backend) -> DeclaredTotal:
    extract = company.sources.extracts[name]
    where = f"{name}: `control_total.query`"
    if extract.database:
        from tasks.sources.databases import database_table, read_database  # noqa: PLC0415 - SQLAlchemy is for databases only

        with tempfile.TemporaryDirectory(prefix="customer-math-read-") as folder:
            path = Path(folder) / "total.parquet"
            source = database_table(company, name, table=None, query=declared.query, connection=connection)
            read_database(source, extract.read, wanted=None, path=path, where=where)
            _refuse_many(pyarrow.parquet.read_metadata(path).num_rows, where=where)
            rows: list[Row] = pyarrow.parquet.read_table(path).to_pylist()
        return _total(rows, declared, read=extract.read, where=where, source="a query on its database")
    rows = rows_of_query(company, name, declared.query or "", most=MOST_ROWS + 1, connection=connection)
    _refuse_many(len(rows), where=where)
    return _total(rows, declared, read=extract.read, where=where, source="a query on its silo's files")


def _refuse_many(rows_count: int, *, where: str) -> None:
    if rows_count > MOST_ROWS:
        raise SourceError(f"{where}: expected totals in at most {MOST_ROWS:,} rows, found more; let it count and add up (count, sum)")


def _in_files(company: Company, name: str, declared: ControlTotal) -> DeclaredTotal:
    read = company.sources.extracts[name].read
    files = files_at(company, declared.file or "", what=f"{name}: `control_total.file`")
    rows = [row for file in files for row in _rows_in(file.path, read, where=f"{name}: {file.name}")]
    names = [file.name for file in files]
    source = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return _total(rows, declared, read=read, where=f"{name}: {source}", source=source)


def _rows_in(path: Path, read: Read, *, where: str) -> list[Row]:
    """What a file of totals says: a JSON object, a list of them, or the rows of a CSV file."""
    text = _text_in(path, read, where=where)
    try:
        if path.suffix.lower() != ".json":
            return list(csv.DictReader(text.splitlines(), delimiter=read.delimiter.replace("\\t", "\t"), quotechar=read.quote or None))
        content = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, csv.Error, TypeError, ArithmeticError):
        kind = "JSON" if path.suffix.lower() == ".json" else "CSV"
        raise SourceError(f"{where}: expected a control total as {kind}, found what cannot be read as that; export it again") from None
    rows = content if isinstance(content, list) else [content]
    if not all(isinstance(row, dict) for row in rows):
        raise SourceError(f'{where}: expected an object with its total, such as {{"rows": 14}}, found something else; export it again')
    return rows


def _text_in(path: Path, read: Read, *, where: str) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SourceError(
                f"{where}: expected a control total of at most {LARGEST_FILE:,} bytes, found more; name the file of the totals"
            )
        return path.read_text(encoding="utf-8-sig" if read.encoding == "utf-8" else read.encoding)
    except OSError as error:
        raise SourceError(f"{where}: cannot be read: {error.strerror}; check who may read it") from None
    except UnicodeError:
        raise SourceError(
            f"{where}: expected text in {read.encoding}, found something else; set `read.encoding`, or export it again"
        ) from None


def _total(rows: list[Row], declared: ControlTotal, *, read: Read, where: str, source: str) -> DeclaredTotal:
    """Several rows add up; each must say the same currency."""
    names = {"rows": declared.rows_in, "amount": declared.amount_in, "currency": declared.currency_in}
    values = {what: [value for row in rows if (value := _value(row, name)) not in (None, "")] for what, name in names.items()}
    if not values["rows"] and not values["amount"]:
        has = f"{counted(len(rows[0]), 'column')} of other names, or empty" if rows else "no row"
        raise SourceError(
            f"{where}: expected a control total in `{declared.rows_in}` or `{declared.amount_in}`, found {has}; "
            "name its columns under `control_total` (`rows_in`, `amount_in`)"
        )
    counts = [_number(value, read, where=f"{where}: `{declared.rows_in}`") for value in values["rows"]]
    amounts = [_number(value, read, where=f"{where}: `{declared.amount_in}`") for value in values["amount"]]
    if any(count < 0 or count != count.to_integral_value() for count in counts):
        raise SourceError(f"{where}: `{declared.rows_in}`: expected a whole number of rows, found another; correct the control total")
    return DeclaredTotal(
        rows=int(sum(counts)) if counts else None,
        amount=sum(amounts, Decimal(0)) if amounts else None,
        currency=_currency(values["currency"], declared, where=where),
        said_by=source,
    )


def _currency(values: list[object], declared: ControlTotal, *, where: str) -> str | None:
    """The one currency that a total's rows, and sources.yaml, name; none where nothing does."""
    codes = {str(value).strip().upper() for value in values}
    if not all(re.fullmatch(CURRENCY_CODE, code) for code in codes):
        raise SourceError(
            f"{where}: `{declared.currency_in}`: expected a currency such as EUR, found something else; correct the control total"
        )
    currencies = sorted(codes | ({declared.currency} if declared.currency else set()))
    if len(currencies) > 1:
        raise SourceError(f"{where}: expected a control total in one currency, found {' and '.join(currencies)}; give one total a currency")
    return currencies[0] if currencies else None


def _value(row: Row, name: str) -> object:
    nested: Any = row
    for part in [name] if name in row else name.split("."):
        nested = nested.get(part) if isinstance(nested, dict) else None
    return nested


def _number(value: object, read: Read, *, where: str) -> Decimal:
    text = str(value).strip()
    if isinstance(value, str):
        text = (text.replace(read.thousands, "") if read.thousands else text).replace(read.decimal, ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() >= MOST_DIGITS:
        raise SourceError(f"{where}: expected a number, found something else; correct the control total or how it is read")
    return number


def _refuse_another_currency(total: DeclaredTotal, landed: Landed, *, connection: Backend) -> None:
    if total.amount is None or total.currency is None or landed.amount is None:
        return
    rows = connection.read_parquet(landed.path)
    by_currency = rows.group_by("currency").agg(rows_count=rows.count()).order_by("currency").to_pyarrow().to_pylist()
    others = [row for row in by_currency if row["currency"] not in (total.currency, None)]
    if others:
        currencies = " and ".join(f"{row['currency']} in {counted(row['rows_count'], 'row')}" for row in by_currency if row["currency"])
        raise SourceError(
            f"{landed.extract}: its control total ({total.said_by}) is in {total.currency}, but its amounts are in other currencies "
            f"(found {currencies}); the two cannot be compared: give it in the extract's own currency, or declare an extract for each"
        )
