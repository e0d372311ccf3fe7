"""Values that can be read and yet may not mean what they are taken for: signs, states, codes, ends, keys and days."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from config.datasets import RECURS, RECURS_PER_YEAR
from expectations.text import counted
from tasks.looks.contracts import LOOKS_AT_CONTRACTS
from tasks.looks.seen import FEWEST_ROWS, LARGE_PART, SMALL_PART, Seen, amount_of, counts_of
from tasks.reporting.pages.statuses import is_suspect
from tasks.store.statuses import status_profiles
from tasks.validation.id_differences import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ibis.backends.duckdb import Backend

    from tasks.looks.problem import Problem
    from tasks.validation.job import ValidationJob

MOST_CODES, LONGEST_CODE = 20, 40
"""A column of more different values, or longer ones, holds no codes, and its values are not named."""
MOST_PART, FEW_PART = 0.8, 0.01
MOST_PARTS_ADDED = 3
"""Of so few rows one may be the sum of the others by chance."""
FEWEST_DAYS = 30
HIGHEST_MONTH = 12
FIVE_STARS = 5
FREE_STEMS = ("cancel", "void", "draft", "test", "pending", "fail", "declin", "abandon", "trial", "storn", "annul")
"""How states are called by which nothing was sold, or nothing yet."""


def meanings(connection: Backend, job: ValidationJob, *, older_count: int, is_whole: bool) -> Iterator[Problem]:
    """Problems and remarks of what the values mean."""
    rows = connection.read_parquet(job.landed.path)
    statuses = tuple(status_profiles(connection, job.company, [job.landed]))
    seen = Seen(job, rows, statuses, older_count, is_whole, counts_of(job, rows))
    for look in LOOKS:
        yield from look(seen)


def _covered(seen: Seen) -> Iterator[Problem]:
    """Which days the extract covers: said where rows do not say it, and not before most of the rows."""
    through, last = seen.extract.covers_through, seen.counts.get("last")
    if seen.job.dataset.name == "contracts" and through is None:
        yield seen.problem(
            "expected the last day that it covers, found none, and contracts do not say it; "
            "write `covers_through: 2026-09-30` with the day of the export",
        )
    after = seen.counts.get("after", 0)
    if through and after > FEW_PART * seen.counts["rows"] and seen.job.dataset.event_on:
        are_most = after > LARGE_PART * seen.counts["rows"]
        later = f"write `covers_through: {last}`" if are_most else "mend their days, or write a later `covers_through`"
        sentence = (
            f"expected rows until {through} as `covers_through` says, found {counted(after, 'row')} of "
            f"{seen.counts['rows']:,} after it, which count in no period; {later}"
        )
        yield seen.problem(sentence, ("covers_through",), is_remark=not are_most)


def _signs(seen: Seen) -> Iterator[Problem]:
    amount, counts = amount_of(seen.job), seen.counts
    if amount is None or counts["rows"] < FEWEST_ROWS:
        return
    theirs = seen.extract.columns.get(amount, amount)
    of_amount = ("columns", amount)
    if not counts["positive"] and counts["negative"]:
        yield seen.problem(
            f"`{theirs}`: expected sales above 0 and refunds below, found no amount above 0 and {counts['negative']:,} "
            f"below; turn the sign: {replacing(seen.name, theirs, '-CAST({} AS DECIMAL(18, 4))')}",
            of_amount,
        )
    elif not counts["positive"]:
        yield seen.problem(f"`{theirs}`: expected amounts, found none but 0 or nothing; name another column", of_amount)
    if counts["with_fraction"] >= FEWEST_ROWS and counts["in_thousandths"] > MOST_PART * counts["with_fraction"]:
        yield seen.problem(
            f"`{theirs}`: expected amounts with two decimals, found three digits behind every point, as thousands are "
            'written; write `read: {decimal: ",", thousands: "."}`',
            ("read", "decimal"),
        )


def _total_row(seen: Seen) -> Iterator[Problem]:
    """A row whose amount is that of all others together."""
    counts = seen.counts
    if seen.is_whole and amount_of(seen.job) and counts["positive"] > MOST_PARTS_ADDED and counts["largest"] * 2 == counts["sum"]:
        yield seen.problem(
            "one row has as much as all others together: if it is their total, it counts again; "
            "write `read: {skip_last_rows: 1}`, or `read: {drop_rows_where: {...}}` with what tells it from the others",
            is_remark=True,
        )


def _states(seen: Seen) -> Iterator[Problem]:
    excluded = seen.job.company.definitions.activity.excluded_statuses
    for status in filter(is_suspect, seen.statuses):
        yield seen.problem(
            f"expected refunds below 0, found {counted(status.positive_count, 'row')} above 0 in the state "
            f"`{status.status[:LONGEST_CODE]}`, which would count as sales; turn their sign in `sql`, or write "
            f"`activity: {{excluded_statuses: [{', '.join((*excluded, status.status[:LONGEST_CODE]))}]}}` in definitions.yaml",
            ("columns", "status"),
        )
    if len(seen.statuses) > MOST_CODES:
        return
    for status in seen.statuses:
        if not status.is_counted or not status.status or is_suspect(status) or not status.positive_count:
            continue
        near = _near(status.status, excluded)
        is_free = any(stem in status.status.casefold() for stem in FREE_STEMS)
        if near or is_free:
            instead = f", and `{near}`, which is written otherwise, is excluded" if near else ""
            yield seen.problem(
                f"{counted(status.rows_count, 'row')} in the state `{status.status[:LONGEST_CODE]}` count as sales{instead}; "
                f"if they are none, write `activity: {{excluded_statuses: [{', '.join((*excluded, status.status))}]}}` in definitions.yaml",
                ("columns", "status"),
                is_remark=not near,
            )


def _near(text: str, others: tuple[str, ...]) -> str | None:
    """One of the others that the text is but for capitals, blanks and a letter."""
    plain = {other.strip().casefold(): other for other in others}
    close = difflib.get_close_matches(text.strip().casefold(), plain, n=1, cutoff=0.85)
    return plain[close[0]] if close and plain[close[0]] != text else None


def _codes(seen: Seen) -> Iterator[Problem]:
    """Codes that nobody mapped, where the company, or the shared table, has a list of words."""
    definitions = seen.job.company.definitions
    lists = {"departures": definitions.reason_codes, "surveys": definitions.staying_reason_codes}
    expected = {"reason_code": lists.get(seen.job.dataset.name, ()), "recurring_per": tuple(RECURS_PER_YEAR)}
    expected |= {column: () for column in seen.extract.codes if column not in expected}
    for column, options in expected.items():
        if column not in seen.extract.columns:
            continue
        unmapped = _unmapped(seen, column, options)
        if unmapped:
            yield _unmapped_problem(seen, column, options=options, unmapped=unmapped)


def _unmapped_problem(seen: Seen, column: str, *, options: tuple[str, ...], unmapped: Mapping[str, int]) -> Problem:
    rows_count = sum(unmapped.values())
    write = ", ".join(
        f"{code}: {options[0] if options else seen.extract.codes[column][_near(code, _listed(seen, column)) or '']}" for code in unmapped
    )
    return seen.problem(
        f"`{seen.extract.columns[column]}`: expected for {column} one of {', '.join(options or _listed(seen, column))}, found "
        f"{counted(rows_count, 'row')} with {', '.join(f'`{code}`' for code in unmapped)}; write `codes: {{{column}: {{{write}}}}}` "
        "with your own word for each",
        ("codes", column) if column in seen.extract.codes else ("columns", column),
        is_remark=rows_count <= LARGE_PART * seen.counts["rows"],
    )


def _listed(seen: Seen, column: str) -> tuple[str, ...]:
    return tuple(seen.extract.codes.get(column, {}))


def _unmapped(seen: Seen, column: str, options: tuple[str, ...]) -> dict[str, int]:
    """Values of a column that are none of its words, with their rows; where no list says all, those that are nearly a listed code."""
    values = seen.rows[column]
    is_other = ~values.re_search(RECURS) if column == "recurring_per" else ~values.isin(options) if options else values.notnull()
    others = seen.rows.filter(values.notnull() & is_other)
    counts = others.group_by(code=others[column]).agg(rows_count=others.count()).order_by("code").limit(MOST_CODES + 1)
    unmapped = {row["code"]: row["rows_count"] for row in counts.to_pyarrow().to_pylist()}
    if not options:
        mapped = {*seen.extract.codes.get(column, {}).values()}
        unmapped = {code: count for code, count in unmapped.items() if code not in mapped and _near(code, _listed(seen, column))}
    are_codes = len(unmapped) <= MOST_CODES and all(len(code) <= LONGEST_CODE for code in unmapped)
    return unmapped if are_codes else {}


def _keys(seen: Seen) -> Iterator[Problem]:
    part = seen.older_count / seen.counts["rows"]
    if seen.extract.changed_at or not seen.extract.key_columns or part <= SMALL_PART or seen.older_count < FEWEST_ROWS:
        return
    key = ", ".join(f"`{name}`" for name in seen.extract.key_columns)
    yield seen.problem(
        f"expected a key of every row in {key}, found {seen.older_count:,} of {counted(seen.counts['rows'], 'row')} whose key "
        "another row has: of each key one row would count; name further columns, as in `key: [order, line]`, or write "
        "`key: nth_of_equal_rows`",
        ("key",),
        is_remark=seen.job.dataset.name == "customers",
    )


def _orders_of_days(seen: Seen) -> Iterator[Problem]:
    """Patterns of which one reads as March what another reads as April."""
    patterns = seen.extract.read.dates
    for pattern in patterns:
        exchanged = pattern.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
        if pattern.startswith("%d") and exchanged in patterns:
            one = ", ".join(f'"{pattern}"' for pattern in patterns if pattern != exchanged)
            yield seen.problem(
                f'`read.dates` has both "{pattern}" and "{exchanged}", and 03/04/2026 is a day by either: the first decides '
                f"without a word; keep one, as in `read: {{dates: [{one}]}}`",
                ("read", "dates"),
            )
            return
    counts, ordered = seen.counts, next((pattern for pattern in patterns if {"%d", "%m"} <= {pattern[:2], pattern[3:5]}), None)
    has_both = min(counts.get("days_of_month", 0), counts.get("months", 0)) > 1
    could_be_either = has_both and counts["last_day_of_month"] <= HIGHEST_MONTH
    if ordered and counts["rows"] >= FEWEST_DAYS and could_be_either:
        exchanged = f"{ordered[3:5]}{ordered[2]}{ordered[:2]}{ordered[5:]}"
        yield seen.problem(
            f'no day of any month is after the {HIGHEST_MONTH}th by "{ordered}", so that every day could be read as "{exchanged}", too; '
            f'see which it is: `read: {{dates: ["{exchanged}"]}}`',
            ("read", "dates"),
            is_remark=True,
        )


def _scores(seen: Seen) -> Iterator[Problem]:
    """Scores of which none is as high as a promoter's."""
    if seen.job.dataset.name != "surveys" or "score" not in seen.extract.columns or seen.counts["rows"] < FEWEST_ROWS:
        return
    best, settings = int(seen.rows.score.max().fill_null(0).to_pyarrow().as_py()), seen.job.company.definitions.experience
    if 0 < best < settings.promoters_from:
        scale = "experience: {promoters_from: 5, detractors_through: 3}" if best <= FIVE_STARS else "experience: {promoters_from: ...}"
        yield seen.problem(
            f"expected scores up to 10, found none above {best}, so that nobody is a promoter "
            f"(`promoters_from: {settings.promoters_from}`); write `{scale}` in definitions.yaml",
            ("columns", "score"),
            is_remark=True,
        )


