"""What customers are still worth: what is to come of them, how that changed in the period, and how well it would have been expected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.localization import percentage
from config.measures.table import label_of
from config.measures.worth import MEASURES as LINES
from tasks.reporting.blocks import Bars, Column, Marked, Page, Series, Share, Table, details
from tasks.reporting.model import CUSTOMERS_FILE
from tasks.reporting.pages.relative_value import relative_value_sentences, relative_value_tables
from tasks.reporting.text import customers_in_words, day_in_words, lowered, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.entries import MeasureEntry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.worth import ChannelLine, EquityFlow, GroupLine, HeldOut, HeldOutLine, LostLine, ParameterLine, ScoreLead, Worth

TITLE = "Worth"
AT_RISK = "At risk"
"""The list of the customers at risk."""
ENDS = {"opening_equity_amount", "closing_equity_amount"}
ALL_MARGIN = "all_margin_amount"
WIDTHS = (36, *(15,) * 6)
STRONG = 0.2
"""A correlation of how often and how much from which on the model of spend is off by more than its interval says."""
RISKS = {"weakening": "Show signs of weakening", "coming_due": "Have terms that come due"}
RULE_DAYS = 365
"""As many days of purchases the plain rule takes once more."""
METHOD_OF_THE_RULE = (
    "Still to come, by the plain rule: what was bought in the last 365 days once more, and a year of the contracts in force.",
    "The rule looks one year ahead, discounted from its middle. It knows nobody who stops: nothing is taken off for customers to be lost.",
    "Where the extracts reach back less than a year, the rule knows less than a year's purchases.",
)
METHOD = (
    "Still to come: what each customer is expected to bring within the horizon, what comes in each year discounted from its middle.",
    "Expected by models: how often buyers buy and when they stop (MBG/NBD), what they spend (Gamma-Gamma), how contracts renew (sBG).",
    "The models never decide who is a customer. Whose they are, and how sure, is said in docs/methods.md.",
    "95% intervals hold what comes of not knowing the models' parameters; what a single customer does is far less sure.",
    "Purchases of before the extracts begin are not known: customers of then are taken for newer than they are.",
)


def worth_page(facts: ScorecardData, worth: Worth) -> Page:
    """What is still to come and why, the flow statement, tenths of the customers, what is at risk, and the last year held out."""
    name = "Customer equity" if worth.is_equity else f"Expected {worth.kind} still to come"
    question = f"What our customers are still worth: {lowered(name)}."
    compared = details(relative_value_tables(facts))
    if worth.why_not:
        sentence = "\n".join([f"Nothing is expected of anybody: {worth.why_not}.", *relative_value_sentences(facts)])
        return Page(title=TITLE, question=question, sentence=sentence, tables=compared, widths=WIDTHS)
    return Page(
        title=TITLE,
        question=question,
        sentence="\n".join([*worth_sentences(facts, worth), *relative_value_sentences(facts)]),
        bars=_bars(worth, worth.held_out) if worth.held_out else None,
        tables=(*_tables(worth), *compared),
        small_print=(*(METHOD_OF_THE_RULE if worth.why_rule else METHOD), *_assumptions(worth)),
        widths=WIDTHS,
    )


def worth_sentences(facts: ScorecardData, worth: Worth) -> list[str]:
    """What is still to come, what was lost of it, and how well it would have been expected; a sentence each."""
    return [_to_come_sentence(facts, worth), _lost_sentence(facts, worth), _held_out_sentence(facts, worth)]


def _to_come_sentence(facts: ScorecardData, worth: Worth) -> str:
    """What is expected of everybody with its interval; by the plain rule without one, and why."""
    assert worth.equity_amount is not None
    to_come, customers = money_short(worth.equity_amount, facts.currency), customers_in_words(worth.customers_count)
    if worth.why_rule:
        return (
            f"By the plain rule that everybody brings in the next year what it is worth today, {to_come} of {worth.kind} is to come "
            f"of {customers}, discounted at {percentage(worth.discount_rate)} a year. No model could be fitted: {worth.why_rule}."
        )
    assert worth.low_amount is not None
    assert worth.high_amount is not None
    low, high = (money_short(each, facts.currency) for each in (worth.low_amount, worth.high_amount))
    return (
        f"{to_come} of {worth.kind} is still expected of {customers} in the next {worth.horizon_years} years, discounted at "
        f"{percentage(worth.discount_rate)} a year (95%: {low} to {high})."
    )


def _lost_sentence(facts: ScorecardData, worth: Worth) -> str:
    if worth.flow is None:
        return f"How it changed in the period cannot be told: {worth.why_no_flow}."
    gone = sum(line.customers_count for line in worth.flow.lost)
    if not gone:
        return "Nothing of it was lost with customers who went."
    lost, value = worth.flow.amounts["lost_equity_amount"], sum((line.value_amount for line in worth.flow.lost), Decimal(0))
    customers = customers_in_words(gone)
    return (
        f"With {customers} who went, {money_short(lost, facts.currency)} of it was lost, beside the "
        f"{money_short(value, facts.currency)} that they were worth at opening."
    )


def _held_out_sentence(facts: ScorecardData, worth: Worth) -> str:
    held = worth.held_out
    if held is None:
        return f"How well it would have been expected before cannot be told: {worth.why_not_held_out}."
    expected, came, rule = (
        money_short(each, facts.currency) for each in (held.whole.expected_amount, held.whole.actual_amount, held.whole.rule_amount)
    )
    days, customers = f"{whole_number(held.days_count)} days", customers_in_words(held.whole.customers_count)
    if worth.why_rule:
        return (
            f"On {day_in_words(held.day)} the plain rule would have expected {expected} in {days} of the {customers} who had come by then; "
            f"{came} came.{_short_past(held)}"
        )
    return (
        f"On {day_in_words(held.day)} {expected} would have been expected in {days} of the {customers} who "
        f"had come by then; {came} came. What they had brought in the {days} before was {rule}: {_verdict(held)}."
    )


def _short_past(held: HeldOut) -> str:
    """That the rule knew less than a year, where the extracts did not reach back further."""
    if held.recorded_days_count >= RULE_DAYS:
        return ""
    return f" By then {whole_number(held.recorded_days_count)} days were recorded, so that the rule did not know a whole year."


def _verdict(held: HeldOut) -> str:
    """Whether the models were nearer than the plain rule, in all and customer by customer; worse is said."""
    if held.is_nearer_in_total and held.is_nearer_by_customer:
        return "the models were nearer than that plain rule, in all and customer by customer"
    if held.is_nearer_in_total:
        return "the models were nearer in all, but customer by customer the rule was: do not choose customers by them"
    if held.is_nearer_by_customer:
        return "the models were nearer customer by customer, but in all the rule was"
    return "the models were worse than that plain rule, in all and customer by customer: do not rely on them"


def _tables(worth: Worth) -> Iterator[Table]:
    if worth.flow is not None:
        yield _flow_table(worth, worth.flow)
        yield from details([_return_table(worth, worth.flow)])
        yield _lost_table(worth.flow.lost)
        if worth.flow.channels:
            yield _channel_table(worth, worth.flow.channels)
    yield from details([_decile_table(worth)])
    if worth.flow is not None and worth.flow.groups:
        yield from details([_group_table(worth, worth.flow.groups)])
    yield from details([_risk_table(worth)])
    if worth.held_out is not None:
        yield from details(_held_out_tables(worth, worth.held_out))
    if worth.parameters:
        yield from details([_parameter_table(worth)])


def _held_out_tables(worth: Worth, held: HeldOut) -> Iterator[Table]:
    yield _held_out_table(worth, ("Held out, by tenths of what was expected", "Tenth"), held.deciles)
    yield _held_out_table(worth, ("Held out, by when customers came", "Came in"), held.cohorts)
    if held.lead is not None:
        yield _lead_table(held.lead)


def _flow_table(worth: Worth, flow: EquityFlow) -> Table:
    title = "Customer equity flow statement" if worth.is_equity else f"What became of the {worth.kind} still to come"
    columns = (Column("", "text"), Column("Amount", "money"), Column("Customers"))
    rows = tuple(_flow_row(flow, line) for line in LINES if line.name != ALL_MARGIN)
    return Table(title, columns, rows, says="The lines add up; what is taken off is negative. Customers: those of whom a line is not 0.")


def _flow_row(flow: EquityFlow, line: MeasureEntry) -> tuple[CellValue, ...]:
    """A line with its sign, so that the column adds up; both ends stand out."""
    amount = flow.amounts[line.name] * (-1 if line.sign == "minus" else 1)
    is_end = line.name in ENDS
    return (Marked(line.label, is_bold=is_end), Marked(amount, is_bold=is_end), Marked(flow.customers[line.name], is_bold=is_end))


def _return_table(worth: Worth, flow: EquityFlow) -> Table:
    """What was received beside what was expected, and the return where it is margin and there was equity at opening."""
    columns = (Column("", "text"), Column("Amount", "money"))
    rows: list[tuple[CellValue, ...]] = [
        ("Expected in the period of the customers at opening", flow.expected_margin_amount),
        ("Received of them", flow.margin_of_opening_amount),
        (label_of(ALL_MARGIN), flow.amounts[ALL_MARGIN]),
    ]
    below = ""
    opening = flow.amounts["opening_equity_amount"]
    if worth.is_equity and opening > 0:
        cost = flow.acquisition_cost_amount
        gained = flow.amounts[ALL_MARGIN] - (cost or 0) + _closing_as_before(flow) - opening
        rows += [*([] if cost is None else [("Cost of acquisition", cost)]), ("Gained on customers", gained)]
        with_cost = "" if cost is not None else " No extract says what acquisition cost."
        below = (
            f"Return on customer: {percentage(gained / opening, decimals=1)} of the equity at opening, changed assumptions "
            f"left out.{with_cost}"
        )
    return Table("Beside the statement", columns, tuple(rows), below=below)


def _closing_as_before(flow: EquityFlow) -> Decimal:
    return flow.amounts["closing_equity_amount"] - flow.amounts["changed_assumptions_amount"]


def _channel_table(worth: Worth, channels: tuple[ChannelLine, ...]) -> Table:
    """What new customers are expected to bring beside what it cost to win them."""
    columns = (
        Column("Channel", "text"),
        Column("Customers"),
        Column("To come", "money"),
        Column("Cost", "money"),
        Column("Cost, part of it", "share"),
        Column("Paid back", "text", is_indented=True),
    )
    rows = tuple(
        (line.channel, line.customers_count, line.equity_amount, line.cost_amount, _share_of_cost(line), _pay_back(line))
        for line in channels
    )
    title = "New in the period, by channel"
    if all(line.cost_amount is None for line in channels):
        return Table(title, columns[:3], tuple(row[:3] for row in rows), says="No extract says what these channels cost.")
    kind = worth.kind if worth.is_margin else f"{worth.kind}, which is not yet margin"
    costs = (
        f"Cost: what the channel's campaigns cost in the period. Paid back by {kind}: what came in the period, and what is to come after "
        "it, discounted."
    )
    return Table(title, columns, rows, says=costs)


def _pay_back(line: ChannelLine) -> str:
    """Within how many years from closing the cost has come back; nothing where no cost is recorded."""
    if line.cost_amount is None:
        return ""
    if line.pay_back_years is None:
        return "not within the horizon"
    return {0: "in the period", 1: "within a year"}.get(line.pay_back_years, f"within {line.pay_back_years} years")


def _lost_table(lost: tuple[LostLine, ...]) -> Table:
    """What went with the customers who went: what they were worth, and what had been expected of them."""
    columns = (Column("", "text"), Column("Customers"), Column("Worth then", "money"), Column("To come then", "money"))
    labels = {"left": label_of("left_customers"), "lapsed": label_of("lapsed_customers")}
    rows = tuple((labels[line.movement], line.customers_count, line.value_amount, line.equity_amount) for line in lost)
    sums = [sum(values) for values in zip(*(row[1:] for row in rows), strict=True)]
    total = ("Together", *sums) if rows else None
    return Table("With the customers who went", columns, rows, says="Then: at opening.", total=total)


def _share_of_cost(line: ChannelLine) -> Share | None:
    return None if line.cost_amount is None or line.equity_amount <= 0 else Share(line.cost_amount, line.equity_amount)


def _decile_table(worth: Worth) -> Table:
    columns = (
        Column("Tenth", "text"),
        Column("Customers"),
        Column("Worth today", "money"),
        Column("To come", "money"),
        Column("Part", "share"),
    )
    whole = worth.equity_amount or Decimal(0)
    rows = tuple(
        (f"{each.number}{' (most to come)' if each.number == 1 else ''}", each.customers_count, each.value_amount, each.equity_amount)
        + ((Share(each.equity_amount, whole),) if whole else (None,))
        for each in worth.deciles
    )
    total = ("Everybody", worth.customers_count, worth.value_amount, worth.equity_amount, None)
    return Table("Tenths of the customers by what is still to come", columns, rows, total=total)


def _group_table(worth: Worth, groups: tuple[GroupLine, ...]) -> Table:
    """What is to come of the groups of customers, beside what they are worth today."""
    columns = (
        Column("", "text"),
        Column("Customers"),
        Column("Worth today", "money"),
        Column("To come", "money"),
        Column("Part", "share"),
    )
    whole = worth.equity_amount or Decimal(0)
    rows = tuple(
        (
            f"{each.segment_by.replace('_', ' ').capitalize()}: {each.segment}",
            each.customers_count,
            each.value_amount,
            each.equity_amount,
            Share(each.equity_amount, whole) if whole else None,
        )
        for each in groups
    )
    return Table("Groups of the customers, by what is still to come", columns, rows)


def _risk_table(worth: Worth) -> Table:
    columns = (Column("", "text"), Column("Customers"), Column("To come", "money"))
    rows = tuple((text, *worth.at_risk[reason]) for reason, text in RISKS.items() if worth.at_risk.get(reason, (0,))[0])
    below = f"Those of whom most is to come are listed in {CUSTOMERS_FILE}, {AT_RISK}." if rows and worth.flow is not None else ""
    return Table(AT_RISK, columns, rows, says="One customer may be in both lines.", below=below)


def _held_out_table(worth: Worth, titles: tuple[str, str], lines: tuple[HeldOutLine, ...]) -> Table:
    """What was expected beside what came, and the plain rule where that is another."""
    title, first = titles
    kinds = ("Plain rule", "Came") if worth.why_rule else ("Expected", "Came", "Plain rule")
    columns = (Column(first, "text"), Column("Customers"), *(Column(kind, "money") for kind in kinds))
    rows = tuple(
        (each.label.strip(), each.customers_count, each.expected_amount, each.actual_amount, each.rule_amount)[: len(columns)]
        for each in lines
    )
    return Table(title, columns, rows)


def _lead_table(lead: ScoreLead) -> Table:
    """Whether the survey's score says more of what comes than value and tenure do; that it does not is a result."""
    columns = (Column("", "text"), Column("Correlation", "text"), Column("95%", "text"), Column("Customers"))
    rows = tuple(
        (label, f"{value:.2f}", f"{low:.2f} to {high:.2f}", lead.customers_count)
        for label, (value, low, high) in (("By itself", lead.alone), ("Beyond value and tenure", lead.beyond))
    )
    shown = "leads: it orders what comes better than value and tenure alone" if lead.is_shown else "is not shown to lead"
    return Table("Survey score, and what the same customers brought afterwards", columns, rows, below=f"The score {shown}.")


