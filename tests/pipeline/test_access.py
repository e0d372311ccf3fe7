"""The secret of a home's server, the addresses that are its own, and who is sent the secret."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from prefect.context import refresh_global_settings_context
from prefect.settings import get_current_settings

from flows.orchestration.access import (
    CLIENT_SIDE,
    SERVER_SIDE,
    NotServedError,
    close_temporary_server,
    own_origins,
    served_alone,
    served_at,
    sign_in,
    sign_in_file,
)
from flows.orchestration.sign_in import sign_in_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HERE = "http://127.0.0.1:4200/api"
ELSEWHERE = "https://prefect.example.org/api"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (SERVER_SIDE, CLIENT_SIDE, "PREFECT_API_URL", "CUSTOMER_MATH_ADDRESS"):
        monkeypatch.setenv(name, "")  # so that what a test leaves is gone after it
        monkeypatch.delenv(name)
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def sent(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str | None]]:
    """What Prefect's clients send to the server that is set up, after a command of this home has signed in."""

    def sent(**environment: str) -> str | None:
        for name, value in environment.items():
            patch.setenv(name, value)
        refresh_global_settings_context()
        sign_in_here()
        secret = get_current_settings().api.auth_string
        return secret.get_secret_value() if secret else None

    (home / "prefect").mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home / "prefect"))
        patch.chdir(home.parent)  # Prefect looks there for files of its own
        yield sent
    refresh_global_settings_context()


def test_a_home_has_one_secret_that_only_its_owner_can_read(home: Path) -> None:
    before = os.umask(0)  # the loosest that a machine can be
    try:
        secret = sign_in()
    finally:
        os.umask(before)
    assert stat.S_IMODE(sign_in_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(sign_in_file().parent.stat().st_mode) == 0o700
    assert secret == sign_in() == sign_in_file().read_text().strip()
    assert secret.startswith("customer-math:")
    assert len(secret) > 50
    assert [path.name for path in sign_in_file().parent.iterdir()] == ["sign-in"]


def test_first_starts_at_once_agree_on_one_secret(home: Path) -> None:
    with ThreadPoolExecutor(16) as starts:
        assert len(set(starts.map(lambda _: sign_in(), range(64)))) == 1


def test_two_homes_have_different_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sign_in()
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(home / "other"))
    assert sign_in() != first


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_secret_that_others_can_read_is_refused_with_what_to_do(home: Path, mode: int) -> None:
    secret = sign_in()
    sign_in_file().chmod(mode)
    with pytest.raises(NotServedError) as refused:
        sign_in()
    assert f"only this user can read (mode 0600), found mode {mode:04o}" in str(refused.value)
    assert f"remove it (rm {sign_in_file()}), and a new one is made" in str(refused.value)
    assert secret not in str(refused.value)


@pytest.mark.parametrize("line", ["", "customer-math:", "customer-math:short", "no password at all"])
def test_a_secret_that_is_none_is_refused(home: Path, line: str) -> None:
    sign_in()
    sign_in_file().write_text(line)
    with pytest.raises(NotServedError, match="expected one line user:password, found something else"):
        sign_in()


def test_a_secret_that_lies_elsewhere_is_not_followed(home: Path, tmp_path: Path) -> None:
    sign_in()
    sign_in_file().rename(tmp_path / "moved")
    sign_in_file().symlink_to(tmp_path / "moved")
    with pytest.raises(NotServedError, match="Too many levels of symbolic links; the server's secret lies there"):
        sign_in()


def test_a_home_that_is_a_file_ends_in_a_sentence(home: Path) -> None:
    home.write_text("")
    with pytest.raises(NotServedError, match="Not a directory"):
        sign_in()


def test_a_secret_of_the_environment_wins_and_no_file_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER_SIDE, "analyst:correct-horse-battery")
    assert sign_in() == "analyst:correct-horse-battery"
    assert not sign_in_file().exists()


@pytest.mark.parametrize("value", ["analyst", "analyst:", "analyst:short", "a b:correct-horse-battery"])
def test_a_weak_secret_of_the_environment_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(SERVER_SIDE, value)
    with pytest.raises(NotServedError, match="expected user:password with a password of at least 16 characters") as refused:
        sign_in()
    assert value not in str(refused.value).replace("user:password", "")


