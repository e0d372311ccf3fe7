"""Whether 95% intervals hold the truth in 95 of 100 companies, and whether a bootstrap of customers finds them as wide.

Run by `make study`; what it found is in `lifetime_study.json`. The same seeds give the same companies.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
import simulated_customers as simulated  # noqa: E402 - tests are no package

from tasks.customer_math.lifetime import purchase_activity  # noqa: E402 - the same

RESULT = Path(__file__).with_suffix(".json")
COMPANIES, CUSTOMERS = 200, 4_000
FIRST_SEED = 20_260_000
RESAMPLED_CUSTOMERS, REPLICATES = 50_000, 400


def holding() -> dict[str, int]:
    """In how many of the companies each interval holds the truth."""
    every = [simulated.recovered(FIRST_SEED + number, count=CUSTOMERS) for number in range(COMPANIES)]
    return {name: sum(each[name] for each in every) for name in every[0]}


def widths() -> dict[str, dict[str, float]]:
    """Standard errors of the parameters' logarithms: by the sandwich, and by drawing customers anew, as counts a group."""
    chance = np.random.default_rng(FIRST_SEED)
    counts, _amounts = simulated.grouped(simulated.buyers(chance, RESAMPLED_CUSTOMERS))
    estimate = purchase_activity.fitted(counts)

    def next_year(parameters: np.ndarray) -> float:
        return float(counts.customers @ purchase_activity.expected_purchases(parameters, counts, ahead=simulated.YEAR_WEEKS))

    drawn = []
    for _replicate in range(REPLICATES):
        customers = chance.poisson(counts.customers).astype(float)
        drawn_in = customers > 0
        columns = (each[drawn_in] for each in (counts.repeats, counts.recency, counts.age, customers))
        again = purchase_activity.fitted(purchase_activity.PurchaseCounts(*columns))
        assert again.has_converged, "a replicate has no maximum: its interval would be too narrow without it"
        drawn.append([*np.log(again.parameters), np.log(next_year(again.parameters))])
    errors = [*np.sqrt(np.diag(estimate.covariance)), estimate.standard_error_of(next_year) / next_year(estimate.parameters)]
    names = (*estimate.names, "next_year_purchases")
    spread = np.std(drawn, axis=0, ddof=1)
    return {
        name: {"sandwich": round(float(one), 5), "bootstrap": round(float(other), 5)}
        for name, one, other in zip(names, errors, spread, strict=True)
    }


if __name__ == "__main__":
    result = {
        "companies": COMPANIES,
        "customers": CUSTOMERS,
        "first_seed": FIRST_SEED,
        "intervals_that_hold_the_truth": holding(),
        "resampled_customers": RESAMPLED_CUSTOMERS,
        "replicates": REPLICATES,
        "standard_errors_of_logarithms": widths(),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))
