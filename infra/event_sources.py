"""Complete every event of every function: retries that end, and a queue for what failed.

Chalice leaves these settings out. They are written here once, so that a new schedule or stream needs none of them.
The resource files may set a value otherwise.
"""

from collections.abc import Iterator
from typing import Any

from infra.errors import TemplateError

_FAILURES = {"Fn::GetAtt": ["EventFailures", "Arn"]}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "Schedule": {
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600},
        "DeadLetterConfig": {"Arn": _FAILURES},
    },
    # the event of a rule comes once: it is tried for longer than a run of a schedule
    "CloudWatchEvent": {
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3_600},
        "DeadLetterConfig": {"Arn": _FAILURES},
    },
    "DynamoDB": {
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 10,
        "MaximumRecordAgeInSeconds": 43_200,
        "ParallelizationFactor": 1,
        "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": _FAILURES}},
    },
}
# Chalice always writes a starting position, so that a default would not be used.
_FORCED = {"DynamoDB": {"StartingPosition": "TRIM_HORIZON"}}

Resources = dict[str, Any]


def functions(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield logical id and properties of every function."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function":
            yield name, resource["Properties"]


def streamed(resources: Resources) -> list[str]:
    """Return the functions that read a stream, by logical id."""
    return [
        name
        for name, properties in functions(resources)
        if "DynamoDB" in {event["Type"] for event in properties.get("Events", {}).values()}
    ]


def complete_event_sources(resources: Resources) -> None:
    """Give every event what the resource files do not set; raise TemplateError for an unknown type of event."""
    for function, properties in functions(resources):
        for event in properties.get("Events", {}).values():
            kind = event["Type"]
            if kind not in _DEFAULTS:
                raise TemplateError(f"infra/event_sources.py has no retries for {kind} ({function})")
            event["Properties"] = _merged(_DEFAULTS[kind], event["Properties"]) | _FORCED.get(kind, {})


def _merged(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **given}
    for key in defaults.keys() & given.keys():
        if isinstance(defaults[key], dict) and isinstance(given[key], dict):
            merged[key] = _merged(defaults[key], given[key])
    return merged
