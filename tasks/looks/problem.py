"""What is wrong with an extract, and on which line of sources.yaml it is to be mended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.sources import Extract, Read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.yaml_file import YamlFile

IN_BACKTICKS = re.compile(r"`([^`]+)`")
FIRST_WORD = re.compile(r"^\w+")


@dataclass(frozen=True)
class Problem:
    """One thing that stands in the way of a run, or, as a remark, that a person should look at before the first one."""

    extract: str
    sentence: str
    """What was expected, what was found, where, and the line to write."""
    setting: tuple[str, ...] = ()
    """The setting of the extract that it is about, such as `read`, `dates`; none: the one that the sentence names."""
    is_remark: bool = False

    def at_its_line(self, file: YamlFile, extract: Extract) -> str:
        """The sentence behind the file and line that it is about."""
        setting = self.setting or next(_settings_named(self.sentence, extract), ())
        return f"{file.path}:{file.line(('extracts', self.extract, *setting))}: {self.sentence}"


def _settings_named(sentence: str, extract: Extract) -> Iterator[tuple[str, ...]]:
    """The settings that a sentence names between backticks: the line of a column that it speaks of, or a setting by its name."""
    columns = {theirs: ("columns", ours) for ours, theirs in extract.columns.items()}
    columns |= {theirs: ("attributes", ours) for ours, theirs in extract.attributes.items()}
    for text in IN_BACKTICKS.findall(sentence):
        if text in columns:
            yield columns[text]
        elif text in extract.key_columns:
            yield ("key",)
        elif setting := _setting_of(text):
            yield setting


def _setting_of(text: str) -> tuple[str, ...]:
    """The setting that a text is, as `read.dates`, or begins with, as `read: {dates: [...]}`; none where it is no setting."""
    names = re.findall(r"\w+", text)[:2]
    if not names or names[0] not in Extract.model_fields:
        return ("read", names[0]) if names and names[0] in Read.model_fields else ()
    return ("read", names[1]) if names[0] == "read" and len(names) > 1 else (names[0],)
