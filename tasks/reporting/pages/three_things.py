"""Three things to talk about, in this order: where customers were lost, why, who is still to be won, what preceded, what was to come."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from config.measures.experiences import EXPERIENCES, LOST_OF_EXPERIENCE, experience_name
from tasks.reporting.pages.comparison import compared_label, compared_period, has_comparable_groups, lost_of_opening, percent
from tasks.reporting.pages.experience import format_ratio
from tasks.reporting.sentences import FigureName, Sentence, clipped, named_figures
from tasks.reporting.text import format_horizon, lowered, money_short, whole_number

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


def things_to_talk_about(data: ScorecardData) -> list[Sentence]:
    """Where, why, still to win, as far as there is anything to say of each; where one is missing, what preceded losses, or was to come."""
    if data.is_opening_unknown:
        return [sentence for sentence in (_still_to_win(data),) if sentence]
    every = (_where(data), _why(data), _still_to_win(data), _preceded(data), _to_come(data))
    return [sentence for sentence in every if sentence][:MOST]


def _where(data: ScorecardData) -> Sentence | None:
    before = compared_period(data)
    if before is None:
        return None
    if not data.excess_losses:
        fell = data.retention and data.retention.customers and data.retention.customers.verdict == "fell"
        alike = gettext("everywhere alike, no group lost more than the others beyond chance")
        return Sentence("where", alike, label=gettext("Where")) if fell and has_comparable_groups(data, before) else None
    worst = data.excess_losses[0]
    lost, opening = whole_number(worst.lost_count), whole_number(worst.opening_count)
    rates = f"({percent(worst.rate)}; {compared_label(data, before)} {percent(worst.before_rate)})"
    group, amount = clipped(worst.segment), money_short(worst.lost_amount, data.currency)
    text = gettext(
        "{group} lost {lost} of {opening} {rates}, {amount}", group=group, lost=lost, opening=opening, rates=rates, amount=amount
    )
    return Sentence("where", text, lost_figures(data, worst, before), label=gettext("Where"), tail=_others(data, worst, before))


def lost_figures(data: ScorecardData, worst: ExcessLoss, before: str) -> tuple[FigureName, ...]:
    """What is said of a group that lost more is made of these: its customers at opening and its lost, now and before, and their value."""
    of_group = {"segment_by": worst.segment_by, "segment": worst.segment}
    opening_figures = (name for period in (data.period, before) for name in named_figures(period, *OF_OPENING, **of_group))
    return (*opening_figures, *named_figures(data.period, "left_amount", "lapsed_amount", **of_group))


def _others(data: ScorecardData, worst: ExcessLoss, before: str) -> str:
    """What became of the other groups' loss rates, in words that hold for every one of them."""
    risen = fallen = others = 0
    for segment in data.segments_of(worst.segment_by):
        (lost, opening), (lost_before, opening_before) = (
            lost_of_opening(data, period=period, segment_by=worst.segment_by, segment=segment) for period in (data.period, before)
        )
        if segment == worst.segment or not opening or not opening_before:
            continue
        others += 1
        risen += lost * opening_before > lost_before * opening
        fallen += lost * opening_before < lost_before * opening
    if not others:
        return ""
    if fallen == others:
        return f"; {gettext('the other improved') if others == 1 else gettext('all others improved')}"
    if risen == others:
        return f"; {gettext('the other rose, too') if others == 1 else gettext('all others rose, too')}"
    if not risen:
        return f"; {gettext('no other rose')}"
    return f"; {gettext('{risen} of {others} others rose, too', risen=whole_number(risen), others=whole_number(others))}"


def _why(data: ScorecardData) -> Sentence | None:
    """The known reason with which most value went; codes that nobody mapped are no known reasons."""
    parts = {code: part for code, part in data.parts("reason").items() if code in data.reason_labels and part.get(OUT)}
    if not data.has(REASON) or not parts:
        return None
    top = max(sorted(parts), key=lambda code: (Decimal(parts[code].get(LOST, 0)), parts[code][OUT]))
    with_reason = sum(int(part[OUT]) for part in parts.values())
    reason = clipped(data.reason_labels[top], tokens_count=REASON_TOKENS_COUNT, length=REASON_LENGTH)
    worth = money_short(Decimal(parts[top].get(LOST, 0)), data.currency)
    count = whole_number(int(parts[top][OUT]))
    text = gettext(
        "“{reason}”, {count} of {known} known reasons, {worth}", reason=reason, count=count, known=whole_number(with_reason), worth=worth
    )
    figures = [FigureName(OUT, data.period, split_by="reason", split=code) for code in sorted(parts)]
    money = FigureName(LOST, data.period, split_by="reason", split=top)
    tail = f"; {ngettext('{count} went', '{count} went', data.count(OUT))}"
    return Sentence("why", text, (*figures, money, FigureName(OUT, data.period)), label=gettext("Why"), tail=tail)


