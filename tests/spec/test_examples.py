"""The examples of config/EXAMPLES.md: every table is a company, a row a customer, and each answer is computed and compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pytest
import yaml

from config.definitions import Activity, Calendar, Reason, Value
from config.settings import COMPANY_FOLDERS
from config.topic_settings import Behaviour, Departing, Renewals
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import NOT_A_CUSTOMER, TopicContext, with_topics
from tasks.customer_math.topics import behaviour, behaviour_measures, departure_reasons, renewals

if TYPE_CHECKING:
    from datetime import date

PAGE = COMPANY_FOLDERS / "EXAMPLES.md"
TOPICS = (
    (behaviour.TOPIC, behaviour_measures.MEASURES),
    (departure_reasons.TOPIC, departure_reasons.MEASURES),
    (renewals.TOPIC, renewals.MEASURES),
)
"""What the ledger says of customers beside how they moved, and the measures that are made of it."""
SETTINGS = {"activity": Activity, "value": Value, "renewals": Renewals, "behaviour": Behaviour, "departing": Departing}
REASONS = (Reason(code="price", says="Too expensive"), Reason(code="quality", says="Not good enough"))
ABSENT = "not in the ledger"


@dataclass(frozen=True)
class Example:
    """One table of the page."""

    title: str
    settings: dict[str, Any]
    """By their names in definitions.yaml, and the period."""
    rows: tuple[dict[str, str], ...]
    """A customer each, by heading."""

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns of the ledger, and the measures, that the table gives."""
        return tuple(heading.strip("`") for heading in self.rows[0] if heading.startswith("`"))


def examples() -> list[Example]:
    """Every table of the page, with what stands above it."""
    return [_example(*part.split("\n", 1)) for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]]


def _example(title: str, text: str) -> Example:
    (settings,) = re.findall(r"^Settings: (.*)\.$", text, re.MULTILINE)
    lines = [[cell.strip() for cell in line[1:-1].split(" |")] for line in text.splitlines() if line.startswith("|")]
    rows = tuple(dict(zip(lines[0], cells, strict=True)) for cells in lines[2:])
    chosen: dict[str, Any] = {}
    for setting in re.findall("`(.*?)`", settings):
        chosen |= yaml.load(setting, Loader=yaml.BaseLoader)
    return Example(title, chosen, rows)


def happened(told: Any, example: Example) -> Any:
    """What the table says of every customer, as rows of extracts."""
    bought, agreed, departed = [], [], []
    for row in example.rows:
        who = row["customer"]
        for purchase in _parts(row, "bought"):
            day, _, amount = purchase.partition(" for ")
            bought.append({"customer_id": who, "purchased_on": told.day(day), "amount": Decimal(amount or 10)})
        for contract in _parts(row, "contracts"):
            starts, ends = contract.split(" to ")
            agreed.append(f"{who} | {starts} | {'' if ends == 'open' else ends} | 100 | EUR")
        for departure in _parts(row, "told us"):
            day, reason, silo = [*departure.replace(" to ", " ").split(), "service"][:3]
            departed.append(f"{who} | {day} | {reason} | {silo}")
    return told.Told(
        purchases=bought,
        contracts=told.agreed("\n".join(("who | starts | ends | a year | currency", *agreed))),
        departures=told.departed("\n".join(("who | day | reason | silo", *departed))),
    )


def _parts(row: dict[str, str], heading: str) -> list[str]:
    return row[heading].split(", ") if row.get(heading) else []


def computed(connection: Any, told: Any, example: Example) -> list[dict[str, str]]:
    """The same table with what the mathematics makes of its customers."""
    chosen: dict[str, dict[str, Any]] = {name: {} for name in SETTINGS}
    for name, value in example.settings.items():
        if name != "period":
            group, _, setting = name.partition(".")
            chosen[group][setting] = value
    parts: dict[str, Any] = {name: SETTINGS[name](**values) for name, values in chosen.items()}
    rules = replace(told.rules(), reasons=REASONS, **parts)
    period, history = period_named(example.settings["period"], Calendar()), happened(told, example).history()
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, period, rules)))
    topics = [topic for topic, measures in TOPICS if {*topic.columns, *(each.name for each in measures)} & set(example.answers)]
    ledger = with_topics(TopicContext(history, period, rules, ledger), topics)
    ledger = ledger.filter(ledger.movement != NOT_A_CUSTOMER)
    answers = {name: MEASURES[name].contribution(ledger) if name in MEASURES else ledger[name] for name in example.answers}
    by_customer = {row["customer_id"]: row for row in connection.to_pyarrow(ledger.select("customer_id", **answers)).to_pylist()}
    return [_as_written(row, by_customer.get(row["customer"])) for row in example.rows]


def _as_written(row: dict[str, str], answer: dict[str, Any] | None) -> dict[str, str]:
    """A row of the page with its answers as the page writes them: nothing for 0 and for nobody."""
    given = {heading: row[heading] for heading in row if not heading.startswith("`")}
    names = [heading for heading in row if heading.startswith("`")]
    if answer is None:
        return {**given, **dict.fromkeys(names, ""), **({"`movement`": ABSENT} if "`movement`" in row else {})}
    return {**given, **{name: _cell(answer[name.strip("`")]) for name in names}}


def _cell(value: Decimal | date | int | str | None) -> str:
    return str(value) if value else ""


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_every_answer_of_an_example_is_what_the_mathematics_gives(connection: Any, told: Any, example: Example) -> None:
    assert computed(connection, told, example) == list(example.rows)
    assert len({row["customer"] for row in example.rows}) == len(example.rows)


def test_every_name_of_an_answer_is_a_measure_or_a_column_of_the_ledger() -> None:
    assert len(examples()) >= 9
    assert all(example.answers for example in examples())
