"""Extracts that are elsewhere: object stores (S3, Google, Azure), SFTP and HTTPS; fetched whole, then read as files of this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import posixpath
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx

from config.process_ids import own_mark
from config.redaction import without_password
from config.yaml_file import fill_in_variables
from tasks.sources.landed import MissingExtractError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from asyncssh import SFTPClient

log = logging.getLogger(__name__)
EXTRAS = {"s3": "clouds", "gs": "clouds", "az": "clouds", "sftp": "sftp", "https": "", "http": ""}
"""Which extra of ours installs what reads places of that beginning; none where it is always there."""
MODULES = {"clouds": "obstore", "sftp": "asyncssh"}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CONNECT_SECONDS = 30
WHOLE_HOURS = 2
"""How long one file may take."""
MOST_LOOKED_AT = 100_000
"""Files that one pattern may lead past."""
WILD = re.compile(r"[*?\[]")
CHUNK_BYTES = 1 << 20
NOT_REACHED = "the server could not be reached, or ended the connection; run again, or correct `path`"
NOT_LET_IN = "the server does not let in who we say we are; correct the user, the password or the key"


class FetchError(Exception):
    """What went wrong, in our own words; a library's may hold a password, or a part of an address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Address:
    """An address, taken apart."""

    scheme: str
    host: str
    """Host, bucket or container's account."""
    port: int | None
    user: str | None
    password: str | None
    path: str
    """Below the host; may hold a pattern."""
    query: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether it may lead to several files; an address of the web never does."""
        return self.scheme not in {"https", "http"} and bool(WILD.search(self.path))

    @property
    def folder(self) -> str:
        """What every file's path begins with: the folders above the file, or above the first that is a pattern."""
        return "/".join(takewhile(lambda part: not WILD.search(part), self.path.strip("/").split("/")[:-1]))

    def fits(self, path: str) -> bool:
        """Whether a file's path is one that is asked for; `*` stops at a slash, `**` does not, and hidden files are nobody's."""
        parts = path.strip("/").split("/")
        return _fits(parts, self.path.strip("/").split("/")) and not parts[-1].startswith(".")


@dataclass(frozen=True)
class FetchedFile:
    """A file that was fetched, and its path below the folders that all have in common."""

    path: Path
    name: str


def is_remote(path: str) -> bool:
    """Whether a path leads to another machine."""
    return path.partition("://")[0].lower() in EXTRAS and "://" in path


def fetch(url: str, *, shown: str, what: str, into: Path | None = None) -> tuple[FetchedFile, ...]:
    """The files that an address or pattern leads to, fetched into a folder; raises SourceError in our own words.

    Without a folder they are kept until this process ends.
    """
    address = _taken_apart(url, shown=shown, what=what)
    folder = Path(tempfile.mkdtemp(dir=into or _of_this_process().name))
    log.info("fetching %s from %s", what, shown)
    try:
        fetched = _FETCHERS[address.scheme](address, folder)
    except FetchError as error:
        raise SourceError(f"{what}: expected a file at {shown}, found that {error.reason}") from None
    if not fetched:
        raise MissingExtractError(f"{what}: expected a file at {shown}, found none; put it there or correct `path`")
    common = posixpath.commonpath([posixpath.dirname(name) for name in fetched])
    return tuple(FetchedFile(path, posixpath.relpath(name, common or ".")) for name, path in sorted(fetched.items()))


def fetched_for_a_look(url: str, *, what: str) -> str:
    """A path or pattern on this machine of the files that an address leads to, fetched once; variables in it are filled in."""
    try:
        address = fill_in_variables(url, defaults={})
    except KeyError as missing:
        raise SourceError(f"{what}: the address needs the environment variable {missing.args[0]}, which is not set; set it") from None
    files = fetch(address, shown=without_password(url), what=what)
    return str(files[0].path) if len(files) == 1 else f"{os.path.commonpath([file.path.parent for file in files])}/**/*"


