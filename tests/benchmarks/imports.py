"""B5: the imports of a cold start, in fresh interpreters, ÷ `chalice` and a botocore DynamoDB client."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.routes import EVENT_FUNCTIONS, ROUTES
from tests.benchmarks.figures import Figure, least_of

ROOT = Path(__file__).parents[2]
FLOOR = (
    "import chalice, botocore.session\n"
    "botocore.session.Session().create_client('dynamodb', region_name='us-east-1')"
)
_MEASURE = """
import json, sys, time
began = time.process_time()
{code}
spent = time.process_time() - began
known = sys.stdlib_module_names
tops = sorted({{name.partition('.')[0] for name in sys.modules}} - known)
print(json.dumps([spent, len(sys.modules), [top for top in tops if not top.startswith('_')]]))
"""
API = {
    "app", "aws_lambda_powertools", "botocore", "chalice", "chalicelib", "cryptography", "dateutil", "jmespath",
    "pydantic", "pydantic_core", "pydantic_settings", "annotated_types", "pynamodb", "typing_extensions",
    "typing_inspection", "urllib3", "six", "certifi", "zstandard", "brotli", "brotlicffi",
}  # fmt: skip
EVENT = API - {"app", "pydantic", "pydantic_core", "annotated_types", "typing_inspection", "cryptography"}


@dataclass(frozen=True)
class MeasuredFunction:
    """One function: the code of its cold start, its bar, and the packages it may import."""

    name: str
    code: str
    bar: float
    allowed: frozenset[str]
    group: str = ""


def api(module: str) -> MeasuredFunction:
    """Return the API function with the first request for a route of a module."""
    route = next(route for route, served in ROUTES.items() if served.module == module)
    method, path = route.split(" ")
    code = f"import app; app.app.load_route({method!r}, {path!r})"
    return MeasuredFunction(f"APIHandler, {module}", code, 1.4, frozenset(API), "api")


INTAKE = MeasuredFunction("IntakeHandler", "import app", 1.4, frozenset(API), "intake")
EVENTS = tuple(
    MeasuredFunction(name, f"import chalicelib.{EVENT_FUNCTIONS[function]}", 1.1, frozenset(EVENT))
    for name, function in (
        ("AfterIntake", "after_intake"),
        ("AfterErasure", "after_erasure"),
        ("WatchLedger", "watch_ledger"),
        ("FinishErasures", "finish_erasures"),
        ("ContinueJobs", "continue_jobs"),
        ("ImportContacts", "import_contacts"),
        ("ImportLeads", "import_leads"),
    )
)


@dataclass(frozen=True)
class Start:
    """One cold start: CPU seconds, modules, and top-level packages outside the standard library."""

    seconds: float
    modules: int
    packages: frozenset[str]


def start(code: str, group: str = "") -> Start:
    """Run `code` in a fresh interpreter."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ROUTE_GROUP": group,
        "PYTHONPYCACHEPREFIX": _compiled(),
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return measured(code, env, ROOT)


def measured(code: str, env: Mapping[str, str], folder: Path, *options: str) -> Start:
    """Run `code` in a fresh interpreter in a folder, with these variables and options."""
    measure = [sys.executable, *options, "-c", _MEASURE.format(code=code)]
    process = subprocess.run(measure, capture_output=True, text=True, env=env, cwd=folder, check=True)
    seconds, modules, packages = json.loads(process.stdout)
    return Start(seconds, modules, frozenset(packages))


@functools.cache
def _compiled() -> str:
    """Return a folder for compiled modules, so that the floor and the functions both start compiled."""
    return tempfile.mkdtemp(prefix="leadwarden-bench-")


def start_of(function: MeasuredFunction) -> Start:
    """Return the cold start of a function."""
    return start(function.code, function.group)


def costliest_module() -> MeasuredFunction:
    """Return the API function with the module that loads the most."""
    modules = sorted({route.module for route in ROUTES.values() if route.function == "api"})
    return max(map(api, modules), key=lambda function: start_of(function).modules)


def figures(rounds: int = 15) -> list[Figure]:
    """Return B5 for every function; for the API with its most expensive module."""
    functions = (costliest_module(), INTAKE, *EVENTS)
    floor_modules = start(FLOOR).modules
    modules = [start_of(function).modules for function in functions]

    def seconds_of(function: MeasuredFunction) -> object:
        return lambda: start_of(function).seconds

    floor, *spent = least_of(rounds, lambda: start(FLOOR).seconds, *map(seconds_of, functions))
    return [
        Figure(
            "B5",
            f"{function.name}: cold import ({count} modules; floor {floor_modules})",
            "ms",
            function.bar,
            seconds * 1000,
            floor * 1000,
        )
        for function, seconds, count in zip(functions, spent, modules, strict=True)
    ]