def _still_to_win(data: ScorecardData) -> Sentence | None:
    """Who comes due next, and who shows signs of weakening."""
    names = [f"due_ahead_{len(data.due_days)}_customers", f"due_ahead_{len(data.due_days)}_amount"]
    due, weak = (int(data.figure(name) or 0) for name in (names[0], "weakening_customers"))
    if not due and not weak:
        return None
    label, weakening = gettext("Still to win"), ["weakening_customers", "weakening_amount"]
    if not due:
        figures = named_figures(data.period, *weakening)
        return Sentence("still_to_win", _weakening(data, weak), figures, label=label)
    worth, days = money_short(data.money(names[1]), data.currency), whole_number(data.due_days[-1])
    text = ngettext(
        "{count} customer comes due within {days} days, {worth}",
        "{count} customers come due within {days} days, {worth}",
        due,
        days=days,
        worth=worth,
    )
    tail = f"; {_also_weakening(data, weak)}" if weak else ""
    figures = named_figures(data.period, *names, *(weakening if weak else ()))
    return Sentence("still_to_win", text, figures, label=label, tail=tail)


def _weakening(data: ScorecardData, weak: int) -> str:
    worth = money_short(data.money("weakening_amount"), data.currency)
    return ngettext("{count} customer shows weakening, {worth}", "{count} customers show weakening, {worth}", weak, worth=worth)


def _also_weakening(data: ScorecardData, weak: int) -> str:
    worth = money_short(data.money("weakening_amount"), data.currency)
    return ngettext("{count} shows weakening, {worth}", "{count} show weakening, {worth}", weak, worth=worth)


def _preceded(data: ScorecardData) -> Sentence | None:
    """The surest experience that is demonstrated to precede losses; nothing where none is."""
    lines = data.experience.of("lost") if data.experience else ()
    line = next((line for line in lines if line.is_demonstrated), None)
    if line is None:
        return None
    ratio, low, high = format_ratio(line)
    entry = EXPERIENCES[line.experience]
    who = lowered(entry.who)
    text = gettext(
        "{who} left {ratio} times as often as others alike ({low} to {high}), {lost} of {count}; an association, not a proof",
        who=gettext("{who} “{part}”", who=who, part=clipped(line.part)) if entry.parted_by else who,
        ratio=ratio,
        low=low,
        high=high,
        lost=whole_number(line.exposed_events_count),
        count=whole_number(line.exposed_count),
    )
    name = experience_name(line.experience, line.part)
    figures = named_figures(data.period, name, f"{name}{LOST_OF_EXPERIENCE}")
    return Sentence("preceded", text, figures, label=gettext("What preceded"))


def _to_come(data: ScorecardData) -> Sentence | None:
    """What had been expected of those who went, where any did, and what still is of all; only by models that beat the plain rule."""
    worth = data.worth
    names = ("lost_equity_amount", "closing_equity_amount")
    if worth is None or worth.flow is None or worth.equity_amount is None or not worth.is_better_than_the_rule:
        return None
    if not worth.flow.customers[names[0]]:
        return None
    lost, closing = (money_short(amount, data.currency) for amount in (worth.flow.amounts[names[0]], worth.equity_amount))
    text = ngettext(
        "{lost} of {kind} that was expected went with {count} customer; {closing} is expected in {horizon}",
        "{lost} of {kind} that was expected went with {count} customers; {closing} is expected in {horizon}",
        worth.flow.customers[names[0]],
        lost=lost,
        kind=gettext(worth.kind),
        closing=closing,
        horizon=format_horizon(worth.horizon_years),
    )
    return Sentence("to_come", text, named_figures(data.period, *names), label=gettext("To come"))
