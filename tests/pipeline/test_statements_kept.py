"""What one process put into SQL is not put into SQL again by the next."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ANOTHER_PROCESS = """
import json, sys
from pathlib import Path
import ibis
from ibis import _
from tasks.store.caching_backend import connected_to

connection = connected_to(Path(sys.argv[1]))
type(connection.compiler).to_sqlglot = lambda *_given, **_named: sys.exit("compiled anew")
rows = connection.create_table("orders", ibis.memtable({"customer": ["a", "b"], "amount": [5, 7]}), temp=True)
print(json.dumps(connection.to_pyarrow(rows.agg(total=_.amount.sum())).to_pylist()))
"""
COMPILES_NOTHING = 'type(connection.compiler).to_sqlglot = lambda *_given, **_named: sys.exit("compiled anew")\n'


def test_another_process_finds_what_this_one_compiled(tmp_path: Path) -> None:
    script = ANOTHER_PROCESS.replace(COMPILES_NOTHING, "")
    for each in (script, ANOTHER_PROCESS):
        ended = subprocess.run([sys.executable, "-c", each, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert json.loads(ended.stdout) == [{"total": 12}]
