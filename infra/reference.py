"""Write docs/reference.md, the list of all routes, from what they declare: `make reference`."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from chalicelib.core.access import Permission
from chalicelib.http.router import ANY_USER, INTAKE, PUBLIC, SOURCE, Requirement, RouteSpec
from chalicelib.routes import ROUTES

PAGE = Path(__file__).parents[1] / "docs/reference.md"
_HEAD = """# Reference of routes

Every route, by the area that serves it, with the permission that it needs and the operation id of the OpenAPI document.
[The guide](api.md) explains the concepts. A running service describes bodies, answers and parameters in full under
`/docs` and `/v1/openapi.json`. [Operations](operations.md#roles-and-permissions) says which role has which permission.

This page is made from the code: `make reference` writes it, and a test compares it.
"""
_AUDIENCES: dict[Requirement, str] = {
    PUBLIC: "anyone",
    ANY_USER: "any user",
    INTAKE: "a source credential, or a user with `leads.assign`; anyone, where the campaign requires no authentication",
    SOURCE: "a source credential of the campaign, or a user with `campaigns.manage`",
}


def page(routes: Iterable[RouteSpec]) -> str:
    """Return the whole page."""
    declared = sorted(routes, key=lambda route: (_area(route), route.path, route.method))
    sections = [_section(area, list(of_area)) for area, of_area in groupby(declared, _area)]
    return "\n".join([_HEAD, *sections])


def _section(area: str, routes: list[RouteSpec]) -> str:
    rows = [
        f"| `{route.method} {route.path}` | {_needed(route.permission)} | `{route.name}` | {route.summary} |"
        for route in routes
    ]
    head = [f"## {area}", "", "| route | needs | operation | does |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _area(route: RouteSpec) -> str:
    return ROUTES[f"{route.method} {route.path}"].area


def _needed(guard: Requirement) -> str:
    if isinstance(guard, Permission):
        return f"`{guard.value}`"
    return _AUDIENCES.get(guard) or str(guard)


def main() -> None:
    """Write the page."""
    import app
    from chalicelib.http.router import route_specs

    PAGE.write_text(page(route_specs(app.app)), encoding="utf-8")


if __name__ == "__main__":
    main()
