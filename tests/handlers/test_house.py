"""The API function opens a door at its first request, and finds every one (B5, ACC-5)."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import app as application
from chalicelib.http.api import declarations

ROUTES = [(route.method, route.path) for route in declarations(application.app)]
_LAZY = """
import json, sys
import app
def doors():
    return sorted(name.rpartition('.')[2] for name in sys.modules if name.startswith('chalicelib.handlers.'))
told = []
for method, path in json.loads(sys.argv[1]):
    app.app._reach(path, method)
    told.append([method in app.app.routes.get(path, {}), doors()])
print(json.dumps(told))
"""

# What stands below the doors is loaded once, before the processes part: none of it may open a door.
_ALONE = """
import importlib, json, os, pkgutil, sys
import app, chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, 'chalicelib.', onerror=lambda name: None):
    if not module.name.startswith('chalicelib.handlers'):
        importlib.import_module(module.name)
for method, path in json.loads(sys.argv[1]):
    if os.fork() == 0:
        app.app._reach(path, method)
        print(sum(name.startswith('chalicelib.handlers.') for name in sys.modules), flush=True)
        os._exit(0)
    os.wait()
"""


def reached(*routes: tuple[str, str], doors: str = "api") -> list[Any]:
    """Reach routes one after another in a fresh process; tell of each whether it is there and what is open."""
    env = os.environ | {"DOORS": doors}
    asked = [sys.executable, "-c", _LAZY, json.dumps(routes)]
    done = subprocess.run(asked, capture_output=True, text=True, env=env, check=True)
    told: list[Any] = json.loads(done.stdout)
    return told


def each_alone(routes: list[tuple[str, str]]) -> list[int]:
    """Reach each route in a process of its own; tell how many doors are open then."""
    asked = [sys.executable, "-c", _ALONE, json.dumps(routes)]
    env = os.environ | {"DOORS": "api"}
    done = subprocess.run(asked, capture_output=True, text=True, env=env, check=True)
    return [int(line) for line in done.stdout.split()]


def test_B5_a_cold_start_opens_the_door_that_is_asked_for() -> None:
    ((there, doors),) = reached(("GET", "/v1/users/{user_id}"))

    assert there
    assert doors == ["users"]


def test_B5_the_intake_function_starts_with_its_door_open() -> None:
    ((there, doors),) = reached(("POST", "/v1/campaigns/{campaign_id}/leads"), doors="intake")

    assert there
    assert doors == ["intake"]


def test_B5_every_route_opens_few_doors_but_those_that_describe_them_all() -> None:
    described = [route for route in ROUTES if "docs" in route[1] or "openapi" in route[1]]
    others = [route for route in ROUTES if route not in described and not route[1].endswith("/leads")]

    assert [route for route, opened in zip(others, each_alone(others), strict=True) if opened > 2] == []
    assert all(opened >= len(application.DOORS["api"]) for opened in each_alone(described))


def test_every_route_is_found_wherever_its_door_is() -> None:
    assert all(there for there, _ in reached(*ROUTES))


@pytest.mark.parametrize("route", [("POST", "/v1/leads/{lead_id}/forget"), ("GET", "/v1/campaigns")])
def test_a_route_whose_door_has_another_name_is_found_too(route: tuple[str, str]) -> None:
    ((there, _),) = reached(route)

    assert there


def test_an_unknown_route_opens_everything_and_stays_unknown() -> None:
    ((there, doors),) = reached(("GET", "/v1/nowhere"))

    assert not there
    assert set(application.DOORS["api"]) <= set(doors)
