"""What holds of lost customers for every history: the table of reasons equals customers out, and trust decides as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.measures import departures as departure_table
from config.measures import renewals as renewal_table
from config.topic_settings import Departing
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import split_residuals, whole_residuals
from tasks.customer_math.ledger.departures import departures_in, stated_reasons
from tasks.customer_math.ledger.history import UNKNOWN_REASON
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import departure_reasons, renewals

MARCH = period_named("2026-03", Calendar())
FIRST_DAY = date(2026, 1, 1)
DAYS = st.integers(0, 120).map(lambda number: FIRST_DAY + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(12)])
SILOS = ("marketing", "sales", "service")
PURCHASES = st.lists(
    st.fixed_dictionaries(
        {"customer_id": CUSTOMERS, "purchased_on": DAYS, "amount": st.integers(-50, 900).map(lambda cents: Decimal(cents) / 100)}
    ),
    min_size=1,
    max_size=50,
)
DEPARTURES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": CUSTOMERS,
            "departed_on": DAYS,
            "reason_code": st.sampled_from(["price", "quality", "K77", UNKNOWN_REASON]),
            "silo": st.sampled_from(SILOS),
        }
    ),
    min_size=1,
    max_size=40,
)
GROUPS = st.dictionaries(CUSTOMERS, st.sampled_from(["North", "South"]))
TRUST = st.permutations(SILOS).map(tuple)
CATALOGUE = Catalogue(
    {measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY, *departure_reasons.MEASURES, *renewals.MEASURES)},
    (*departure_table.RATES, *renewal_table.RATES),
    (*departure_reasons.SPLITS, *renewals.SPLITS),
)


@settings(max_examples=2)
@given(PURCHASES, DEPARTURES, GROUPS, TRUST)
def test_the_table_of_reasons_equals_customers_out_for_the_whole_and_every_group(
    connection: Any, told: Any, purchases: Any, departures: Any, groups: Any, trust: Any
) -> None:
    rules = replace(told.rules(lapse_days=20), departing=Departing(trust=trust))
    history = told.Told(purchases=purchases, departures=departures, groups=groups).history()
    kept = ibis.memtable(connection.to_pyarrow(core_ledger(history, MARCH, rules)))
    topics = with_topics(TopicContext(history, MARCH, rules, kept), [departure_reasons.TOPIC, renewals.TOPIC])
    ledger = with_segments(topics, history.attributes, period=MARCH, segments=("region",))
    ledger = ibis.memtable(connection.to_pyarrow(ledger))
    found = ibis.memtable(connection.to_pyarrow(figures(ledger, periods=[MARCH.name], segments=("region",), catalogue=CATALOGUE)))
    for left_over in (split_residuals(found), whole_residuals(found)):
        assert connection.to_pyarrow(left_over).to_pylist() == []
    rows = connection.to_pyarrow(found.filter(found.segment_by == "all")).to_pylist()
    whole = {row["measure"]: row["value"] for row in rows if row["split_by"] == "all"}
    for measure in ("customers_out", "customers_out_amount"):
        assert sum(row["value"] for row in rows if (row["split_by"], row["measure"]) == ("reason", measure)) == whole[measure]
    unknown = sum(row["value"] for row in rows if (row["split"], row["measure"]) == (UNKNOWN_REASON, "customers_out"))
    assert whole["reason_known_customers"] == whole["customers_out"] - unknown - whole["unmapped_reason_customers"]


@given(DEPARTURES, TRUST)
def test_one_reason_of_each_customer_is_decided_as_a_second_opinion_says(
    connection: Any, told: Any, departures: list[dict[str, Any]], trust: tuple[str, ...]
) -> None:
    history = told.Told(departures=departures).history()
    stated = stated_reasons(history.departures, None)
    assert stated is not None
    found = connection.to_pyarrow(departures_in(stated, MARCH, trust=trust)).to_pylist()
    inside = [row for row in departures if MARCH.opens_on <= row["departed_on"] <= MARCH.closing_day]
    assert {row["customer_id"] for row in found} == {row["customer_id"] for row in inside}
    for row in found:
        own = [each for each in inside if each["customer_id"] == row["customer_id"]]
        known = [each for each in own if each["reason_code"] != UNKNOWN_REASON]
        latest = {each["silo"]: each["reason_code"] for each in sorted(known, key=lambda one: (one["departed_on"], one["reason_code"]))}
        first = next((silo for silo in trust if silo in latest), None)
        assert (row["told_silo"], row["told_reason_code"]) == ((first, latest[first]) if first else ("no_silo", UNKNOWN_REASON))
        assert row["has_conflicting_reasons"] == (len(set(latest.values())) > 1)
        assert (row["told_on"], row["departures_told_count"]) == (max(each["departed_on"] for each in own), len(own))
