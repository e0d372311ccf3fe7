"""Whether a file that was made before can be used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path


def is_usable(path: Path) -> bool:
    """Whether a Parquet file is there and whole; a damaged one is removed, so that it is made again."""
    if not path.exists():
        return False
    try:
        pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        path.unlink()
        return False
    return True
