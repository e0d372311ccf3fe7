"""What tests of several kinds share."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

from tasks.sources.statements import folder_of_version
from tasks.store.caching_backend import connected_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tasks.reporting.model import ScorecardData

gc.set_threshold(100_000, 20, 20)  # as in the flows, and for the same reason

settings.register_profile(
    "few", max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("many", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))

TESTS = Path(__file__).resolve().parent
OURS = ("chromium", "fault_harness", "mariadb_server", "postgres_server", "served")
STARTERS = ("subprocess", "asyncssh", *(f"tests.pipeline.{name}" for name in OURS))
"""What a module of tests imports that starts processes, servers or a browser."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many damaged inputs of every kind are tried, where it is to be another number than that of every day."""
    parser.addoption("--fuzz-count", type=int, default=None, help="damaged inputs of every kind, such as 5000; default: some hundreds")
    parser.addoption("--fuzz-from", type=int, default=0, help="number of the first damaged input, to try others than those of every day")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker a core, and half as many again where there are tests that wait for servers and processes."""
    cores = os.cpu_count() or 1
    return cores if config.option.markexpr == "fast" else cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test as fast, of the pipeline in this process, or with services: by its folder and what its module imports.

    Those that say of themselves that they are thorough are not fast.
    """
    for item in items:
        if (TESTS / "pipeline") in item.path.parents:
            item.add_marker("service" if _starts_others(item) else "pipeline")
        elif item.get_closest_marker("thorough") is None:
            item.add_marker("fast")


def pytest_collection_finish() -> None:
    """Where coverage is counted, import what it is counted of: a module's own lines run once, maybe in a test that does not count."""
    counting = Coverage.current()
    sources = counting.get_option("run:source") if counting else None
    for source in sources if isinstance(sources, list) else ():
        for path in sorted((TESTS.parent / source).rglob("*.py")):
            importlib.import_module(path.relative_to(TESTS.parent).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Count no coverage of the pipeline's tests: the others are to reach every branch, and the tracer makes these an eighth slower."""
    counting = Coverage.current() if (TESTS / "pipeline") in item.path.parents else None
    if counting:
        counting.stop()
    try:
        return (yield)
    finally:
        if counting:
            counting.start()


def _starts_others(item: pytest.Item) -> bool:
    module = item.getparent(pytest.Module)
    assert module is not None
    used = vars(module.obj).values()
    return any(getattr(each, "__module__", getattr(each, "__name__", None)) in STARTERS for each in used)


def module_beside_tests(path: str) -> ModuleType:
    """A module of helpers under tests/, which is no package."""
    name = f"customer_math_tests_{Path(path).stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def made_up() -> Any:
    """The module that makes facts up: `made_up.made_up_facts(...)`, `made_up.made_up_lists(...)`, `made_up.Moves(...)`."""
    return module_beside_tests("snapshots/facts_for_tests.py")


@pytest.fixture(scope="session")
def data(made_up: Any) -> ScorecardData:
    """A quarter of a made-up company that brought in 22,000 customers and lost 27,000 of 122,727."""
    return made_up.made_up_facts()


@pytest.fixture(scope="session")
def told() -> Any:
    """The module that writes small histories as text: `told.Told(...)`, `told.bought(...)`, `told.ledger(...)`."""
    return module_beside_tests("histories.py")


@pytest.fixture(scope="session")
def simulated() -> Any:
    """The module that simulates companies whose parameters are given: `simulated.buyers(...)`, `simulated.recovered(seed, count=...)`."""
    return module_beside_tests("simulated_customers.py")


@pytest.fixture(scope="session")
def fuzz_count(request: pytest.FixtureRequest) -> Any:
    """Numbers of the damaged inputs to try: `fuzz_count(400)`, or as many as the command line asks for."""
    options = request.config.option
    return lambda of_every_day: range(options.fuzz_from, options.fuzz_from + (options.fuzz_count or of_every_day))


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that the workers of a session share."""
    of_this_worker = tmp_path_factory.getbasetemp()
    return of_this_worker.parent if "PYTEST_XDIST_WORKER" in os.environ else of_this_worker


@pytest.fixture(scope="session", autouse=True)
def _statements_of_all_workers(of_all_workers: Path) -> None:
    """What one worker has put into SQL is found by the others, and by the commands that tests start."""
    os.environ["CUSTOMER_MATH_STATEMENTS"] = str(of_all_workers / "statements")


@pytest.fixture(scope="session")
def connection(of_all_workers: Path) -> Iterator[Any]:
    """An engine in memory, for tests of expressions."""
    engine = connected_to(folder_of_version(of_all_workers / "statements-of-expressions", version="of this session"))
    yield engine
    engine.disconnect()


@pytest.fixture(scope="session")
def pipelines(of_all_workers: Path) -> Any:
    """The module that runs the stages: `pipelines.read_and_validate(folder, home).figures([...])`."""
    module = module_beside_tests("pipelines.py")
    module.SHARED.folder = of_all_workers / "unchanged-extracts"
    return module


@pytest.fixture(scope="session")
def shop() -> Any:
    """Writes the folder of a small company: `shop(folder, only=["orders"])`, to be changed by `.change(...)` and `.add(...)`."""
    return module_beside_tests("small_company.py").small_company
