"""What is in a file, by readers that are not the project's own; and whether what was landed is that."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
import warnings
import zipfile
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.pipeline.fuzzing.orders import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.pipeline.fuzzing.orders import Record

PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
PLAIN_DAY = re.compile(r"(19[0-9]{2}|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}")
LOOSE_DAY = re.compile(r"\s*([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T][0-9:.+Zz-]*)?\s*")
BESIDE_DIGITS = str.maketrans({"\u2212": "-", "\u00a0": " ", "\u202f": " ", "\u2019": "'"})
NO_SIGNS = dict.fromkeys(map(ord, "\ufeff\0\u200b\u2060"))
"""Signs that nobody sees, and that are no part of a file's text."""
OURS = {"id": "purchase_id", "customer": "customer_id", "state": "status", "day": "purchased_on"}
ROUNDING = Decimal("0.0001")
"""Amounts have four decimal places."""


class UnreadableError(ValueError):
    """The independent reader cannot make records of the file."""


def csv_records(content: bytes) -> list[Record]:
    try:
        text = re.sub(r"\x1a\s*$", "", content.decode().translate(NO_SIGNS))
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
        lines = [line for number, line in enumerate(lines) if number == 0 or any(cell.strip() for cell in line)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(str(error)) from None
    if not lines:
        raise UnreadableError("nothing")
    # Nothing is lost with empty values behind the last heading.
    lines = [[*line[:length], *(cell for cell in line[length:] if cell)] for length in [len(lines[0])] for line in lines]
    if any(len(line) != len(lines[0]) for line in lines):
        raise UnreadableError("rows of different lengths")
    return _named([(cell or None) for cell in lines[0]], [[cell or None for cell in line] for line in lines[1:]])


def json_records(content: bytes) -> list[Record]:
    try:
        text = re.sub(r"\x1a\s*$", "", content.decode().translate(NO_SIGNS))
        lines = [line for line in text.split("\n") if line.strip()]
        objects = [json.loads(line, parse_float=Decimal, object_pairs_hook=_once) for line in lines]
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from None
    if not all(isinstance(each, dict) for each in objects):
        raise UnreadableError("a line that is no object")
    return [{name: each.get(name) for name in COLUMNS} for each in objects]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a name twice in an object, of which nobody can say which value is meant")
    return dict(pairs)


def xlsx_records(content: bytes) -> list[Record]:
    try:
        rows = _sheet_rows(content)
    except IndexError:  # a style that is not there, most often: a cell's value does not hang on it
        try:
            rows = _sheet_rows(_without_styles(content))
        except IndexError as error:
            raise UnreadableError(str(error)) from None
    if not rows:
        raise UnreadableError("no row")
    return _named(rows[0], [row for row in rows[1:] if any(cell not in (None, "") for cell in row)])


def _sheet_rows(content: bytes) -> list[list[Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except IndexError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is that the library cannot read
        raise UnreadableError(str(error)) from None


def _without_styles(content: bytes) -> bytes:
    """The workbook with no cell that names a style which is not there."""
    plain = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(plain, "w") as without:
        styles = archive.read("xl/styles.xml") if "xl/styles.xml" in archive.namelist() else b""
        there = len(re.findall(rb"<xf[ />]", b"".join(re.findall(rb"<cellXfs.*?</cellXfs>", styles, re.DOTALL))))

        def kept(cell: re.Match[bytes]) -> bytes:
            return cell[0] if cell[2].isdigit() and int(cell[2]) < there else cell[1]

        for name in archive.namelist():
            part = archive.read(name)
            without.writestr(name, re.sub(rb'(<c [^>]*?) s="([^"]*)"', kept, part) if "worksheets" in name else part)
    return plain.getvalue()


def parquet_records(content: bytes) -> list[Record]:
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
        if any(table.column_names.count(name) != 1 for name in COLUMNS):
            raise UnreadableError("a column that is missing or there twice")
        return [{name: row.get(name) for name in COLUMNS} for row in table.to_pylist()]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(str(error)) from None


def _named(headings: Sequence[Any], rows: list[list[Any]]) -> list[Record]:
    if any(headings.count(name) != 1 for name in COLUMNS):
        raise UnreadableError("a column that is missing or there twice")
    places = {name: headings.index(name) for name in COLUMNS}
    return [{name: row[place] for name, place in places.items()} for row in rows]


ORACLES: dict[str, Callable[[bytes], list[Record]]] = {
    "csv": csv_records,
    "json_lines": json_records,
    "xlsx": xlsx_records,
    "parquet": parquet_records,
}


def differences(expected: Sequence[Record], landed: Sequence[Record]) -> Iterator[str]:
    """Every row that is missing or too many, and every value that is not what its file says."""
    if len(expected) != len(landed):
        yield f"{len(expected)} rows in the file, {len(landed)} landed"
        return
    for number, (row, found) in enumerate(zip(expected, landed, strict=True), start=1):
        unreadable = found["unreadable"] or ""
        for name, problem in (
            ("id", text_problem(row["id"], found["purchase_id"], is_id=True)),
            ("customer", text_problem(row["customer"], found["customer_id"], is_id=True)),
            ("state", text_problem(row["state"], found["status"])),
            ("contact", text_problem(row["contact"], found["contact"])),
            ("day", day_problem(row["day"], found["purchased_on"], unreadable)),
            ("amount", amount_problem(row["amount"], found["amount"], unreadable)),
        ):
            if problem and not _is_missing(OURS.get(name, name), unreadable):
                yield f"row {number}, {name}: {problem}"


def _is_missing(column: str, unreadable: str) -> bool:
    """Whether the row is set aside for a cell that shows an error, or holds no value although something belongs there."""
    return re.search(rf"(^|; ){column}='(#|[^']* in [^']*![A-Z]+[0-9]+')", unreadable) is not None


def text_problem(value: Any, landed: str | None, *, is_id: bool = False) -> str | None:
    text = _as_text(value) or ""
    expected = _as_id(text) if is_id else _as_word(text)
    is_comparable = value is None or isinstance(value, str | int | date) or _is_whole(value)
    return None if not is_comparable or expected == landed else f"{expected!r} in the file, {landed!r} landed"


def _as_word(text: str) -> str | None:
    """A text without blanks around it and signs that nobody sees."""
    seen = (sign for sign in text.strip() if sign in "\t\n\r\v\f" or unicodedata.category(sign) not in {"Cc", "Cf"})
    return "".join(seen) or None


def _as_id(text: str) -> str | None:
    """What an id is without what nobody means by it: sign by sign, where the project has patterns."""
    text = _as_word(unicodedata.normalize("NFC", text)) or ""
    if re.fullmatch(r'=\s*".*"', text):
        text = text[1:].strip()[1:-1].strip()
    if text.startswith("'") and "'" not in text[1:]:
        text = text[1:].strip()
    return text.strip() or None


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return str(value.date()) if value.time().isoformat() == "00:00:00" else str(value)
    return str(int(value)) if _is_whole(value) else str(value)


def _is_whole(value: Any) -> bool:
    """Whether a number is written without a point or power of ten, whoever writes it."""
    is_number = isinstance(value, float | Decimal) and math.isfinite(value)
    return is_number and str(value) != "-0.0" and abs(value) < 2**53 and value == int(value)


def day_problem(value: Any, landed: date | None, unreadable: str) -> str | None:
    text = _as_text(value) or ""
    if landed is None:
        return _passed_over(text, "purchased_on", unreadable, is_plain=bool(PLAIN_DAY.fullmatch(text) and _day(text)))
    return None if _day(text.translate(NO_SIGNS)) == landed else f"{text!r} in the file, {landed} landed"


def _day(text: str) -> date | None:
    match = LOOSE_DAY.fullmatch(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def amount_problem(value: Any, landed: Decimal | None, unreadable: str) -> str | None:
    text = _amount_text(value)
    if landed is None:
        return _passed_over(text, "amount", unreadable, is_plain=bool(PLAIN_AMOUNT.fullmatch(text)))
    number = _number(text)
    return None if number is not None and abs(number - landed) <= ROUNDING else f"{text!r} in the file, {landed} landed"


def _amount_text(value: Any) -> str:
    if isinstance(value, float | Decimal) and not isinstance(value, bool):
        return format(Decimal(str(value)), "f") if Decimal(str(value)).is_finite() else ""
    return _as_text(value) or ""


def _number(text: str) -> Decimal | None:
    """What people mean: a minus before or behind or parentheses, a currency beside it."""
    body = text.translate(BESIDE_DIGITS).strip()
    digits = re.sub(r"[^0-9.eE+-]|(?<![0-9.])[eE]|[eE](?![0-9+-])", "", body)
    is_negative = "(" in body or digits.endswith("-")
    try:
        number = Decimal(digits.rstrip("-"))
    except InvalidOperation:
        return None
    return -abs(number) if is_negative else number


def _passed_over(text: str, column: str, unreadable: str, *, is_plain: bool) -> str | None:
    if is_plain:
        return f"{text!r} in the file, nothing landed"
    is_counted = not text.strip() or f"{column}='" in unreadable
    return None if is_counted else f"{text!r} in the file, nothing landed and nothing said of it"
