"""What a run shows in the workflow engine's pages: its name, and the answers beside it, so that nobody needs to open a file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ibis import _
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.runtime import flow_run

from flows.asking import Question, asked_for
from tasks.customer_math.catalogue import MEASURES
from tasks.reporting.wording import money_exact, whole_number
from tasks.warehouse import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted, RuleVerdict
    from tasks.customer_math.periods import Period
    from tasks.publish import Published

WHAT_HAPPENS = {"stop": "stops publication", "set_aside": "rows set aside", "note": "noted"}


@dataclass(frozen=True)
class Shown:
    """What is told of a run that has published: the edition, what it rests on, and why it was made again."""

    published: Published
    company: Company
    period: Period
    accepted: Sequence[Accepted]
    ledger_verdicts: Sequence[RuleVerdict]
    reason_for_rerun: str | None


def run_name() -> str:
    """What a run is called: `2026-Q3 demo`."""
    parameters = flow_run.parameters
    name = str(parameters.get("company") or "demo")
    try:
        _described, period = asked_for(name, Question.of(parameters), now=flow_run.scheduled_start_time or datetime.now(UTC))
    except ValueError:  # the run itself says what is wrong, in its last state
        return f"{parameters.get('period') or parameters.get('day_in_period') or 'last complete'} {Path(name).name}"
    return f"{period.name} {Path(name).name}"


def show(shown: Shown, *, settings: Settings) -> None:
    """The result where an operator looks for it: beside the run, without opening a file."""
    published = shown.published
    create_markdown_artifact(key="headline", markdown=_headline(shown), description=f"{shown.period.label}: what happened, in a sentence")
    create_table_artifact(
        key="roll-forward", table=list(published.roll_forward), description=f"{shown.period.label}: from opening to closing"
    )
    create_table_artifact(
        key="reasons", table=_reasons(shown, settings=settings), description=f"{shown.period.label}: why customers went, as far as known"
    )
    create_table_artifact(
        key="rules-broken", table=_rules_broken(shown), description=f"{shown.period.label}: rules that the extracts broke"
    )
    create_markdown_artifact(key="trend", markdown=_trend(published), description=f"{shown.period.label} and the periods before it")
    create_markdown_artifact(
        key="workbook", markdown=_workbook(published), description=f"Edition {published.edition}, and where its files are"
    )
    create_markdown_artifact(key="lineage", markdown=_lineage(shown), description="Which extracts the scorecard rests on")


def _headline(shown: Shown) -> str:
    told = (shown.published.folder / "digest.txt").read_text(encoding="utf-8")
    again = f"Made again because: {shown.reason_for_rerun}\n\n" if shown.reason_for_rerun else ""
    return f"# {shown.published.headline}\n\n{again}```\n{told}```\n"


def _reasons(shown: Shown, *, settings: Settings) -> list[dict[str, str]]:
    """Customers out by the reason that is known of them, the most frequent first, and how many have one at all."""
    definitions = shown.company.definitions
    says = {reason.code: reason.says for reason in definitions.reasons}
    with engine(settings) as connection:
        ledger = connection.read_parquet(shown.published.folder / "movements.parquet")
        lost = ledger.mutate(lost_amount=MEASURES["customers_out_amount"].contribution(ledger)).filter(_.out_count > 0)
        by_reason = lost.group_by("reason_code").agg(customers_count=_.out_count.sum(), amount=_.lost_amount.sum())
        rows = connection.to_pyarrow(by_reason.order_by(_.customers_count.desc(), "reason_code")).to_pylist()
    total = sum(row["customers_count"] for row in rows)
    return [
        {
            "reason": says.get(row["reason_code"], str(row["reason_code"]).replace("_", " ")),
            "customers out": whole_number(row["customers_count"]),
            "share": f"{row['customers_count'] / total:.0%}",
            "value lost": money_exact(row["amount"], definitions.currency, minor_units=definitions.minor_units),
        }
        for row in rows
    ] or [{"reason": "nobody went", "customers out": "0", "share": "", "value lost": ""}]


def _rules_broken(shown: Shown) -> list[dict[str, str]]:
    verdicts = [*(verdict for each in shown.accepted for verdict in each.verdicts), *shown.ledger_verdicts]
    broken = [
        {
            "extract": verdict.extract,
            "rule": verdict.says,
            "found": verdict.found,
            "rows": whole_number(verdict.unexpected_count),
            "what happened": WHAT_HAPPENS[verdict.if_broken],
        }
        for verdict in verdicts
        if verdict.state != "kept"
    ]
    return broken or [{"extract": "all", "rule": f"{len(verdicts)} rules", "found": "every rule is kept", "rows": "0", "what happened": ""}]


def _trend(published: Published) -> str:
    picture = base64.b64encode((published.folder / "trend.png").read_bytes()).decode()
    return f"![Customers in and out, period by period](data:image/png;base64,{picture})\n"


def _workbook(published: Published) -> str:
    kept = {
        "Workbook": "scorecard.xlsx",
        "Digest": "digest.txt",
        "Figures": "figures.csv",
        "Customers who moved": "movements.parquet",
        "What was checked": "validation/index.html",
    }
    rows = [f"| {what} | `{published.folder / name}` |" for what, name in kept.items()]
    news = "new" if published.is_new else "unchanged since it was published"
    return "\n".join((f"**Edition {published.edition}**, {news}.", "", "| | where it is |", "|---|---|", *rows, ""))


def _lineage(shown: Shown) -> str:
    sources = [
        f'    source{number}["{each.silo} / {each.extract}<br/>{_rows(each)}"] --> ledger' for number, each in enumerate(shown.accepted)
    ]
    steps = [
        '    ledger["customer ledger"] --> scorecard',
        f'    scorecard["scorecard {shown.period.name}, edition {shown.published.edition}"]',
    ]
    return "\n".join(("```mermaid", "graph LR", *sources, *steps, "```", ""))


def _rows(accepted: Accepted) -> str:
    return f"{accepted.totals.rows_used_count:,} of {accepted.totals.rows_read_count:,} rows used"
