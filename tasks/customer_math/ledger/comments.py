"""Comments: which of the company's themes what a customer wrote is of, by keywords alone."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from config.themes import ACCENTED, WITHOUT_ACCENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import ArrayValue, StringValue, Table

    from config.themes import Theme


def with_themes(rows: Table, themes: Sequence[Theme]) -> Table:
    """The rows with the names of the themes of their `comment`, in the company's order; empty where nothing was written.

    `The parcel came LATE` is of a theme with the keyword `late`, and of one with `parcel*`; `latest` is not of the first.
    """
    if "comment" not in rows.columns:
        return rows
    prepared = rows.mutate(plain_comment=_plain(rows.comment))
    return prepared.mutate(themes=_themes_of(prepared.plain_comment, themes)).drop("plain_comment")


def _plain(comment: StringValue) -> StringValue:
    """A text as `plain_text` of config/themes.py makes it, between two blanks; empty where it has neither letter nor digit."""
    bare = comment.lower().translate(ACCENTED, WITHOUT_ACCENT).re_replace(r"\p{M}+", "")
    text = bare.re_replace(r"[^\p{L}\p{N}]+", " ").strip().nullif("")
    return ibis.literal(" ") + text + " "


def _themes_of(plain: StringValue, themes: Sequence[Theme]) -> ArrayValue:
    is_of = {theme.name: reduce(or_, (plain.contains(part) for part in theme.looked_for)) for theme in themes}
    names = [ibis.cases((condition, ibis.literal(name))) for name, condition in is_of.items()]
    held = ibis.array([*names, ibis.null("string")]).filter(lambda name: name.notnull())
    return plain.notnull().ifelse(held, ibis.null("array<string>"))
