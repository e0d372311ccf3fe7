"""What is generated is as it would be generated now; `make docs` writes it."""

from __future__ import annotations

from config.schema import schemas
from config.settings import COMPANY_FOLDERS
from flows.glossary import GLOSSARY, glossary


def test_the_glossary_says_what_the_catalogue_says() -> None:
    assert GLOSSARY.read_text(encoding="utf-8") == glossary()


def test_every_company_names_the_schema_that_its_editor_checks_by() -> None:
    folders = sorted(path.parent for path in COMPANY_FOLDERS.glob("**/definitions.yaml"))
    assert len(folders) == 4
    for folder in folders:
        up = "../" * len(folder.relative_to(COMPANY_FOLDERS).parts)
        for name in ("definitions", "sources"):
            first = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
            assert first == f"# yaml-language-server: $schema={up}schemas/{name}.schema.json"
    assert set(schemas()) == {"definitions.schema.json", "sources.schema.json", "corrections.schema.json"}
