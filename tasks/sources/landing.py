"""An extract from its source to its landed file: read once, joined, mapped, typed, written whole, counted."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from config.process_ids import own_mark
from expectations.text import counted
from tasks.sources.compiled import copy_to, named
from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.file_texts import raw_table
from tasks.sources.files import SourceFile, digest_of, digests_of, find_files, format_of, states_of
from tasks.sources.headings import chosen
from tasks.sources.heads import head_of
from tasks.sources.ids import ids_of
from tasks.sources.instants import notes_on_midnights
from tasks.sources.joining import joined, named_extracts, refuse_files_merged
from tasks.sources.landed import Advice, Landed, SourceError, as_json, read_landed
from tasks.sources.landed_sums import amount_in_force, sums_of
from tasks.sources.landing_job import LANDED_VERSION, Landing, Source, read_as
from tasks.sources.mapped_rows import data_rows, mapped
from tasks.sources.mapping import needed_columns, refuse_attributes_of_ours, refuse_one_mark_for_two
from tasks.sources.raw_tables import RawTable, scan
from tasks.sources.sandbox import limits_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.sources import Extract
    from tasks.sources.engine_functions import Rows
    from tasks.sources.landing_job import LandingStore, WrittenWhole

log = logging.getLogger(__name__)


def land(company: Company, extract_name: str, *, connection: Backend, store: LandingStore, first_rows: int | None = None) -> Landed:
    """Read one extract and write it as rows of its shared table; one that was landed before, unchanged, is used again.

    Of its own files all rows are read, or the first so many of each; what its `sql` reads beside them is read whole.

    Raises SourceError where it cannot be read, saying what was expected, what was found, where, and what to do.
    """
    extract = company.sources.extracts[extract_name]
    if extract.shared is None:
        raise SourceError(
            f"{extract_name}: has no `dataset`, so it is read only where another extract's `sql` names it; give it one to land it"
        )
    refuse_attributes_of_ours(extract, extract.shared, extract_name=extract_name)
    refuse_one_mark_for_two(extract.read, extract_name=extract_name)
    # A row's place is where it stands in what the engine writes, so the engine must write rows in the order it reads them.
    connection.con.execute("SET preserve_insertion_order = true")
    with tempfile.TemporaryDirectory(prefix=f"customer-math-{own_mark()}") as folder:
        landing = Landing(company, extract_name, connection, Path(folder), store=store, first_rows=first_rows)
        sources = _sources(landing)
        fingerprint = _fingerprint(landing, sources)
        path = store.path_of(fingerprint)
        landed = read_landed(path, fingerprint, removes_damaged=True)
        if landed:
            log.info("kept %s: unchanged, %s rows", _title(landed), f"{landed.rows_count:,}")
            return landed
        raws = {name: raw_table(landing, source) for name, source in sources.items()}
        landed = _landed_anew(landing, sources, raws=raws, path=path, written_whole=store.written_whole)
    files = counted(len(landed.files), "file") + _of_them_new(landed, reused_count=sum(raw.reused_count for raw in raws.values()))
    log.info("read %s: %s from %s%s", _title(landed), counted(landed.rows_count, "row"), files, _money(landed, company))
    return landed


def rows_of_query(company: Company, extract_name: str, query: str, *, most: int, connection: Backend) -> list[dict[str, str | None]]:
    """The rows, as text, that a query over the raw extracts of an extract's silo gives, as many as `most`; raises SourceError."""
    extract_with_query = company.sources.extracts[extract_name].model_copy(update={"sql": query})
    extracts = {**company.sources.extracts, extract_name: extract_with_query}
    company_with_query = replace(company, sources=company.sources.model_copy(update={"extracts": extracts}))
    with tempfile.TemporaryDirectory(prefix="customer-math-read-") as folder:
        landing = Landing(company_with_query, extract_name, connection, Path(folder), sql_name="control_total.query")
        sources = _sources(landing)
        raws = {name: raw_table(landing, source) for name, source in sources.items()}
        rows_by_extract = {name: data_rows(landing, sources[name], raw) for name, raw in raws.items()}
        rows, _ = _rows_to_map(landing, sources, rows_by_extract=rows_by_extract, raws=raws)
        return rows.limit(most).to_pyarrow().to_pylist()


