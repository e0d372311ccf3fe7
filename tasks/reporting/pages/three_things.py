"""Three things to talk about, in this order: where customers were lost, why, who is still to be won, what preceded, what was to come."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.measures.experiences import EXPERIENCES, LOST_OF_EXPERIENCE, experience_name
from tasks.reporting.pages.comparison import compared_label, compared_period, has_comparable_groups, lost_of_opening, percent
from tasks.reporting.pages.experience import times_in_words
from tasks.reporting.sentences import FigureName, Sentence, clipped
from tasks.reporting.text import customers_in_words, lowered, money_short, whole_number

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.retention import ExcessLoss

REASON = "departures.reason_code"
MOST = 3
KINDS = ("where", "why", "still_to_win", "preceded", "to_come")
"""The kinds of their sentences, in their order."""
OUT, LOST = "customers_out", "customers_out_amount"
REASON_TOKENS_COUNT, REASON_LENGTH = 8, 60
OF_OPENING = ("opening_customers", "left_customers", "lapsed_customers")


def things_to_talk_about(facts: ScorecardData) -> list[Sentence]:
    """Where, why, still to win, as far as there is anything to say of each; where one is missing, what preceded losses, or was to come."""
    if facts.is_opening_unknown:
        return [each for each in (_still_to_win(facts),) if each]
    every = (_where(facts), _why(facts), _still_to_win(facts), _preceded(facts), _to_come(facts))
    return [each for each in every if each][:MOST]


def _where(facts: ScorecardData) -> Sentence | None:
    before = compared_period(facts)
    if before is None:
        return None
    if not facts.excess_losses:
        fell = facts.retention and facts.retention.customers and facts.retention.customers.verdict == "fell"
        alike = "everywhere alike, no group lost more than the others beyond chance"
        return Sentence("where", alike, label="Where") if fell and has_comparable_groups(facts, before) else None
    worst = facts.excess_losses[0]
    lost, opening = whole_number(worst.lost_count), whole_number(worst.opening_count)
    rates = f"({percent(worst.rate)}; {compared_label(facts, before)} {percent(worst.before_rate)})"
    text = f"{clipped(worst.segment)} lost {lost} of {opening} {rates}, {money_short(worst.lost_amount, facts.currency)}"
    of_group = {"segment_by": worst.segment_by, "segment": worst.segment}
    figures = tuple(FigureName(name, period, **of_group) for period in (facts.period, before) for name in OF_OPENING)
    money = tuple(FigureName(name, facts.period, **of_group) for name in ("left_amount", "lapsed_amount"))
    return Sentence("where", text, (*figures, *money), label="Where", tail=_others(facts, worst, before))


def _others(facts: ScorecardData, worst: ExcessLoss, before: str) -> str:
    """What became of the other groups' loss rates, in words that hold for every one of them."""
    risen = fallen = others = 0
    for segment in facts.segments_of(worst.segment_by):
        (lost, opening), (lost_before, opening_before) = (
            lost_of_opening(facts, period=period, segment_by=worst.segment_by, segment=segment) for period in (facts.period, before)
        )
        if segment == worst.segment or not opening or not opening_before:
            continue
        others += 1
        risen += lost * opening_before > lost_before * opening
        fallen += lost * opening_before < lost_before * opening
    if not others:
        return ""
    each = "the other" if others == 1 else "all others"
    if others in {fallen, risen}:
        return f"; {each} {'improved' if fallen else 'rose, too'}"
    return f"; {whole_number(risen)} of {whole_number(others)} others rose, too" if risen else "; no other rose"


