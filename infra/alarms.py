"""Alarms: those that every function and every stream has, and what all alarms have in common."""

from collections.abc import Iterator
from typing import Any

from infra.event_sources import Resources, functions, streamed

_FUNCTION_METRICS = {"Errors": "raised an error", "Throttles": "was refused capacity"}
_BEHIND_MS = 15 * 60 * 1_000
_COMMON: dict[str, Any] = {
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions": [{"Ref": "Alarms"}],
}
_OWN_METRIC: dict[str, Any] = {
    "Namespace": "Leadwarden",
    "Dimensions": [{"Name": "stage", "Value": {"Ref": "Stage"}}],
}


def complete_alarms(resources: Resources) -> None:
    """Add the alarms of functions and streams, and give every alarm what the resource files do not set.

    An alarm without a namespace is on a metric of the application's own.
    """
    for function, _ in list(functions(resources)):
        resources.update(_of_function(function))
    for function in streamed(resources):
        resources[f"{function}Behind"] = _behind(function)
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            given = resource["Properties"]
            own = {} if "Namespace" in given else _OWN_METRIC
            resource["Properties"] = {**_COMMON, **own, **given}


def _of_function(function: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for metric, what in _FUNCTION_METRICS.items():
        yield (
            f"{function}{metric}",
            _alarm(
                function,
                AlarmDescription=f"The function {function} {what}.",
                MetricName=metric,
                Statistic="Sum",
                Threshold=1,
            ),
        )


def _behind(function: str) -> dict[str, Any]:
    return _alarm(
        function,
        AlarmDescription=f"{function} is more than fifteen minutes behind its stream.",
        MetricName="IteratorAge",
        Statistic="Maximum",
        Threshold=_BEHIND_MS,
        EvaluationPeriods=2,
    )


def _alarm(function: str, **properties: Any) -> dict[str, Any]:
    watched = {
        "Namespace": "AWS/Lambda",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": function}}],
        "Period": 300,
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": watched | properties}