def remembered(path: Path, fingerprint: str) -> Landed | None:
    """What is known of an extract that was landed before; none where it is no longer kept."""
    return read_landed(path, fingerprint, removes_damaged=False)


def _title(landed: Landed) -> str:
    return f"{landed.silo}.{landed.extract}"


def _of_them_new(landed: Landed, *, reused_count: int) -> str:
    """How many files were read; nothing where all were."""
    return f", {len(landed.files) - reused_count:,} of them new" if reused_count else ""


def _money(landed: Landed, company: Company) -> str:
    if landed.amount is None:
        return ""
    has_currencies = "currency" in company.sources.extracts[landed.extract].columns
    return f", {landed.amount:,.2f} {'in the currencies given' if has_currencies else company.definitions.currency}"


def _sources(landing: Landing) -> dict[str, Source]:
    """The places to read, the extract's own first; databases are read here, because their rows are their fingerprint."""
    has_source = bool(landing.extract.path or landing.extract.database)
    own = (landing.name,) if has_source else ()
    named = named_extracts(landing.company, landing.name, where=landing.sql_location, connection=landing.connection)
    return {name: _source(landing, name) for name in dict.fromkeys((*own, *named))}


def _source(landing: Landing, name: str) -> Source:
    extract = landing.company.sources.extracts[name]
    first_rows = landing.first_rows if name == landing.name else None
    if extract.path:
        files = find_files(landing.company, name, into=landing.folder)
        if first_rows:
            files = tuple(_head(landing, file) for file in files)
        states, digests = states_of(files, extract_name=name), digests_of(files, extract_name=name)
        return Source(name, extract, files, digests, digest_of(files, digests), tuple(file.name for file in files), states=states)
    return _database_source(landing, name, first_rows=first_rows)


def _database_source(landing: Landing, name: str, *, first_rows: int | None) -> Source:
    from tasks.sources.databases import database_table, read_database  # noqa: PLC0415 - SQLAlchemy is for databases only
    from tasks.sources.incremental import IncrementalRead  # noqa: PLC0415 - the same

    extract, wanted = landing.company.sources.extracts[name], landing.wanted_of(name)
    table = database_table(landing.company, name, table=extract.table, query=extract.query, connection=landing.connection)
    path = landing.folder / f"{name}.parquet"
    increment = IncrementalRead(landing, table, wanted) if extract.read.incremental and wanted is not None else None
    if increment and not first_rows:
        rows, digest = increment.rows_and_digest()
        return Source(name, extract, (), (), digest, (table.name,), rows)
    if increment:
        increment.refuse_what_hides_changes()
    digest = read_database(table, extract.read, wanted=wanted, path=path, where=f"{name}: {table.name}", first_rows=first_rows)
    return Source(name, extract, (), (), digest, (table.name,), RawTable((path,), has_typed_values=True))


def _head(landing: Landing, file: SourceFile) -> SourceFile:
    """The beginning of one of the extract's own files."""
    folder = Path(tempfile.mkdtemp(dir=landing.folder))  # files of several folders may have one name
    file_format = format_of(landing.extract, file, extract_name=landing.name)
    where = f"{landing.name}: {file.name}"
    return head_of(file, landing.extract.read, file_format=file_format, folder=folder, connection=landing.connection, where=where)


def _fingerprint(landing: Landing, sources: dict[str, Source]) -> str:
    definitions = landing.company.definitions
    depends_on = {
        "form": LANDED_VERSION,
        "time_zone": definitions.time_zone,
        "currency": definitions.currency,
        "ids": _has_lower_ids(landing),
        "dataset": repr(landing.dataset),
        "extract": [landing.name, _what_is_read(landing.extract)],
        **({"first_rows": landing.first_rows} if landing.first_rows else {}),
        "sources": [[name, _what_is_read(source.extract), source.digest] for name, source in sources.items()],
    }
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()


def _has_lower_ids(landing: Landing) -> bool:
    return landing.company.ids_of(landing.name).case == "lower"


def _what_is_read(extract: Extract) -> dict[str, Any]:
    # The rows of an incremental extract stand in an order of their own.
    order = {"incremental": True} if extract.read.incremental else {}
    return {**extract.model_dump(mode="json", exclude={"time_limit_minutes", "read"}), "read": read_as(extract.read) | order}


