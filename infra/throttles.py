"""Throttles of the API's stage: a route that strangers may call has a bucket of its own (ACC-13).

The stage's own setting is for all other routes. The parameters of a group are `<group>Rate` and `<group>Burst`; each
route of the group has as much.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.routes import ROUTES, Route
from infra.errors import TemplateError

_API = "RestAPI"
_GROUPS_BY_MODULE = {
    "intake.handlers.intake": "Intake",
    "intake.handlers.attempts": "Sources",
    "intake.handlers.dry_runs": "Sources",
    "users.handlers.session": "SignIn",
    "http.health": "Public",
    "http.reference": "Public",
}
_GROUPS_BY_AREA = {"privacy": "Privacy"}


def group_of(route: Route) -> str | None:
    """Return the route's group; None for the routes that share the stage's own setting."""
    return _GROUPS_BY_MODULE.get(route.module) or _GROUPS_BY_AREA.get(route.area)


def complete_throttles(resources: dict[str, Any]) -> None:
    """Give each route of a group its own setting, with the stage's setting for everything but the throttle."""
    api = resources[_API]["Properties"]
    if len(api["MethodSettings"]) != 1:
        raise TemplateError("infra/resources sets the stage's methods: routes belong to infra/throttles.py")
    of_all = api["MethodSettings"][0]
    own = [{**of_all, **_own_setting(method, path, group)} for method, path, group in _grouped(api)]
    api["MethodSettings"] = [of_all, *own]


def _grouped(api: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield method, path and group of each route that belongs to one."""
    for path, methods in sorted(api["DefinitionBody"]["paths"].items()):
        for method in sorted(each.upper() for each in methods):
            if group := group_of(ROUTES[f"{method} {path}"]):
                yield method, path, group


def _own_setting(method: str, path: str, group: str) -> dict[str, Any]:
    return {
        "HttpMethod": method,
        "ResourcePath": "/" + path.replace("/", "~1"),  # CloudFormation's form of a path
        "ThrottlingRateLimit": {"Ref": f"{group}Rate"},
        "ThrottlingBurstLimit": {"Ref": f"{group}Burst"},
    }
