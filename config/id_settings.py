"""How ids are compared: the model of `ids` in definitions.yaml and in sources.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.topic_settings import owned_by
from config.yaml_file import YamlModel


class Ids(YamlModel):
    """When two ids that are written differently are the same."""

    case: Literal["as_written", "lower"] = Field(default="as_written", json_schema_extra=owned_by("customer experience"))
    """Whether ids that differ only in capitals differ; `lower`: they are the same, and are landed in small letters."""