def refuse_secrets_in(url: str) -> None:
    """Raises SourceError for an address that holds a password or a key, since it would be written into a file."""
    _before, at, _host = url.partition("://")[2].partition("/")[0].rpartition("@")
    is_of_the_web = url.lower().startswith(("https://", "http://"))
    if "${" not in url and ((at and ":" in _before) or (is_of_the_web and "?" in url)):
        raise SourceError(
            f"{without_password(url.partition('?')[0])}: expected an address without a password or a key, since it is written into a file, "
            "found one; export it (export SHOP_KEY=...), and write '${SHOP_KEY}' in its place"
        )


@cache
def _of_this_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=f"customer-math-{own_mark()}")


def _taken_apart(url: str, *, shown: str, what: str) -> Address:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SourceError(
            f"{what}: expected an address such as s3://bucket/orders-*.csv at {shown}, found one that cannot be taken apart; "
            "write @ : / # ? % in a user's name or password as %40 %3A %2F %23 %3F %25"
        ) from None
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    # Every path of a store may hold a question mark, which is a pattern's there.
    path = parts.path if scheme in {"https", "http"} else parts.path + (f"?{parts.query}" if parts.query else "")
    if not host or not path.strip("/"):
        raise SourceError(
            f"{what}: expected an address with a file behind it, such as {scheme}://{host or 'bucket'}/orders.csv, found none"
        )
    if scheme == "http" and host not in LOOPBACK:
        raise SourceError(f"{what}: expected https:// at {shown}, found http://, which anybody on the way can read and change")
    _refuse_without_library(scheme, what=what)
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return Address(scheme, host, port, user, password, path, parts.query if scheme in {"https", "http"} else "")


