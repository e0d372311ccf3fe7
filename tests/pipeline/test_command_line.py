"""The command: what it says, its exit status, and that no bad input ends in a traceback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.environments import is_of_others, own_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipeline.golden_edition import GoldenEdition

COMMAND = Path(sys.executable).with_name("customer-math")
EXAMPLES = ("olist", "ravenstack", "online_retail")
DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All that was said, without frames and line breaks."""
        return " ".join(re.sub(r"[─│╭╮╰╯┏┓┡┩┃━╇┴└┘]", " ", self.out + self.err).split())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing in it but what these tests publish."""
    home = tmp_path_factory.mktemp("commands") / "home"
    home.mkdir()
    return home


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Asks the command, within this process."""
    for name in filter(is_of_others, [*os.environ]):
        monkeypatch.delenv(name)
    for name, value in {"CUSTOMER_MATH_HOME": home, "PREFECT_HOME": home / "prefect", "PREFECT_LOGGING_LEVEL": "CRITICAL"}.items():
        monkeypatch.setenv(name, str(value))
    from flows.cli.main import main

    def answer(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["customer-math", *arguments])
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return Answer(int(str(status or 0)), said.out, said.err)

    return answer


@pytest.fixture(scope="module")
def published(golden_edition: GoldenEdition, home: Path) -> str:
    """The folder of the small company, with August published."""
    return str(golden_edition.copied_to(home.parent).folder)


def in_a_process_of_its_own(*command: str | Path, home: Path, **variables: str) -> Answer:
    environment = own_environment(**{"CUSTOMER_MATH_HOME": str(home), **variables})
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    return Answer(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((), "How many customers came, how many left, and what they were worth: from your own extracts, reconciled."),
        (("run",), "Publish the scorecard of a period: read, validate, assemble, measure, publish."),
        (("check",), "Check a company's folder and the first 1,000 rows of each extract: every problem at once"),
        (("explain",), "List exactly the customers behind a number of a published scorecard."),
        (("serve",), "Run everything on this machine until Ctrl-C: server and pages, schedules, automations and a worker."),
        (("server",), "Run the server with its pages alone, for workers elsewhere and behind a proxy"),
        (("sign-in",), "Print the line that signs in to the pages of this home's server; PREFECT_API_AUTH_STRING is the same for workers"),
        (("deploy",), "Deploy to a Prefect server (PREFECT_API_URL): work pool, schedules, forms and automations; what is no longer"),
        (("backfill",), "Publish the scorecards of every period from one to another; Slack is not told."),
        (("editions",), "Tell the history of a published period: what was published when, what changed, and why."),
        (("replay",), "Compute an edition again from the extracts and definitions of then, and compare it to the last figure."),
        (("tidy",), "Remove what is older than the company keeps and what no edition needs; editions are never touched."),
        (("rebuild",), "Run a period from scratch: nothing that was computed before is used again."),
        (("sample",), "Write the demo company's extracts."),
    ],
)
def test_every_command_says_what_it_does(ask: Callable[..., Answer], command: tuple[str, ...], says: str) -> None:
    answer = ask(*command, "--help")
    assert (answer.status, answer.err) == (0, "")
    assert says in answer.words


def test_every_option_says_what_it_is_for(ask: Callable[..., Answer]) -> None:
    words = ask("run", "--help").words
    for part in ("A company's folder, or its name under config/.", "2025-W36, 2025-08, 2025-Q3 or 2025; default: the last complete week."):
        assert part in words


@pytest.mark.parametrize(
    ("arguments", "status", "says", "is_alone"),
    [
        (("explain", "2026-08", "customers_in", "-c", "{company}"), 0, "Customers in, 2026-08, edition 1", True),
        (("check", "--full", "--company", "{company}"), 0, "5 extracts, 2 segments, repeat_purchase, contract", False),
        (("explain", "2026-07", "customers_in", "-c", "{company}"), 1, "Refused: 2026-07 of shop was not published", True),
        (("explain", "2026-07", "people", "-c", "{company}"), 2, "Cannot: measure 'people': expected one of opening_customers", False),
        (("run", "--periods", "2026-07"), 2, "No such option: --periods", True),
        (("deploy",), 2, "Cannot: PREFECT_API_URL is not set: say which server to deploy to", False),
    ],
)
def test_the_exit_status_tells_fine_from_refused_from_wrong_use(
    ask: Callable[..., Answer], published: str, home: Path, arguments: tuple[str, ...], status: int, says: str, is_alone: bool
) -> None:
    given = [part.format(company=published) for part in arguments]
    answer = in_a_process_of_its_own(COMMAND, *given, home=home) if is_alone else ask(*given)
    assert answer.status == status
    assert says in answer.words