def _bars(worth: Worth, held: HeldOut) -> Bars:
    """By when customers came: tenths differ so much in size that only the first could be seen."""
    expected = Series("Plain rule" if worth.why_rule else "Expected", tuple(line.expected_amount for line in held.cohorts), "base")
    came = Series("Came", tuple(line.actual_amount for line in held.cohorts), "in")
    rule = Series("Plain rule", tuple(line.rule_amount for line in held.cohorts), "out")
    series = (expected, came) if worth.why_rule else (expected, came, rule)
    title = f"Held out: what {whole_number(held.days_count)} days brought, by when customers came"
    return Bars(title, tuple(line.label for line in held.cohorts), series, is_money=True)


def _parameter_table(worth: Worth) -> Table:
    columns = (Column("Model", "text"), Column("Parameter", "text"), Column("Value", "text"), Column("95%", "text"), Column("Fitted on"))
    return Table("What the models found", columns, tuple(map(_parameter_row, worth.parameters)))


def _parameter_row(line: ParameterLine) -> tuple[CellValue, ...]:
    return line.model, line.name, f"{line.value:.4g}", f"{line.low:.4g} to {line.high:.4g}", line.customers_count


def _assumptions(worth: Worth) -> Iterator[str]:
    """What was believed beside the models."""
    if worth.is_margin:
        yield (
            f"Of an amount {percentage(worth.margin_rate, decimals=1)} is left after goods and service, as in the year to the period's end."
        )
    if worth.dependence is not None:
        value, low, high = worth.dependence
        meaning = "so that what frequent buyers bring is misjudged" if abs(value) >= STRONG else "weak enough for the model of spend"
        yield f"How often and how much go together with a correlation of {value:.2f} (95%: {low:.2f} to {high:.2f}), {meaning}."
