"""What the source itself says that an extract holds: in numbers, by a query, or in a file that arrives with the extract."""

from __future__ import annotations

import csv
import json
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet

from expectations.tie_out import DeclaredTotal, in_numbers
from expectations.words import counted
from tasks.sources.databases import DatabaseTable, read_database
from tasks.sources.files import files_at
from tasks.sources.landed import SourceError
from tasks.sources.landing import rows_of_query

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.sources import ControlTotal, Read
    from tasks.sources.landed import Landed

NAMES_SHOWN = 12
"""How many columns of a control total an error lists."""
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
        with tempfile.TemporaryDirectory(prefix="customer-math-read-") as folder:
            path = Path(folder) / "total.parquet"
            source = DatabaseTable(company.place(extract.database), None, declared.query, company.folder)
            read_database(source, extract.read, wanted=None, path=path, where=where)
            rows: list[Row] = pyarrow.parquet.read_table(path).to_pylist()
        return _total(rows, declared, read=extract.read, where=where, said_by="a query on its database")
    rows = rows_of_query(company, name, declared.query or "", connection=connection)
    return _total(rows, declared, read=extract.read, where=where, said_by="a query on its silo's files")


def _in_files(company: Company, name: str, declared: ControlTotal) -> DeclaredTotal:
    read = company.sources.extracts[name].read
    files = files_at(company, declared.file or "", what=f"{name}: `control_total.file`")
    rows = [row for file in files for row in _rows_in(file.path, read, where=f"{name}: {file.name}")]
    names = [file.name for file in files]
    said_by = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return _total(rows, declared, read=read, where=f"{name}: {said_by}", said_by=said_by)


def _rows_in(path: Path, read: Read, *, where: str) -> list[Row]:
    """What a file of totals says: a JSON object, a list of them, or the rows of a CSV file."""
    try:
        text = path.read_text(encoding="utf-8-sig" if read.encoding == "utf-8" else read.encoding)
        if path.suffix.lower() != ".json":
            return list(csv.DictReader(text.splitlines(), delimiter=read.delimiter.replace("\\t", "\t"), quotechar=read.quote or None))
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, csv.Error) as error:
        raise SourceError(f"{where}: expected a control total as JSON or CSV, found: {error}; export it again") from None
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise SourceError(f'{where}: expected an object with its total, such as {{"rows": 14}}, found something else; export it again')
    return rows


def _total(rows: list[Row], declared: ControlTotal, *, read: Read, where: str, said_by: str) -> DeclaredTotal:
    """Several rows add up; each must say the same currency."""
    names = {"rows": declared.rows_in, "amount": declared.amount_in, "currency": declared.currency_in}
    found = {what: [value for row in rows if (value := _value(row, name)) not in (None, "")] for what, name in names.items()}
    if not found["rows"] and not found["amount"]:
        has = ", ".join(f"`{name}`" for name in list(rows[0])[:NAMES_SHOWN]) if rows else "no row"
        raise SourceError(
            f"{where}: expected a control total in `{declared.rows_in}` or `{declared.amount_in}`, found {has}; "
            "name its columns under `control_total` (`rows_in`, `amount_in`)"
        )
    currencies = sorted({str(value).strip().upper() for value in found["currency"]} | ({declared.currency} if declared.currency else set()))
    if len(currencies) > 1:
        raise SourceError(f"{where}: expected a control total in one currency, found {' and '.join(currencies)}; give one total a currency")
    counts = [_number(value, read, where=f"{where}: `{declared.rows_in}`") for value in found["rows"]]
    amounts = [_number(value, read, where=f"{where}: `{declared.amount_in}`") for value in found["amount"]]
    return DeclaredTotal(
        rows=int(sum(counts)) if counts else None,
        amount=sum(amounts, Decimal(0)) if amounts else None,
        currency=currencies[0] if currencies else None,
        said_by=said_by,
    )


def _value(row: Row, name: str) -> object:
    found: Any = row
    for part in [name] if name in row else name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _number(value: object, read: Read, *, where: str) -> Decimal:
    text = str(value).strip()
    if isinstance(value, str):
        text = (text.replace(read.thousands, "") if read.thousands else text).replace(read.decimal, ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SourceError(f"{where}: expected a number, found {value!r}; correct the control total or how it is read")
    return number


def _refuse_another_currency(total: DeclaredTotal, landed: Landed, *, connection: Backend) -> None:
    if total.amount is None or total.currency is None or landed.amount is None:
        return
    rows = connection.read_parquet(landed.path)
    by_currency = rows.group_by("currency").agg(rows_count=rows.count()).order_by("currency").to_pyarrow().to_pylist()
    others = [row for row in by_currency if row["currency"] not in (total.currency, None)]
    if others:
        found = " and ".join(f"{row['currency']} in {counted(row['rows_count'], 'row')}" for row in by_currency if row["currency"])
        raise SourceError(
            f"{landed.extract}: its control total ({total.said_by}) is in {total.currency}, but its amounts are in other currencies "
            f"(found {found}); the two cannot be compared: give it in the extract's own currency, or declare an extract for each"
        )
