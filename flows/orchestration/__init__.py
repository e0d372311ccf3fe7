"""What the workflow engine sees: parameters, artifacts, states, hooks, server and deployments."""

from __future__ import annotations
