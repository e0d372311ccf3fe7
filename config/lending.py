"""What extracts read of other silos must agree on with what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.company import Company
    from config.error_messages import Place


def reads_problems(company: Company) -> Iterator[tuple[Place, str]]:
    """Extracts that `reads` names and that are not there, or that no SQL can read."""
    extracts = company.sources.extracts
    for name, extract in extracts.items():
        for number, read in enumerate(extract.reads):
            place = ("extracts", name, "reads", number)
            if read not in extracts:
                yield place, f"no extract `{read}` in sources.yaml; name one of {', '.join(extracts)}"
            elif not extracts[read].path and not extracts[read].database:
                yield place, f"extract `{read}` is itself made by `sql`; name one that has a `path` or `database`"
