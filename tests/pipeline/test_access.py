"""The secret of a home's server, the addresses that are its own, and who is sent the secret."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from flows.access import CLIENT_SIDE, SERVER_SIDE, NotServedError, own_origins, served_alone, served_at, sign_in, sign_in_file

if TYPE_CHECKING:
    from pathlib import Path

SENT = "import flows.operations; from prefect.settings import get_current_settings as now; print(now().api.auth_string and 'sent')"
PRINTED = "import flows.operations, os; print(os.environ.get('PREFECT_API_AUTH_STRING'), os.environ['PREFECT_SERVER_API_AUTH_STRING'])"
ELSEWHERE = "https://prefect.example.org/api"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (SERVER_SIDE, CLIENT_SIDE, "PREFECT_API_URL", "CUSTOMER_MATH_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def python(code: str, home: Path, **environment: str) -> str:
    """What a program prints that uses this home in a process of its own."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COV_CORE_"))}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=ours | {"CUSTOMER_MATH_HOME": str(home)} | environment, capture_output=True, text=True, check=True, cwd=home.parent
    ).stdout.strip()


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


def test_a_command_of_the_home_is_signed_in_to_the_server_that_the_home_serves(home: Path) -> None:
    secret, here = sign_in(), "http://127.0.0.1:4200/api"
    with served_alone(at=here):
        assert python(PRINTED, home, PREFECT_API_URL=here).split()[0] == secret


@pytest.mark.parametrize("address", [ELSEWHERE, "http://127.0.0.1:4201/api", "http://localhost:4200/api", "http://127.0.0.1:4200/api/"])
def test_a_server_elsewhere_is_sent_no_secret(home: Path, address: str) -> None:
    sign_in()
    with served_alone(at="http://127.0.0.1:4200/api"):
        assert python(SENT, home, PREFECT_API_URL=address) == "None"


def test_a_server_that_is_not_running_is_sent_no_secret_for_another_may_listen_there(home: Path) -> None:
    sign_in()
    with served_alone(at="http://127.0.0.1:4200/api"):
        pass
    assert python(SENT, home, PREFECT_API_URL="http://127.0.0.1:4200/api") == "None"


@pytest.mark.parametrize("file", ["profile", "prefect.toml", ".env"])
def test_a_server_elsewhere_that_prefect_knows_from_a_file_is_sent_no_secret(home: Path, file: str) -> None:
    profiles = home / "prefect" / "profiles.toml"
    profiles.parent.mkdir(parents=True)
    written = {
        "profile": (profiles, f'active = "away"\n[profiles.away]\nPREFECT_API_URL = "{ELSEWHERE}"\n'),
        "prefect.toml": (home.parent / "prefect.toml", f'[api]\nurl = "{ELSEWHERE}"\n'),
        ".env": (home.parent / ".env", f"PREFECT_API_URL={ELSEWHERE}\n"),
    }
    path, text = written[file]
    path.write_text(text)
    assert python(SENT, home) == "None"


def test_a_secret_that_was_given_for_a_server_elsewhere_is_the_one_that_is_sent(home: Path) -> None:
    given = {"PREFECT_API_URL": ELSEWHERE, CLIENT_SIDE: "analyst:given"}
    assert python(PRINTED, home, **given).split()[0] == "analyst:given"


def test_the_temporary_server_has_a_secret_of_its_own_for_every_command(home: Path) -> None:
    (one, server), (other, _) = (python(PRINTED, home, **{CLIENT_SIDE: "analyst:given-for-elsewhere"}).split() for _ in range(2))
    assert one == server != other
    assert one.startswith("temporary:")
    assert not sign_in_file().exists()
