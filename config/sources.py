"""Where a company's extracts are and whose column is which: the model of `sources.yaml`."""

from __future__ import annotations

import codecs
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from config.control_total import ControlTotal
from config.datasets import DATASETS, Dataset, Kind, Silo
from config.date_patterns import date_pattern
from config.id_settings import Ids, MatchRule
from config.yaml_file import YamlModel, validate_time_zone

Format = Literal["csv", "parquet", "excel", "json_lines"]
FORMATS_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".ods": "excel",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
}
BuiltInKey = Literal["place_in_file", "nth_of_equal_rows"]
VERSION_COLUMNS: dict[str, Kind] = {"changed_on": "date", "is_correction": "boolean"}
"""What reading adds to an extract whose versions are a history: the day from which a version holds, and whether it corrects."""
NetsWith = Literal["contract", "customer"]
NAMES_A_CUSTOMER = ("customer_id", "referred_customer_id")
"""Columns of the shared tables that hold a customer."""
SENT_AS = {name: f"sent_{name}" for name in NAMES_A_CUSTOMER}
"""What keeps the key that the silo sent, where it stands for a customer of another id."""
UNCLEAR = "unclear_customer"
"""Says why it is not certain whose a row is; empty where it is."""
OWN_COLUMNS = frozenset(
    {
        *("record_key", "source_file", "source_row", "changed_at", "unreadable", "file_row_number", "broken_rules", UNCLEAR),
        *(*SENT_AS.values(), "identity_key", "identity_state", "identity_customer"),
        *VERSION_COLUMNS,
    }
)
"""Columns that reading and judging add to every extract; no extract may bring one of its own by that name."""
ROW_IDENTITY = frozenset({"record_key", "source_file", "source_row"})
"""What a row is called and where it stands; its other columns are what it says."""

MOST_ROWS_ABOVE = 1000
"""Rows above the data; more of them are a slip of the pen, and would take for ever to pass over."""


def validate_table_name(name: str) -> str:
    """The name, if an extract may be called so; raises ValueError."""
    if not name.isidentifier() or name.lower() != name:
        raise ValueError("expected a name in small letters, digits and underscores")
    return name


NO_ENCODINGS_OF_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
"""What Python calls an encoding, and no file is written in."""


def validate_encoding(name: str) -> str:
    """The name, if it is an encoding's in which files are written; raises ValueError."""
    try:
        codec = codecs.lookup(name)
        "a".encode(name)  # what turns bytes into bytes, such as base64, is none
    except (LookupError, ValueError):
        codec = None
    if codec is None or codec.incrementaldecoder is None or codec.name.replace("_", "-") in NO_ENCODINGS_OF_FILES:
        raise ValueError("expected an encoding of text that Python knows, such as utf-8, cp1252 or utf-16")
    return name


def validate_pattern(pattern: str) -> str:
    """The text, if it is a regular expression; raises ValueError."""
    try:
        re.compile(pattern)
    except re.error:
        raise ValueError("expected a regular expression, found a text that is none") from None
    return pattern