def test_the_help_says_what_an_exit_status_means(ask: Callable[..., Answer]) -> None:
    words = ask("--help").words
    for said in ("0 done", "1 refused", "2 wrong use", "70 a fault of the program", "130 stopped"):
        assert said in words


@pytest.mark.parametrize(
    ("variables", "status", "says"),
    [
        ({"PREFECT_API_URL": "{nobody}"}, 70, "PREFECT_API_URL={nobody}: no server answers there; start it, or correct the address"),
        (
            {"PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"},
            70,
            "PREFECT_API_URL is not set, and PREFECT_SERVER_ALLOW_EPHEMERAL_MODE forbids",
        ),
        ({"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "0"}, 70, "the run's own Prefect server did not start within 0 seconds"),
        ({"CUSTOMER_MATH_HOME": "{company}/orders.csv"}, 2, "orders.csv: expected a folder that may be written to, found: File exists"),
    ],
)
def test_a_server_or_a_home_that_cannot_be_used_is_said_in_a_line(
    shop: Any, tmp_path: Path, variables: dict[str, str], status: int, says: str
) -> None:
    company = shop(tmp_path / "shop", only=("customers", "orders", "departures")).folder
    with socket.create_server(("127.0.0.1", 0)) as closed:
        places = {"company": company, "nobody": f"http://127.0.0.1:{closed.getsockname()[1]}/api"}
    given = {name: value.format(**places) for name, value in variables.items()}
    answer = in_a_process_of_its_own(COMMAND, "run", "-c", company, "--period", "2026-08", home=tmp_path / "home", **given)
    assert (answer.status, answer.out) == (status, "")
    assert answer.err.startswith(f"Cannot: {says.format(**places) if '{' in says else ''}")
    assert says.format(**places) in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_fault_of_the_program_is_a_line_that_names_the_file_of_its_details(
    ask: Callable[..., Answer], home: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.check.findings_of", lambda parts, **_given: {}["Zephyrine Quux"])
    answer = ask("check", "--company", published)
    assert (answer.status, answer.out) == (70, "")
    assert answer.err.startswith(f"Cannot: a fault of the program (KeyError); details: {home}/faults/")
    assert "Zephyrine" not in answer.err
    assert "Zephyrine Quux" in Path(answer.err.partition("details: ")[2].strip()).read_text(encoding="utf-8")


def test_a_terminal_that_lacks_a_sign_and_a_reader_that_leaves_end_no_command(published: str, home: Path) -> None:
    command = (COMMAND, "explain", "2026-08", "closing_customers", "--company", published)
    plain = in_a_process_of_its_own(*command, home=home, PYTHONIOENCODING="ascii", TZ="Nowhere/Land")
    assert (plain.status, plain.err) == (0, "")
    assert plain.out.isascii()
    reader, writer = os.pipe()
    os.close(reader)
    left = subprocess.run(command, env={**os.environ, "CUSTOMER_MATH_HOME": str(home)}, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert left.stderr == b""


@pytest.mark.parametrize("file", ["movements.parquet", "manifest.json", "digest.json"])
def test_an_edition_that_is_damaged_is_refused_with_the_place_of_the_damage(
    ask: Callable[..., Answer], golden_edition: GoldenEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    company = golden_edition.copied_to(tmp_path).folder
    damaged = tmp_path.joinpath("home", "shop", "scorecards", "2026-08", "edition-1", file)
    damaged.write_bytes(damaged.read_bytes()[:40])
    arguments = {"movements.parquet": ("explain", "2026-08", "customers_in"), "manifest.json": ("preview", "2026-08")}
    answer = ask(*arguments.get(file, ("editions", "2026-08")), "--company", str(company))
    assert (answer.status, f"{damaged}" in answer.words, "backup" in answer.words) == (1, True, True), answer.words


def test_the_module_is_the_same_command(tmp_path: Path) -> None:
    answer = in_a_process_of_its_own(sys.executable, "-m", "flows.cli.main", "check", "--company", "nobody", home=tmp_path)
    assert answer.status == 2
    assert answer.err.startswith(
        "Cannot: nobody: expected a company's folder with definitions.yaml and sources.yaml, found none; there are: "
    )


def test_a_command_that_is_stopped_leaves_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "demo"
    # Where the tests themselves run in the background, the shell has told every child to ignore Ctrl-C.
    running = subprocess.Popen(
        [COMMAND, "sample", "--folder", target],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - this test has no threads
    )
    while running.poll() is None and not list(tmp_path.glob(".demo.*.partial/*")):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 130, err
    assert err.endswith("stopped; nothing was left half written\n")
    assert list(tmp_path.iterdir()) == []


def test_a_company_that_would_run_is_said_to_be_with_what_to_look_at(ask: Callable[..., Answer], shop: Any, tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop").folder
    answer = ask("check", "--company", str(folder))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(
        f"look at this: {folder}/sources.yaml:19: orders: `customer`: expected customers of the extract of customers"
    )
    assert answer.out.endswith(
        f"{folder}: would run; look at 1 above before you believe its figures. "
        "Corner Shop (made up): 5 extracts, 2 segments, repeat_purchase, contract\n"
    )


def test_the_demo_company_wants_its_sample_and_is_fine_with_it(
    ask: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path))
    without = ask("check")
    assert without.status == 1
    assert f"customers: expected a file at {tmp_path}/demo/sample/sales/customers.csv, found none" in without.err
    written = ask("sample", "--scale", "0.001")
    assert written.status == 0, written.err
    assert f"in {tmp_path}/demo/sample" in written.out
    assert ask("check", "--company", "demo").status == 0


@pytest.mark.parametrize("company", EXAMPLES)
def test_an_example_company_without_its_data_says_which_variable_is_missing(ask: Callable[..., Answer], company: str) -> None:
    answer = ask("check", "--company", company)
    assert answer.status == 1
    assert re.search(
        rf"config/examples/{company}/sources\.yaml:\d+: `\$\{{CUSTOMER_MATH_DATA\}}/{company}/\S+` needs the environment variable "
        r"CUSTOMER_MATH_DATA, which is not set; set it \(export CUSTOMER_MATH_DATA=\.\.\.\)",
        answer.err,
    )


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts")
@pytest.mark.parametrize("company", EXAMPLES)
def test_an_example_company_with_its_data_is_fine(ask: Callable[..., Answer], company: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_DATA", str(DATA))
    answer = ask("check", "--company", company)
    assert (answer.status, answer.err) == (0, "")


def test_the_sample_is_written_where_it_is_told_to(ask: Callable[..., Answer], tmp_path: Path) -> None:
    answer = ask("sample", "--folder", str(tmp_path / "made" / "up"), "--scale", "0.001")
    assert answer.status == 0
    assert {path.name for path in (tmp_path / "made" / "up").iterdir()} == {"sales", "marketing", "service"}
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["up"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--folder", "{taken}"), "taken: expected an empty folder or an earlier sample, found file.txt in it; choose another folder"),
        (("--folder", "{taken}/file.txt/below"), "taken/file.txt: there is something else already (File exists); choose another place"),
        (("--folder", "{taken}/new", "--scale", "11"), "Invalid value for '--scale'"),
    ],
)
def test_a_sample_that_cannot_be_written_is_wrong_use(
    ask: Callable[..., Answer], tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file.txt").write_text("somebody's", encoding="utf-8")
    answer = ask("sample", *(part.format(taken=taken) for part in arguments))
    assert answer.status == 2
    assert says in answer.words
    assert [path.name for path in taken.iterdir()] == ["file.txt"]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--company", "nobody"), 2, "Cannot: nobody: expected a company's folder with definitions.yaml and sources.yaml, found none"),
        (("--period", "last quarter"), 2, "Cannot: period 'last quarter': expected a week (2025-W36), month (2025-08), quarter (2025-Q3)"),
        (("--period", "2025-W60"), 2, "Cannot: period 2025-W60: 2025 has weeks 01 to 52"),
        (("--period", "0000"), 2, "Cannot: period '0000': expected a week (2025-W36), month (2025-08), quarter (2025-Q3) or year (2025)"),
        (("--period", "2199-Q1"), 1, "Refused: 2199-Q1 is not over: its last day is 2199-03-31, today is "),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_before_anything_is_started(
    ask: Callable[..., Answer], home: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    answer = ask("run", *arguments)
    assert (answer.status, answer.out) == (status, "")
    assert answer.err.startswith(says)
    assert not (home / "demo").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "status", "says"),
    [
        ("definitions.yaml", "lapse_days:", "lapse_day:", 2, "activity.lapse_day: there is no such setting; did you mean `lapse_days`?"),
        ("definitions.yaml", "currency: EUR", "currency: Euro", 2, "currency: expected three capital letters such as EUR, found 'Euro'"),
        ("definitions.yaml", "from: customers.region", "from: customer.region", 2, "segments.region.from: no extract `customer`"),
        ("sources.yaml", "orders.csv", "${NOWHERE}/orders.csv", 1, "`${NOWHERE}/orders.csv` needs the environment variable NOWHERE"),
    ],
)
def test_a_folder_with_a_typo_is_told_by_file_and_line(
    ask: Callable[..., Answer], shop: Any, tmp_path: Path, file: str, old: str, new: str, status: int, says: str
) -> None:
    company = shop(tmp_path / "shop")
    company.change(file, old, new)
    lines = (company.folder / file).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if new in text)
    answer = ask("check", "--company", str(company.folder))
    assert answer.status == status
    assert f"{company.folder / file}:{line}: {says}" in answer.err


def test_a_setting_of_the_machine_that_makes_no_sense_is_named(
    ask: Callable[..., Answer], published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_MEMORY", "lots")
    answer = ask("explain", "2026-08", "customers_in", "--company", published)
    assert answer.status == 2
    assert "environment variable CUSTOMER_MATH_MEMORY: expected an amount of memory such as 2GB, found 'lots'" in answer.err


def test_the_customers_behind_a_number_are_shown_with_their_names_as_they_are(ask: Callable[..., Answer], published: str) -> None:
    answer = ask("explain", "2026-08", "opening_customers", "--company", published)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith("Customers at opening, 2026-08, edition 1: 8 customers")
    assert all(f"c{number:02d}" in answer.out for number in (3, 4, 5, 7, 8, 9, 10, 11))
    assert "[/]" in answer.out


def test_a_number_that_nobody_is_behind_is_said_to_be_none(ask: Callable[..., Answer], published: str) -> None:
    answer = ask("explain", "2026-08", "returned_customers", "--company", published, "--segment", "region=North")
    assert answer.out.startswith("Returned of region=North, 2026-08, edition 1: 0 customers")
    assert "customer_id" not in answer.out


def test_no_more_customers_are_shown_than_asked_for_and_the_file_has_them_all(
    ask: Callable[..., Answer], published: str, tmp_path: Path
) -> None:
    output = tmp_path / "all.csv"
    few = ask("explain", "2026-08", "closing_customers", "--company", published, "--rows", "2")
    assert few.out.endswith("2 of 7 customers shown; --output FILE.xlsx (or .csv) writes them all\n")
    all_of_them = ask("explain", "2026-08", "closing_customers", "--company", published, "--output", str(output))
    assert all_of_them.out.endswith(f"7 of 7 customers shown; all of them are in {output}\n")
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1 + 7


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--output", "{folder}"), "is a directory"),
        (("--output", "{folder}/file.txt/below.csv"), "file.txt: there is something else already (File exists); choose another place"),
        (("--rows", "-1"), "Invalid value for '--rows'"),
        (("--edition", "9"), "edition 9: 2026-08 has editions 1"),
        (("--segment", "North"), "segment 'North': expected region=... or size=..."),
    ],
)
def test_an_explanation_that_cannot_be_given_is_wrong_use(
    ask: Callable[..., Answer], published: str, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "file.txt").write_text("somebody's", encoding="utf-8")
    asked = (part.format(folder=tmp_path) for part in arguments)
    answer = ask("explain", "2026-08", "customers_out", "--company", published, *asked)
    assert answer.status == 2
    assert says in answer.words
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]
