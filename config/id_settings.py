"""How ids are compared: the model of `ids` in definitions.yaml and in sources.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from config.topic_settings import owned_by
from config.yaml_file import YamlModel

MatchRule = Literal["id", "crosswalk", "email"]
MATCH_RULES: tuple[MatchRule, ...] = get_args(MatchRule)


def validate_match_rules(rules: tuple[MatchRule, ...] | None) -> tuple[MatchRule, ...] | None:
    """The rules, if there is one and none is there twice; raises ValueError."""
    if rules is not None and (not rules or len(set(rules)) < len(rules)):
        raise ValueError(f"expected some of {', '.join(MATCH_RULES)}, each once")
    return rules


class Ids(YamlModel):
    """When two ids that are written differently are the same, and by which rules a key stands for a customer."""

    case: Literal["as_written", "lower"] = Field(default="as_written", json_schema_extra=owned_by("customer experience"))
    """Whether ids that differ only in capitals differ; `lower`: they are the same, and are landed in small letters."""
    matched_by: Annotated[tuple[MatchRule, ...] | None, AfterValidator(validate_match_rules)] = Field(
        default=None, json_schema_extra=owned_by("customer experience")
    )
    """By which rules the keys in rows stand for customers: `id`, the customer's own; `crosswalk`, a key or alias that an extract of
    `crosswalk` lists with its customer; `email`, the address in the customers extract, whatever its capitals.

    Default: every rule that the company has an extract for. A key by which the rules lead to several customers is never guessed,
    but for an extract of the silo that lists the customers: there an id is the customer's own, whatever a crosswalk says.
    """