class Read(YamlModel):
    """How the files of an extract are written."""

    format: Format | None = None
    """csv, parquet, excel (.xlsx, .xls, .ods) or json_lines; default: by the file's ending (`.gz` aside)."""
    delimiter: str = Field(default=",", min_length=1, max_length=4)
    """What separates two values in a line of CSV; `\\t` for a tabulator. A first line `sep=;` in the file says it by itself."""
    quote: str = Field(default='"', max_length=1)
    """What encloses a value that holds a delimiter or a line break; empty: nothing does."""
    encoding: Annotated[str, AfterValidator(validate_encoding)] = "utf-8"
    """Encoding of the text, as Python names it (utf-8, cp1252, utf-16); a byte-order mark is skipped."""
    decimal: Literal[".", ","] = "."
    """Decimal mark of numbers."""
    thousands: Literal["", ",", ".", " ", "'"] = ""
    """Mark between thousands, if any; a blank stands for narrow ones too, `'` for every apostrophe."""
    skip_rows: int = Field(default=0, ge=0, le=MOST_ROWS_ABOVE)
    """Lines above the header that are not part of the table."""
    header_rows: int = Field(default=1, ge=1, le=MOST_ROWS_ABOVE)
    """Rows of headings; the first holds the names, the others are passed over."""
    skip_last_rows: int = Field(default=0, ge=0, le=MOST_ROWS_ABOVE)
    """Last rows of a CSV file or a sheet that are not part of the table, such as a report's total; blank ones do not count."""
    until_blank_row: bool = False
    """Whether the table ends above the first blank row, as a report does that has its filters and a copyright below."""
    drop_lines_matching: tuple[Annotated[str, AfterValidator(validate_pattern)], ...] = ()
    """Lines of a CSV file that are not part of the table, before their values are told apart: regular expressions for the whole line."""
    escape: Literal["", "backslash"] = ""
    """What stands before a quote inside a value: `backslash`, as MySQL writes; empty: another quote."""
    sheet: str | None = None
    """Sheet of an Excel workbook; default: the first that is shown and has cells."""
    null_texts: tuple[str, ...] = ()
    """Texts that mean that nothing was recorded, such as NULL; an empty value always does, nothing else does by itself."""
    dates: tuple[Annotated[str, AfterValidator(date_pattern)], ...] = Field(
        default=("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"), min_length=1
    )
    """How dates are written, as strptime patterns, tried in order; a text that fits none as a whole is no date.

    Besides: `%s` and `%ms` for seconds and milliseconds since 1970, `excel_1900` and `excel_1904` for the day numbers of a sheet.
    """
    two_digit_years_from: int | None = Field(default=None, ge=1900, le=2100)
    """First of the hundred years in which two-digit years (`%y`) lie: by 1970, 69 is 2069 and 70 is 1970.

    Default: 00 to 68 are the years from 2000 to 2068; 69 to 99 may be of either century, so that they are no dates.
    """
    open_ended: tuple[str, ...] = ()
    """Texts that mean `open` in a column where empty does (contracts.ends_on, tickets.closed_on), such as infinity or 9999-12-31."""
    time_zone: Annotated[str, AfterValidator(validate_time_zone)] | None = None
    """Zone of timestamps that do not name their own, and the only one whose letters (`%Z`), such as CST, are known; default: the company's.
    """
    true_texts: tuple[str, ...] = ("true", "yes", "y", "1", "t")
    """Texts that mean yes, whatever their case."""
    false_texts: tuple[str, ...] = ("false", "no", "n", "0", "f")
    """Texts that mean no, whatever their case."""
    drop_rows_where: dict[str, str] = {}
    """Rows that are not data, such as totals: column and pattern (a regular expression for the whole value)."""
    incremental: bool = False
    """Whether a database is asked only for rows that changed since they were read, by `changed_at`; the others are kept, by `key`.

    For a `table` or `query` with one row a `key`. `changed_at` has to move with every change of a row: an instant, a day, seconds or
    milliseconds since 1970 (declared in `dates`) or ISO text. A row that changes without it, or that a `query` joins from where only
    other rows changed, is not seen; `customer-math rebuild` reads all again, and so does a changed declaration. Deleted rows are not
    seen by `changed_at`, but by the number of rows, which is asked for each time: where it is another, all rows are read again. Rows
    without a `changed_at` are read each time.
    """
    lookback_days: int = Field(default=1, ge=0, le=366)
    """How many days before the latest change that was read `incremental` begins, for rows that were committed late."""

    @model_validator(mode="after")
    def _has_distinct_delimiter_and_quote(self) -> Read:
        marks = self.delimiter.replace("\\t", "\t")
        if set("\r\n\0") & {*marks, *self.quote} or (self.quote and self.quote in marks):
            raise ValueError("expected a `delimiter` and a `quote` that differ and are no line breaks; correct them")
        return self


class Claim(YamlModel):
    """What a silo itself counts as new or lost customers, told by a rule over its own extract."""

    says: str = Field(min_length=5)
    """What the silo counts, in words: `deals that were won`."""
    on: str | None = None
    """Our column that holds the day; none: the claim has no day, as a flag that once was set, and stands for all time."""
    where: dict[str, tuple[str, ...]] = {}
    """The rows that count: our column, and the values that it may have; none: all rows."""
    outside: dict[str, tuple[str, ...]] = {}
    """Rows that the company does not count at all, such as test or partner accounts: our column, and its values."""
    customer: str = "customer_id"
    """Our column, or attribute, with the silo's key of the customer."""
    matched_by: MatchRule = "id"
    """Whether the key is the customer's own id, a silo's key in an extract of `crosswalk`, or an e-mail address.

    `id` is whoever the row's customer is by the rules of `ids.matched_by`; the others look at the key as the silo sent it.
    """


