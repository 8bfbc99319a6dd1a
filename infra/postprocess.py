"""Complete what Chalice packaged: what neither Chalice nor the resource files can say, because it holds for all."""

import copy
import re
from typing import Any

from infra.alarms import complete_alarms
from infra.dashboard import Widgets, complete_dashboard
from infra.errors import TemplateError
from infra.event_sources import Resources, complete_event_sources, functions
from infra.throttles import complete_throttles

_INSIDE_WORDS = re.compile(r"(?<!^)(?=[A-Z])")
_API = "APIHandler"
_INTAKE = "IntakeHandler"
_API_ROLE = "ApiHandlerRole"
_API_LOGS = "ApiHandlerLogGroup"


def postprocess(template: dict[str, Any], intake_policy: dict[str, Any], widgets: Widgets) -> dict[str, Any]:
    """Return `template` with its functions, events, throttles, logs, alarms and dashboard completed.

    Raises TemplateError where the resource files name what the application does not have.
    """
    resources: Resources = template["Resources"]
    _reject_unknown(resources)
    _complete_intake(resources, intake_policy)
    _name_functions(resources)
    complete_event_sources(resources)
    complete_throttles(resources)
    _keep_logs(resources)
    complete_alarms(resources)
    complete_dashboard(resources, widgets)
    return template


def _reject_unknown(resources: Resources) -> None:
    """Refuse fragments: a merge adds a function or a route that is not there as if it were whole."""
    strays = [name for name, resource in resources.items() if "Type" not in resource]
    paths = resources.get("RestAPI", {}).get("Properties", {}).get("DefinitionBody", {}).get("paths", {})
    for path, methods in paths.items():
        strays += [
            path for route in methods.values() if "type" not in route["x-amazon-apigateway-integration"]
        ]
    if strays:
        raise TemplateError(f"infra/resources names what app.py does not register: {', '.join(strays)}")


def _complete_intake(resources: Resources, policy: dict[str, Any]) -> None:
    """Give the intake function all the API's has (code, runtime, layer) but its own name and role (ACC-10)."""
    _set_route_group(resources[_API]["Properties"], "api")
    shared = copy.deepcopy(resources[_API]["Properties"])
    _set_route_group(shared, "intake")
    resources[_INTAKE]["Properties"] = {**shared, **resources[_INTAKE]["Properties"]}
    role = copy.deepcopy(resources[_API_ROLE])
    role["Properties"]["Policies"] = [{"PolicyName": f"{_INTAKE}RolePolicy", "PolicyDocument": policy}]
    resources[f"{_INTAKE}Role"] = role


def _set_route_group(function: dict[str, Any], route_group: str) -> None:
    """Let an API function load only the routes it answers (chalicelib/routes.py)."""
    function.setdefault("Environment", {}).setdefault("Variables", {})["ROUTE_GROUP"] = route_group


def _name_functions(resources: Resources) -> None:
    """Name each event function after its entry in chalicelib/routes.py: `retire_leads` is `…-retire-leads`.

    The logical id is the same entry in another form, `RetireLeads`.
    """
    for logical_id, properties in functions(resources):
        name = _INSIDE_WORDS.sub("-", logical_id).lower()
        properties.setdefault("FunctionName", {"Fn::Sub": f"leadwarden-${{Stage}}-{name}"})


def _keep_logs(resources: Resources) -> None:
    retention = resources[_API_LOGS]["Properties"]["RetentionInDays"]
    for resource in resources.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            resource["Properties"].setdefault("RetentionInDays", retention)
