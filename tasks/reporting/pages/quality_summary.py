"""What was found in the data, in words that alarm nobody without cause: rows set aside, findings to look at, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from config.language import gettext, gettext_noop, ngettext
from config.localization import number
from tasks.reporting.text import money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from expectations.verdict import RuleResult
    from tasks.reporting.model import ScorecardData

Shown = Literal["stops", "could not be judged", "set aside", "noted", "kept", "not judged"]
"""How a verdict is called; the word says what the colour says."""
ORDER: tuple[Shown, ...] = ("could not be judged", "stops", "set aside", "noted", "not judged", "kept")
"""What a reader must see first comes first."""
BROKEN: dict[str, Shown] = {"stop": "stops", "set_aside": "set aside", "note": "noted"}
CALLED: dict[Shown, str] = {
    "could not be judged": gettext_noop("could not be judged"),
    "stops": gettext_noop("stops"),
    "set aside": gettext_noop("set aside"),
    "noted": gettext_noop("noted"),
    "kept": gettext_noop("kept"),
    "not judged": gettext_noop("not judged"),
}
"""What a verdict is called where it is shown."""
COUNTED: dict[Shown, str] = {
    "could not be judged": gettext_noop("{count} could not be judged"),
    "stops": gettext_noop("{count} broken and stopping"),
    "set aside": gettext_noop("{count} setting rows aside"),
    "noted": gettext_noop("{count} noted"),
    "kept": gettext_noop("{count} kept"),
    "not judged": gettext_noop("{count} not judged"),
}
"""The same of so many rules, in a sentence."""
OLDER_VERSIONS = "has_one_version"
"""The check that finds older versions of a row: routine, and told as rows that are superseded."""
RATES = "exchange_rates"
"""The table without which every amount is in the company's own currency."""


def shown_state(verdict: RuleResult) -> Shown:
    """How a verdict is called: kept, noted, set aside, stops, could not be judged, not judged."""
    if verdict.state == "errored":
        return "could not be judged"
    if verdict.state == "broken":
        return BROKEN[verdict.if_broken]
    return "kept" if verdict.rows_count else "not judged"


def most_important_first(verdict: RuleResult) -> tuple[int, bool, int, str]:
    """Where a verdict stands among others: by its state, then by how many rows break the rule; routine after the rest."""
    return ORDER.index(shown_state(verdict)), verdict.check == OLDER_VERSIONS, -verdict.unexpected_count, verdict.rule_id


def describe_verdicts(verdicts: Iterable[RuleResult]) -> str:
    """How many rules there are, and how many of them were kept, noted, set rows aside or stop: one sentence."""
    states = [shown_state(verdict) for verdict in verdicts]
    parts = [gettext(COUNTED[state], count=whole_number(states.count(state))) for state in reversed(ORDER) if state in states]
    listed = ", ".join(parts)
    rules = ngettext("{count} rule: {states}.", "{count} rules: {states}.", len(states), states=listed)
    return rules if parts else gettext("No rules were judged.")


def describe_data(data: ScorecardData) -> str:
    """What became of the rows, and what is left to look at: 60 of 277,666 rows set aside, all in orders; 3 findings to look at."""
    read, aside = (sum(getattr(totals, name) for totals in data.totals) for name in ("rows_read_count", "rows_set_aside_count"))
    findings = _findings_count(data)
    if findings:
        left = ngettext("{count} finding to look at", "{count} findings to look at", findings)
    else:
        left = gettext("nothing else to look at") if aside else gettext("nothing to look at")
    if not aside:
        return f"{ngettext('none of {count} row set aside', 'none of {count} rows set aside', read)}; {left}"
    values = {"aside": whole_number(aside), "where": _where(data, aside)}
    rows = ngettext("{aside} of {count} row set aside, {where}", "{aside} of {count} rows set aside, {where}", read, **values)
    return f"{rows}; {left}"


def _where(data: ScorecardData, aside: int) -> str:
    """The extract that most rows set aside are in, with their money; a sum over extracts would add unlike amounts."""
    worst = max(data.totals, key=lambda totals: totals.rows_set_aside_count)
    share = gettext("all") if worst.rows_set_aside_count == aside else whole_number(worst.rows_set_aside_count)
    where = gettext("{count} in {extract}", count=share, extract=worst.extract)
    return f"{where}{_holding(data, worst.amount_set_aside)}"


def _holding(data: ScorecardData, amount: Decimal | None) -> str:
    if not amount:
        return ""
    is_mixed = any(extract.dataset == RATES for extract in data.covered)
    shown = gettext("{amount} in their own currencies", amount=number(amount)) if is_mixed else money_short(amount, data.currency)
    return f" ({shown})"


def _findings_count(data: ScorecardData) -> int:
    """Notes for somebody to look at: neither rows set aside, which are told beside, nor older versions of rows."""
    noted = (verdict for verdict in data.verdicts if shown_state(verdict) in {"could not be judged", "stops", "noted"})
    return sum(verdict.check != OLDER_VERSIONS for verdict in noted)
