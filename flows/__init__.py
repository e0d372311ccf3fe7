"""Who does what in which order: the flows, and the command line that starts them."""

from __future__ import annotations

import atexit
import gc
import os
from contextlib import suppress
from pathlib import Path

from config.settings import home_folder
from flows.orchestration.access import close_temporary_server

# Libraries and expressions are a million small objects that refer to each other: to look through them as often as Python does by itself
# takes a third of a small run, and once more at its end a tenth, for memory that ends with the process.
gc.set_threshold(100_000, 20, 20)
atexit.register(gc.freeze)

# Prefect reads these once, when it is imported: what it keeps stays under the project's home, and it reports to nobody.
os.environ.setdefault("PREFECT_HOME", str(home_folder() / "prefect"))
# Its server cannot make the folder of its database itself; what is in there is for this user only.
with suppress(OSError):  # a home that cannot be written is said by the command that needs it
    Path(os.environ["PREFECT_HOME"]).mkdir(mode=0o700, parents=True, exist_ok=True)
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PY_KEY_VALUE_DISABLE_BEARTYPE", "true")  # a library of its server checks its own calls, which takes long to set up
os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "tasks")
os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")  # the verbs log outside of runs too
# Where no server is set up, Prefect starts one for the run, which asks for a secret like any other; its first start makes a database,
# which a busy machine takes long over.
close_temporary_server()
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
