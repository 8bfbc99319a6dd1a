"""What neither Chalice nor a merge can say: what holds for every function and every log group."""

import copy
from collections.abc import Iterator
from typing import Any

_API = "APIHandler"
_INTAKE = "IntakeHandler"
_API_ROLE = "ApiHandlerRole"
_API_LOGS = "ApiHandlerLogGroup"
_ALARMED = {"Errors": "raised an error", "Throttles": "was refused capacity"}
_ALARM_PERIOD_S = 300

Mapping = dict[str, Any]


class NotInTheApplication(Exception):
    """A resource file speaks of a function or a route that the application does not have."""


def postprocess(template: Mapping, intake_policy: Mapping) -> Mapping:
    """Return `template` with the intake function completed, every log's retention and every function's alarms."""
    resources: Mapping = template["Resources"]
    _reject_unknown(resources)
    _complete_intake(resources, intake_policy)
    _keep_logs(resources)
    resources.update({name: alarm for function in _functions(resources) for name, alarm in _alarms(function)})
    return template


def _reject_unknown(resources: Mapping) -> None:
    """A merge adds what is not there: such a fragment of a function or a route must not pass for a whole one."""
    strays = [name for name, resource in resources.items() if "Type" not in resource]
    paths = resources.get("RestAPI", {}).get("Properties", {}).get("DefinitionBody", {}).get("paths", {})
    for path, methods in paths.items():
        strays += [
            path for route in methods.values() if "type" not in route["x-amazon-apigateway-integration"]
        ]
    if strays:
        raise NotInTheApplication(f"infra/resources names what app.py does not register: {', '.join(strays)}")


def _complete_intake(resources: Mapping, policy: Mapping) -> None:
    """Give the intake function all the API's has (code, runtime, layer) but its own name and role (ACC-10)."""
    _set_route_groups(resources[_API]["Properties"], "api")
    shared = copy.deepcopy(resources[_API]["Properties"])
    _set_route_groups(shared, "intake")
    resources[_INTAKE]["Properties"] = {**shared, **resources[_INTAKE]["Properties"]}
    role = copy.deepcopy(resources[_API_ROLE])
    role["Properties"]["Policies"] = [{"PolicyName": f"{_INTAKE}RolePolicy", "PolicyDocument": policy}]
    resources[f"{_INTAKE}Role"] = role


def _set_route_groups(function: Mapping, route_groups: str) -> None:
    """Let an API function load only the routes that are pointed at it (chalicelib/routes.py)."""
    function.setdefault("Environment", {}).setdefault("Variables", {})["ROUTE_GROUP"] = route_groups


def _keep_logs(resources: Mapping) -> None:
    retention = resources[_API_LOGS]["Properties"]["RetentionInDays"]
    for resource in resources.values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            resource["Properties"].setdefault("RetentionInDays", retention)


def _functions(resources: Mapping) -> list[str]:
    return [name for name, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"]


def _alarms(function: str) -> Iterator[tuple[str, Mapping]]:
    for metric, what in _ALARMED.items():
        properties = {
            "AlarmDescription": f"The function {function} {what}.",
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": function}}],
            "Statistic": "Sum",
            "Period": _ALARM_PERIOD_S,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "Alarms"}],
        }
        yield f"{function}{metric}", {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
