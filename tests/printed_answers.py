"""What the answers claim that rest on tables of their own: silos, groups, referrals, behaviour, experience, worth; read as printed."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.printed_sentences import COUNT, MONEY, NOW, RATE, THEN, Claim, Clause, PrintedReader, count, money, of, rate, reads_as

if TYPE_CHECKING:
    from collections.abc import Sequence

SILO, LINK, HELD, WORTH = ("alignment", "marketing.new"), ("link", "unresolved_complaint"), ("held", "all"), ("worth", "all")
OF_SILO = {
    "duplicate": r"claims? counted a customer again",
    "unknown_customer": r"(?:is|are) of nobody the company knows",
    "ambiguous_customer": r"ha(?:s|ve) a key that stands for several customers",
    "outside_scope": r"(?:is|are) test, internal or partner",
    "customer_before": r"was a customer before|were customers before",
    "still_a_customer": r"is still a customer|are still customers",
    "gone_before": r"had gone before",
    "never_a_customer": r"never bought or signed",
    "other_period": r"belongs? to another period",
}
OF_COMPANY = {"claimed_elsewhere": r"(?:is|are) claimed in another period", "missing_from_silo": r"(?:is|are) never claimed"}
"""The lines of a bridge, and how a reader is told of each."""
GROUPS = ("Gold", "Silver", "Bronze")
"""The value groups, the most valuable first."""
ENDS = ("opening_customers", "closing_customers")
WAYS = (("Gold", "Silver"), ("Silver", "Gold"), ("Bronze", "out"), ("not a customer", "Bronze"))
COSTLY = {
    **{name: ("value_group", name) for name in GROUPS},
    r"North \(region\)": ("region", "North"),
    r"South \(region\)": ("region", "South"),
}
WEAK = {"silent_beyond_habit": "silent beyond habit", "fewer_groups": "fewer product groups"}
STRONG = {"shorter_gaps": "buys more often", "more_groups": "more product groups"}
REGIONS = ("North", "South")
TIMES = r"(-?\d+\.\d+)"
DAYS = r"(?:30 September 2026|30 September 2024|365 days|within 90 days|in the next 5 years|discounted at 10% a year|95%:)"


def summed(measures: tuple[str, ...], split: tuple[str, str]) -> Claim:
    return Claim("sum", measures, NOW, split)


def _flow(start: str, end: str) -> Clause:
    way = ("migration", f"{start} → {end}")
    moved = {"out": rf"w(?:as|ere) lost from {start}", "Silver": f"fell from {start} to {end}", "Gold": f"rose from {start} to {end}"}
    happened = f"came in as {end}" if start == "not a customer" else moved[end]
    change = (Claim("magnitude", ("net_amount",), NOW, way), Claim("sense", ("net_amount",), NOW, way))
    heads = Claim("larger", ENDS, NOW, way)
    return Clause(rf"{COUNT} customers? {happened}(?:, {MONEY} (more|less) a year|, (?:the same value))", (heads, *change))


def _signs(name: str, signs: dict[str, str], word: str) -> tuple[Clause, ...]:
    return (
        Clause(
            rf"{COUNT}(?: {RATE})? {word}, worth {MONEY} a year",
            (count(f"{name}_customers"), rate(f"{name}_customers", "staying_customers"), money(f"{name}_amount")),
        ),
        *(
            Clause(rf"\(most often: {label}, {COUNT}\)", (Claim("largest", (f"{each}_customers", *(f"{one}_customers" for one in signs))),))
            for each, label in signs.items()
        ),
    )


def _excess(region: str) -> Clause:
    now, then = ((Claim("lost_rate", (region,), period)) for period in (NOW, THEN))
    place = ("region", region)
    lost = Claim("sum", ("left_customers", "lapsed_customers"), NOW, place)
    worth = Claim("sum_money", ("left_amount", "lapsed_amount"), NOW, place)
    return Clause(
        rf"{region} \(region\) lost {COUNT} of {COUNT} \(([\d.]+%); a year ago ([\d.]+%)\), {MONEY}; {COUNT} more than",
        (lost, of("opening_customers", place), now, then, worth, Claim("excess", (region,))),
    )


REFERRED = (
    Clause(
        rf"{COUNT} of {COUNT} customers?(?: {RATE})? recommended us",
        (count("referring_customers"), count("period_customers"), rate("referring_customers", "period_customers")),
    ),
    Clause(
        rf"{COUNT} of {COUNT} new customers?(?: {RATE})? had been",
        (count("referred_new_customers"), count("new_customers"), rate("referred_new_customers", "new_customers")),
    ),
    Clause(rf"before, worth {MONEY} a year", (money("referred_new_amount"),)),
    Clause(rf"none of {COUNT} new", (count("new_customers"),)),
    Clause(rf"of them is worth {MONEY} a year", (of("best_amount", ("worth_telling", "0")),)),
)
ANSWERS: dict[str, tuple[str, tuple[Clause, ...]]] = {
    "alignment": (
        r"(?:Alignment: )?Marketing counts",
        (
            Clause(rf"Marketing counts {COUNT} new customers? \(deals won\)", (summed(("agreed", *OF_SILO), SILO),)),
            Clause(rf"\), the company {COUNT}\.", (summed(("agreed", *OF_COMPANY, "unexplained"), SILO),)),
            Clause(rf"{COUNT} (?:is|are) the same", (of("agreed", SILO),)),
            Clause(rf"Marketing alone counts {COUNT}:", (summed(tuple(OF_SILO), SILO),)),
            Clause(rf"The company alone counts {COUNT}:", (summed((*OF_COMPANY, "unexplained"), SILO),)),
            *(Clause(rf"{COUNT} (?:{text})", (of(line, SILO),)) for line, text in {**OF_SILO, **OF_COMPANY}.items()),
            Clause(rf"{COUNT} (?:is|are) unexplained", (of("unexplained", SILO),)),
        ),
    ),
    "flows": (r"Between value groups: ", tuple(_flow(*way) for way in WAYS)),
    "costly": (
        r"Cost more than they bring: ",
        (
            *(Clause(rf"{name} \({MONEY}\)", (of("profit_amount", place),)) for name, place in COSTLY.items()),
            Clause(rf"and {COUNT} more\.", (Claim("costly_more", ("profit_amount",)),)),
        ),
    ),
    "groups": (
        r"(?:Gold|Silver|Bronze), .* at closing, brought|Customers brought",
        (
            *(
                Clause(
                    rf"{name}, {COUNT} of {COUNT} customers? at closing, brought {MONEY} of {MONEY} revenue(?: {RATE})?",
                    (
                        of("closing_customers", ("value_group", name)),
                        count("closing_customers"),
                        Claim("leading", ("revenue_amount",), NOW, ("value_group", name)),
                        money("revenue_amount"),
                        Claim("rate_of_group", ("revenue_amount",), NOW, ("value_group", name)),
                    ),
                )
                for name in GROUPS
            ),
            Clause(rf"profit was {MONEY}", (money("profit_amount"),)),
            *(Clause(rf"{name} \({MONEY}\)", (of("profit_amount", place),)) for name, place in COSTLY.items()),
            Clause(rf"and {COUNT} more cost", (Claim("costly_more", ("profit_amount",)),)),
        ),
    ),
    "recommended": (r"Recommended: ", REFERRED),
    "referrals": (r"(?:[\d,]+ of [\d,]+ customers?(?: \([^)]*\))? recommended|Nobody recommended|No customer recommended)", REFERRED),
    "behaviour": (
        r"Of [\d,]+ customers? who stayed through",
        (
            Clause(rf"Of {COUNT} customers? who stayed", (count("staying_customers"),)),
            *_signs("weakening", WEAK, "weakens?"),
            *_signs("strengthening", STRONG, "grows? stronger"),
        ),
    ),
    "where": (r"Where: (?!everywhere)", tuple(map(_excess, REGIONS))),
    "experience": (
        r"Customers .* times as often as others alike",
        (
            Clause(
                rf"{TIMES} times as often as others alike \({TIMES} to {TIMES}\)",
                tuple(Claim("times", (name,), NOW, LINK) for name in ("ratio", "low", "high")),
            ),
            Clause(rf": {COUNT} of {COUNT}, against", (of("exposed_events_count", LINK), of("exposed_count", LINK))),
            Clause(rf"against {COUNT} of {COUNT} others", (of("others_events_count", LINK), of("others_count", LINK))),
            Clause(rf"they took {MONEY} with them", (of("lost_amount", LINK),)),
            Clause(rf"may explain {MONEY} to {MONEY}", (of("explained_low_amount", LINK), of("explained_high_amount", LINK))),
        ),
    ),
    "still expected": (
        r".* is still expected of",
        (
            Clause(
                rf"{MONEY} of margin is still expected of {COUNT} customers?", (of("equity_amount", WORTH), of("customers_count", WORTH))
            ),
            Clause(rf"95%: {MONEY} to {MONEY}", (of("low_amount", WORTH), of("high_amount", WORTH))),
        ),
    ),
    "expected lost": (
        r"With .* who went, .* of it was lost",
        (
            Clause(rf"With {COUNT} customers? who went, {MONEY} of it", (of("lost_equity_count", WORTH), of("lost_equity_amount", WORTH))),
            Clause(rf"beside the {MONEY} that", (Claim("sum_money", ("left_amount", "lapsed_amount")),)),
        ),
    ),
    "to come": (
        r"To come: ",
        (
            Clause(
                rf"{MONEY} of margin that was expected went with {COUNT} customers?",
                (of("lost_equity_amount", WORTH), of("lost_equity_count", WORTH)),
            ),
            Clause(rf"{MONEY} is expected in 5 years", (of("equity_amount", WORTH),)),
        ),
    ),
    "held out": (
        r"On .* would have been expected",
        (
            Clause(rf"{MONEY} would have been expected", (of("expected_amount", HELD),)),
            Clause(rf"of the {COUNT} customers? who", (of("customers_count", HELD),)),
            Clause(rf"by then; {MONEY} came", (of("actual_amount", HELD),)),
            Clause(
                rf"before was {MONEY}: the models were (nearer than that|nearer in all|nearer customer|worse)",
                (of("rule_amount", HELD), Claim("nearer", ("expected_amount",), NOW, HELD)),
            ),
        ),
    ),
}
"""Every kind: how its line begins, and its clauses."""


class AnswersReader(PrintedReader):
    """Reads printed answers against the same text, in which tables of their own stand as further parts."""

    kinds = ANSWERS
    named = (DAYS,)

    def is_borne_out(self, text: str, claim: Claim) -> bool:
        values = [self.of(measure, claim) for measure in claim.measures]
        checks = {
            "sum": lambda: self.whole(text) == sum(values),
            "sum_money": lambda: reads_as(text, sum(values, Decimal(0))),
            "larger": lambda: self.whole(text) == max(values),
            "largest": lambda: self.whole(text) == values[0] == max(values),
            "magnitude": lambda: reads_as(text, abs(values[0])),
            "sense": lambda: (text == "more") is (values[0] > 0),
            "times": lambda: abs(Decimal(text) - values[0]) <= Decimal("0.5001") / 10 ** len(text.partition(".")[2]),
            "leading": lambda: reads_as(text, values[0]) and values[0] == max(self.of_groups(claim)),
            "rate_of_group": lambda: self.is_rate(text, values[0] / self.of("revenue_amount", count("revenue_amount"))),
            "costly_more": lambda: (
                self.whole(text) == sum(self.of("profit_amount", of("profit_amount", place)) < 0 for place in COSTLY.values()) - 3
            ),
            "lost_rate": lambda: abs(Decimal(text[:-1]) / 100 - self.lost_rate(claim)) <= Decimal("0.000501"),
            "excess": lambda: abs(self.whole(text) - self.excess(claim.measures[0])) <= Decimal("0.5"),
            "nearer": lambda: self.verdict(claim).startswith(text),
        }
        return checks[claim.kind]() if claim.kind in checks else super().is_borne_out(text, claim)

    def of(self, measure: str, claim: Claim) -> Decimal:
        return self.figures.get((claim.period, *claim.split, measure), Decimal(0))

    def of_groups(self, claim: Claim) -> list[Decimal]:
        return [self.of(claim.measures[0], of(claim.measures[0], ("value_group", name))) for name in GROUPS]

    def lost_rate(self, claim: Claim) -> Decimal:
        place = ("region", claim.measures[0])
        left, lapsed, opening = (self.figures[claim.period, *place, f"{name}_customers"] for name in ("left", "lapsed", "opening"))
        return (left + lapsed) / opening

    def excess(self, region: str) -> Decimal:
        """Opening times what the group's loss rate rose by, less what that of the rest did."""
        risen = {}
        for name in REGIONS:
            now, then = (self.lost_rate(Claim("lost_rate", (name,), period)) for period in (NOW, THEN))
            risen[name] = now - then
        (rest,) = (change for name, change in risen.items() if name != region)
        return self.figures[NOW, "region", region, "opening_customers"] * (risen[region] - rest)

    def verdict(self, claim: Claim) -> str:
        expected, came, rule = (self.of(f"{name}_amount", claim) for name in ("expected", "actual", "rule"))
        is_nearer, is_by_customer = abs(expected - came) < abs(rule - came), self.of("expected_error", claim) < self.of("rule_error", claim)
        words = {
            (True, True): "nearer than that",
            (True, False): "nearer in all",
            (False, True): "nearer customer",
            (False, False): "worse",
        }
        return words[is_nearer, is_by_customer]

    def holds(self, line: str, clauses: Sequence[Clause]) -> bool:
        return super().holds(line, clauses) and self.adds_up(line) and self.names_all_costly(line) and self.names_largest_flows(line)

    def names_largest_flows(self, line: str) -> bool:
        """Whether the flows that are named are those that moved the most money, in that order."""
        if not line.startswith("Between value groups"):
            return True
        ways = {way: ("migration", " → ".join(way)) for way in WAYS}
        moved = {way: abs(self.of("net_amount", of("net_amount", place))) for way, place in ways.items()}
        heads = {way: max(self.of(name, of(name, place)) for name in ENDS) for way, place in ways.items()}
        expected = sorted((way for way in WAYS if heads[way]), key=lambda way: (-moved[way], -heads[way]))[:3]
        texts = line.split(": ", 1)[1].split("; ")
        return len(texts) == len(expected) and all(re.match(_flow(*way).pattern, text) for way, text in zip(expected, texts, strict=True))

    def names_all_costly(self, line: str) -> bool:
        """Whether every group that cost more than it brought is named, or counted among the others."""
        if not re.search(r"[Cc]ost more than", line):
            return True
        named = [place for name, place in COSTLY.items() if re.search(rf"{name} \(", line)]
        more = re.search(r"and (\d+) more", line)
        costly = [place for place in COSTLY.values() if self.of("profit_amount", of("profit_amount", place)) < 0]
        return len(named) + (int(more[1]) if more else 0) == len(costly) and set(named) <= set(costly)

    def adds_up(self, line: str) -> bool:
        """Whether the parts that are named after "alone counts" sum to it, in front of the reader."""
        for total, parts in re.findall(r"alone counts ([\d,]+): ([^.]+)\.", line):
            if self.whole(total) != sum(self.whole(each) for each in re.findall(r"(?:^|, )([\d,]*\d)(?= )", parts)):
                return False
        rates = [Decimal(each) for each in re.findall(r"\d+\.\d+(?= to |\))", line) if "times as often" in line]
        return all(low <= high for low, high in pairwise(rates))
