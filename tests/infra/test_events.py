"""Streams and schedules: retries end, failures are kept, a batch fails by the record."""

import json
from typing import Any

import pytest

from tests.infra.template_reader import EVENT_LOGICAL_IDS, Template

STREAMS = {"AfterIntake": "LeadsTable", "AfterErasure": "PeopleTable", "WatchLedger": "LedgerTable"}
EVENT_FAILURES = {"Fn::GetAtt": ["EventFailures", "Arn"]}


def event(template: Template, function: str, kind: str | None = None) -> dict[str, Any]:
    """Return the one event of a function, of a kind where it has several."""
    events = template.properties(function)["Events"].values()
    found: list[dict[str, Any]] = [one for one in events if kind in (None, one["Type"])]
    assert len(found) == 1
    return found[0]


def test_every_event_function_has_an_event_source_and_no_other_function_has_one(template: Template) -> None:
    functions = template.of_type("AWS::Serverless::Function")
    with_events = {name for name, each in functions.items() if each.get("Events")}
    assert with_events == set(EVENT_LOGICAL_IDS)


def test_every_event_source_is_a_stream_a_schedule_or_a_rule(template: Template) -> None:
    """Each of these types has its settings in infra/event_sources.py, and a test here."""
    functions = template.of_type("AWS::Serverless::Function").values()
    types = {event["Type"] for each in functions for event in each.get("Events", {}).values()}
    assert types == {"DynamoDB", "Schedule", "CloudWatchEvent"}


def test_each_stream_wakes_its_function(template: Template) -> None:
    tables = {function: properties["Stream"] for function, properties in template.events("DynamoDB")}
    assert tables == {function: {"Fn::GetAtt": [table, "StreamArn"]} for function, table in STREAMS.items()}


def test_every_stream_reports_partial_failures_and_keeps_what_fails(template: Template) -> None:
    streams = template.events("DynamoDB")
    assert streams
    for function, properties in streams:
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], function
        assert properties["BisectBatchOnFunctionError"] is True, function
        assert properties["MaximumRetryAttempts"] == 10, function
        assert properties["MaximumRecordAgeInSeconds"] == 43_200, function
        assert properties["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": EVENT_FAILURES}
        assert properties["ParallelizationFactor"] >= 1, function
        assert properties["StartingPosition"] == "TRIM_HORIZON", function
        assert template.allowed(function, "EventFailures") == {"sqs:SendMessage"}, function
        assert f"{function}Behind" in template.of_type("AWS::CloudWatch::Alarm")


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


def test_every_schedule_and_rule_retries_and_keeps_what_fails(template: Template) -> None:
    sources = template.events("Schedule", "CloudWatchEvent")
    assert sources
    for function, properties in sources:
        assert properties["DeadLetterConfig"] == {"Arn": EVENT_FAILURES}, function
        assert properties["RetryPolicy"]["MaximumRetryAttempts"] == 2, function
        assert properties["RetryPolicy"]["MaximumEventAgeInSeconds"] in (600, 3_600), function


def test_every_function_of_files_goes_on_by_a_schedule(template: Template) -> None:
    scheduled = {function for function, _ in template.events("Schedule")}
    assert {function for function, _ in template.events("CloudWatchEvent")} <= scheduled


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
