"""Who may use the server of a home: the secret that signs in, the addresses that are its own, and where it answers now."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.refusal import ExitStatus, Refusal
from config.settings import home_folder, pages_address

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = (LOOPBACK, "localhost", "[::1]")
DEFAULT_PORTS = {"http": 80, "https": 443}
EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - named here to be recognised
SERVER_SIDE, CLIENT_SIDE = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
"""What Prefect's server asks for, and what its clients send; both are `user:password`."""
USER = "customer-math"
TEMPORARY = "temporary:"
"""How the secret of a server begins that lives as long as one command."""
SECRET_BYTES = 32
FOR_OWNER_ONLY = 0o700
SIGN_IN = re.compile(r"[!-9;-~]+:[!-~]{16,}")
LOCK_TRIES, LOCK_PAUSE_SECONDS = 5, 0.1
"""A command that looks whether the home is served holds the lock for an instant."""


class NotServedError(Refusal):
    """This machine cannot serve; the message says what is in the way and what to do."""

    exit_status = ExitStatus.WRONG_USE


def server_folder() -> Path:
    """The folder of the server's database, leases, secret and logs."""
    return home_folder() / "prefect"


def sign_in_file() -> Path:
    """Where the line lies that signs in to the server of this home."""
    return server_folder() / "sign-in"


def close_temporary_server() -> None:
    """Let a server that Prefect starts for one command ask for a secret that only this process and its children know."""
    os.environ.setdefault("PREFECT_SERVER_CSRF_PROTECTION_ENABLED", "true")
    os.environ.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", f"http://{LOOPBACK}")
    os.environ[SERVER_SIDE] = os.environ.get(SERVER_SIDE) or TEMPORARY + secrets.token_urlsafe(SECRET_BYTES)


def given_sign_in() -> str | None:
    """The server's `user:password` as the environment gives it; none where it is this home's own."""
    given = os.environ.get(SERVER_SIDE)
    if not given or given.startswith(TEMPORARY):
        return None
    if not SIGN_IN.fullmatch(given):
        raise NotServedError(
            f"environment variable {SERVER_SIDE}: expected user:password with a password of at least 16 characters and no spaces, "
            "found something else; set it so, or unset it"
        )
    return given


def sign_in() -> str:
    """The `user:password` of this home's server: from the environment, or from its file, which is made where there is none.

    Raises NotServedError where the file cannot be had, or where others can read it.
    """
    given = given_sign_in()
    if given:
        return given
    path = sign_in_file()
    try:
        if not path.exists():
            _write_new(path)
        return _read(path)
    except OSError as error:
        raise NotServedError(
            f"{error.filename or path}: {error.strerror}; the server's secret lies there: make it accessible, or set {SERVER_SIDE}"
        ) from error


def _write_new(path: Path) -> None:
    """A new secret under its name at once and whole, readable by its owner only; where two write, the first one's stands."""
    path.parent.mkdir(mode=FOR_OWNER_ONLY, parents=True, exist_ok=True)
    descriptor, partial = mkstemp(dir=path.parent, prefix=".sign-in.", suffix=".partial")  # for its owner only, from the first byte
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{USER}:{secrets.token_urlsafe(SECRET_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        Path(partial).unlink()


def _read(path: Path) -> str:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8", errors="replace") as file:
        data = os.fstat(file.fileno())
        line = file.read().strip()
    again = f"remove it (rm {path}), and a new one is made; whoever was signed in signs in again"
    if data.st_uid != os.geteuid() or stat.S_IMODE(data.st_mode) & 0o077:
        mode = f"mode {stat.S_IMODE(data.st_mode):04o}, user {data.st_uid}"
        raise NotServedError(f"{path}: expected a file that only this user can read (mode 0600), found {mode}; {again}")
    if not SIGN_IN.fullmatch(line):
        raise NotServedError(f"{path}: expected one line user:password, found something else; {again}")
    return line


def own_origins(port: int) -> dict[str, str]:
    """Every host by which the server may be asked for, as a browser writes it, with the origin of the pages under it.

    Loopback names with the port; the host of `CUSTOMER_MATH_ADDRESS`, where a proxy shows the pages; and the host of
    `PREFECT_API_URL`, by which workers elsewhere ask.
    """
    own = {_host(name, port, default=80) for name in LOOPBACK_NAMES}
    origins = {host: f"http://{host}" for host in own}
    for name, address in (("PREFECT_API_URL", os.environ.get("PREFECT_API_URL")), ("CUSTOMER_MATH_ADDRESS", pages_address())):
        if address:
            scheme, host = _scheme_and_host(name, address)
            origins[host] = f"{scheme}://{host}"
    return origins


def _scheme_and_host(setting: str, address: str) -> tuple[str, str]:
    """How a browser writes both: in small letters, and without the usual port."""
    try:
        parts = urlsplit(address.lower())
        default = DEFAULT_PORTS[parts.scheme]
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return parts.scheme, _host(name or "", parts.port or default, default=default)
    except (KeyError, ValueError):
        raise NotServedError(f"environment variable {setting}: expected an address such as https://scorecard.example.org/api") from None


def _host(name: str, port: int, *, default: int) -> str:
    return name if port == default else f"{name}:{port}"


@contextmanager
def served_alone(*, at: str) -> Iterator[None]:
    """Have the home to oneself, and write down where its server answers; raises NotServedError where it is served already.

    Two servers on one database would each start every run.
    """
    try:
        server_folder().mkdir(mode=FOR_OWNER_ONLY, parents=True, exist_ok=True)
        server_folder().chmod(FOR_OWNER_ONLY)  # its database says what the pages say
        lock = _lock_file().open("a+")
    except OSError as error:
        raise NotServedError(f"{error.filename}: {error.strerror}; set CUSTOMER_MATH_HOME to a folder that can be written") from error
    with lock:
        if not _is_locked_now(lock.fileno()):
            raise NotServedError(f"{server_folder()} is being served already: stop that first, or set CUSTOMER_MATH_HOME to another folder")
        lock.truncate(0)
        lock.write(at)
        lock.flush()
        yield


def served_at() -> str | None:
    """Where the server of this home answers at this moment; none where it is not served."""
    try:
        lock = _lock_file().open()
    except OSError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return lock.read() or None
    return None


def _lock_file() -> Path:
    return server_folder() / "serving.lock"


def _is_locked_now(descriptor: int) -> bool:
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN}:
                raise
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return True
    return False
