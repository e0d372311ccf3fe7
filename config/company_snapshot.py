"""A company's folder as it was: kept as text with what was published, and read back as the company of then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from config.company import Company, load_company
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from pathlib import Path

    from config.yaml_file import YamlModel


def write_snapshot(company: Company, folder: Path) -> None:
    """Write the company's files as they are read: word for word, or, where they have been changed meanwhile, as they were understood."""
    folder.mkdir()
    parts: dict[str, YamlModel] = {"definitions": company.definitions, "sources": company.sources}
    if company.corrections.corrections:
        parts["corrections"] = company.corrections
    if company.themes.themes:
        parts["themes"] = company.themes
    for name in parts:
        written = company.folder / f"{name}.yaml"
        (folder / f"{name}.yaml").write_bytes(written.read_bytes() if written.is_file() else b"")
    if _read_parts(folder) != _parts(company):
        for name, part in parts.items():
            text = yaml.safe_dump(part.model_dump(mode="json", by_alias=True, exclude_unset=True), sort_keys=False, allow_unicode=True)
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def company_from_snapshot(folder: Path, company: Company) -> Company:
    """The company as its kept files describe it, under its name and place of today."""
    return replace(load_company(folder), folder=company.folder)


def _read_parts(folder: Path) -> tuple[YamlModel, ...]:
    try:
        return _parts(load_company(folder))
    except CompanyFolderError:
        return ()


def _parts(company: Company) -> tuple[YamlModel, ...]:
    return company.definitions, company.sources, company.corrections, company.themes
