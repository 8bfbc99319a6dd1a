"""Streams and schedules: retries end, failures are kept, a batch fails by the record."""

import json
from typing import Any

import pytest

from tests.infra.template_reader import SCHEDULED, STREAMED, Template

EVENT_FAILURES = {"Fn::GetAtt": ["EventFailures", "Arn"]}


def event(template: Template, function: str, kind: str | None = None) -> dict[str, Any]:
    """Return the one event of a function, of a kind where it has several."""
    events = template.properties(function)["Events"].values()
    found: list[dict[str, Any]] = [one for one in events if kind in (None, one["Type"])]
    assert len(found) == 1
    return found[0]


def test_nothing_else_has_an_event_source(template: Template) -> None:
    functions = template.of_type("AWS::Serverless::Function")
    with_events = {name for name, each in functions.items() if each.get("Events")}
    assert with_events == set(STREAMED) | SCHEDULED


@pytest.mark.parametrize(("function", "table"), STREAMED.items())
def test_streams_report_partial_failures_and_keep_what_fails(
    template: Template, function: str, table: str
) -> None:
    source = event(template, function, "DynamoDB")
    properties = source["Properties"]
    assert properties["Stream"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["BisectBatchOnFunctionError"] is True
    assert 0 < properties["MaximumRetryAttempts"] <= 100
    assert properties["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": EVENT_FAILURES}
    assert properties["ParallelizationFactor"] >= 1
    assert properties["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize(
    ("function", "pattern"),
    [
        ("AfterIntake", {"eventName": ["INSERT"], "dynamodb": {"Keys": {"part": {"S": ["lead"]}}}}),
        ("AfterErasure", {"eventName": ["REMOVE"]}),
        ("WatchLedger", {"eventName": ["MODIFY", "REMOVE"]}),
    ],
)
def test_streams_wake_their_function_for_what_concerns_it(
    template: Template, function: str, pattern: dict[str, Any]
) -> None:
    filters = event(template, function, "DynamoDB")["Properties"]["FilterCriteria"]["Filters"]
    assert [json.loads(each["Pattern"]) for each in filters] == [pattern]


@pytest.mark.parametrize("function", sorted(STREAMED))
def test_streams_functions_may_report_what_failed(template: Template, function: str) -> None:
    assert template.allowed(function, "EventFailures") == {"sqs:SendMessage"}


@pytest.mark.parametrize("function", sorted(SCHEDULED))
def test_schedules_retry_and_keep_what_fails(template: Template, function: str) -> None:
    events = template.properties(function)["Events"].values()
    sources = [source for source in events if source["Type"] != "DynamoDB"]
    assert "Schedule" in {source["Type"] for source in sources}
    for source in sources:
        assert source["Properties"]["DeadLetterConfig"] == {"Arn": EVENT_FAILURES}
        assert source["Properties"]["RetryPolicy"]["MaximumRetryAttempts"] >= 1


@pytest.mark.parametrize("function", ["ImportContacts", "ImportLeads"])
def test_PRI_18_the_event_of_a_file_is_kept_when_its_function_gives_up(
    template: Template, function: str
) -> None:
    kept = template.of_type("AWS::Lambda::EventInvokeConfig").values()
    (config,) = [each for each in kept if each["FunctionName"] == {"Ref": function}]
    assert config["Qualifier"] == "$LATEST"
    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": EVENT_FAILURES}}
    assert template.allowed(function, "EventFailures") == {"sqs:SendMessage"}


@pytest.mark.parametrize(
    ("function", "parameter", "default"),
    [
        ("FinishErasures", "ErasureSchedule", "rate(5 minutes)"),
        ("RetireLeads", "RetirementSchedule", "rate(15 minutes)"),
        ("AfterIntake", "MissedLeadsSchedule", "cron(15 2 * * ? *)"),
    ],
)
def test_a_schedule_that_deployments_differ_in_can_be_set(
    template: Template, function: str, parameter: str, default: str
) -> None:
    assert event(template, function, "Schedule")["Properties"]["Schedule"] == {"Ref": parameter}
    assert template.content["Parameters"][parameter]["Default"] == default


@pytest.mark.parametrize(
    ("function", "schedule"), [("TellAgents", "rate(1 minute)"), ("SendDailyMails", "rate(1 hour)")]
)
def test_WRK_2_agents_are_told_within_a_minute_and_their_day_is_looked_at_every_hour(
    template: Template, function: str, schedule: str
) -> None:
    assert event(template, function)["Properties"]["Schedule"] == schedule


def test_failures_are_encrypted_kept_two_weeks_and_alarmed(template: Template) -> None:
    queue = template.properties("EventFailures")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    assert "DeadLetters" in template.of_type("AWS::CloudWatch::Alarm")
