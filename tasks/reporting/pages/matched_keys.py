"""Whose rows the extracts have: keys that stand for a customer, for nobody or for several; a table of the sheet Data quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from tasks.reporting.blocks import Column, Marked, Table
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from expectations.verdict import Accepted, MatchedKeys
    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData

COLUMNS = (
    Column("Extract", "text"),
    Column("Who is named", "text"),
    Column("Matched by", "text"),
    Column("Rows with a key"),
    Column("Matched"),
    Column("By id"),
    Column("By crosswalk"),
    Column("By e-mail"),
    Column("Not matched"),
    Column("Ambiguous"),
)
WHO = {"customer_id": gettext_noop("the customer"), "referred_customer_id": gettext_noop("who was recommended")}
RULES = {"id_count": gettext_noop("id"), "crosswalk_count": gettext_noop("crosswalk"), "email_count": gettext_noop("e-mail")}


def matched_tables(data: ScorecardData) -> tuple[Table, ...]:
    """Of every extract how many of its rows are matched to a customer, by which rule, how many are not, and how many are ambiguous."""
    if not data.matched:
        return ()
    rows = tuple(
        _row(matched) for matched in sorted(data.matched, key=lambda matched: (not matched.ambiguous_count, not matched.unmatched_count))
    )
    title = gettext("Whose rows they are: one list of customers for every silo")
    return (Table(title, COLUMNS, rows, description=_summary(data.matched), is_wrapped=True),)


def _summary(matched: Sequence[MatchedKeys]) -> str:
    """How many rows are whose, in one sentence whose parts add up."""
    total, one, unmatched, several = (
        sum(counts)
        for counts in zip(*((it.rows_count, it.matched_count, it.unmatched_count, it.ambiguous_count) for it in matched), strict=True)
    )
    return ngettext(
        "Of {keys} of customers in the rows, {count} stands for one customer, {unmatched} for nobody whom the company knows, and {several} "
        "for several, of which none is guessed.",
        "Of {keys} of customers in the rows, {count} stand for one customer, {unmatched} for nobody whom the company knows, and {several} "
        "for several, of which none is guessed.",
        one,
        keys=ngettext("{count} key", "{count} keys", total),
        unmatched=whole_number(unmatched),
        several=whole_number(several),
    )


def _row(matched: MatchedKeys) -> tuple[CellValue, ...]:
    by = ", ".join(gettext(rule) for count, rule in RULES.items() if getattr(matched, count))
    return (
        matched.extract,
        gettext(WHO[matched.column]),
        by or Marked(gettext("nothing"), "quiet"),
        matched.rows_count,
        matched.matched_count,
        matched.id_count,
        matched.crosswalk_count,
        matched.email_count,
        _to_look_at(matched.unmatched_count, "base"),
        _to_look_at(matched.ambiguous_count, "out"),
    )


def _to_look_at(count: int, colour_role: ColourRole) -> CellValue:
    return Marked(count, colour_role, is_bold=True) if count else count


def keys_to_look_at(accepted: Sequence[Accepted]) -> tuple[str, ...]:
    """A sentence for every extract that has rows of several customers, or, where no list of customers says so, rows of nobody."""
    has_list = any(extract.dataset == "customers" for extract in accepted)
    return tuple(sentence for extract in accepted for matched in extract.matched for sentence in _sentences(matched, has_list=has_list))


def _sentences(matched: MatchedKeys, *, has_list: bool) -> Iterator[str]:
    who = {"extract": matched.extract, "who": gettext(WHO[matched.column]), "rows": whole_number(matched.rows_count)}
    if matched.ambiguous_count:
        yield ngettext(
            "{extract}: the key of {who} stands for several customers in {count} row of {rows}, and is never guessed. Name the one by an "
            "extract of `crosswalk`, or mend what they share.",
            "{extract}: the key of {who} stands for several customers in {count} rows of {rows}, and is never guessed. Name the one by an "
            "extract of `crosswalk`, or mend what they share.",
            matched.ambiguous_count,
            **who,
        )
    if matched.alike_count:
        yield ngettext(
            "{extract}: {count} key of {who} differ from ids of other extracts only in capitals, and count as others; if they are "
            "the same, "
            "write `ids: {{case: lower}}` in definitions.yaml.",
            "{extract}: {count} keys of {who} differ from ids of other extracts only in capitals, and count as others; if they are "
            "the same, "
            "write `ids: {{case: lower}}` in definitions.yaml.",
            matched.alike_count,
            **who,
        )
    if matched.unmatched_count and not has_list and matched.column == "customer_id":
        yield ngettext(
            "{extract}: the key of {who} stands for nobody who bought or had a contract in {count} row of {rows}.",
            "{extract}: the key of {who} stands for nobody who bought or had a contract in {count} rows of {rows}.",
            matched.unmatched_count,
            **who,
        )
