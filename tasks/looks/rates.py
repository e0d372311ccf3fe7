"""Currencies in which a company has amounts, and no rate by which they could be added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet

from tasks.looks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.company import Company
    from tasks.sources import Landed

CODE_LENGTH = 3


def currencies_without_rate(company: Company, landed: Mapping[str, Landed]) -> Iterator[Problem]:
    """A problem for every extract whose amounts are in a currency that is not the company's, and has no exchange rate."""
    rated = {code for extract in landed.values() if extract.dataset == "exchange_rates" for code in _currencies(extract)}
    for name, extract in landed.items():
        if extract.amount is None or extract.dataset == "exchange_rates":
            continue
        missing = sorted(_currencies(extract) - rated - {company.definitions.currency})
        if missing:
            yield Problem(
                name,
                f"{name}: expected amounts in {company.definitions.currency}, or in currencies of an extract of exchange_rates, found "
                f"{', '.join(missing)} and no rate for {'it' if len(missing) == 1 else 'them'}; bring the rates "
                f"(`dataset: exchange_rates`), or write `currency: {missing[0]}` in definitions.yaml if that is the company's own",
                ("columns", "currency"),
            )


def _currencies(landed: Landed) -> set[str]:
    codes = pyarrow.parquet.read_table(landed.path, columns=["currency"])["currency"].unique().to_pylist()
    return {code for code in codes if code and len(code) == CODE_LENGTH}
