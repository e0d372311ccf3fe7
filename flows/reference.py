"""Pages that analysts look things up in: every shared table, and every file that a run leaves. Written by `make docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.dataset_examples import EXAMPLES
from config.datasets import DATASETS
from config.measures.table import MEASURES
from config.published_files import FILES, HOME_FILES
from tasks.customer_math.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from config.datasets import Column, Dataset
    from config.published_files import PublishedFile

KINDS = {
    "id": "a key, as text",
    "text": "text",
    "date": "a day",
    "amount": "money, decimal",
    "integer": "a whole number",
    "boolean": "yes or no",
    "rate": "a number",
}
NAMED_COUNT = 3
"""So many of the numbers that need a column are named; of more than that, how many more there are."""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return [f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |" for cells in lines]


def datasets_page() -> str:
    """Every shared table with its columns, what needs them, and a line of an extract."""
    about = (
        "# Shared tables",
        "",
        "What an extract is mapped to by `dataset` and `columns` in sources.yaml; your own headings and ways of writing are declared",
        "there. A column that is needed must be mapped. The others are optional: where one is not mapped, the numbers that need it are",
        "left out. The rules that rows are judged by are under expectations/. Written by `make docs` from config/datasets.py.",
        "",
    )
    return "\n".join((*about, *(line for dataset in DATASETS.values() for line in _dataset(dataset))))


def _dataset(dataset: Dataset) -> list[str]:
    rows = [
        (f"`{column.name}`", KINDS[column.kind], "yes" if column.is_required else "", column.says, _needed_by(dataset, column))
        for column in dataset.columns
    ]
    example = EXAMPLES[dataset.name]
    return [
        f"## {dataset.name}",
        "",
        f"{dataset.says} Usually from {dataset.silo}.",
        "",
        *table(("column", "kind", "needed", "means", "without it there is no"), rows),
        "",
        "```",
        ",".join(dataset.column_names),
        ",".join(example[name] for name in dataset.column_names),
        "```",
        "",
    ]


def _needed_by(dataset: Dataset, column: Column) -> str:
    """The numbers that are left out where a column is not mapped, in the order of the glossary."""
    supplied = f"{dataset.name}.{column.name}"
    measures = [entry.label for entry in MEASURES.values() if supplied in entry.needs]
    splits = [f"split by {split.description.lower()}" for split in CATALOGUE.splits if supplied in split.needs]
    names = list(dict.fromkeys((*measures, *splits)))
    more = [f"{len(names) - NAMED_COUNT} more"] if len(names) > NAMED_COUNT else []
    return "; ".join((*names[:NAMED_COUNT], *more))


def files_page() -> str:
    """Every file that a run leaves, with its columns."""
    about = (
        "# What a run leaves",
        "",
        "Under `CUSTOMER_MATH_HOME` (default `var/`), each company in a folder of its name. Written by `make docs` from",
        "config/published_files.py.",
        "",
        *table(("below the company's folder", "what it is"), ((f"`{name}`", description) for name, description in HOME_FILES)),
        "",
        "An edition, `scorecards/PERIOD/edition-N/`, is written whole or not at all and never changed; a later one lies beside it.",
        "Money is in the company's currency; days are local; ends of contracts and of spells are the first day after.",
        "",
    )
    return "\n".join((*about, *(line for file in FILES for line in _file(file))))


def _file(file: PublishedFile) -> list[str]:
    columns = table(("column", "means"), ((f"`{name}`", description) for name, description in file.columns))
    return [f"## {file.name}", "", file.description, "", *([*columns, ""] if file.columns else ())]


REFERENCE = {"datasets.md": datasets_page, "files.md": files_page}
"""The pages under docs/ that are written here, by their names."""
