"""One extract before the judge: its rows, its rules, and all that its acceptance depends on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from config.sources import UNCLEAR
from expectations.rule import Run
from expectations.suites import kinds_of, rules_of
from expectations.tie_out import DeclaredTotal, in_numbers

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from config.company import Company
    from config.datasets import Dataset, Kind
    from config.sources import Extract
    from expectations.rule import Rule
    from tasks.sources.landed import Landed

ACCEPTANCE_VERSION = 3
"""Raised whenever rows are accepted in another way, so that nothing accepted in the old way is used again."""


@dataclass(frozen=True)
class ValidationJob:
    """One extract before the judge: its rows, its rules, and whom the company knows."""

    company: Company
    landed: Landed
    customers_path: Path | None
    as_of: date

    @property
    def extract(self) -> Extract:
        """The extract as sources.yaml has it."""
        return self.company.sources.extracts[self.landed.extract]

    @property
    def dataset(self) -> Dataset:
        """The shared table that its rows become."""
        assert self.extract.shared is not None, "an extract that is only joined is not validated"
        return self.extract.shared

    @property
    def amount(self) -> str | None:
        """The column of its money; none where it carries none."""
        return self.dataset.amount if self.landed.amount is not None else None

    @property
    def kinds(self) -> dict[str, Kind]:
        """Its columns, and of which kind each is."""
        kinds = kinds_of(self.dataset.name, self.extract)
        return kinds if self.landed.has_unclear else {name: kind for name, kind in kinds.items() if name != UNCLEAR}

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that it is judged by."""
        covers_through = min(self.landed.covers_through or self.as_of, self.as_of)
        rules = rules_of(self.company, self.landed.extract, run=Run(as_of=self.as_of, covers_through=covers_through))
        return tuple(rule for rule in rules if self.landed.has_unclear or UNCLEAR not in rule.columns)

    @property
    def judged_rules(self) -> tuple[Rule, ...]:
        """Those of its rules that there is something to judge by."""
        return tuple(rule for rule in self.rules if self.customers_path or rule.check != "is_known_customer")

    @property
    def declared(self) -> DeclaredTotal | None:
        """What the source itself says that it holds, found when it was read or written in sources.yaml."""
        return self.landed.declared or in_numbers(self.extract.control_total)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all that its acceptance depends on."""
        definitions = self.company.definitions
        depends_on = {
            "way": ACCEPTANCE_VERSION,
            "landed": self.landed.fingerprint,
            "files": self.landed.files,
            "rules": [asdict(rule) for rule in self.rules],
            "extract": self.extract.model_dump(),
            "largest_set_aside_rate": definitions.rules.largest_set_aside_rate,
            "declared": asdict(self.declared) if self.declared else None,
            "allowed": [a.extract for a in definitions.allowed_differences if a.extract == self.landed.extract and a.until >= self.as_of],
            "known_customers": _digest(self.customers_path) if self.customers_path else None,
        }
        return hashlib.sha256(json.dumps(depends_on, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
