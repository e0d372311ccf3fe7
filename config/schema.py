"""What editors need to know to help with a company's folder: the models as JSON schemas.

`python -m config.schema` writes them to config/schemas/; a test fails while they are stale.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from config.corrections import Corrections
from config.definitions import Definitions
from config.settings import COMPANY_FOLDERS
from config.sources import Sources
from config.themes import Themes

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_FOLDER = COMPANY_FOLDERS / "schemas"


def schemas() -> dict[str, str]:
    """The JSON schema of each file of a company's folder, by the name that it is kept under."""
    models = {"definitions": Definitions, "sources": Sources, "corrections": Corrections, "themes": Themes}
    return {f"{name}.schema.json": json.dumps(model.model_json_schema(), indent=2) + "\n" for name, model in models.items()}


def write_schemas(folder: Path = SCHEMA_FOLDER) -> None:
    """Write every JSON schema into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