def _refuse_without_library(scheme: str, *, what: str) -> None:
    extra = EXTRAS[scheme]
    if extra and find_spec(MODULES[extra]) is None:
        raise SourceError(
            f'{what}: {scheme}:// is read by `{MODULES[extra]}`, which is not installed; install it: pip install "customer-math[{extra}]"'
        )


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (bool(parts) and _fits(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


Files = dict[str, Path]
"""Path there: path here."""


def _destination(folder: Path, number: int, name: str) -> Path:
    """Where a file goes: its ending says how it is written, and two of one name are two."""
    path = folder / str(number) / name.rpartition("/")[2]
    path.parent.mkdir()
    return path


def _from_store(address: Address, folder: Path) -> Files:
    import obstore  # noqa: PLC0415 - for object stores only

    with _store_errors():
        store = _store(address)
        key = address.path.strip("/")
        keys = [key] if not address.is_pattern else sorted(_keys(obstore.list(store, address.folder or None), address))
        files: Files = {}
        for number, name in enumerate(keys):
            path = _destination(folder, number, name)
            with path.open("wb") as file:
                for chunk in obstore.get(store, name).stream(min_chunk_size=CHUNK_BYTES):
                    file.write(chunk)
            files[name] = path
    return files


def _store(address: Address) -> Any:  # noqa: ANN401 - one of three classes that share no base
    from obstore.store import AzureStore, GCSStore, S3Store  # noqa: PLC0415 - the same

    options: dict[str, Any] = {
        "client_options": {
            "connect_timeout": f"{CONNECT_SECONDS}s",
            "timeout": f"{WHOLE_HOURS * 3600}s",
            "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"},
        },
        "retry_config": {"max_retries": 4, "retry_timeout": timedelta(seconds=2 * CONNECT_SECONDS)},
    }
    return {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[address.scheme](address.host, **options)


def _keys(listing: Iterable[Sequence[Mapping[str, Any]]], address: Address) -> Iterator[str]:
    looked_at = 0
    for objects in listing:
        looked_at += len(objects)
        if looked_at > MOST_LOOKED_AT:
            raise FetchError(f"the pattern leads past more than {MOST_LOOKED_AT:,} files; narrow `path`")
        yield from (entry["path"] for entry in objects if address.fits(entry["path"]))


@contextmanager
def _store_errors() -> Iterator[None]:
    from obstore import exceptions  # noqa: PLC0415 - the same

    try:
        yield
    except (FileNotFoundError, exceptions.NotFoundError):
        raise FetchError("there is none; put it there or correct `path`") from None
    except (PermissionError, exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise FetchError(f"{NOT_LET_IN} (AWS_ACCESS_KEY_ID and such, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME)") from None
    except exceptions.BaseError:
        raise FetchError(NOT_REACHED) from None


def _from_web(address: Address, folder: Path) -> Files:
    port = f":{address.port}" if address.port else ""
    url = httpx.URL(f"{address.scheme}://{address.host}{port}{address.path}" + (f"?{address.query}" if address.query else ""))
    auth = (address.user, address.password or "") if address.user else None
    path = _destination(folder, 0, address.path)
    timeout = httpx.Timeout(CONNECT_SECONDS, read=2 * CONNECT_SECONDS)
    try:
        with (
            httpx.Client(auth=auth, timeout=timeout, follow_redirects=True, event_hooks={"request": [_refuse_plain]}) as client,
            client.stream("GET", url) as answer,
            path.open("wb") as file,
        ):
            _refuse_status(answer.status_code)
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                file.write(chunk)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise FetchError(NOT_REACHED) from None
    return {address.path: path}


def _refuse_plain(request: httpx.Request) -> None:
    if request.url.scheme != "https" and request.url.host not in LOOPBACK:
        raise FetchError("it leads on to an address without https, which anybody on the way can read and change; correct `path`")


def _refuse_status(status: int) -> None:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise FetchError(f"{NOT_LET_IN} (status {status})")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise FetchError(f"there is none (status {status}); put it there or correct `path`")
    if status != HTTPStatus.OK:
        raise FetchError(f"the server answers with status {status}; run again, or correct `path`")


def _from_sftp(address: Address, folder: Path) -> Files:
    import asyncssh  # noqa: PLC0415 - for SFTP only

    server = address.host if address.port in {None, 22} else f"[{address.host}]:{address.port}"
    try:
        return asyncio.run(asyncio.wait_for(_copied(address, folder), WHOLE_HOURS * 3600))
    except asyncssh.HostKeyNotVerifiable:
        raise FetchError(
            f"the key of {server} is not one that this machine knows; compare it with the one that the server's owner names, and write it "
            f"into ~/.ssh/known_hosts: ssh-keyscan -p {address.port or 22} {address.host}"
        ) from None
    except asyncssh.PermissionDenied:
        raise FetchError(NOT_LET_IN) from None
    except asyncssh.SFTPPermissionDenied:
        raise FetchError("the server does not let us read it; have the right to read it given") from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        raise FetchError("there is none; put it there or correct `path`") from None
    except (asyncssh.Error, OSError, TimeoutError, ValueError):
        raise FetchError(NOT_REACHED) from None


async def _copied(address: Address, folder: Path) -> Files:
    import asyncssh  # noqa: PLC0415 - the same

    given = {"username": address.user, "password": address.password}
    options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "login_timeout": CONNECT_SECONDS}
    options |= {name: value for name, value in given.items() if value is not None}
    async with asyncssh.connect(address.host, address.port or 22, **options) as connection, connection.start_sftp_client() as client:
        names = await _matching(client, address) if address.is_pattern else [address.path]
        files: Files = {}
        for number, name in enumerate(names):
            if not await client.isfile(name):
                await client.stat(name)
                raise FetchError("it is no file; name a file, or several as in `*.csv`")
            files[name] = _destination(folder, number, name)
            await client.get(name, files[name])
    return files


async def _matching(client: SFTPClient, address: Address) -> list[str]:
    import asyncssh  # noqa: PLC0415 - the same

    try:
        names = [str(name) for name in await client.glob(address.path)]
    except asyncssh.SFTPNoSuchFile:  # nothing fits
        return []
    return sorted([name for name in names if address.fits(name) and await client.isfile(name)])


_FETCHERS = {"s3": _from_store, "gs": _from_store, "az": _from_store, "sftp": _from_sftp, "https": _from_web, "http": _from_web}
