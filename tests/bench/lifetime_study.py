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

RESULT = Path(__file__).with_suffix(".json")
COMPANIES, CUSTOMERS = 200, 4_000
FIRST_SEED = 20_260_000
RESAMPLED_CUSTOMERS, REPLICATES = 50_000, 400


def holding() -> dict[str, int]:
    """In how many of the companies each interval holds the truth."""
    every = [simulated.recovered(FIRST_SEED + number, count=CUSTOMERS) for number in range(COMPANIES)]
    return {name: sum(each[name] for each in every) for name in every[0]}


def widths() -> dict[str, dict[str, float]]:
    """Standard errors of logarithms, of the parameters and of what follows from them: by the sandwich, and by drawing customers anew."""
    chance = np.random.default_rng(FIRST_SEED)
    customers = simulated.Resampled.of(simulated.buyers(chance, RESAMPLED_CUSTOMERS))
    errors, drawn = customers.errors(customers.model()), []
    for _replicate in range(REPLICATES):
        again = customers.drawn(chance)
        assert again.activity.has_converged, "a replicate has no maximum: its interval would be too narrow without it"
        assert again.spend.has_converged, "a replicate has no maximum: its interval would be too narrow without it"
        drawn.append(list(customers.quantities(again).values()))
    spread = np.std(np.log(drawn), axis=0, ddof=1)
    return {
        name: {"sandwich": round(error, 5), "bootstrap": round(float(other), 5)}
        for (name, error), other in zip(errors.items(), spread, strict=True)
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
