"""What lies in deployments/ is what it says it is: every file is there, and holds against its schema or against the project."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import kubernetes_validate
import pytest
import yaml
from packaging.specifiers import SpecifierSet
from prefect.cli.deploy._models import PrefectYamlModel
from prefect.utilities.importtools import import_object

from config.company import load_company
from config.settings import PROJECT_FOLDER
from flows.cli.main import app
from flows.orchestration.access import own_origins
from flows.orchestration.deployments import DEPLOYMENTS, declared_automations, declared_names, variables_of
from flows.orchestration.server_settings import SETTINGS
from flows.orchestration.states import EXTRACT_MISSING, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

KUBERNETES = "1.29"
"""Old enough for every cluster that is still cared for."""
MANIFESTS = [each for each in yaml.safe_load_all((DEPLOYMENTS / "kubernetes" / "customer-math.yaml").read_text(encoding="utf-8")) if each]


def words(name: str) -> str:
    """A file of deployments/."""
    return (DEPLOYMENTS / name).read_text(encoding="utf-8")


def test_every_file_that_the_page_names_is_there_and_every_file_there_is_named() -> None:
    named = set(re.findall(r"\]\(([^)#:]+)\)", words("README.md")))
    assert [name for name in named if not (DEPLOYMENTS / name).exists()] == []
    there = {path.relative_to(DEPLOYMENTS).as_posix() for path in DEPLOYMENTS.rglob("*") if path.is_file()} - {"README.md"}
    assert there <= named


def test_the_page_explains_every_setting_that_serving_makes() -> None:
    assert [name for name in SETTINGS if name not in words("README.md") and name != "PREFECT_SERVER_API_HOST"] == []


def test_every_command_of_the_page_is_one() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(re.findall(r"customer-math (run|sample|serve|deploy|backfill|[a-z]+) (?:--|yours)", words("README.md"))) <= commands


def test_deployments_are_of_our_flows_and_filled_in_for_a_company() -> None:
    declared = yaml.safe_load(words("prefect.yaml"))
    PrefectYamlModel.model_validate(declared)
    for each in declared["deployments"]:
        assert import_object(each["entrypoint"]).name in {"scorecard", "backfill", "tell operations"}
    used = set(re.findall(r"\{\{ \$(\w+) \}\}", words("prefect.yaml")))
    assert used == set(variables_of(load_company("demo")))
    assert declared_names(load_company("demo")) == (
        *("weekly-demo", "monthly-demo", "quarterly-demo", "yearly-demo", "backfill-demo", "tell-operations"),
    )


def test_quarters_and_years_begin_where_the_companys_fiscal_year_does(shop: Any, tmp_path: Path) -> None:
    company = load_company(shop(tmp_path / "shop", definitions={"calendar": {"fiscal_year_starts_in": 2}}).folder)
    variables = variables_of(company)
    assert (variables["CUSTOMER_MATH_QUARTERS"], variables["CUSTOMER_MATH_YEARS"]) == ("2,5,8,11", "2")


def test_every_end_of_a_run_that_needs_someone_is_waited_for() -> None:
    triggers = {each.name: each.model_dump(mode="json")["trigger"] for each in declared_automations(uuid4())}
    never_began = triggers.pop("Customer Math: a run never began")
    waited_for = {event for trigger in triggers.values() for event in trigger["expect"]}
    ends = {*("Late", "Failed", "Crashed", "TimedOut", "Completed", "Cancelled"), REFUSED, EXTRACT_MISSING}
    assert {f"prefect.flow-run.{end}" for end in ends} <= waited_for
    assert triggers["Customer Math: a run went silent"]["within"] > 3 * int(SETTINGS["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    ours = {trigger["match_related"]["prefect.resource.id"] for trigger in (*triggers.values(), never_began)}
    assert ours == {"prefect.tag.customer-math"}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_every_manifest_holds_against_the_schema_of_kubernetes(manifest: dict[str, Any]) -> None:
    assert kubernetes_validate.validate(manifest, KUBERNETES, strict=True) == KUBERNETES


def test_a_manifest_with_a_slip_is_found() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(MANIFESTS[0] | {"dta": {}}, KUBERNETES, strict=True)


def test_no_container_runs_as_root_or_may_become_it() -> None:
    pods = [each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] in {"Deployment", "Job"}]
    assert [pod["securityContext"]["runAsNonRoot"] for pod in pods] == [True, True, True]
    containers = [container for pod in pods for container in pod["containers"]]
    assert all(each["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}} for each in containers)
    assert "USER 10001" in words("Dockerfile")


def test_what_kubernetes_sets_is_what_serving_sets() -> None:
    (settings,) = (each["data"] for each in MANIFESTS if each["kind"] == "ConfigMap")
    not_here = {"PREFECT_SERVER_API_HOST", "PREFECT_SERVER_DATABASE_TIMEOUT"}  # other pods ask it, and PostgreSQL needs no patience
    assert {name: settings.get(name) for name in SETTINGS.keys() - not_here} == {
        name: SETTINGS[name] for name in SETTINGS.keys() - not_here
    }


def test_the_server_in_kubernetes_is_ours_asks_for_the_secret_and_knows_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    (settings,) = (each["data"] for each in MANIFESTS if each["kind"] == "ConfigMap")
    pods = {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] in {"Deployment", "Job"}}
    (server,) = pods["customer-math-server"]["containers"]
    assert server["args"][:4] == ["customer-math", "server", "--host", "0.0.0.0"]
    secret = {"secretKeyRef": {"name": "customer-math-access", "key": "auth"}}
    asks = {each["name"] for each in server["env"] if each.get("valueFrom") == secret}
    sends = [{each["name"] for each in pods[f"customer-math-{name}"]["containers"][0]["env"]} for name in ("worker", "deploy")]
    assert (asks, *sends) == ({"PREFECT_SERVER_API_AUTH_STRING"}, {"PREFECT_API_AUTH_STRING"}, {"PREFECT_API_AUTH_STRING"})
    for name in ("PREFECT_API_URL", "CUSTOMER_MATH_ADDRESS"):
        monkeypatch.setenv(name, settings[name])
    probes = [server[probe]["httpGet"]["httpHeaders"][0]["value"] for probe in ("startupProbe", "livenessProbe")]
    assert {*probes, "customer-math-server:4200", "scorecard.example.org"} <= own_origins(4200).keys()


@pytest.mark.parametrize(
    "proxy", ["proxy_set_header Host $http_host;", "proxy_set_header Upgrade $http_upgrade;", "listen 443 ssl;", "reverse_proxy"]
)
def test_the_page_shows_how_a_proxy_hands_on_host_and_sockets(proxy: str) -> None:
    assert proxy in words("README.md")


def test_no_file_starts_a_server_without_its_door() -> None:
    files = [path for path in DEPLOYMENTS.rglob("*") if path.is_file()]
    assert [path.name for path in files if re.search(r"prefect,? server,? start", path.read_text(encoding="utf-8"))] == []


def test_the_image_copies_what_is_there_onto_a_python_that_the_project_runs_on() -> None:
    lines = words("Dockerfile").replace("\\\n", " ").splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert [name for name in copied if not (PROJECT_FOLDER / name).exists()] == []
    assert {"config", "expectations", "tasks", "flows", "requirements.lock"} <= set(copied)
    (extras,) = re.findall(r'^ARG EXTRAS="(.*)"$', words("Dockerfile"), re.MULTILINE)
    tools = (PROJECT_FOLDER / "requirements-dev.lock").read_text(encoding="utf-8")
    assert [name for name in extras.split() if f"\n{name}==" not in f"\n{tools}"] == []
    (python,) = re.findall(r"^FROM python:(\d+\.\d+)-", words("Dockerfile"), re.MULTILINE)
    needs = re.search(r'^requires-python = "(.*)"$', (PROJECT_FOLDER / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert needs is not None
    assert SpecifierSet(needs[1]).contains(python)


def test_the_service_starts_what_serves_and_stops_it_as_ctrl_c_does() -> None:
    service = configparser.ConfigParser(strict=False, interpolation=None)
    service.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - how this parser keeps capitals
    service.read_string(words("customer-math.service"))
    assert service["Service"]["ExecStart"].endswith("/bin/customer-math serve --company yours")
    assert (service["Service"]["KillSignal"], service["Service"]["KillMode"]) == ("SIGINT", "mixed")
