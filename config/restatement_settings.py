"""What a company chooses about what it has published: how long it is recomputed, what is worth telling, how long it can be replayed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.yaml_file import YamlModel

Share = Annotated[float, Field(ge=0, le=1)]


class Restating(YamlModel):
    """When a published period is computed again, and when its change is told."""

    settled_days: int = Field(default=35, ge=0, le=3660, json_schema_extra={"owner": "finance"})
    """A published period is computed again until so many days after its last day; late rows are no longer expected then."""
    recast: Literal["material", "always"] = Field(default="material", json_schema_extra={"owner": "finance"})
    """Whether a changed period that is not settled is published again at once: beyond the limits below, or always; asked for, it is."""
    material_heads_rate: Share = Field(default=0.01, json_schema_extra={"owner": "finance"})
    """A restatement that changes customers in, out or at closing by more than this share of what was published is told in the digest."""
    material_value_rate: Share = Field(default=0.01, json_schema_extra={"owner": "finance"})
    """The same for their value."""


class Keeping(YamlModel):
    """How long what publication rests on is kept."""

    replay_years: int = Field(default=3, ge=1, le=50, json_schema_extra={"owner": "finance"})
    """Landed extracts that an edition of the last so many years rests on are kept, so that it can be replayed."""
    landed_days: int = Field(default=90, ge=1, le=3660, json_schema_extra={"owner": "analytics"})
    """Landed extracts that no kept edition rests on, and what can be computed anew, are kept for so many days."""
