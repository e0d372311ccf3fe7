"""A year later: those who complained or scored a year before a period, whether somebody came back to them, and whether they stayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from tasks.customer_math.analysis.score_prediction import score_gain
from tasks.customer_math.analysis.standing_later import (
    counts_by_score,
    counts_by_segment,
    counts_in_time,
    followed_up,
    kinds_recorded,
    latest_scores,
    with_standing,
)
from tasks.customer_math.analysis.stratified_risk import Strata, corrected_for_many, risk_ratio
from tasks.customer_math.ledger.segments import at_opening
from tasks.reporting.experience import AYearLater, FollowUpLine, ScoredGroup, ScoreForecast
from tasks.store.engine import rows_of, stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from typing import Any

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from tasks.customer_math.analysis.exposures import Landmark
    from tasks.customer_math.analysis.stratified_risk import RiskRatio

HORIZONS = (90, 365)
"""So many days after they are looked for among the customers."""
LATEST = f"lost_{HORIZONS[-1]}"


def is_over(opens_on: date, data_through: date) -> bool:
    """Whether the longest time after a day is over."""
    return opens_on + timedelta(days=HORIZONS[-1]) <= data_through


def a_year_later(
    connection: Backend,
    base: Table,
    recorded: Table,
    *,
    spells: Table,
    landmark: Landmark,
    segments: Sequence[str],
    supplied: Collection[str],
) -> AYearLater | None:
    """What became of the customers at an opening who had complained or scored before it; none where nobody had.

    `base` holds the customers at that opening with their strata, groups and segments; `supplied` is what extracts tell.
    """
    opens_on, choices = landmark.opens_on, landmark.choices
    days = {f"lost_{horizon}": opens_on + timedelta(days=horizon) for horizon in HORIZONS}
    standing = stored(connection, with_standing(base, spells, days))
    in_time = rows_of(connection, counts_in_time(followed_up(recorded, opens_on, choices), standing, tuple(days)))
    scores = stored(connection, latest_scores(recorded, opens_on, choices))
    if not in_time and not rows_of(connection, scores.limit(1)):
        return None
    columns = {name: at_opening(name) for name in segments}
    by_segment = rows_of(connection, counts_by_segment(scores, standing, LATEST, segments=columns)) if segments else []
    return AYearLater(
        opens_on=opens_on,
        follow_up_days=choices.follow_up_days,
        follow_ups=tuple(_follow_ups(in_time, kinds_recorded(supplied), fewest_events_count=choices.fewest_events_count)),
        forecast=_forecast(rows_of(connection, counts_by_score(scores, standing, LATEST))),
        scored=tuple(ScoredGroup(**row) for row in by_segment),
    )


def _forecast(rows: Sequence[Mapping[str, Any]]) -> ScoreForecast | None:
    gain = score_gain({name: np.asarray([row[name] for row in rows]) for name in rows[0]}) if rows else None
    if gain is None:
        return None
    return ScoreForecast(gain.customers_count, gain.lost_count, gain.without_area, gain.with_area, gain.low, gain.high)


def _follow_ups(rows: Sequence[Mapping[str, Any]], kinds: Sequence[str], *, fewest_events_count: int) -> Iterable[FollowUpLine]:
    """A line a kind and horizon, with a ratio where enough were lost on either side."""
    lines: list[FollowUpLine] = []
    risks: dict[int, RiskRatio] = {}
    for kind in kinds:
        of_kind = [row for row in rows if row["kind"] == kind]
        for horizon in HORIZONS if of_kind else ():
            strata = _strata(of_kind, f"lost_{horizon}_count")
            compared = strata.only(strata.is_compared)
            enough = min(compared.exposed_events.sum(), compared.others_events.sum()) >= fewest_events_count
            risk = risk_ratio(strata) if enough else None
            if risk:
                risks[len(lines)] = risk
            sums = (int(counts.sum()) for counts in (strata.others, strata.others_events, strata.exposed, strata.exposed_events))
            lines.append(FollowUpLine(kind, horizon, *sums))
    q_values = corrected_for_many([risk.p_value for risk in risks.values()])
    for (number, risk), q_value in zip(risks.items(), q_values, strict=True):
        lines[number] = replace(lines[number], ratio=risk.ratio, low=risk.low, high=risk.high, q_value=q_value)
    return lines


def _strata(rows: Sequence[Mapping[str, Any]], lost: str) -> Strata:
    """By stratum, those to whom nobody came back in time as the exposed, and the others."""
    counts = {(row["stratum"], row["is_in_time"]): (row["customers_count"], row[lost]) for row in rows}
    strata = sorted({row["stratum"] for row in rows})
    late, in_time = ([counts.get((stratum, is_in_time), (0, 0)) for stratum in strata] for is_in_time in (False, True))
    arms = [[pair[part] for pair in arm] for arm in (late, in_time) for part in (0, 1)]
    return Strata.of(arms[0], arms[1], others=arms[2], others_events=arms[3])
