"""Why an extract may not be used, as sentences: what was expected, what was found, where to look, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.text import counted, money
from expectations.tie_out import IN_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from config.definitions import AllowedDifference
    from expectations.tie_out import DeclaredTotal
    from expectations.verdict import Accepted, ControlTotals, RuleResult

UNREADABLE = ".readable"
"""How the rule ends by which values that could not be read are found."""


def broken_rules(verdicts: Sequence[RuleResult], *, page: Path) -> Iterator[str]:
    """Rules that stop and are broken, and rules that could not be judged."""
    for verdict in verdicts:
        if verdict.state == "errored":
            yield (
                f"{verdict.extract}: rule {verdict.rule_id} ({verdict.says}) {verdict.found}; "
                f"a rule that is not judged lets anything pass; see {page}; mend the rule or the extract's columns and run again"
            )
        elif verdict.state == "broken" and verdict.if_broken == "stop":
            amount = f", {money(verdict.amount)} in money" if verdict.amount is not None else ""
            yield (
                f"{verdict.extract}: rule {verdict.rule_id} stops the run. Expected: {verdict.says} Found: {verdict.found}{amount}. "
                f"See {page}; mend the extract, or relax the rule with a reason under `rules.relax` in definitions.yaml"
            )


def disagreements(verdicts: Sequence[RuleResult]) -> Iterator[str]:
    """Rules by which other rows were set aside than the judge has counted."""
    for verdict in verdicts:
        if verdict.if_broken == "set_aside" and verdict.state != "errored" and verdict.set_aside_count != verdict.unexpected_count:
            yield (
                f"{verdict.extract}: rule {verdict.rule_id}: the judge counts {counted(verdict.unexpected_count, 'row')} that break it, "
                f"but {verdict.set_aside_count:,} were set aside by it; this is a mistake of the program: report it with the rule"
            )


def too_many_set_aside(accepted: Accepted, *, largest_rate: float, page: Path) -> Iterator[str]:
    """An extract of which more is set aside than the company allows."""
    totals = accepted.totals
    if totals.rows_set_aside_count <= largest_rate * totals.rows_read_count:
        return
    amount = f", {money(totals.amount_set_aside)} in money" if totals.amount_set_aside is not None else ""
    # A value that cannot be read is also missing: of rules that set aside as many rows, the one that says why comes first.
    by_count = sorted(accepted.verdicts, key=lambda v: (-v.set_aside_count, not v.rule_id.endswith(UNREADABLE), v.rule_id))
    most = [verdict for verdict in by_count if verdict.set_aside_count][:3]
    unknown = next((verdict.rule_id for verdict in most if verdict.check == "is_known_customer"), None)
    yield (
        f"{totals.extract}: {totals.rows_set_aside_count:,} of {counted(totals.rows_read_count, 'row')} are set aside "
        f"({totals.rows_set_aside_count / totals.rows_read_count:.1%}{amount}), expected at most {largest_rate:.1%}; "
        f"most by {', '.join(f'{verdict.rule_id} ({verdict.set_aside_count:,})' for verdict in most)}; "
        f"{most[0].rule_id}: {most[0].found}; "
        f"the rows are in {accepted.set_aside_path}, every rule is in {page}; mend the extract or how sources.yaml reads it; "
        f"{f'{relaxing(unknown)}; ' if unknown else ''}"
        f"to raise `rules.largest_set_aside_rate` in definitions.yaml would leave these rows{amount} out of every figure"
    )


def relaxing(rule_id: str) -> str:
    """What to write where customers whom no list has are meant to be there."""
    line = f"`rules: {{relax: [{{rule: {rule_id}, to: note, because: say here why that is so}}]}}`"
    return f"where it is meant to be so, write {line} in definitions.yaml: the rows then count, by customers without groups"


def residuals(totals: ControlTotals) -> Iterator[str]:
    """Rows or money that are neither used nor set aside nor superseded."""
    if totals.rows_residual_count or totals.amount_residual:
        amount = f" and {money(totals.amount_residual)} in money" if totals.amount_residual is not None else ""
        yield (
            f"{totals.extract}: expected rows read = used + set aside + superseded, found a residual of "
            f"{counted(totals.rows_residual_count, 'row')}{amount} "
            f"({totals.rows_read_count:,} read, {totals.rows_used_count:,} used, {totals.rows_set_aside_count:,} set aside, "
            f"{totals.rows_superseded_count:,} superseded); the landed file is not what was read: delete it and extract again"
        )


def other_than_declared(
    extract: str,
    declared: DeclaredTotal | None,
    *,
    rows_count: int,
    amount: Decimal | None,
    allowed: Sequence[AllowedDifference],
    ended: Sequence[AllowedDifference],
) -> Iterator[str]:
    """Control totals of the source that differ from what was read, unless the company allows it for now."""
    if declared is None or allowed:
        return
    since = f" (a difference was allowed until {ended[-1].until})" if ended else ""
    do = "get the whole extract, correct `control_total` in sources.yaml, or name the difference under `allowed_differences`"
    by = "" if declared.said_by == IN_SOURCES else f" ({declared.said_by})"
    if declared.rows is not None and declared.rows != rows_count:
        yield f"{extract}: its control total{by} says {counted(declared.rows, 'row')}, found {rows_count:,}{since}; {do}"
    if declared.amount is not None and declared.amount != amount:
        actual = money(amount) if amount is not None else "no amounts"
        yield f"{extract}: its control total{by} says {money(declared.amount)} in money, found {actual}{since}; {do}"