def _landed_anew(
    landing: Landing, sources: dict[str, Source], *, raws: dict[str, RawTable], path: Path, written_whole: WrittenWhole
) -> Landed:
    rows = {name: data_rows(landing, sources[name], raw) for name, raw in raws.items()}
    own = [landing.name] if landing.name in sources else []
    unnamed, has_typed_values = _rows_to_map(landing, sources, rows_by_extract=rows, raws=raws)
    raw = named(unnamed, "rows_to_map")
    if landing.extract.sql:
        chosen(raw.columns, needed_columns(landing.extract), where=landing.sql_location)
    with _patterns_blamed(landing):
        ids = ids_of(raw, landing.extract, landing.dataset, is_lower=_has_lower_ids(landing), extract_name=landing.name)
        notes = [*(note for table in raws.values() for note in table.notes), *ids.notes, *_midnights(landing, raw)]
    with written_whole(path) as unfinished:
        with _patterns_blamed(landing):
            copy_to(
                landing.connection, mapped(landing, raw, ids, has_typed_values=has_typed_values), unfinished, options=", COMPRESSION zstd"
            )
        sums = sums_of(landing.extract, landing.dataset, unfinished, connection=landing.connection)
    landed = Landed(
        extract=landing.name,
        silo=landing.extract.silo,
        dataset=landing.dataset.name,
        path=path,
        fingerprint=_fingerprint(landing, sources),
        files=tuple(name for source in sources.values() for name in source.shown),
        # Rows that its SQL makes of other extracts are an extract's own; those of the others are in their own totals.
        file_rows_count=sum(raws[name].rows_count for name in own) if own else sums["rows_count"],
        dropped_rows_count=sum(raws[name].rows_count - _count(rows[name]) for name in own if sources[name].extract.read.drop_rows_where),
        rows_count=sums["rows_count"],
        amount=sums["amount"],
        covers_from=sums["covers_from"],
        covers_through=landing.extract.covers_through or sums["covers_through"],
        amount_in_force=_amount_in_force(landing, path),
        notes=tuple(notes),
        advice=tuple(note for note in notes if isinstance(note, Advice)),
    )
    with written_whole(path.with_suffix(".json")) as unfinished:
        unfinished.write_text(as_json(landed), encoding="utf-8")
    return landed


def _midnights(landing: Landing, raw: Rows) -> Iterator[str]:
    to_zone = landing.company.definitions.time_zone
    return notes_on_midnights(raw, landing.extract, landing.dataset, to_zone=to_zone, name=landing.name)


@contextmanager
def _patterns_blamed(landing: Landing) -> Iterator[None]:
    """What the engine cannot do with rows that it has read is asked of it by the patterns that the company wrote."""
    try:
        yield
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        raise SourceError(f"{landing.name}: cannot be read as declared; correct the patterns under `read` in sources.yaml") from None


def _count(table: Rows) -> int:
    return int(table.count().to_pyarrow().as_py())


def _rows_to_map(
    landing: Landing, sources: dict[str, Source], *, rows_by_extract: dict[str, Rows], raws: dict[str, RawTable]
) -> tuple[Rows, bool]:
    """The extract's own rows, or those that its `sql` makes."""
    if not landing.extract.sql:
        return rows_by_extract[landing.name], raws[landing.name].has_typed_values
    own = sources.get(landing.name)
    result = joined(
        landing.extract.sql,
        rows_by_extract,
        where=landing.sql_location,
        source_file=own.shown[0] if own and len(own.shown) == 1 else landing.name,
        connection=landing.connection,
        folder=landing.folder,
        read=landing.extract.read,
        limits=limits_of(landing.connection, landing.extract.time_limit_minutes),
    )
    rows = scan(landing.connection, result)
    if landing.extract.key == "nth_of_equal_rows" and own and len(own.shown) > 1:
        refuse_files_merged(rows, landing.name, where=landing.sql_location)
    return rows, result.has_typed_values


def _amount_in_force(landing: Landing, path: Path) -> Decimal | None:
    if not landing.extract.versions:
        return None
    return amount_in_force(landing.extract, landing.dataset, path, connection=landing.connection)
