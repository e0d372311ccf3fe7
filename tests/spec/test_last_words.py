"""A fault of the program: one sentence for everybody, its details in a file for its owner, and no secret in either."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.faults import FaultError, fault_of, faults_in_a_sentence, without_secrets
from config.redaction import hide
from config.refusal import ExitStatus, Refusal
from config.settings import home_folder, writable_home
from config.whole_files import is_usable
from config.yaml_file import CompanyFolderError

TOKEN = "xoxb-0123456789-planted"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def faulty(cell: str) -> None:
    raise KeyError(cell)


def details_of(fault: FaultError) -> Path:
    return Path(str(fault).partition("details: ")[2])


def test_a_fault_is_a_sentence_with_the_place_of_its_details(home: Path) -> None:
    with pytest.raises(FaultError, match=r"^a fault of the program \(KeyError\); details: ") as raised:
        faults_in_a_sentence(faulty)("Zephyrine Quux")
    path = details_of(raised.value)
    assert path.parent == home / "faults"
    assert "Zephyrine" not in str(raised.value)
    assert "KeyError: 'Zephyrine Quux'" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (raised.value.exit_status, raised.value.state_name) == (ExitStatus.FAULT, "Failed")


def test_a_refusal_keeps_its_own_sentence_and_a_result_is_handed_on() -> None:
    @faults_in_a_sentence
    def step(*, is_refused: bool) -> int:
        if is_refused:
            raise Refusal("no orders have arrived")
        return 7

    assert step(is_refused=False) == 7
    with pytest.raises(Refusal, match=r"^no orders have arrived$"):
        step(is_refused=True)


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SHOP_DATABASE", "SOME_NAME"])
def test_details_hold_no_secret_and_nothing_that_is_filled_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, TOKEN)
    hide("SMTP_BLOCK", "from-a-block")
    error = ValueError(f"{TOKEN}, from-a-block, postgresql://ada:lovelace@db/sales in {Path.cwd()}")
    text = details_of(fault_of(error)).read_text(encoding="utf-8")
    assert f"***, ${{SMTP_BLOCK}}, postgresql://ada:***@db/sales in {Path.cwd()}" in text


def test_a_password_that_looks_like_a_place_is_hidden_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "/planted/word")
    monkeypatch.setenv("SHOP_FOLDER", "/planted/place")
    assert without_secrets("/planted/word in /planted/place") == "*** in /planted/place"


def test_where_the_home_takes_no_file_the_details_are_among_temporary_files(home: Path) -> None:
    home.write_text("a file", encoding="utf-8")
    path = details_of(fault_of(KeyError("x")))
    try:
        assert path.is_file()
        assert not path.is_relative_to(home)
    finally:
        path.unlink()


def test_where_nothing_takes_a_file_the_sentence_says_how_to_see_the_details(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("a file", encoding="utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(home))
    assert str(fault_of(KeyError("x"))).endswith("could not be written; set CUSTOMER_MATH_TRACEBACK=1 to see them here")


def test_who_asks_for_the_details_sees_them_without_secrets(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_TRACEBACK", "1")
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    fault_of(ValueError(f"found {TOKEN}"))
    assert capsys.readouterr().err == "ValueError: found ***\n"


def test_a_companys_problems_reach_another_process_as_a_list() -> None:
    error = pickle.loads(pickle.dumps(CompanyFolderError(["a.yaml:1: first", "a.yaml:2: second"])))
    assert error.problems == ("a.yaml:1: first", "a.yaml:2: second")


def test_a_damaged_file_is_removed_so_that_it_is_made_again(tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole.parquet", tmp_path / "damaged.parquet"
    pq.write_table(pa.table({"customer_id": ["c01"]}), whole)
    damaged.write_bytes(whole.read_bytes()[:-4])
    assert [is_usable(path) for path in (whole, damaged, tmp_path / "none.parquet")] == [True, False, False]
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["whole.parquet"]


def test_a_home_is_made_where_it_can_be(home: Path) -> None:
    assert writable_home() == home
    assert list(home.iterdir()) == []


def test_a_home_that_takes_no_file_is_named_with_what_to_do(home: Path) -> None:
    home.write_text("a file", encoding="utf-8")
    with pytest.raises(
        CompanyFolderError, match=r"/home: expected a folder that may be written to, found: File exists; .*CUSTOMER_MATH_HOME"
    ):
        writable_home()


@pytest.mark.parametrize(("given", "place"), [("/somewhere/data", "/somewhere/data/customer-math"), ("", "~/.local/share/customer-math")])
def test_without_a_checkout_the_home_is_the_users_folder_for_data(
    given: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUSTOMER_MATH_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", given)
    monkeypatch.setattr("config.settings.PROJECT_FOLDER", tmp_path)
    assert home_folder() == Path(place).expanduser()