def _attributes(seen: Seen) -> Iterator[Problem]:
    """Groups of customers that no row has."""
    if seen.counts["rows"] < FEWEST_ROWS:
        return
    for name, segment in seen.job.company.definitions.segments.items():
        extract, column = segment.source.split(".")
        if extract == seen.name and column in seen.rows.columns:
            groups = int(seen.rows[column].nunique().to_pyarrow().as_py())
            if groups == 0 or groups > LARGE_PART * seen.counts["customers"] > FEWEST_ROWS:
                instead = (
                    "no value in any row"
                    if groups == 0
                    else f"{groups:,} different values of {counted(seen.counts['customers'], 'customer')}"
                )
                yield seen.problem(
                    f"`{seen.extract.attributes.get(column, column)}`: expected groups of customers for the segment `{name}`, "
                    f"found {instead}; name another column under `attributes`, or remove the segment from definitions.yaml",
                    ("attributes", column),
                )


def _one_customer(seen: Seen) -> Iterator[Problem]:
    """A column that holds the same in all rows names no customers."""
    theirs, are_many = seen.extract.columns.get("customer_id"), seen.counts["rows"] >= 10 * FEWEST_ROWS
    if theirs and are_many and seen.counts["customers"] == 1:
        sentence = f"`{theirs}`: expected many customers, found one in all rows; name another column"
        yield seen.problem(sentence, ("columns", "customer_id"))


LOOKS = (
    *LOOKS_AT_CONTRACTS,
    *(_covered, _signs, _total_row, _states, _codes, _keys, _orders_of_days, _attributes, _one_customer, _scores),
)
