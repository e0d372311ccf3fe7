"""What a run shows in the workflow engine's pages: its name, and the answers beside it, so that nobody needs to open a file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ibis import _
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.runtime import flow_run

from config.language import gettext, gettext_noop, look_up, ngettext
from config.localization import localized, percentage
from config.redaction import redacted
from config.refusal import Refusal
from flows.orchestration.hooks import seen_here
from flows.orchestration.parameters import PeriodRequest, resolve_request
from flows.orchestration.states import plain
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.ledger.history import UNKNOWN_REASON
from tasks.reporting.model import CUSTOMERS_FILE, PAGE_FILE, PAGE_PDF_FILE, SCORECARD_FILE
from tasks.reporting.text import money_exact, whole_number
from tasks.store.edition_pages import SHOWN
from tasks.store.engine import engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted, RuleResult
    from tasks.customer_math.ledger.periods import Period
    from tasks.publish import Published

NOT_MAPPED = gettext_noop("a code that is not mapped yet")
"""Shown instead of a code that a silo wrote and the company does not list: a cell may hold anything."""
WHAT_HAPPENS = {"stop": gettext_noop("stops publication"), "set_aside": gettext_noop("rows set aside"), "note": gettext_noop("noted")}


@dataclass(frozen=True)
class RunSummary:
    """What is told of a run that has published: the edition, what it rests on, and why it was made again."""

    published: Published
    company: Company
    period: Period
    accepted: Sequence[Accepted]
    ledger_verdicts: Sequence[RuleResult]
    reason_for_rerun: str | None


def run_name() -> str:
    """What a run is called: `2026-Q3 demo`."""
    parameters = flow_run.parameters
    name = str(parameters.get("company") or "demo")
    try:
        _company, period = resolve_request(name, PeriodRequest.of(parameters), now=flow_run.scheduled_start_time or datetime.now(UTC))
    except (Refusal, ValueError):  # the run itself says what is wrong, in its last state
        return f"{parameters.get('period') or parameters.get('day_in_period') or 'last complete'} {Path(name).name}"
    return f"{period.name} {Path(name).name}"


def show(shown: RunSummary, *, settings: Settings) -> None:
    """The result where an operator looks for it: beside the run, without opening a file."""
    with localized(shown.published.localization):
        _show(shown, settings=settings)


def _show(shown: RunSummary, *, settings: Settings) -> None:
    published, label = shown.published, shown.period.label
    named = {"period": label, "edition": published.edition}
    pages = {
        "headline": (_headline(shown), gettext("{period}: what happened", **named)),
        "roll-forward": (_table(published.roll_forward, numbers_from=1), gettext("{period}: from opening to closing", **named)),
        "reasons": (_reasons(shown, settings=settings), gettext("{period}: why customers went, as far as known", **named)),
        "rules-broken": (_rules_broken(shown), gettext("{period}: rules that the extracts broke", **named)),
        "trend": (_trend(published), gettext("{period} and the periods before it", **named)),
        "workbook": (_workbook(published), gettext("{period}, edition {edition}: where its files are", **named)),
    }
    # Markdown, but for the list of extracts: the pages show ten rows of their own tables, and cut off what is wide.
    for key, (markdown, description) in pages.items():
        create_markdown_artifact(key=key, markdown=redacted(markdown), description=description)
    create_table_artifact(
        key="lineage", table=_lineage(shown), description=gettext("{period}, edition {edition}: which extracts it rests on", **named)
    )


def _headline(shown: RunSummary) -> str:
    digest = (shown.published.folder / "digest.txt").read_text(encoding="utf-8")
    again = f"{gettext('Made again because: {reason}', reason=plain(shown.reason_for_rerun))}\n\n" if shown.reason_for_rerun else ""
    lines = "  \n".join(plain(line) for line in digest.splitlines()[1:])  # the first says the headline
    address = seen_here(shown.published.folder)
    links = _links(address) if address else ""
    return f"# {plain(shown.published.headline)}\n\n{again}{lines}{links}\n"


def _links(address: str) -> str:
    page, book = gettext("Open the scorecard"), gettext("the workbook")
    return f"\n\n[{page}]({address}/{PAGE_FILE}) · [{book}]({address}/{SCORECARD_FILE})"


def _table(rows: Sequence[Mapping[str, str]], *, numbers_from: int) -> str:
    """Rows as a Markdown table; the columns from that place on hold numbers."""
    headings = list(rows[0])
    lines = ["---" if index < numbers_from else "---:" for index in range(len(headings))]
    return (
        "\n".join(f"| {' | '.join(cells)} |" for cells in (map(plain, headings), lines, *(map(plain, row.values()) for row in rows))) + "\n"
    )


def _reasons(shown: RunSummary, *, settings: Settings) -> str:
    """Customers out by the reason that is known of them, the most frequent first, under how many have one at all."""
    definitions = shown.company.definitions
    labels = {reason.code: reason.says for reason in definitions.reasons}
    rows = _customers_out(shown, settings=settings)
    of_list = [row for row in rows if row["reason_code"] in labels]
    total, with_reason = (sum(row["customers_count"] for row in some) for some in (rows, of_list))
    lost, explained = (
        money_exact(sum((row["amount"] for row in some), Decimal(0)), definitions.currency, minor_units=definitions.minor_units)
        for some in (rows, of_list)
    )
    table = [
        {
            gettext("reason"): labels.get(row["reason_code"]) or look_up(str(row["reason_code"]).replace("_", " ")),
            gettext("customers out"): whole_number(row["customers_count"]),
            gettext("share"): percentage(row["customers_count"] / total),
            gettext("value lost"): money_exact(row["amount"], definitions.currency, minor_units=definitions.minor_units),
        }
        for row in rows
    ]
    if not table:
        return f"{gettext('Nobody went.')}\n"
    coverage = gettext(
        "A reason is known for {known} of {total} customers out, {explained} of {lost}.",
        known=whole_number(with_reason),
        total=whole_number(total),
        explained=explained,
        lost=lost,
    )
    return f"{_table(table, numbers_from=1)}\n{coverage}\n"


def _customers_out(shown: RunSummary, *, settings: Settings) -> list[dict[str, Any]]:
    with engine(settings) as connection:
        ledger = connection.read_parquet(shown.published.folder / "movements.parquet")
        mapped = [reason.code for reason in shown.company.definitions.reasons] + [UNKNOWN_REASON]
        ledger = ledger.mutate(reason_code=_.reason_code.isin(mapped).ifelse(_.reason_code, NOT_MAPPED))
        lost = ledger.mutate(lost_amount=MEASURES["customers_out_amount"].contribution(ledger)).filter(_.out_count > 0)
        by_reason = lost.group_by("reason_code").agg(customers_count=_.out_count.sum(), amount=_.lost_amount.sum())
        return connection.to_pyarrow(by_reason.order_by(_.customers_count.desc(), "reason_code")).to_pylist()


def _rules_broken(shown: RunSummary) -> str:
    verdicts = [*(verdict for extract in shown.accepted for verdict in extract.verdicts), *shown.ledger_verdicts]
    broken = [
        {
            gettext("extract"): verdict.extract,
            gettext("rule"): look_up(verdict.says),
            gettext("found"): verdict.found,
            gettext("what happened"): gettext(WHAT_HAPPENS[verdict.if_broken]),
        }
        for verdict in verdicts
        if verdict.state != "kept"
    ]
    checked = ngettext(
        "{rules} rules were checked, {broken} is broken.",
        "{rules} rules were checked, {broken} are broken.",
        len(broken),
        rules=len(verdicts),
        broken=len(broken) or gettext("none"),
    )
    return f"{checked}\n\n{_table(broken, numbers_from=4)}" if broken else f"{checked}\n"


def _trend(published: Published) -> str:
    picture = base64.b64encode((published.folder / "trend.png").read_bytes()).decode()
    return f"![{gettext('Customers in and out, period by period')}](data:image/png;base64,{picture})\n"


def _workbook(published: Published) -> str:
    """Every file with its address where the pages stand, and where it lies."""
    files = {
        gettext("The scorecard as a page"): PAGE_FILE,
        gettext("Its front, to print"): PAGE_PDF_FILE,
        gettext("Workbook"): SCORECARD_FILE,
        gettext("Customers by name"): CUSTOMERS_FILE,
        gettext("Digest"): "digest.txt",
        gettext("Figures, for machines to read"): "figures.csv",
        gettext("Customers who moved"): "movements.parquet",
        gettext("What was checked"): "validation/index.html",
    }
    address = seen_here(published.folder)
    rows = [
        f"| {f'[{what}]({address}/{name})' if address and name in SHOWN else what} | `{published.folder / name}` |"
        for what, name in files.items()
        if (published.folder / name).exists()
    ]
    is_new = gettext("**Edition {edition}**, new.", edition=published.edition)
    stands = gettext("**Edition {edition}**, unchanged since it was published.", edition=published.edition)
    return "\n".join((is_new if published.is_new else stands, "", f"| | {gettext('where it is')} |", "|---|---|", *rows, ""))


def _lineage(shown: RunSummary) -> list[dict[str, str]]:
    """Every extract that the edition rests on, with what became of its rows."""
    return [
        {
            gettext("silo"): extract.silo,
            gettext("extract"): extract.extract,
            gettext("read as"): extract.dataset,
            gettext("rows used"): whole_number(extract.totals.rows_used_count),
            gettext("rows read"): whole_number(extract.totals.rows_read_count),
        }
        for extract in shown.accepted
    ]
