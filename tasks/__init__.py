"""The five verbs, and the nouns that they work with."""

from __future__ import annotations

import os

# Of the few parameters of a model a second processor has nothing to compute: it waits, and that takes longer than the whole search.
# SciPy reads it when it is loaded, and whoever loads it for us has loaded this before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
