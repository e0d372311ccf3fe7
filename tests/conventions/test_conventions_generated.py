"""What is generated is as it would be generated now; `make docs` writes it."""

from __future__ import annotations

import pytest

from config.schema import schemas
from config.settings import COMPANY_FOLDERS
from flows.cli.reference import DOCS, pages
from flows.glossary import GLOSSARY, glossary


def test_the_glossary_says_what_the_catalogue_says() -> None:
    assert GLOSSARY.read_text(encoding="utf-8") == glossary()


@pytest.mark.parametrize("name", ["commands.md", "datasets.md", "files.md"])
def test_a_page_to_look_things_up_is_as_it_would_be_written(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_every_command_has_its_part_of_the_page() -> None:
    commands = ("adopt", "backfill", "bridge", "check", "explain", "replay", "run", "sample", "serve", "sign-in", "tidy")
    page = pages()["commands.md"]
    assert [name for name in commands if f"\n## customer-math {name}" not in page] == []
    assert "| `PERIOD` | A published period: 2025-W36, 2025-08, 2025-Q3 or 2025. | needed |" in page
    assert "| `--slack`, `--no-slack` |" in page


def test_every_company_names_the_schema_that_its_editor_checks_by() -> None:
    folders = sorted(path.parent for path in COMPANY_FOLDERS.glob("**/definitions.yaml"))
    assert len(folders) == 4
    for folder in folders:
        up = "../" * len(folder.relative_to(COMPANY_FOLDERS).parts)
        for name in ("definitions", "sources"):
            first = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
            assert first == f"# yaml-language-server: $schema={up}schemas/{name}.schema.json"
    assert set(schemas()) == {"definitions.schema.json", "sources.schema.json", "corrections.schema.json", "themes.schema.json"}
