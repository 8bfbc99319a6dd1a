"""The site map: the API function loads a handler module at the first request to it (B5, ACC-5)."""

import gc
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from chalice.app import Chalice

import app as application
from chalicelib.core import registry
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.http.router import route_specs
from chalicelib.routes import (
    EVENT_FUNCTIONS,
    HEALTH_LEDGER,
    HEALTH_TABLES,
    HOOKS,
    JOB_RESULTS,
    JOB_STEPS,
    ROUTES,
)
from tests.architecture.words import ROOT

SPECS = [(route.method, route.path) for route in route_specs(application.app)]
_LAZY = """
import json, sys
import app
def loaded():
    return sorted(name.removeprefix('chalicelib.') for name in sys.modules if name.startswith('chalicelib.') and
                  (hasattr(sys.modules[name], 'api') or hasattr(sys.modules[name], 'events')) and
                  not hasattr(sys.modules[name], '__path__'))
seen = []
for method, path in json.loads(sys.argv[1]):
    app.app.load_route(method, path)
    seen.append([method in app.app.routes.get(path, {}), loaded()])
print(json.dumps(seen))
"""


def reached(*routes: tuple[str, str], group: str = "api") -> list[Any]:
    """Load routes one after another in a fresh process. Return each route's registration and loaded modules."""
    env = os.environ | {"ROUTE_GROUP": group}
    command = [sys.executable, "-c", _LAZY, json.dumps(routes)]
    process = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    seen: list[Any] = json.loads(process.stdout)
    return seen


def test_site_map_and_decorators_name_the_same_routes() -> None:
    served = {
        f"{method} {path}": (
            entry.view_function.__module__,
            vars(entry.view_function)["declarations"][method].name,
        )
        for path in application.app.routes
        for method, entry in application.app.routes[path].items()
    }

    assert served == {
        name: (f"chalicelib.{route.module}", route.operation_id) for name, route in ROUTES.items()
    }


def test_site_map_and_decorators_name_the_same_event_functions() -> None:
    application.app.load_all()
    registered = {
        handler.name: handler.handler_string.rpartition(".")[0].removeprefix("chalicelib.")
        for handler in application.app.event_sources
    }

    assert registered == EVENT_FUNCTIONS


def test_operation_ids_are_unique_and_uniform() -> None:
    ids = [route.operation_id for route in ROUTES.values()]

    assert len(ids) == len(set(ids))
    assert [item for item in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", item)] == []


@pytest.mark.parametrize(
    "name",
    [
        *(step.name for step in JOB_STEPS.values()),
        *JOB_RESULTS.values(),
        *HOOKS.values(),
        *HEALTH_TABLES,
        HEALTH_LEDGER,
    ],
)
def test_every_name_in_the_site_map_can_be_loaded(name: str) -> None:
    assert registry.load(name) is not None


def test_a_loaded_name_is_the_object_itself() -> None:
    assert registry.load("core.access:ALL_PROJECTS") is ALL_PROJECTS


def test_B5_a_cold_start_loads_the_module_of_the_requested_route() -> None:
    ((registered, loaded),) = reached(("GET", "/v1/users/{user_id}"))

    assert registered
    assert loaded == ["users.handlers.users"]


def test_B5_the_intake_function_starts_with_its_module_loaded() -> None:
    ((registered, loaded),) = reached(("POST", "/v1/campaigns/{campaign_id}/leads"), group="intake")

    assert registered
    assert loaded == ["intake.handlers.intake"]


def test_B5_every_route_is_registered_by_its_own_module() -> None:
    before: set[str] = set()
    for (method, path), (registered, loaded) in zip(SPECS, reached(*SPECS), strict=True):
        described = path.startswith("/docs") or path.endswith("openapi.json")
        assert registered
        assert described or set(loaded) - before <= {ROUTES[f"{method} {path}"].module}
        before = set(loaded)


def test_B3_a_route_that_is_loaded_freezes_nothing() -> None:
    """Frozen objects are never collected: with each request the process would grow by its garbage."""
    application.app.load_route("GET", "/v1/me")
    frozen = gc.get_freeze_count()
    kept: list[list[int]] = [[] for _ in range(100)]
    application.app.load_route("GET", "/v1/me")
    assert gc.get_freeze_count() <= frozen  # a frozen object may go meanwhile
    assert len(kept) == 100


def test_B3_no_answer_is_binary_so_none_is_compared_with_binary_types() -> None:
    answered = {spec.media_type for spec in route_specs(application.app)} - {None}
    assert answered
    assert not answered & set(Chalice("any").api.binary_types)
    assert application.app.api.binary_types == []


def test_an_unknown_route_loads_nothing() -> None:
    ((registered, loaded),) = reached(("GET", "/v1/nowhere"))

    assert not registered
    assert loaded == []


def test_B5_urllib3_is_imported_from_a_small_depth() -> None:
    """`findings/imports-slow-at-some-depths.sh`: deep in nested imports CPython 3.11 may take far longer."""
    for first in ("chalicelib.http.lazy_app", "chalicelib.aws.events"):
        lines = (ROOT / f"{first.replace('.', '/')}.py").read_text().splitlines()
        imports = [
            line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))
        ]
        packages = [name for name in imports if name in ("urllib3", "chalice", "chalicelib")]
        assert packages[0] == "urllib3", first


_EXAMPLES_READ = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
import app
from chalicelib.routes import ROUTES
def read():
    return len([name for name in opened if name.endswith("examples.json")])
app.app._load(route.module for route in ROUTES.values() if route.module != "http.reference")
print("chalicelib.http.examples" in sys.modules, read())
app.app.load_all()
print("chalicelib.http.examples" in sys.modules, read())
from chalicelib.http import openapi, router
openapi.document(router.route_specs(app.app), "", "")
print(read())
"""


def test_USE_U4_examples_are_read_only_for_the_document() -> None:
    command, env = [sys.executable, "-c", _EXAMPLES_READ], os.environ | {"ROUTE_GROUP": "api"}
    process = subprocess.run(command, capture_output=True, text=True, env=env, check=True)

    other_routes, all_routes, document = process.stdout.splitlines()

    assert other_routes == "False 0"
    assert all_routes == "True 0"
    assert int(document) == len([*(ROOT / "chalicelib").glob("*/examples.json")]) > 0
