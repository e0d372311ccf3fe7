"""The page of validation: what became of every row and of all money, every rule, what it says, what was found."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from config.localization import in_english, percentage
from expectations.checks import CHECKS
from expectations.text import counted, money
from tasks.reporting.pages.quality_summary import Shown, describe_verdicts, most_important_first, shown_state
from tasks.reporting.text import in_full, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from expectations.verdict import ControlTotals, RuleResult
    from tasks.reporting.model import CoveredExtract

CLASSES: dict[Shown, str] = {
    "could not be judged": "stop",
    "stops": "stop",
    "set aside": "aside",
    "noted": "note",
    "not judged": "none",
    "kept": "kept",
}

STYLE = """
:root { --ink: #1c2733; --soft: #5b6b7b; --line: #dde3e9; --stop: #a3182c; --aside: #8a5200; --note: #1f5a96; --kept: #1d6b3c; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0; background: #f4f6f8; color: var(--ink); font: 15px/1.45 "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 28px 56px; }
h1 { font-size: 27px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 38px 0 2px; }
p { margin: 0 0 10px; }
.soft { color: var(--soft); }
.answer { border-left: 6px solid var(--kept); border-radius: 0 6px 6px 0; background: #fff; font-size: 1.13em; }
.answer { padding: 14px 18px; margin: 18px 0; }
.answer.refused { border-color: var(--stop); }
.answer ul { margin: 4px 0 0; padding-left: 20px; }
.answer li { font-size: 0.84em; margin-top: 6px; overflow-wrap: anywhere; }
.tiles { display: flex; gap: 14px; flex-wrap: wrap; margin: 18px 0 6px; }
.tile { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 12px 18px; flex: 1 1 150px; }
.tile b { display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 0.87em; }
table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--line); margin-top: 10px; }
th { text-align: left; vertical-align: bottom; padding: 8px 12px; border-bottom: 2px solid var(--line); }
th { font-size: 0.82em; font-weight: 600; color: var(--soft); }
td { padding: 9px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
.rules { table-layout: fixed; }
.rules th:nth-child(1) { width: 178px; }
.rules th:nth-child(3) { width: 28%; }
.rules th:nth-child(4) { width: 100px; white-space: normal; }
.rules th:nth-child(5) { width: 146px; }
.rules td { overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td small { display: block; color: var(--soft); font-size: 0.84em; }
td small.relaxed { color: var(--note); font-style: italic; }
.pill { display: inline-block; white-space: nowrap; border-radius: 11px; padding: 1px 10px; border: 1px solid; }
.pill { font-size: 0.84em; font-weight: 600; }
.pill.stop { color: #fff; background: var(--stop); border-color: var(--stop); }
.pill.aside { color: var(--aside); background: #fff3dc; }
.pill.note { color: var(--note); background: #e6f0fa; }
.pill.kept { color: var(--kept); background: #e7f5ec; }
.pill.none { color: var(--soft); background: #f0f2f4; }
.bar { display: flex; height: 9px; border-radius: 5px; overflow: hidden; background: #e7ebef; margin: 10px 0 4px; }
.bar i { display: block; min-width: 2px; }
.used { background: #3c9a63; }
.aside-part { background: #e6a020; }
.older { background: #9fb0c0; }
.key { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin: 0 5px 0 14px; }
.key:first-child { margin-left: 0; }
.wrong { color: var(--stop); font-weight: 600; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { background: #fff; font-size: 11px; }
  main { padding: 0; max-width: none; }
  h2, p.soft, .bar { break-after: avoid; }
  tr, .tile, .answer { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""


@in_english()
def validation_page(
    title: str,
    *,
    totals: Sequence[ControlTotals],
    verdicts: Sequence[RuleResult],
    refusals: Sequence[str] = (),
    notes: Sequence[str] = (),
    covered: Sequence[CoveredExtract] = (),
) -> str:
    """One page, as HTML without scripts: every extract's rows and money, every rule with what was found, no customer's data."""
    body = [
        f"<h1>{escape(title)}</h1>",
        '<p class="soft">Every row read is used, set aside with its reasons, or an older version of another row. So is all money.</p>',
        _answer(verdicts, refusals),
        *(f"<p>{escape(note)}</p>" for note in notes),
        _tiles(totals, verdicts),
        *([_totals_table(totals)] if totals else []),
        *_findings(verdicts),
        *(_section(extract, totals=totals, verdicts=verdicts, covered=covered) for extract in _extracts(totals, verdicts)),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
    inside = "\n".join(body)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body><main>\n{inside}\n</main></body></html>\n'


def _extracts(totals: Sequence[ControlTotals], verdicts: Sequence[RuleResult]) -> list[str]:
    return list(dict.fromkeys([*(total.extract for total in totals), *(verdict.extract for verdict in verdicts)]))


def _answer(verdicts: Sequence[RuleResult], refusals: Sequence[str]) -> str:
    if refusals:
        reasons = "".join(f"<li>{escape(refusal)}</li>" for refusal in refusals)
        return f'<div class="answer refused"><b>Refused.</b> {counted(len(refusals), "reason")}:<ul>{reasons}</ul></div>'
    return f'<div class="answer"><b>Accepted.</b> {escape(describe_verdicts(verdicts))}</div>'


def _tiles(totals: Sequence[ControlTotals], verdicts: Sequence[RuleResult]) -> str:
    read, used = sum(total.rows_read_count for total in totals), sum(total.rows_used_count for total in totals)
    tiles = [
        (f"{whole_number(len(totals))}", "extract" if len(totals) == 1 else "extracts"),
        (f"{whole_number(read)}", "rows read"),
        (f"{percentage(used / read, decimals=2)}" if read else "none", "of the rows used"),
        (f"{whole_number(sum(total.rows_set_aside_count for total in totals))}", "rows set aside"),
        (
            f"{whole_number(sum(shown_state(verdict) == 'kept' for verdict in verdicts))} of {whole_number(len(verdicts))}",
            "rules with nothing found",
        ),
    ]
    inside = "".join(f'<div class="tile"><b>{number}</b><span>{label}</span></div>' for number, label in tiles)
    return f'<div class="tiles">{inside}</div>'


def _totals_table(totals: Sequence[ControlTotals]) -> str:
    headings = ("read", "used", "set aside", "superseded", "unaccounted for")
    numbers = "".join(f'<th class="n">{heading}</th>' for heading in headings)
    rows = "".join(line for total in totals for line in _totals_rows(total))
    return (
        f"<h2>What became of every row</h2><table><thead><tr><th>Extract</th><th></th>{numbers}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _totals_rows(total: ControlTotals) -> Iterator[str]:
    rows = (total.rows_read_count, total.rows_used_count, total.rows_set_aside_count, total.rows_superseded_count)
    yield _totals_row(
        f"<b>{escape(total.extract)}</b>", "rows", [f"{whole_number(count)}" for count in rows], residual=total.rows_residual_count
    )
    if total.amount_read is not None:
        amounts = (total.amount_read, total.amount_used, total.amount_set_aside, total.amount_superseded)
        yield _totals_row("", "money", [_money(amount) for amount in amounts], residual=total.amount_residual)


def _totals_row(extract: str, unit: str, numbers: Sequence[str], *, residual: int | Decimal | None) -> str:
    cells = "".join(f'<td class="n">{number}</td>' for number in numbers)
    left_over = f'<td class="n wrong">{in_full(residual)}</td>' if residual else '<td class="n">0</td>'
    return f'<tr><td>{extract}</td><td class="soft">{unit}</td>{cells}{left_over}</tr>'


def _money(amount: Decimal | None) -> str:
    return money(amount) if amount is not None else ""


def _section(extract: str, *, totals: Sequence[ControlTotals], verdicts: Sequence[RuleResult], covered: Sequence[CoveredExtract]) -> str:
    """One extract: where it comes from, what became of its rows, its rules with those that found something first."""
    own = sorted((verdict for verdict in verdicts if verdict.extract == extract), key=most_important_first)
    sources = "".join(f'<p class="soft">{escape(_source(one))}</p>' for one in covered if one.extract == extract)
    bars = "".join(_bar(total) for total in totals if total.extract == extract)
    return f"<h2>{escape(extract)}</h2>{sources}{bars}{_rules_table(own)}"


def _findings(verdicts: Sequence[RuleResult]) -> Iterator[str]:
    """Of several extracts, the rules that found something, before all rules of each."""
    findings = sorted((verdict for verdict in verdicts if verdict.state != "kept"), key=most_important_first)
    if findings and len({verdict.extract for verdict in verdicts}) > 1:
        yield f"<h2>What was found</h2>{_rules_table(findings)}"


def _rules_table(verdicts: Iterable[RuleResult]) -> str:
    header = '<tr><th>Verdict</th><th>Rule</th><th>Found</th><th class="n">Rows that break it</th><th class="n">Their money</th></tr>'
    return f'<table class="rules"><thead>{header}</thead><tbody>{"".join(map(_rule_row, verdicts))}</tbody></table>'


def _source(covered: CoveredExtract) -> str:
    days = f", days {covered.covers_from} to {covered.covers_through}" if covered.covers_from and covered.covers_through else ""
    return f"{covered.silo}: {covered.dataset} from {', '.join(covered.files)}{days}"


def _bar(total: ControlTotals) -> str:
    parts = (
        ("used", "used", total.rows_used_count),
        ("set aside", "aside-part", total.rows_set_aside_count),
        ("superseded", "older", total.rows_superseded_count),
    )
    strips = "".join(f'<i class="{name}" style="flex: {count} 0 0"></i>' for _, name, count in parts if count)
    key = "".join(f'<span class="key {name}"></span>{whole_number(count)} {word}' for word, name, count in parts)
    return f'<div class="bar">{strips}</div><p class="soft"><small>{key}</small></p>'


def _rule_row(verdict: RuleResult) -> str:
    state = shown_state(verdict)
    relaxed = f'<small class="relaxed">Relaxed by the company: {escape(verdict.relaxed_because)}</small>' if verdict.relaxed_because else ""
    has_rows = verdict.state == "broken" and CHECKS[verdict.check].is_about == "rows"
    return (
        f'<tr><td><span class="pill {CLASSES[state]}">{state}</span></td>'
        f"<td>{escape(verdict.says)}<small>{escape(verdict.rule_id)}: {escape(verdict.why)}</small>{relaxed}</td>"
        f"<td>{escape(verdict.found)}</td>"
        f'<td class="n">{f"{whole_number(verdict.unexpected_count)}" if has_rows else ""}</td>'
        f'<td class="n">{_money(verdict.amount) if has_rows else ""}</td></tr>'
    )


def validation_markdown(
    title: str,
    *,
    totals: Sequence[ControlTotals],
    verdicts: Sequence[RuleResult],
    refusals: Sequence[str] = (),
    page: str | None = None,
) -> str:
    """The same as Markdown, for the page of a run: no colours there, so the words carry it."""
    refused = [f"**Refused**, {counted(len(refusals), 'reason')}:", "", *(f"- {_cell(refusal)}" for refusal in refusals)]
    accepted = [f"**Accepted.** {describe_verdicts(verdicts)}"]
    where = ["", f"The page with everything: `{page}`"] if page else []
    return "\n".join(
        [f"# {title}", "", *(refused if refusals else accepted), "", *_markdown_totals(totals), "", *_markdown_rules(verdicts), *where]
    )


def _markdown_totals(totals: Sequence[ControlTotals]) -> Iterator[str]:
    yield "| extract | | read | used | set aside | superseded | unaccounted for |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for total in totals:
        rows = (total.rows_read_count, total.rows_used_count, total.rows_set_aside_count, total.rows_superseded_count)
        yield (
            f"| {total.extract} | rows | {' | '.join(f'{whole_number(count)}' for count in rows)} | "
            f"{whole_number(total.rows_residual_count)} |"
        )
        if total.amount_read is not None:
            amounts = (total.amount_read, total.amount_used, total.amount_set_aside, total.amount_superseded, total.amount_residual)
            yield f"| | money | {' | '.join(map(_money, amounts))} |"


def _markdown_rules(verdicts: Sequence[RuleResult]) -> Iterator[str]:
    yield "| verdict | rule | says | found |"
    yield "|---|---|---|---|"
    for verdict in sorted(verdicts, key=most_important_first):
        relaxed = f" Relaxed by the company: {verdict.relaxed_because}" if verdict.relaxed_because else ""
        yield f"| {shown_state(verdict)} | `{verdict.rule_id}` | {_cell(verdict.says + relaxed)} | {_cell(verdict.found)} |"


def _cell(text: str) -> str:
    """Text that stays within its cell and stays text."""
    inert = escape(text, quote=False).replace("|", "\\|").replace("\r", " ").replace("\n", " ")
    return inert.replace("[", "\\[").replace("*", "\\*").replace("`", "\\`")
