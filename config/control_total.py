"""What the source itself says that an extract holds: the model of `control_total` in `sources.yaml`."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from config.currencies import Currency
from config.yaml_file import YamlModel


class ControlTotal(YamlModel):
    """What the source itself says that the extract holds."""

    rows: int | None = Field(default=None, ge=0)
    """Rows in the files."""
    amount: Decimal | None = None
    """Sum of the extract's amount column, in the extract's own currency; of versions that are a history, of those in force."""
    currency: Currency | None = None
    """Currency of that sum; every amount of the extract must be in it. Default: not checked, unless the query or file says one."""
    query: str | None = None
    """Instead of numbers: a query on the extract's database, or, like `sql`, over the files of the same silo by their extracts' names."""
    file: str | None = None
    """Instead of numbers: a CSV or JSON file of 10 MB at most that arrives with the extract, or a glob of several that add up."""
    rows_in: str = "rows"
    """Column of the query or file (in JSON: name, or `outer.inner`) that holds the number of rows."""
    amount_in: str = "amount"
    """The one that holds the sum of the amounts."""
    currency_in: str = "currency"
    """The one that holds the currency of the sum, if there is one."""

    @model_validator(mode="after")
    def _has_one_source(self) -> ControlTotal:
        is_number = self.rows is not None or self.amount is not None
        if is_number + (self.query is not None) + (self.file is not None) != 1:
            raise ValueError("expected numbers (`rows`, `amount`), a `query` or a `file`, and only one of these; keep one")
        return self