def test_an_empty_secret_of_the_environment_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER_SIDE, "")
    assert sign_in().startswith("customer-math:")


def test_a_server_is_asked_for_by_loopback_names_its_proxys_and_its_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_ADDRESS", "https://Scorecard.example.org/")
    monkeypatch.setenv("PREFECT_API_URL", "http://customer-math-server:4200/api")
    assert own_origins(4200) == {
        "127.0.0.1:4200": "http://127.0.0.1:4200",
        "localhost:4200": "http://localhost:4200",
        "[::1]:4200": "http://[::1]:4200",
        "customer-math-server:4200": "http://customer-math-server:4200",
        "scorecard.example.org": "https://scorecard.example.org",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("CUSTOMER_MATH_ADDRESS", "https://a.example:99999"), ("PREFECT_API_URL", "ftp://a.example")],
)
def test_an_address_that_leads_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(NotServedError, match=f"environment variable {name}: expected an address such as https://"):
        own_origins(4200)


def test_a_browser_leaves_out_the_usual_port() -> None:
    assert own_origins(80)["127.0.0.1"] == "http://127.0.0.1"


def test_a_home_says_where_it_is_served_only_while_it_is(home: Path) -> None:
    assert served_at() is None
    with served_alone(at="http://127.0.0.1:4200/api"):
        assert served_at() == "http://127.0.0.1:4200/api"
        with pytest.raises(NotServedError, match="is being served already"), served_alone(at="http://127.0.0.1:4201/api"):
            pass
        assert served_at() == "http://127.0.0.1:4200/api"
    assert served_at() is None


def test_serving_closes_a_folder_that_others_could_read(home: Path) -> None:
    (home / "prefect").mkdir(parents=True, mode=0o755)
    with served_alone(at="http://127.0.0.1:4200/api"):
        assert stat.S_IMODE((home / "prefect").stat().st_mode) == 0o700


def test_a_command_of_the_home_is_signed_in_to_the_server_that_the_home_serves(sent: Callable[..., str | None]) -> None:
    with served_alone(at=HERE):
        assert sent(PREFECT_API_URL=HERE) == sign_in()


@pytest.mark.parametrize("address", [ELSEWHERE, "http://127.0.0.1:4201/api", "http://localhost:4200/api", "http://evil.example:4200/api"])
def test_a_server_elsewhere_is_sent_no_secret(sent: Callable[..., str | None], address: str) -> None:
    sign_in()
    with served_alone(at=HERE):
        assert sent(PREFECT_API_URL=address) is None


def test_a_server_that_is_not_running_is_sent_no_secret_for_another_may_listen_there(sent: Callable[..., str | None]) -> None:
    sign_in()
    with served_alone(at=HERE):
        pass
    assert sent(PREFECT_API_URL=HERE) is None


@pytest.mark.parametrize("file", ["prefect/profiles.toml", "../prefect.toml", "../.env"])
def test_a_server_elsewhere_that_prefect_knows_from_a_file_is_sent_no_secret(
    sent: Callable[..., str | None], home: Path, file: str
) -> None:
    written = {
        "prefect/profiles.toml": f'active = "away"\n[profiles.away]\nPREFECT_API_URL = "{ELSEWHERE}"\n',
        "../prefect.toml": f'[api]\nurl = "{ELSEWHERE}"\n',
        "../.env": f"PREFECT_API_URL={ELSEWHERE}\n",
    }
    (home / file).write_text(written[file])
    assert sent() is None


def test_a_secret_that_was_given_for_a_server_elsewhere_is_the_one_that_is_sent(sent: Callable[..., str | None]) -> None:
    assert sent(PREFECT_API_URL=ELSEWHERE, **{CLIENT_SIDE: "analyst:given"}) == "analyst:given"


def test_the_temporary_server_has_a_secret_of_its_own_and_is_sent_no_other(sent: Callable[..., str | None]) -> None:
    close_temporary_server()
    secret = sent(**{CLIENT_SIDE: "analyst:given-for-elsewhere"})
    assert secret == os.environ[SERVER_SIDE]
    assert secret is not None
    assert secret.startswith("temporary:")
    assert len(secret) > 50
    assert not sign_in_file().exists()
