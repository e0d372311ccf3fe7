"""How every command and run of a home signs in to its server by itself, and to no other."""

from __future__ import annotations

import os

from prefect.client.orchestration import SyncPrefectClient
from prefect.context import refresh_global_settings_context
from prefect.settings import get_current_settings

from flows.orchestration.access import CLIENT_SIDE, SERVER_SIDE, NotServedError, served_at, sign_in


def sign_in_here() -> None:
    """Give Prefect's clients the secret of the server that this command starts for itself, or of the one that this home serves now.

    Prefect is asked which server is set up, in whatever file that was done; one elsewhere is sent nothing that was not given for it.
    """
    api = get_current_settings().api
    if api.url is None:
        _send(os.environ[SERVER_SIDE])
    elif api.auth_string is None and api.key is None and api.url == served_at():
        _send(sign_in())


def _send(secret: str) -> None:
    if os.environ.get(CLIENT_SIDE) != secret:
        os.environ[CLIENT_SIDE] = secret
        refresh_global_settings_context()


def signed_in_client(api_url: str) -> SyncPrefectClient:
    """A client of the server at this address, signed in as Prefect's own settings say."""
    secret = get_current_settings().api.auth_string
    return SyncPrefectClient(api_url, auth_string=secret.get_secret_value() if secret else None)


def secret_of_server() -> str:
    """What a server of this process asks for; raises NotServedError where it would ask for nothing."""
    secret = get_current_settings().server.api.auth_string
    if secret is None or not secret.get_secret_value():
        raise NotServedError(f"{SERVER_SIDE} is not set: a server without a secret is not started; use `customer-math server`")
    return secret.get_secret_value()
