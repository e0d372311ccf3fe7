"""The glossary, written from the table of measures and the settings: `python -m flows.glossary` (part of `make docs`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.company import load_company
from config.definitions import settings_in_force
from config.measures.entries import MeasureEntry
from config.measures.table import TERMS, glossary_entries
from config.settings import COMPANY_FOLDERS

if TYPE_CHECKING:
    from config.measures.entries import Entry

GLOSSARY = COMPANY_FOLDERS / "GLOSSARY.md"
EXAMPLES = COMPANY_FOLDERS / "EXAMPLES.md"
UNITS = {"customers": "customers", "count": "a number", "money": "the company's currency"}


def glossary() -> str:
    """Every word, measure and choice, with what it means."""
    terms = [f"| {name} | {meaning} |" for name, meaning in TERMS]
    definitions = load_company("demo").definitions
    measures = [_line(entry) for entry in glossary_entries(definitions.intakes)]
    choices = [f"| `{setting.name}` | {setting.owner} | {setting.description} |" for setting in settings_in_force(definitions)]
    return "\n".join(
        (
            "# Glossary",
            "",
            "What the scorecard's words mean. Written by `make docs` from the table in config/measures; the workbook's sheet",
            "Notes says the same, with the settings in force. Where there is little room a page shows the short label. What the words come",
            "to for single customers, case by case: [examples](EXAMPLES.md).",
            "",
            "| word | means |",
            "|---|---|",
            *terms,
            "",
            "## Measures",
            "",
            "| label | short label | in figures.csv; measures also for `customer-math explain` | counted in | means |",
            "|---|---|---|---|---|",
            *measures,
            "",
            "## What a company chooses",
            "",
            "| setting in definitions.yaml | owner | means |",
            "|---|---|---|",
            *choices,
            "",
        )
    )


def _line(entry: Entry) -> str:
    name = f"`{entry.name}`"
    if isinstance(entry, MeasureEntry):
        unit = UNITS[entry.unit]
    else:
        unit = f"the share `{entry.numerator}` / `{entry.denominator}`"
        name = name if entry.is_published else "no figure of its own"
    return f"| {entry.label} | {entry.short_label} | {name} | {unit} | {entry.description}{_examples_of(entry.name)} |"


def _examples_of(name: str) -> str:
    """Where the page of examples has customers who count in a measure, or do not; nothing where it has none."""
    titles = [part.partition("\n")[0] for part in EXAMPLES.read_text(encoding="utf-8").split("\n## ") if f"`{name}` |" in part]
    links = ", ".join(f"[{title.lower()}](EXAMPLES.md#{title.lower().replace(' ', '-')})" for title in titles)
    return f" Examples: {links}." if links else ""


if __name__ == "__main__":
    GLOSSARY.write_text(glossary(), encoding="utf-8")