def _why(facts: ScorecardData) -> Sentence | None:
    """The known reason with which most value went; codes that nobody mapped are no known reasons."""
    parts = {code: part for code, part in facts.parts("reason").items() if code in facts.words_of and part.get(OUT)}
    if not facts.has(REASON) or not parts:
        return None
    top = max(sorted(parts), key=lambda code: (Decimal(parts[code].get(LOST, 0)), parts[code][OUT]))
    known = sum(int(part[OUT]) for part in parts.values())
    reason = clipped(facts.words_of[top], tokens_count=REASON_TOKENS_COUNT, length=REASON_LENGTH)
    worth = money_short(Decimal(parts[top].get(LOST, 0)), facts.currency)
    text = f"“{reason}”, {whole_number(int(parts[top][OUT]))} of {whole_number(known)} known reasons, {worth}"
    figures = [FigureName(OUT, facts.period, split_by="reason", split=code) for code in sorted(parts)]
    money = FigureName(LOST, facts.period, split_by="reason", split=top)
    tail = f"; {whole_number(facts.heads(OUT))} went"
    return Sentence("why", text, (*figures, money, FigureName(OUT, facts.period)), label="Why", tail=tail)


def _still_to_win(facts: ScorecardData) -> Sentence | None:
    """Who comes due next, and who shows signs of weakening."""
    names = [f"due_ahead_{len(facts.due_days)}_customers", f"due_ahead_{len(facts.due_days)}_amount"]
    due, weak = (int(facts.figure(name) or 0) for name in (names[0], "weakening_customers"))
    if not due and not weak:
        return None
    label, weakening = "Still to win", ["weakening_customers", "weakening_amount"]
    if not due:
        figures = tuple(FigureName(name, facts.period) for name in weakening)
        return Sentence("still_to_win", f"{customers_in_words(weak)} {_weaken(facts, weak)}", figures, label=label)
    come = "comes" if due == 1 else "come"
    worth = money_short(facts.money(names[1]), facts.currency)
    text = f"{customers_in_words(due)} {come} due within {facts.due_days[-1]:,} days, {worth}"
    tail = f"; {whole_number(weak)} {_weaken(facts, weak)}" if weak else ""
    figures = tuple(FigureName(name, facts.period) for name in (*names, *(weakening if weak else ())))
    return Sentence("still_to_win", text, figures, label=label, tail=tail)


def _weaken(facts: ScorecardData, weak: int) -> str:
    return f"{'shows' if weak == 1 else 'show'} weakening, {money_short(facts.money('weakening_amount'), facts.currency)}"


def _preceded(facts: ScorecardData) -> Sentence | None:
    """The surest experience that is demonstrated to precede losses; nothing where none is."""
    lines = facts.experience.of("lost") if facts.experience else ()
    line = next((each for each in lines if each.is_demonstrated), None)
    if line is None:
        return None
    ratio, low, high = times_in_words(line)
    who = EXPERIENCES[line.experience].who_had_it(clipped(line.part))
    counts = f"{whole_number(line.exposed_events_count)} of {whole_number(line.exposed_count)}"
    text = f"{lowered(who)} left {ratio} times as often as others alike ({low} to {high}), {counts}; an association, not a proof"
    name = experience_name(line.experience, line.part)
    figures = (FigureName(name, facts.period), FigureName(f"{name}{LOST_OF_EXPERIENCE}", facts.period))
    return Sentence("preceded", text, figures, label="What preceded")


def _to_come(facts: ScorecardData) -> Sentence | None:
    """What had been expected of those who went, and what still is of all; only where the models beat the plain rule out of sample."""
    worth = facts.worth
    if worth is None or worth.flow is None or worth.equity_amount is None or not worth.is_better_than_the_rule:
        return None
    names = ("lost_equity_amount", "closing_equity_amount")
    lost, closing = (money_short(each, facts.currency) for each in (worth.flow.amounts[names[0]], worth.equity_amount))
    gone = customers_in_words(worth.flow.customers[names[0]])
    text = f"{lost} of {worth.kind} that was expected went with {gone}; {closing} is expected in {worth.horizon_years} years"
    return Sentence("to_come", text, tuple(FigureName(name, facts.period) for name in names), label="To come")
