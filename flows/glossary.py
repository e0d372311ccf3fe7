"""The glossary, written from the catalogue and the settings: `python -m flows.glossary` (part of `make docs`)."""

from __future__ import annotations

from config.company import load_company
from config.definitions import settings_in_force
from config.settings import COMPANY_FOLDERS
from tasks.customer_math.catalogue import MEASURES, WORDS
from tasks.customer_math.intake_measures import intake_catalogue

GLOSSARY = COMPANY_FOLDERS / "GLOSSARY.md"
UNITS = {"customers": "customers", "count": "a number", "money": "the company's currency"}


def glossary() -> str:
    """Every word, measure and choice, with what it means."""
    words = [f"| {name} | {says} |" for name, says in WORDS]
    definitions = load_company("demo").definitions
    published = (*MEASURES.values(), *intake_catalogue(definitions.intakes).measures.values())
    measures = [f"| {each.label} | `{each.name}` | {UNITS[each.unit]} | {each.says} |" for each in published]
    choices = [f"| `{each.name}` | {each.owner} | {each.says} |" for each in settings_in_force(definitions)]
    return "\n".join(
        (
            "# Glossary",
            "",
            "What the scorecard's words mean. Written by `make docs` from the catalogue of measures; the workbook's sheet",
            "Definitions says the same, with the settings in force.",
            "",
            "| word | means |",
            "|---|---|",
            *words,
            "",
            "## Measures",
            "",
            "| on the sheet | in figures.csv and `customer-math explain` | counted in | means |",
            "|---|---|---|---|",
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


if __name__ == "__main__":
    GLOSSARY.write_text(glossary(), encoding="utf-8")