class Extract(YamlModel):
    """One extract: where it is, how it is read, which of its columns is which of ours."""

    silo: Silo
    """Who it comes from: sales, marketing or service."""
    dataset: str | None = Field(default=None, json_schema_extra={"enum": [*DATASETS, None]})
    """What a row is, by the shared table's name; none: only read so that another extract's `sql` can join it."""
    path: str | None = None
    """File or glob; relative to the company's folder; `${NAME}` is filled in from the environment.

    Or an address: `s3://bucket/orders-*.csv`, `gs://`, `az://`, `sftp://user:${PASSWORD}@host/orders-*.csv`, `https://host/orders.csv`.
    Azure's were tried against a stand-in (Azurite), Google's against nothing: the library that reads S3's reads both.
    Who we are is said by the environment, as the stores' own tools have it (AWS_ACCESS_KEY_ID and such); an SFTP server's key must be
    in ~/.ssh/known_hosts.
    """
    database: str | None = None
    """A database's URL (SQLAlchemy), instead of a path; `${NAME}` is filled in, so that no password is written here.

    `sqlite:///file`, `duckdb:///file`, `postgresql://user:${PASSWORD}@host/name`; with an extra of customer-math that installs the
    driver also `mysql://`, `mssql://`, `snowflake://` and `bigquery://`.

    Give it a role that may read what is needed and nothing else; files of SQLite and DuckDB are opened for reading only.
    It is asked for all rows each time, or for those that changed: `read.incremental`.
    """
    table: str | None = None
    """Table of the database, `schema.table` or `table`."""
    query: str | None = None
    """A query on the database, instead of a table: one SELECT; it can change nothing, because the database is opened to be read."""
    read: Read = Read()
    """How its files are written."""
    sql: str | None = None
    """A query between reading and mapping, over the extracts of the same silo by their names; all values are text.

    One SELECT of DuckDB's SQL, run in an engine apart that reaches no file, no address and no setting of the machine.
    """
    reads: tuple[str, ...] = ()
    """Extracts of other silos that its SQL (`sql`, `control_total.query`) may name; those of its own silo need no mention."""
    time_limit_minutes: float = Field(default=10, gt=0, le=1440)
    """How long its SQL, or a query on its database, may take before it is stopped; in minutes."""
    columns: dict[str, str] = {}
    """Our column: theirs."""
    constants: dict[str, str] = {}
    """Our column: one value for every row."""
    attributes: dict[str, str] = {}
    """Further columns to keep as text, for segments: our name for it: theirs."""
    codes: dict[str, dict[str, str]] = {}
    """Our column: their code: our word. A code that is not listed is kept as it is, and found by validation."""
    key: tuple[str, ...] | BuiltInKey
    """Their columns that identify a row; where there are none, `nth_of_equal_rows` or `place_in_file`.

    `nth_of_equal_rows`: the n-th of the rows of a file that are equal in every column named here is the n-th such row of another
    file, so that exports that overlap count a row once, and real repeats within one export stay. `place_in_file`: every row of
    every file counts; rows that another file holds too are counted in a note. With `sql`, `nth_of_equal_rows` needs `source_file`
    and `source_row` among the columns that it gives.
    """
    changed_at: str | None = None
    """Their column that says when a row changed; the latest version of a key wins. Default: the later place in the files."""
    versions: bool = False
    """Whether the versions of a contract are its history, each with what was agreed from the day of its `changed_at` to the next.

    The first holds from the contract's first day, and none longer than the last one says that the contract lasts. Default: the
    latest version counts for the contract's whole life.
    """
    correction_column: str | None = None
    """Their column that says yes where a version corrects: it takes the place of all versions before it, from the first day on."""
    nets_with: NetsWith | None = None
    """What negative lines of contracts, such as discounts, lessen: the `contract` of the same id, or what the `customer` is worth.

    They make nobody a customer, and count on days from the first to the last of what they are netted with. Default: a negative
    line is set aside.
    """
    covers_from: date | Literal["founding"] | None = None
    """First day that the extract covers; `founding`: nobody was a customer before its first row.

    Only for purchases and contracts, which say who is a customer. Default, shown as an assumption: the first row of the first month
    that holds at least a tenth of the median of the next six. Who was a customer on an earlier day is not known, so no period is held
    against one that opens then.
    """
    covers_through: date | None = None
    """Last day that the extract covers; default: the latest day of its event column."""
    claims: dict[Literal["new", "lost"], Claim] = {}
    """What the silo itself claims as new or lost, held against the company's own count."""
    ids: Ids | None = None
    """How its ids are compared, where that is not as `ids` in definitions.yaml says."""
    control_total: ControlTotal | None = None
    """What the source itself says that the extract holds; checked to the unit and the cent."""

    @property
    def version_columns(self) -> tuple[str, ...]:
        """Their columns that say when a row changed, and whether it corrects."""
        return tuple(name for name in (self.changed_at, self.correction_column) if name)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Their columns that identify a row; none where the key is one that reading makes."""
        return () if isinstance(self.key, str) else self.key

    @property
    def shared(self) -> Dataset | None:
        """The shared table that its rows become; none for an extract that is only joined."""
        return DATASETS[self.dataset] if self.dataset else None

    @field_validator("dataset")
    @classmethod
    def _is_a_shared_table(cls, name: str | None) -> str | None:
        if name is not None and name not in DATASETS:
            raise ValueError(f"expected one of {', '.join(DATASETS)}")
        return name

    @model_validator(mode="after")
    def _has_one_source(self) -> Extract:
        if self.path and self.database:
            raise ValueError("has both `path` and `database`; keep one")
        if not self.path and not self.database and not self.sql:
            raise ValueError("has no place to be read from; give it `path`, `database` or `sql`")
        if self.database and bool(self.table) == bool(self.query):
            raise ValueError("a `database` needs either `table` or `query`")
        return self

    @model_validator(mode="after")
    def _keeps_files_apart_where_its_key_does(self) -> Extract:
        if self.key == "nth_of_equal_rows" and self.sql and not self.path:
            raise ValueError(
                "`key: nth_of_equal_rows` compares the extract's own files, and `sql` alone has none; name the columns of a key instead"
            )
        return self

    @model_validator(mode="after")
    def _begins_where_customers_come_from(self) -> Extract:
        if self.covers_from and self.dataset not in {"purchases", "contracts"}:
            raise ValueError("`covers_from` is about purchases and contracts, which say who is a customer; remove it")
        return self

    @model_validator(mode="after")
    def _nets_contracts(self) -> Extract:
        if self.nets_with and self.dataset != "contracts":
            raise ValueError("`nets_with` is about negative lines of contracts; remove it")
        return self

    @model_validator(mode="after")
    def _has_versions_of_what_lasts(self) -> Extract:
        if self.versions and not (self.dataset == "contracts" and self.changed_at and self.key_columns):
            raise ValueError("`versions: true` is for contracts that have a `key` of columns and `changed_at`; declare them, or remove it")
        if self.correction_column and not self.versions:
            raise ValueError("`correction_column` is about versions that are a history; add `versions: true`, or remove it")
        return self

    @model_validator(mode="after")
    def _is_incremental_where_it_can_be(self) -> Extract:
        if not self.read.incremental and "lookback_days" in self.read.model_fields_set:
            raise ValueError("`read.lookback_days` is about `read.incremental: true`; add it, or remove `lookback_days`")
        if self.read.incremental and not self.database:
            raise ValueError("`read.incremental` is about a `database`; remove it: a file that did not change is not read again anyway")
        if self.read.incremental and not (self.key_columns and self.changed_at):
            raise ValueError("`read.incremental: true` needs a `key` of columns and `changed_at`; declare them, or remove it")
        if self.read.incremental and (self.sql or not self.dataset):
            raise ValueError("`read.incremental` keeps the columns that are mapped, and `sql` may read any; use `query`, or remove it")
        if self.read.incremental and self.versions:
            raise ValueError("`read.incremental` keeps one row a `key`, and `versions: true` has several; remove one of them")
        return self

    @model_validator(mode="after")
    def _maps_what_the_shared_table_has(self) -> Extract:
        if self.shared is None:
            return self
        given = {**self.columns, **self.constants}
        unknown = sorted(set(given) - set(self.shared.column_names))
        if unknown:
            allowed = ", ".join(self.shared.column_names)
            raise ValueError(f"{self.dataset} has no column {', '.join(unknown)}; it has {allowed} (others belong under `attributes`)")
        missing = sorted(set(self.shared.required) - set(given))
        if missing:
            raise ValueError(f"{self.dataset} needs {', '.join(missing)}; name the column under `columns`")
        return self

    @model_validator(mode="after")
    def _adds_no_column_twice(self) -> Extract:
        ours = {*self.columns, *self.constants, *OWN_COLUMNS}
        # The engine takes capital and small letters in names for the same.
        twice = (set(self.columns) & set(self.constants)) | {name for name in self.attributes if name.lower() in ours}
        if twice:
            raise ValueError(f"names {', '.join(sorted(twice))} twice; keep one")
        return self


class Sources(YamlModel):
    """Every extract of the company, by its name."""

    extracts: dict[Annotated[str, AfterValidator(validate_table_name)], Extract] = Field(min_length=1)
    """The extracts, by the name that `sql`, segments and messages call them."""
