"""A Prefect server for one command: it listens on the descriptor that it is given until its standard input closes."""

from __future__ import annotations

import os
import socket
import sys
import threading

import uvicorn

from flows.orchestration.server_app import guarded_server

STOPPING_SECONDS = 4.0
"""How long it may take to end; then it is ended where it stands."""


def main() -> None:
    """Serve until who started this is gone."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    app = guarded_server(listener.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, interface="asgi3", log_level="error", lifespan="on"))
    threading.Thread(target=_end_with_starter, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _end_with_starter(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
    threading.Event().wait(STOPPING_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
