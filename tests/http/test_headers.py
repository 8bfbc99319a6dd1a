"""The headers that views read and set are those that their routes declare."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import app as application
from chalicelib.http import headers
from chalicelib.http.router import RouteSpec, route_specs

ROOT = Path(application.__file__).parent
IN_ALL = {"authorization", "content-type"}  # OpenAPI declares them elsewhere
OF_PROXIES = {"chalicelib/http/address.py"}  # reads the address that a proxy adds
SETS = {"export_response": "X-Next-Cursor", "IDEMPOTENT_REPLAY": "Idempotent-Replay"}
ROUTES: dict[str, RouteSpec] = {f"{spec.method} {spec.path}": spec for spec in route_specs(application.app)}


def functions_of(view: FunctionType) -> Iterator[ast.FunctionDef]:
    """Yield a view and the functions of its module that it calls, directly or through others."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(view)))  # type: ignore[arg-type]
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    reached, waiting = set(), [view.__name__]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in defined:
            continue
        reached.add(name)
        yield defined[name]
        waiting += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]


def headers_read(tree: ast.AST) -> set[str]:
    """Return the names of request headers that code reads."""
    return {
        node.args[0].value.lower()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "header"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def headers_set(tree: ast.AST) -> set[str]:
    """Return the names of response headers that code sets."""
    return {
        SETS[node.attr] for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in SETS
    }


def view_of(route: RouteSpec) -> FunctionType:
    entry: Any = application.app.routes[route.path][route.method]
    view: FunctionType = inspect.unwrap(entry.view_function)
    return view


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_declares_the_headers_that_its_view_uses(name: str) -> None:
    route = ROUTES[name]
    functions = [*functions_of(view_of(route))]

    read = set().union(*map(headers_read, functions)) - IN_ALL
    sent = set().union(*map(headers_set, functions_without_declaration(functions)))

    assert read == {header.name.lower() for header in route.request_headers}
    assert sent == {header.name for header in route.response_headers}


def functions_without_declaration(functions: list[ast.FunctionDef]) -> Iterator[ast.AST]:
    """Yield functions without their decorators: a decorator declares a header and does not set it."""
    for function in functions:
        yield ast.Module(function.body, [])


def test_only_handlers_and_the_router_read_headers() -> None:
    handlers = {inspect.getfile(view_of(route)) for route in ROUTES.values()}
    elsewhere = {
        str(path.relative_to(ROOT)): read
        for path in sorted((ROOT / "chalicelib").rglob("*.py"))
        if str(path) not in handlers
        if (read := headers_read(ast.parse(path.read_text())) - IN_ALL)
    }
    assert elsewhere.keys() == OF_PROXIES


def test_every_known_header_is_declared_once() -> None:
    known = [header for header in vars(headers).values() if isinstance(header, headers.Header)]
    assert len({item.name for item in known}) == len(known)
