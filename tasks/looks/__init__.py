"""What a look at an extract's first rows shows: problems and remarks, each with the line of sources.yaml that it is about."""

from __future__ import annotations
